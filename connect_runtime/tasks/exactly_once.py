"""Committing source offsets exactly once: in the transaction of the records that they belong to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.sdk import RecordMetadata, TransactionContext
from connect_runtime.storage.connector_offsets import OffsetPairs
from connect_runtime.storage.log import KeyedRecord
from connect_runtime.tasks.boundaries import Boundary, Ending
from connect_runtime.tasks.in_flight import InFlightBatch
from connect_runtime.tasks.sender import SentMessage
from connect_runtime.tasks.source_commits import OwnStore, SourceDelivery
from connect_runtime.tasks.transactions import TransactionalProducer

__all__ = ["ExactlyOnce", "Fence", "RequireCurrent", "StartChecks", "TransactionalOffsets"]

logger = logging.getLogger(__name__)
FENCING_S = 90.0
FENCING_PAUSE_S = 1.0
Fence = Callable[[str], None]
"""Blocks until the leader has fenced the producers of older tasks of that connector. Raises: ConnectError."""
RequireCurrent = Callable[[ConnectorTaskId], None]
"""Raises a `ConnectError` when a task's configuration is not the newest, or it is not this worker's any more."""


class TransactionalOffsets(OwnStore, Protocol):
    """The parts of a connector's offset store that are needed here."""

    def prepare(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> list[KeyedRecord]:
        """The records to write for these offsets, once what has to be written before them is. Raises: ConnectError."""
        ...

    def note_written(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> None:
        """Such records are durable."""
        ...


@dataclass(frozen=True, slots=True)
class StartChecks:
    """What has to be in order before a task may write.

    Attributes:
        fence: Fences older tasks of a connector.
        require_current: Makes sure that the task is still wanted as it is, here.
    """

    fence: Fence
    require_current: RequireCurrent


class ExactlyOnce:
    """Commits records and their source offsets together. Belongs to the task's thread.

    Args:
        task_id: The task.
        producer: The producer that the task sends its records with.
        offsets: Where offsets are kept; read and written with clients of the task's own.
        offsets_topic: The topic behind it.
        boundary: Decides where transactions end.
        checks: Made before the first transaction.
        clock: Limits waiting for a leader.
        timeout_s: Limit for writes that are not part of a transaction.
        on_topics: Told of topics that were written to.
    """

    tolerates_losses = False

    def __init__(
        self,
        task_id: ConnectorTaskId,
        producer: TransactionalProducer,
        offsets: TransactionalOffsets,
        offsets_topic: str,
        boundary: Boundary,
        checks: StartChecks,
        clock: Clock,
        timeout_s: float,
        on_topics: Callable[[frozenset[str]], None],
    ) -> None:
        self._task_id = task_id
        self._producer: TransactionalProducer | None = producer
        self._offsets = offsets
        self._offsets_topic = offsets_topic
        self._boundary = boundary
        self._checks = checks
        self._clock = clock
        self._timeout_s = timeout_s
        self._on_topics = on_topics
        self._delivery: SourceDelivery | None = None
        self._done: list[tuple[SourceRecord, RecordMetadata | None]] = []
        self._offsets_error: Exception | None = None
        self._has_begun = False

    @property
    def transaction_context(self) -> TransactionContext | None:
        """For the plugin, if it is to say where transactions end."""
        return self._boundary.context

    # -- start and end -------------------------------------------------------------------------------------------------

    def prepare(self, delivery: SourceDelivery) -> bool:
        """Fence older tasks, take the transactional id, make sure the task is still wanted, read the offsets."""
        self._delivery = delivery
        self._fence(delivery)
        if delivery.is_stopping:
            return False
        self._open().initialize(lambda: delivery.is_stopping)
        # Only now: whoever changes the tasks after this fences the id that was just taken.
        self._checks.require_current(self._task_id)
        self._offsets.start()
        return not delivery.is_stopping

    def _fence(self, delivery: SourceDelivery) -> None:
        deadline = self._clock.monotonic() + FENCING_S
        while not delivery.is_stopping:
            try:
                return self._checks.fence(self._task_id.connector)
            except RetriableError as error:
                # The leader is away or about to change, which does not take long.
                if self._clock.monotonic() >= deadline:
                    raise
                logger.info("Source task %s waits for older tasks to be fenced: %s", self._task_id, error)
                delivery.wait(FENCING_PAUSE_S)
        return None

    def begin(self) -> None:
        """An interval begins."""
        self._has_begun = True
        self._boundary.restart()

    def pause(self) -> None:
        """Commit what may be committed, so that nobody waits for it during the pause."""
        self._end(self._boundary.last())

    def resume(self) -> None:
        """An interval begins."""
        self._boundary.restart()

    def finish(self, *, failed: bool) -> None:
        """Commit what may be committed; nothing after a failure."""
        if self._has_begun and not failed and not self._live().is_cancelled:
            self._end(self._boundary.last())

    def close(self) -> None:
        """Abort what is open, and let the producer go."""
        producer, self._producer = self._producer, None
        try:
            if producer is not None:
                producer.close()
        finally:
            self._offsets.stop()

    # -- batches -------------------------------------------------------------------------------------------------------

    def dispatch(self, records: Sequence[SourceRecord]) -> None:
        """Send what one ``poll`` returned, and end transactions on the way. Raises: ConnectError."""
        start = 0
        for cut in self._boundary.cuts(records):
            self._send(records, start, cut.before)
            self._end(cut.ending)
            start = cut.before
        self._send(records, start, len(records))

    def before_produce(self, topics: Collection[str]) -> None:
        """Begin a transaction unless one is open. Raises: ConnectError."""
        if self._offsets_topic in topics:
            raise ConnectError(
                f"The connector tries to write records to {self._offsets_topic}, the topic of its own source offsets, "
                "which would destroy them: let it write to another topic, or name another offsets.storage.topic"
            )
        self._open().ensure_open()

    def record_done(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """Remember it until the transaction has ended."""
        self._done.append((record, metadata))

    def explained(self, error: ConnectError) -> ConnectError:
        """Another producer that took the transactional id says more than the message that was refused for it."""
        why = None if self._producer is None else self._producer.why_shut_out()
        return why or error

    def _send(self, records: Sequence[SourceRecord], start: int, end: int) -> None:
        if start < end:
            # A whole batch is passed on as it came: a slice of columns would be a list of records.
            self._live().send(records if end - start == len(records) else records[start:end])

    def _end(self, ending: Ending | None) -> None:
        match ending:
            case Ending.COMMIT:
                self._commit()
            case Ending.ABORT:
                self._abort()
                self._commit()
            case None:
                pass
            case _:
                assert_never(ending)

    def _abort(self) -> None:
        producer, delivery = self._open(), self._live()
        if not producer.is_open:
            logger.warning("Source task %s asked to abort a transaction, but none is open", self._task_id)
            return
        producer.abort(lambda: delivery.is_cancelled)
        # The offsets are still to be committed; to the topics nothing was written that anybody sees.
        offsets, _ = delivery.in_flight.take_all()
        delivery.in_flight.add(InFlightBatch(0, offsets, frozenset()))
        self._done = [(record, None) for record, _ in self._done]

    def _commit(self) -> None:
        """Commit what was sent, and the offsets of what was sent or aborted."""
        delivery, connector = self._live(), self._task_id.connector
        if delivery.is_cancelled:
            # Sending ended in the middle of a batch, whose offsets stand for all of it.
            raise ConnectError(f"Source task {self._task_id} was given up: it commits nothing any more")
        found, topics = delivery.in_flight.take_all()
        offsets = list(found.values())
        if offsets:
            self._write(self._offsets.prepare(connector, offsets, timeout_s=self._timeout_s), delivery)
        if self._open().is_open:
            self._commit_open(delivery)
        if offsets:
            self._offsets.note_written(connector, offsets, timeout_s=self._timeout_s)
        if topics:
            self._on_topics(topics)
        done, self._done = self._done, []
        for record, metadata in done:
            delivery.tell_record(record, metadata)
        delivery.tell_commit()

    def _write(self, records: Sequence[KeyedRecord], delivery: SourceDelivery) -> None:
        producer = self._open()
        producer.ensure_open()
        producer.write(self._offsets_topic, records, self._on_offset_written, lambda: delivery.is_cancelled)

    def _commit_open(self, delivery: SourceDelivery) -> None:
        try:
            self._open().commit(lambda: delivery.is_cancelled)
        except ConnectError:
            # A lost message is what the transaction failed for: it says more.
            delivery.require_delivered()
            if self._offsets_error is not None:
                raise ConnectError(
                    f"Writing source offsets to topic {self._offsets_topic} failed: {self._offsets_error}"
                ) from None
            raise

    def _on_offset_written(self, error: Exception | None, _: SentMessage) -> None:
        self._offsets_error = self._offsets_error or error

    def _open(self) -> TransactionalProducer:
        if self._producer is None:
            raise ConnectError("The task's producer is closed")
        return self._producer

    def _live(self) -> SourceDelivery:
        if self._delivery is None:
            raise ConnectError(f"Source task {self._task_id} was not prepared")
        return self._delivery
