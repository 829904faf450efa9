"""Committing source offsets at least once: on a timer, after their records were acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from threading import Lock

from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.sdk import RecordMetadata, TransactionContext
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.in_flight import Offsets
from connect_runtime.tasks.source_commits import OffsetWriter, OwnStore, SourceDelivery

__all__ = ["AtLeastOnce"]

logger = logging.getLogger(__name__)


class AtLeastOnce:
    """Commits the offsets of one source task. `commit` may be called from any thread, one at a time takes effect.

    Args:
        task_id: The task.
        store: Where offsets go.
        committer: Calls for commits on a timer.
        timeout_s: Limit for one commit, and for outstanding acknowledgements when the task ends.
        on_topics: Told of topics that were written to.
        own: The store, when it is the connector's own: opened before the plugin starts, closed with the task.
    """

    tolerates_losses = True
    transaction_context: TransactionContext | None = None

    def __init__(
        self,
        task_id: ConnectorTaskId,
        store: OffsetWriter,
        committer: Committer,
        timeout_s: float,
        on_topics: Callable[[frozenset[str]], None],
        *,
        own: OwnStore | None = None,
    ) -> None:
        self._own = own
        self._task_id = task_id
        self._store = store
        self._committer = committer
        self._timeout_s = timeout_s
        self._on_topics = on_topics
        self._delivery: SourceDelivery | None = None
        self._ticket: int | None = None
        self._pending: Offsets = {}
        self._lock = Lock()

    def prepare(self, delivery: SourceDelivery) -> bool:
        """Open a store of the connector's own, if it has one. Raises: ConnectError."""
        self._delivery = delivery
        if self._own is not None:
            self._own.start()
        return True

    def begin(self) -> None:
        """Commit on the timer from now on."""
        self._ticket = self._committer.schedule(self.commit)

    def dispatch(self, records: Sequence[SourceRecord]) -> None:
        """Send; the timer commits."""
        if records and self._delivery is not None:
            self._delivery.send(records)

    def before_produce(self, topics: Collection[str]) -> None:
        """Any topic will do."""

    def record_done(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """Tell the plugin at once."""
        if self._delivery is not None:
            self._delivery.tell_record(record, metadata)

    def explained(self, error: ConnectError) -> ConnectError:
        """Nothing more is known of it."""
        return error

    def pause(self) -> None:
        """The timer goes on."""

    def resume(self) -> None:
        """The timer has gone on."""

    def finish(self, *, failed: bool) -> None:
        """Wait for acknowledgements, then commit; also after a failure, for what was acknowledged."""
        if self._ticket is not None:
            self._committer.unschedule(self._ticket)
            self._ticket = None
        delivery = self._delivery
        if delivery is None or delivery.is_cancelled:
            return
        if not delivery.flush(self._timeout_s) and not failed:
            logger.warning("Source task %s ends with messages that the broker did not acknowledge", self._task_id)
        self.commit()

    def close(self) -> None:
        """Let a store of the connector's own go."""
        if self._own is not None:
            self._own.stop()

    def commit(self) -> None:
        """Commit what is safe to commit; called from the committer's thread, and at the end from the task's."""
        delivery = self._delivery
        if delivery is None or delivery.is_cancelled:
            return
        delivery.serve()
        offsets, topics = delivery.in_flight.take_committable()
        if self._write(offsets, topics):
            delivery.tell_commit()

    def _write(self, offsets: Offsets, topics: frozenset[str]) -> bool:
        """Write these offsets and those that could not be written before; whether everything is durable now."""
        with self._lock:
            if topics:
                self._on_topics(topics)
            self._pending.update(offsets)
            if not self._pending:
                return True
            try:
                self._store.write(self._task_id.connector, list(self._pending.values()), timeout_s=self._timeout_s)
            except ConnectError as error:
                logger.warning(
                    "Source task %s could not commit its offsets; they are kept and tried again: %s",
                    self._task_id,
                    error,
                )
                return False
            self._pending = {}
            return True
