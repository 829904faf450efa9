"""The lock on a broker's folder."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from connect_runtime.broker.errors import FolderInUseError, FolderUnusableError

__all__ = ["FolderLock"]

_NAME = "broker.lock"
_RETRY_S = 0.05


class FolderLock:
    """Holds a folder for this process, from `__enter__` until `__exit__` or the end of the process.

    Args:
        folder: The folder; made when missing.
        wait_s: How long to wait for another broker, one that was just killed say, to let go.
    """

    def __init__(self, folder: Path, wait_s: float) -> None:
        self._folder = folder
        self._wait_s = wait_s
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock. Blocks up to `wait_s`.

        Raises:
            FolderInUseError: Another broker holds the folder and does not let go.
            FolderUnusableError: The folder cannot be made or written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as exc:
            raise FolderUnusableError(str(self._folder), exc.strerror or str(exc)) from exc
        self._lock(time.monotonic() + self._wait_s)
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except OSError as exc:  # a full disk, as a rule
            os.close(self._file)
            raise FolderUnusableError(str(self._folder), exc.strerror or str(exc)) from exc
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        """Let go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lock(self, deadline: float) -> None:
        file = self._file
        if file is None:
            return
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                if time.monotonic() >= deadline:
                    pid = _read_pid(file)
                    os.close(file)
                    self._file = None
                    raise FolderInUseError(str(self._folder), pid) from exc
            else:
                return
            # Nothing tells when the holder ends; this runs before there is a loop or a second thread.
            time.sleep(_RETRY_S)


def _read_pid(file: int) -> int | None:
    try:
        return int(os.pread(file, 32, 0))
    except (OSError, ValueError):
        return None
