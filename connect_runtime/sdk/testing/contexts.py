"""Fakes of what the runtime gives to plugins: nothing waits, everything asked for is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from connect_runtime.errors import ConnectError
from connect_runtime.model import SinkRecord, TopicPartition
from connect_runtime.sdk.context import TransactionContext

__all__ = [
    "FakeConnectorContext",
    "FakeErrantRecordReporter",
    "FakeOffsetReader",
    "FakeSinkTaskContext",
    "FakeSourceTaskContext",
]

_MOST_WAITS = 1000


class FakeOffsetReader:
    """Committed source offsets held in memory.

    Args:
        offsets: Pairs of source partition and its offset that "earlier tasks" committed.
    """

    def __init__(self, offsets: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]] = ()) -> None:
        self._offsets: dict[frozenset[tuple[str, Any]], dict[str, Any]] = {}
        for partition, offset in offsets:
            self.store(partition, offset)

    def store(self, partition: Mapping[str, Any], offset: Mapping[str, Any] | None) -> None:
        """Commit an offset; ``None`` removes it."""
        key = frozenset(partition.items())
        if offset is None:
            self._offsets.pop(key, None)
        else:
            self._offsets[key] = dict(offset)

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        """The offset stored for one source partition, ``None`` when there is none."""
        found = self._offsets.get(frozenset(partition.items()))
        return None if found is None else dict(found)

    def offsets(self, partitions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """The offsets of several source partitions, in their order."""
        return [self.offset(partition) for partition in partitions]


class FakeSourceTaskContext:
    """A source task's runtime, without time: `wait` returns at once.

    Args:
        configs: The task's configuration.
        offsets: Pairs of source partition and committed offset.
        on_wait: Called by `wait` with the seconds asked for, e.g. to let something arrive; ``None`` for nothing.
        transactions: What the task asks for transactions with, ``None`` when it has no say.

    Attributes:
        waits: Seconds of every `wait` so far.
    """

    def __init__(
        self,
        configs: Mapping[str, str] | None = None,
        *,
        offsets: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]] = (),
        on_wait: Callable[[float], None] | None = None,
        transactions: TransactionContext | None = None,
    ) -> None:
        self.configs: Mapping[str, str] = dict(configs or {})
        self.transaction_context = transactions
        self.offset_reader = FakeOffsetReader(offsets)
        self.is_stopping = False
        self.waits: list[float] = []
        self._on_wait = on_wait

    def stop(self) -> None:
        """From now on the task is being stopped."""
        self.is_stopping = True

    def wait(self, timeout_s: float) -> bool:
        """Remember the wait; whether the task is being stopped.

        Raises:
            AssertionError: The task waited 1000 times: a real runtime would still be waiting.
        """
        self.waits.append(timeout_s)
        if self._on_wait is not None:
            self._on_wait(timeout_s)
        if len(self.waits) >= _MOST_WAITS:
            raise AssertionError(
                f"The task waited {_MOST_WAITS} times: poll should return None when there is nothing to read"
            )
        return self.is_stopping


class FakeErrantRecordReporter:
    """Remembers what was reported.

    Attributes:
        reported: Records and their errors, in order.
    """

    def __init__(self) -> None:
        self.reported: list[tuple[SinkRecord, Exception]] = []

    def report(self, record: SinkRecord, error: Exception) -> Future[None]:
        """Remember; the future is done."""
        self.reported.append((record, error))
        done: Future[None] = Future()
        done.set_result(None)
        return done


class FakeSinkTaskContext:
    """A sink task's runtime that remembers what the task asked for.

    Args:
        configs: The task's configuration.
        assignment: Partitions that the task owns.
        errant_record_reporter: Reporter of bad records; ``None`` as where no dead letter queue is configured.

    Attributes:
        rewinds: Offsets asked for by `rewind`, newest per partition.
        retry_after_s: Seconds of the last `retry_after`, ``None`` before the first.
        paused: Partitions that are paused now.
        commits_requested: How often a commit was asked for.
    """

    def __init__(
        self,
        configs: Mapping[str, str] | None = None,
        *,
        assignment: Iterable[TopicPartition] = (),
        errant_record_reporter: FakeErrantRecordReporter | None = None,
    ) -> None:
        self.configs: Mapping[str, str] = dict(configs or {})
        self.assignment = frozenset(assignment)
        self.errant_record_reporter = errant_record_reporter
        self.rewinds: dict[TopicPartition, int] = {}
        self.retry_after_s: float | None = None
        self.paused: set[TopicPartition] = set()
        self.commits_requested = 0

    def rewind(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Remember the offsets."""
        self.rewinds.update(offsets)

    def retry_after(self, timeout_s: float) -> None:
        """Remember the pause."""
        self.retry_after_s = timeout_s

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Pause. Raises: ConnectError, for a partition that is not assigned."""
        self._require_assigned(partitions)
        self.paused.update(partitions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """Resume. Raises: ConnectError, for a partition that is not assigned."""
        self._require_assigned(partitions)
        self.paused.difference_update(partitions)

    def request_commit(self) -> None:
        """Count the request."""
        self.commits_requested += 1

    def _require_assigned(self, partitions: Sequence[TopicPartition]) -> None:
        foreign = [str(partition) for partition in partitions if partition not in self.assignment]
        if foreign:
            raise ConnectError(f"Cannot pause or resume partitions that this task does not own: {', '.join(foreign)}")


class FakeConnectorContext:
    """A source or sink connector's runtime that remembers what the connector asked for.

    Args:
        offsets: Pairs of source partition and committed offset.

    Attributes:
        reconfigurations_requested: How often new task configurations were asked for.
        errors: Errors the connector reported.
    """

    def __init__(self, *, offsets: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]] = ()) -> None:
        self.offset_reader = FakeOffsetReader(offsets)
        self.reconfigurations_requested = 0
        self.errors: list[Exception] = []

    def request_task_reconfiguration(self) -> None:
        """Count the request."""
        self.reconfigurations_requested += 1

    def raise_error(self, error: Exception) -> None:
        """Remember the error."""
        self.errors.append(error)
