"""Reads standard input or a named pipe."""

from __future__ import annotations

import os
import select

from connect_runtime.sdk import Clock, ConnectError
from connectors.file.input import CHUNK_BYTES, Pause, Piece
from connectors.file.parsing import Origin

__all__ = ["StreamInput"]


class StreamInput:
    """A stream of bytes that is read once and has no positions to go back to.

    Its end ends a content: a named pipe may be opened by a next writer.

    Args:
        name: For messages.
        descriptor: To read from.
        clock: For `quiet_s`.
        owned: Whether `close` closes the descriptor.
    """

    head: bytes | None = None

    def __init__(self, name: str, descriptor: int, clock: Clock, *, owned: bool) -> None:
        self._name = name
        self._descriptor = descriptor
        self._clock = clock
        self._owned = owned
        self._grew_at = clock.monotonic()
        self._in_content = False
        self._read_some = False

    def read(self) -> Piece:
        """What comes next. Raises: ConnectError."""
        if not self._in_content:
            self._in_content = True
            self._read_some = False
            return Origin(self._name)
        data = self._available()
        if data:
            self._read_some = True
            self._grew_at = self._clock.monotonic()
            return data
        if data is None or not self._read_some:
            return Pause.NOTHING_NOW
        self._in_content = False
        return Pause.ENDED

    @property
    def quiet_s(self) -> float:
        """Seconds since something came."""
        return self._clock.monotonic() - self._grew_at

    def close(self) -> None:
        """Close the descriptor, unless it belongs to somebody else."""
        if self._owned:
            self._owned = False
            os.close(self._descriptor)

    def _available(self) -> bytes | None:
        """Bytes that are there, empty at the end, ``None`` when there are none yet."""
        try:
            ready, _, _ = select.select([self._descriptor], [], [], 0)
            return os.read(self._descriptor, CHUNK_BYTES) if ready else None
        except BlockingIOError:
            return None
        except OSError as exc:
            raise ConnectError(f"Cannot read {self._name}: {exc.strerror}") from exc
