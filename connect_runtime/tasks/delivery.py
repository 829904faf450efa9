"""Handing batches to a sink's ``put``, one at a time on the plugin's thread, and judging those that fail.

::

    IDLE ──begin──▶ WRITING ──put returned──▶ IDLE
                       │ RetriableError
                       ▼
                  BACKING_OFF ──wait is over──▶ WRITING

A ``DataError`` halves the batch again and again until the records at fault are alone; those are reported, the rest is
written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from enum import Enum

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError, DataError
from connect_runtime.model import ConnectorTaskId, SinkRecord
from connect_runtime.observe import plugin_failure
from connect_runtime.pipeline import SinkBatch
from connect_runtime.tasks.thread import SerialExecutor

__all__ = ["Delivery", "DeliveryPhase"]

logger = logging.getLogger(__name__)


class DeliveryPhase(Enum):
    """What is going on with the batch that was handed over last."""

    IDLE = "idle"
    WRITING = "writing"
    BACKING_OFF = "backing off"


class Delivery:
    """At most one batch of a sink task on its way. Used by the task's thread.

    Args:
        task_id: The task, for messages.
        put: The plugin's ``put``.
        report: Reports one record at fault and returns, or raises when such records are not tolerated.
        executor: The plugin's thread.
        backoff_s: Gives the pause before a batch is tried again, told how often in a row it has failed.
        clock: For pauses.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        put: Callable[[Sequence[SinkRecord]], None],
        report: Callable[[SinkRecord, Exception], None] | None,
        executor: SerialExecutor,
        backoff_s: Callable[[int], float],
        clock: Clock,
    ) -> None:
        self._task_id = task_id
        self._put = put
        self._report = report
        self._executor = executor
        self._backoff_s = backoff_s
        self._clock = clock
        self._batch: SinkBatch | None = None
        self._future: Future[None] | None = None
        self._retry_at = 0.0
        self._failures = 0

    @property
    def phase(self) -> DeliveryPhase:
        """What is going on."""
        if self._batch is None:
            return DeliveryPhase.IDLE
        return DeliveryPhase.BACKING_OFF if self._future is None else DeliveryPhase.WRITING

    def begin(self, batch: SinkBatch) -> None:
        """Start writing a batch; the one before it is settled."""
        self._batch = batch
        self._failures = 0
        self._submit(batch)

    def settle(self, timeout_s: float) -> SinkBatch | None:
        """Wait for the batch under way; the batch when it is delivered, ``None`` when there is none or it takes longer.

        Raises:
            ConnectError: The batch failed for good.
        """
        batch = self._batch
        if batch is None:
            return None
        if self._future is None and not self._resubmitted(batch, timeout_s):
            return None
        future = self._future
        if future is None or not wait([future], timeout_s).done:
            return None
        self._future = None
        error = future.exception()
        if error is None:
            self._batch = None
            return batch
        if isinstance(error, ConnectError) and error.retriable:
            self._back_off(error)
            return None
        self._batch = None
        raise plugin_failure(f"Exiting WorkerSinkTask due to unrecoverable exception: {error}", error) from error

    def drop(self, without: Callable[[SinkBatch], SinkBatch]) -> None:
        """Take records out of a batch that waits for its next attempt; no effect while it is being written."""
        if self._batch is not None and self._future is None:
            self._batch = without(self._batch)

    def _resubmitted(self, batch: SinkBatch, timeout_s: float) -> bool:
        if self._clock.monotonic() + timeout_s < self._retry_at:
            return False
        self._submit(batch)
        return True

    def _submit(self, batch: SinkBatch) -> None:
        self._future = self._executor.submit(lambda: self._write(batch.records))

    def _back_off(self, error: ConnectError) -> None:
        self._failures += 1
        pause_s = self._backoff_s(self._failures)
        self._retry_at = self._clock.monotonic() + pause_s
        count = len(self._batch.records) if self._batch else 0
        logger.warning(
            "Sink task %s could not deliver a batch of %d record%s and tries it again in %.1f s: %s",
            self._task_id,
            count,
            "" if count == 1 else "s",
            pause_s,
            error,
        )

    def _write(self, records: Sequence[SinkRecord]) -> None:
        try:
            self._put(records)
        except DataError as error:
            if self._report is None or not records:
                raise
            if len(records) == 1:
                self._report(records[0], error)
                return
            middle = len(records) // 2
            self._write(records[:middle])
            self._write(records[middle:])
