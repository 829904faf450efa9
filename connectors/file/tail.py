"""Reads a file as it grows, and notices when it is another one."""

from __future__ import annotations

import logging
import os
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import assert_never

from connect_runtime.sdk import Clock, ConnectError
from connectors.file.identity import count_lines, find_renamed, open_regular, read_head, was_read
from connectors.file.input import CHUNK_BYTES, Pause, Piece
from connectors.file.offsets import BEGINNING, FINGERPRINT_BYTES, Start
from connectors.file.parsing import Origin

__all__ = ["FileInput"]

logger = logging.getLogger(__name__)
REPLACED_GRACE_S = 1.0


class Change(Enum):
    """What has become of a file that was read to its end."""

    NONE = "none"
    CUT = "it is shorter than what was read of it"
    REPLACED = "another file has its name now"
    REMOVED = "no file has its name now"


class FileInput:
    """A regular file, from a position on; it may not be there yet.

    - Cut short, or its first bytes changed (``copytruncate``): it is read from its beginning.
    - Renamed and created anew: what is still written to the renamed file is read until it has been quiet for
      `REPLACED_GRACE_S`, then the new one from its beginning.
    - On a restart the fingerprint tells whether the file is the one that the position belongs to. If not, that one is
      looked for among its neighbours and read to its end before.

    Owned by one thread.

    Args:
        path: The file.
        start: Where to go on.
        clock: For pauses.
    """

    def __init__(self, path: str, start: Start, clock: Clock) -> None:
        self._path = path
        self._start = start
        self._clock = clock
        self._descriptor: int | None = None
        self._position = 0
        self._head = b""
        self._grew_at = clock.monotonic()
        self._at_end = False
        self._is_missing = False
        self._replaced_at: float | None = None
        self._has_ended = False

    @property
    def head(self) -> bytes | None:
        """First bytes of the file that were read, at most as many as a fingerprint needs."""
        return self._head

    @property
    def quiet_s(self) -> float:
        """Seconds since the file last grew, also by its time of modification."""
        since_read = self._clock.monotonic() - self._grew_at
        if self._descriptor is None:
            return since_read
        return max(since_read, self._clock.epoch_ms() / 1000 - os.fstat(self._descriptor).st_mtime)

    def read(self) -> Piece:
        """What comes next. Raises: ConnectError."""
        if self._has_ended:
            self.close()
            self._has_ended = False
        if self._descriptor is None:
            return self._open()
        if self._at_end and self._is_rewritten(self._descriptor):
            return self._begin_again("its first bytes have changed")
        data = self._read(self._descriptor)
        return data or self._judge_end(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> Piece:
        descriptor = open_regular(self._path)
        if descriptor is None:
            self._note_missing("is not there yet")
            return Pause.NOTHING_NOW
        self._is_missing = False
        self._at_end = False
        self._replaced_at = None
        self._grew_at = self._clock.monotonic()
        if was_read(descriptor, self._start):
            return self._begin(descriptor, self._start)
        return self._begin_other(descriptor, self._start)

    def _begin_other(self, descriptor: int, start: Start) -> Origin:
        """Begin although the file is not the one that was read before: with that one, if it can be found."""
        renamed = find_renamed(self._path, start)
        if renamed is None:
            logger.warning(
                "%s was read to byte %d before, but is another file now: it is read from its beginning; "
                "whether the former one held more is not known",
                self._path,
                start.position,
            )
            return self._begin(descriptor, BEGINNING)
        name, former = renamed
        logger.warning(
            "%s was renamed to %s after it was read to byte %d: the rest of that is read first",
            self._path,
            name,
            start.position,
        )
        os.close(descriptor)
        return self._begin(former, start)

    def _begin(self, descriptor: int, start: Start) -> Origin:
        self._descriptor = descriptor
        self._position = start.position
        self._head = read_head(descriptor, min(start.position, FINGERPRINT_BYTES))
        return Origin(
            file=self._path,
            position=start.position,
            before=os.pread(descriptor, 1, start.position - 1) if start.position else b"",
            sample=start.sample,
            head=partial(read_head, descriptor),
            lines_before=cache(partial(count_lines, descriptor, start.position)),
        )

    def _read(self, descriptor: int) -> bytes:
        try:
            data = os.pread(descriptor, CHUNK_BYTES, self._position)
        except OSError as exc:
            raise ConnectError(f"Cannot read {self._path} at byte {self._position}: {exc.strerror}") from exc
        if data:
            self._position += len(data)
            self._head += data[: FINGERPRINT_BYTES - len(self._head)]
            self._grew_at = self._clock.monotonic()
            self._at_end = False
            self._replaced_at = None
        return data

    def _judge_end(self, descriptor: int) -> Pause:
        self._at_end = True
        change = self._change(descriptor)
        match change:
            case Change.NONE:
                return Pause.NOTHING_NOW
            case Change.REMOVED:
                self._note_missing("was removed")
                return Pause.NOTHING_NOW
            case Change.REPLACED if not self._is_replaced_for_good():
                return Pause.NOTHING_NOW
            case Change.REPLACED | Change.CUT:
                return self._begin_again(change.value)
            case _:
                assert_never(change)

    def _change(self, descriptor: int) -> Change:
        own = os.fstat(descriptor)
        try:
            named = Path(self._path).stat()
        except FileNotFoundError:
            return Change.REMOVED
        if not os.path.samestat(own, named):
            return Change.REPLACED
        return Change.CUT if own.st_size < self._position else Change.NONE

    def _is_replaced_for_good(self) -> bool:
        now = self._clock.monotonic()
        if self._replaced_at is None:
            self._replaced_at = now
        return now - self._replaced_at >= REPLACED_GRACE_S

    def _is_rewritten(self, descriptor: int) -> bool:
        return read_head(descriptor, len(self._head)) != self._head

    def _begin_again(self, reason: str) -> Pause:
        logger.warning("%s is read from its beginning: %s", self._path, reason)
        self._start = BEGINNING
        self._has_ended = True  # the descriptor stays for the parser, which may want to count lines
        return Pause.ENDED

    def _note_missing(self, what: str) -> None:
        if not self._is_missing:
            self._is_missing = True
            logger.warning("%s %s: waiting for it to appear", self._path, what)
