"""The one primitive under all stores: an ordered, keyed log that can be read to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import NamedTuple, Protocol

__all__ = ["KeyedRecord", "Log", "LogRecord", "RecordListener", "Sender"]

KeyedRecord = tuple[bytes, bytes | None]
"""Key and value of a record to be written; a value of ``None`` is a tombstone."""


class LogRecord(NamedTuple):
    """One record as read back; ``value`` is ``None`` for a tombstone, ``timestamp`` is epoch ms."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int | None


RecordListener = Callable[[LogRecord], None]


class Sender(Protocol):
    """Writes records: a log itself, or what writes to it for the leader."""

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        """Write records in this order and wait until all are acknowledged.

        Raises:
            RetriableError: Not acknowledged in time, or the broker is away. The records may still arrive later.
            StorageError: The records were refused.
        """
        ...


class Log(Sender, Protocol):
    """A compacted topic, a file, or memory.

    Records are given to the listener one at a time and in order per partition. The listener must be quick, must not
    raise and must not call the log: it runs on the log's reader thread.
    """

    def start(self, on_record: RecordListener) -> None:
        """Give everything present to `on_record`, then return and go on tailing in the background. Blocks.

        Raises:
            StorageError: The log cannot be read.
        """
        ...

    def send_soon(self, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        """Queue one record and return at once; never blocks on a dead broker and never raises.

        A write that fails for now is repeated until it is acknowledged or `still_wanted` (called on the log's own
        thread) says that something newer replaced it. A write that is refused is logged and dropped.
        """
        ...

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
        """Return when everything written before the call, by anyone, was given to the listener.

        Args:
            timeout_s: How long to wait at most.
            give_up: Ends the wait early when set.

        Raises:
            RetriableError: The end was not reached in time, or `give_up` was set.
            StorageError: The log cannot be read at all, for example because the topic may not be read.
        """
        ...

    def stop(self) -> None:
        """Stop reading and release what the log holds; may be called twice. Nothing is delivered afterwards."""
        ...
