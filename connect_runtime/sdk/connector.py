"""Base classes of connectors and tasks, named as in Kafka Connect.

One instance of a connector lives on one worker and only plans; its tasks move records. Order for a connector:
construct, ``initialize``, ``start``, any number of ``task_configs``, ``stop``; ``start`` again after a resume. Order
for a task, all on its own thread: construct, ``initialize``, ``start``, loop, ``stop``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

from connect_runtime.config import ConfigDef, ConfigValue
from connect_runtime.model import SinkRecord, SourceRecord, TopicPartition
from connect_runtime.sdk.context import (
    RecordMetadata,
    SinkConnectorContext,
    SinkTaskContext,
    SourceConnectorContext,
    SourceTaskContext,
)

__all__ = [
    "Connector",
    "ConnectorTransactionBoundaries",
    "ExactlyOnceSupport",
    "SinkConnector",
    "SinkTask",
    "SourceConnector",
    "SourceTask",
    "Task",
]


class ExactlyOnceSupport(Enum):
    """What a source connector says about exactly-once delivery."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"


class ConnectorTransactionBoundaries(Enum):
    """What a source connector says about ``transaction.boundary=connector``."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"


class Task(ABC):
    """What source and sink tasks share."""

    version: ClassVar[str | None] = None

    @abstractmethod
    def start(self, config: Mapping[str, str]) -> None:
        """Take the task's configuration and open what it needs. May block.

        Raises:
            ConnectError: The task cannot start: it becomes FAILED with this message.
        """

    @abstractmethod
    def stop(self) -> None:
        """Release everything. Called once, on the task's thread, after the last ``poll`` or ``put`` returned."""


class SourceTask(Task):
    """Reads records from another system. ``context`` is set before ``start``."""

    context: SourceTaskContext

    def initialize(self, context: SourceTaskContext) -> None:
        """Take the context."""
        self.context = context

    @abstractmethod
    def poll(self) -> Sequence[SourceRecord] | None:
        """The next records, ``None`` or nothing when there are none now. May block, best through ``context.wait``.

        Raises:
            RetriableError: Nothing can be read now: ``poll`` is called again.
            ConnectError: The task cannot go on: it becomes FAILED.
        """

    def commit(self) -> None:
        """Called after every successful commit of source offsets, also when there was nothing new to commit.

        Comes from another thread than ``poll``; with exactly-once delivery from the same.
        """

    def commit_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """Called once per record when it is acknowledged or, with ``None``, dropped.

        With exactly-once delivery that is after its transaction was committed or, with ``None``, aborted.

        Costs time per record: override it only if the other system has to be told.
        """


class SinkTask(Task):
    """Writes records to another system. ``context`` is set before ``start``."""

    context: SinkTaskContext

    def initialize(self, context: SinkTaskContext) -> None:
        """Take the context."""
        self.context = context

    def open(self, partitions: Collection[TopicPartition]) -> None:
        """Partitions that were added to the assignment."""

    @abstractmethod
    def put(self, records: Sequence[SinkRecord]) -> None:
        """Write a batch, which may be empty. Retries, bisecting and dead letters are the runtime's.

        Raises:
            RetriableError: The target is away: the same batch comes again after a pause.
            DataError: A record of the batch is at fault: the runtime looks for it by halving the batch.
            ConnectError: The task cannot go on: it becomes FAILED.
        """

    def flush(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Make everything before ``offsets`` (next offset to consume per partition) durable."""

    def pre_commit(self, offsets: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """The offsets that are safe to commit, at most ``offsets``; by default ``flush``, then all of them."""
        self.flush(offsets)
        return offsets

    def close(self, partitions: Collection[TopicPartition]) -> None:
        """Partitions that are leaving the assignment."""


class Connector(ABC):
    """What source and sink connectors share."""

    version: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The connector's own configuration keys."""

    def validate(self, config: Mapping[str, str]) -> list[ConfigValue]:
        """Check a configuration; problems are errors on the returned values, never exceptions. May block."""
        return self.config_def().validate(config)

    @abstractmethod
    def start(self, config: Mapping[str, str]) -> None:
        """Take the connector's configuration. Called again, on the same instance, on resume.

        Raises:
            ConnectError: The connector cannot start: it becomes FAILED with this message.
        """

    @abstractmethod
    def task_class(self) -> type[Task]:
        """Class of the tasks."""

    def task_class_name(self) -> str:
        """What ``task.class`` says in stored task configurations; nothing here reads it.

        A connector that stands in for a Java one names that one's task class: then its tasks stay as they are when a
        cluster changes from Kafka Connect to this runtime, or back.
        """
        kind = self.task_class()
        return f"{kind.__module__}.{kind.__qualname__}"

    @abstractmethod
    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Configurations of the tasks, at most ``max_tasks`` of them, one task for each."""

    def stop(self) -> None:  # noqa: B027  # most connectors have nothing to release
        """Release what ``start`` opened."""


class SourceConnector(Connector):
    """Plans the tasks that read another system."""

    context: SourceConnectorContext

    def initialize(self, context: SourceConnectorContext) -> None:
        """Take the context."""
        self.context = context

    @abstractmethod
    def task_class(self) -> type[SourceTask]:
        """Class of the tasks."""

    def exactly_once_support(self, config: Mapping[str, str]) -> ExactlyOnceSupport | None:
        """Whether records and their offsets can be exact; ``None`` says nothing."""
        del config
        return None

    def can_define_transaction_boundaries(self, config: Mapping[str, str]) -> ConnectorTransactionBoundaries | None:
        """Whether the tasks end their transactions themselves, by ``context.transaction_context``."""
        del config
        return ConnectorTransactionBoundaries.UNSUPPORTED

    def alter_offsets(
        self, config: Mapping[str, str], offsets: Mapping[frozenset[tuple[str, Any]], dict[str, Any] | None]
    ) -> bool:
        """Check offsets that a user wants to store; raise to refuse, return whether they were understood."""
        del config, offsets
        return False


class SinkConnector(Connector):
    """Plans the tasks that write another system."""

    context: SinkConnectorContext

    def initialize(self, context: SinkConnectorContext) -> None:
        """Take the context."""
        self.context = context

    @abstractmethod
    def task_class(self) -> type[SinkTask]:
        """Class of the tasks."""

    def alter_offsets(self, config: Mapping[str, str], offsets: Mapping[TopicPartition, int | None]) -> bool:
        """Check offsets that a user wants to store; raise to refuse, return whether they were understood."""
        del config, offsets
        return False
