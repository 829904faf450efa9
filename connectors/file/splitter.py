"""Cuts bytes into lines."""

from __future__ import annotations

from connect_runtime.sdk import DataError
from connectors.file.parsing import Origin

__all__ = ["LineSplitter", "count_line_ends"]


def count_line_ends(data: bytes) -> int:
    r"""How many lines end in ``data``; a ``\r`` at its end ends one."""
    return len(data.splitlines()) - (data[-1:] not in {b"", b"\n", b"\r"})


class LineSplitter:
    r"""Cuts bytes that come in pieces after line terminators: ``\n``, ``\r`` or ``\r\n``.

    A ``\r`` at the end of what is known waits for the next byte, which may be its ``\n``.

    Args:
        origin: Where the bytes come from.
        max_bytes: Longest line allowed.

    Attributes:
        position: Position of the first byte that was not given out.
        rest: Bytes that wait for their terminator.
        in_line: Whether `rest` goes on with a line whose first part was given out without terminator.
        continues: The same about the first line of what `feed` or `take_rest` gave last.
        late_ends: Line ends that were dropped because the lines they end had been given out before.
    """

    def __init__(self, origin: Origin, max_bytes: int) -> None:
        self.position = origin.position
        self.rest = b""
        self.continues = False
        self.in_line = False
        self.late_ends = 0
        self._after_return = False
        self._file = origin.file
        self._max_bytes = max_bytes
        self._went_before(origin.before)

    def feed(self, data: bytes) -> bytes:
        """The lines that ``data`` completes, each with its terminator; maybe none.

        Raises:
            DataError: A line is longer than allowed.
        """
        if self.in_line or self._after_return:
            return self._cut(self._without_late_terminator(self.rest + data), 0)
        if not self.rest:
            return self._cut(data, 0)
        return self._cut(self.rest + data, len(self.rest) - 1)

    def give_back(self, lines: bytes) -> None:
        """Take back the last of the lines that `feed` gave: more has to come before they can be used.

        Raises:
            DataError: They are longer than a line may be.
        """
        self.rest = lines + self.rest
        self.position -= len(lines)
        if len(self.rest) > self._max_bytes:
            raise self._too_long(self.position)

    def take_rest(self) -> bytes:
        """The last line as far as it has come; nothing waits any more."""
        rest, self.rest = self.rest, b""
        self.position += len(rest)
        if rest:
            self.continues = self.in_line
            self._went_before(rest[-1:])
        return rest

    def _went_before(self, last: bytes) -> None:
        self.in_line = last not in {b"", b"\n", b"\r"}
        self._after_return = last == b"\r"

    def _without_late_terminator(self, data: bytes) -> bytes:
        if data[:1] == b"\n":
            length = 1
        elif self.in_line and data[:1] == b"\r" and len(data) > 1:
            length = 2 if data[1:2] == b"\n" else 1
        else:
            self._after_return = False
            return data
        self.position += length
        self.late_ends += self.in_line
        self._went_before(b"")
        return data[length:]

    def _cut(self, data: bytes, unknown_from: int) -> bytes:
        newline = data.rfind(b"\n", unknown_from)
        cut = max(newline, data.rfind(b"\r", max(newline, unknown_from), -1)) + 1
        complete, self.rest = data[:cut], data[cut:]
        if len(data) > self._max_bytes:
            self._check_lengths(complete)
        self.position += cut
        if complete:
            self.continues, self.in_line = self.in_line, False
        return complete

    def _check_lengths(self, complete: bytes) -> None:
        position = self.position
        for line in complete.splitlines(keepends=True):
            if len(line) > self._max_bytes:
                raise self._too_long(position)
            position += len(line)
        if not complete and len(self.rest) > self._max_bytes:
            raise self._too_long(position)

    def _too_long(self, position: int) -> DataError:
        return DataError(
            f"The record at byte {position} of {self._file} is longer than max.line.bytes={self._max_bytes}: "
            "raise it, or check that the file is text in the configured format (in CSV, that every quote is closed)"
        )
