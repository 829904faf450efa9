"""A count that one process writes and another reads, without either waiting."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

__all__ = ["Counter"]

_NUMBER = struct.Struct("=q")


class Counter:
    """Eight bytes of a file, mapped into memory. One process adds, any may read.

    Args:
        path: The file; made when missing, its count kept when not.
    """

    def __init__(self, path: Path) -> None:
        with path.open("a+b") as file:
            if file.seek(0, 2) < _NUMBER.size:
                file.truncate(_NUMBER.size)
            self._memory = mmap.mmap(file.fileno(), _NUMBER.size)

    @property
    def value(self) -> int:
        """The count."""
        number: int = _NUMBER.unpack_from(self._memory)[0]
        return number

    def add(self, number: int) -> None:
        """Count ``number`` more."""
        _NUMBER.pack_into(self._memory, 0, self.value + number)

    def close(self) -> None:
        """Unmap the file; the count stays in it."""
        self._memory.close()
