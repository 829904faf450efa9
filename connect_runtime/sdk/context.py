"""What the runtime gives to a plugin: contexts, the offset reader, the errant record reporter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from connect_runtime.model import SinkRecord, SourceRecord, TopicPartition

__all__ = [
    "ErrantRecordReporter",
    "OffsetReader",
    "RecordMetadata",
    "SinkConnectorContext",
    "SinkTaskContext",
    "SourceConnectorContext",
    "SourceTaskContext",
    "TransactionContext",
]


class RecordMetadata(Protocol):
    """Where the broker put a record."""

    @property
    def topic(self) -> str:
        """Topic written to."""
        ...

    @property
    def partition(self) -> int:
        """Partition written to."""
        ...

    @property
    def offset(self) -> int:
        """Offset the record got."""
        ...


class OffsetReader(Protocol):
    """Source offsets that earlier tasks of this connector committed. Every call reads to the store's end: it blocks.

    Raises:
        ConnectError: The task or connector was shut down meanwhile, or the store cannot be read.
    """

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        """The offset stored for one source partition, ``None`` when there is none."""
        ...

    def offsets(self, partitions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """The offsets of several source partitions, in their order."""
        ...


class ErrantRecordReporter(Protocol):
    """Hands single records that a sink cannot write to the log and the dead letter queue. Callable from any thread."""

    def report(self, record: SinkRecord, error: Exception) -> Future[None]:
        """Report one record; its offset is not committed before the returned future is done.

        Raises:
            ConnectError: ``errors.tolerance`` is ``none``: let it end ``put``.
        """
        ...


class SourceConnectorContext(Protocol):
    """The runtime as a source connector sees it."""

    def request_task_reconfiguration(self) -> None:
        """Ask for new ``task_configs``; returns at once."""
        ...

    def raise_error(self, error: Exception) -> None:
        """Mark the connector FAILED; its tasks go on."""
        ...

    @property
    def offset_reader(self) -> OffsetReader:
        """Committed source offsets of this connector."""
        ...


class SinkConnectorContext(Protocol):
    """The runtime as a sink connector sees it."""

    def request_task_reconfiguration(self) -> None:
        """Ask for new ``task_configs``; returns at once."""
        ...

    def raise_error(self, error: Exception) -> None:
        """Mark the connector FAILED; its tasks go on."""
        ...


class TransactionContext(Protocol):
    """Lets a source task say where its transactions end. Callable from any thread, but meant for ``poll``.

    A request without a record is for the end of the batch that ``poll`` returns next. A request with a record is for
    the place right after that record, also when a transform drops it; the record is looked for among those that
    ``poll`` returns from then on, by identity first, then by equality.

    Asking both to commit and to abort the same batch or record fails the task.
    """

    def commit_transaction(self, record: SourceRecord | None = None) -> None:
        """Let everything up to there be seen, together with its source offsets."""
        ...

    def abort_transaction(self, record: SourceRecord | None = None) -> None:
        """Let nobody see the records of the open transaction; their source offsets are committed all the same."""
        ...


class SourceTaskContext(Protocol):
    """The runtime as a source task sees it."""

    @property
    def configs(self) -> Mapping[str, str]:
        """The task's configuration with provider variables resolved."""
        ...

    @property
    def offset_reader(self) -> OffsetReader:
        """Committed source offsets of this connector."""
        ...

    @property
    def is_stopping(self) -> bool:
        """Whether the task was asked to stop: a waiting ``poll`` should return."""
        ...

    def wait(self, timeout_s: float) -> bool:
        """Wait inside ``poll``; ends early, with ``True``, when the task is asked to stop or pause."""
        ...

    @property
    def transaction_context(self) -> TransactionContext | None:
        """For ending transactions; ``None`` unless delivery is exactly once with ``transaction.boundary=connector``."""
        ...


class SinkTaskContext(Protocol):
    """The runtime as a sink task sees it."""

    @property
    def configs(self) -> Mapping[str, str]:
        """The task's configuration with provider variables resolved."""
        ...

    def rewind(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Consume these partitions again from these offsets; takes effect before the next batch."""
        ...

    def retry_after(self, timeout_s: float) -> None:
        """How long to wait before the same batch comes again; call it just before raising ``RetriableError``."""
        ...

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """Partitions this task owns now."""
        ...

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Stop consuming these partitions until `resume`.

        Raises:
            ConnectError: A partition is not assigned to this task.
        """
        ...

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """Consume these partitions again."""
        ...

    def request_commit(self) -> None:
        """Ask for an offset commit soon."""
        ...

    @property
    def errant_record_reporter(self) -> ErrantRecordReporter | None:
        """Reporter of bad records; ``None`` unless a dead letter queue or ``errors.log.enable`` is configured."""
        ...
