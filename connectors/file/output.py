"""Appends to a file so that a batch is in it as a whole or not at all."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path

from connect_runtime.sdk import ConnectError, RetriableError

__all__ = ["Output"]

logger = logging.getLogger(__name__)
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class Output:
    """A file opened for appending, or a stream such as standard output. Owned by one thread.

    What `append` wrote has left the process: killing it loses nothing. A file that was renamed or removed meanwhile is
    created anew.

    Args:
        name: Path of the file, or what to call the stream.
        descriptor: The stream, which belongs to somebody else; ``None`` to open the file.

    Raises:
        ConnectError: The file cannot be opened.
    """

    def __init__(self, name: str, descriptor: int | None = None) -> None:
        self._name = name
        self._is_stream = descriptor is not None
        self._in_line = False
        self._descriptor = self._open() if descriptor is None else descriptor
        self._is_dirty = False

    def append(self, lines: bytes) -> None:
        """Write lines, each with its end.

        Raises:
            RetriableError: The disk is full; nothing of the lines stays in the file.
            ConnectError: The file cannot be written.
        """
        self._reopen_if_moved()
        if self._in_line:
            lines = b"\n" + lines
        size = self._size()
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:] if written else lines)
        except OSError as exc:
            self._take_back(size, written)
            raise self._error(exc, len(lines)) from exc
        self._in_line = False
        self._is_dirty = True

    def sync(self) -> None:
        """Make what was written survive a crash of the machine. Raises: ConnectError."""
        if self._is_dirty and self._size() is not None:
            try:
                os.fsync(self._descriptor)
            except OSError as exc:
                raise self._error(exc, 0) from exc
        self._is_dirty = False

    def close(self) -> None:
        """Close the file; a stream stays open."""
        if not self._is_stream:
            self._is_stream = True
            os.close(self._descriptor)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._in_line = _ends_in_line(self._name)
            return os.open(self._name, flags, 0o666)
        except OSError as exc:
            raise ConnectError(
                f"Cannot open {self._name} for appending: {exc.strerror}. Correct file, or the rights on it"
            ) from exc

    def _reopen_if_moved(self) -> None:
        if self._is_stream:
            return
        try:
            if os.path.samestat(Path(self._name).stat(), os.fstat(self._descriptor)):
                return
        except FileNotFoundError:
            pass
        logger.info("%s was renamed or removed: what follows goes to a new file of that name", self._name)
        descriptor = self._open()
        self.sync()
        os.close(self._descriptor)
        self._descriptor = descriptor

    def _size(self) -> int | None:
        """Bytes in the file, ``None`` for what is no regular file."""
        status = os.fstat(self._descriptor)
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def _take_back(self, size: int | None, written: int) -> None:
        """Remove a part of a batch, unless another task has appended to the file after it."""
        if written and size is not None and self._size() == size + written:
            os.ftruncate(self._descriptor, size)

    def _error(self, error: OSError, size: int) -> ConnectError:
        what = f"Cannot write {size} bytes to {self._name}: {error.strerror}"
        if error.errno in _NO_SPACE:
            return RetriableError(f"{what}. Free some space: the same records are written again")
        return ConnectError(f"{what}. Correct that, then restart the task")


def _ends_in_line(path: str) -> bool:
    """Whether a file's last line has no end: a writer was killed while it wrote."""
    try:
        with Path(path).open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except (FileNotFoundError, PermissionError):
        return False
