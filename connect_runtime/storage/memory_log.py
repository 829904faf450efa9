"""A log in memory: standalone's configs and statuses, and tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, RLock

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.storage.log import KeyedRecord, LogRecord, RecordListener

__all__ = ["MemoryLog"]


class MemoryLog:
    """A `Log` of one partition that forgets everything when the process ends.

    Thread safe. Records are given to the listener on the thread that sends them, before `send` returns.

    Args:
        records: What the log holds before `start`.
        clock: Source of the records' timestamps.
    """

    def __init__(self, records: Sequence[KeyedRecord] = (), *, clock: Clock | None = None) -> None:
        self._clock = clock if clock is not None else SystemClock()
        self._lock = RLock()
        self._on_record: RecordListener | None = None
        self._next_offset = 0
        self._latest: dict[bytes, LogRecord] = {}
        for key, value in records:
            self._append(key, value)

    def start(self, on_record: RecordListener) -> None:
        """Give what is there to `on_record`, newest record per key, in the order written."""
        with self._lock:
            for record in self._latest.values():
                on_record(record)
            self._on_record = on_record

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:  # noqa: ARG002 - nothing to wait for
        """Append records and deliver them."""
        with self._lock:
            for key, value in records:
                record = self._append(key, value)
                if self._on_record is not None:
                    self._on_record(record)

    def send_soon(
        self,
        key: bytes,
        value: bytes | None,
        *,
        still_wanted: Callable[[], bool],  # noqa: ARG002 - never has to repeat
    ) -> None:
        """Append one record and deliver it."""
        self.send([(key, value)], timeout_s=0)

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:  # noqa: ARG002 - always at the end
        """Return once records being sent by other threads are delivered."""
        with self._lock:
            return

    def stop(self) -> None:
        """Deliver nothing any more."""
        with self._lock:
            self._on_record = None

    def _append(self, key: bytes, value: bytes | None) -> LogRecord:
        record = LogRecord(0, self._next_offset, key, value, self._clock.epoch_ms())
        self._next_offset += 1
        self._latest.pop(key, None)
        self._latest[key] = record
        return record
