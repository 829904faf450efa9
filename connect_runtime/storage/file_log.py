"""A log in a file: standalone's source offsets.

The file has one JSON object per line, ``{"key": "...", "value": "..."}``, with the text of the newest record of each
key. It is replaced as a whole, so that a crash leaves either the old one or the new one. A file that Java's
standalone worker wrote is read, and kept beside the new one with the extension ``.java``.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, RLock

from connect_runtime.errors import ConnectError, RetriableError, StorageError
from connect_runtime.storage.java_map import JAVA_MAGIC, read_java_map
from connect_runtime.storage.log import KeyedRecord, LogRecord, RecordListener

__all__ = ["FileLog"]

_log = logging.getLogger(__name__)

# Bytes that are not UTF-8 survive the way through text.
_TEXT = ("utf-8", "surrogateescape")


class FileLog:
    """A `Log` of one partition in a file. Thread safe; records are delivered on the thread that sends them.

    Args:
        path: The file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._records: dict[bytes, bytes] = {}
        self._next_offset = 0
        self._on_record: RecordListener | None = None
        self._is_java = False

    def start(self, on_record: RecordListener) -> None:
        """Read the file and give its records to `on_record`; no file, or an empty one, means no records.

        Raises:
            StorageError: The file cannot be read or is not such a file, or its folder does not exist.
        """
        with self._lock:
            if not self._path.parent.is_dir():
                raise StorageError(
                    f"The offsets file {self._path} cannot be kept: there is no folder {self._path.parent}. Create it, "
                    "or set offset.storage.file.filename to another place"
                )
            self._records = self._read()
            self._on_record = on_record
            for key, value in self._records.items():
                self._deliver(key, value)

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:  # noqa: ARG002 - a disk has no time-out
        """Replace the file by one with these records in it, then deliver them.

        Raises:
            RetriableError: The file cannot be written, for example because the disk is full. The old one is still
            there.
        """
        with self._lock:
            changed = dict(self._records)
            for key, value in records:
                changed.pop(key, None)
                if value is not None:
                    changed[key] = value
            try:
                self._replace(changed)
            except OSError as exc:
                raise RetriableError(f"The offsets file {self._path} cannot be written: {exc.strerror or exc}") from exc
            self._records = changed
            for key, value in records:
                self._deliver(key, value)

    def send_soon(
        self,
        key: bytes,
        value: bytes | None,
        *,
        still_wanted: Callable[[], bool],  # noqa: ARG002 - written at once or not at all
    ) -> None:
        """As `send`, but a failure is only logged."""
        try:
            self.send([(key, value)], timeout_s=0)
        except ConnectError as exc:
            _log.error("A record was not written", extra={"path": str(self._path), "error": str(exc)})

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:  # noqa: ARG002 - always at the end
        """Return once records being sent by other threads are delivered."""
        with self._lock:
            return

    def stop(self) -> None:
        """Deliver nothing any more."""
        with self._lock:
            self._on_record = None

    def _deliver(self, key: bytes, value: bytes | None) -> None:
        if self._on_record is not None:
            self._on_record(LogRecord(0, self._next_offset, key, value, None))
        self._next_offset += 1

    def _read(self) -> dict[bytes, bytes]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise StorageError(f"The offsets file {self._path} cannot be read: {exc.strerror or exc}") from exc
        self._is_java = data.startswith(JAVA_MAGIC)
        try:
            return (
                read_java_map(data)
                if self._is_java
                else dict(_parse(line) for line in data.splitlines() if line.strip())
            )
        except ValueError as exc:
            raise StorageError(
                f"The offsets file {self._path} is damaged or something else: {exc}. Restore it from a backup, or move "
                "it away to start without offsets: all source connectors then begin anew"
            ) from exc

    def _replace(self, records: dict[bytes, bytes]) -> None:
        # A link stays a link, and the file keeps who may read it.
        target = self._path.resolve()
        if self._is_java:
            shutil.copy2(target, target.with_name(f"{target.name}.java"))
        fresh = target.with_name(f"{target.name}.new")
        with fresh.open("wb") as file:
            if target.exists():
                shutil.copymode(target, fresh)
            file.writelines(_line(key, value) for key, value in records.items())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        _sync_folder(target.parent)
        self._is_java = False


def _line(key: bytes, value: bytes) -> bytes:
    text = json.dumps({"key": key.decode(*_TEXT), "value": value.decode(*_TEXT)}, ensure_ascii=False)
    return f"{text}\n".encode(*_TEXT)


def _parse(line: bytes) -> tuple[bytes, bytes]:
    match json.loads(line.decode(*_TEXT)):
        case {"key": str(key), "value": str(value)}:
            return key.encode(*_TEXT), value.encode(*_TEXT)
        case _:
            raise ValueError('a line is not of the form {"key": "...", "value": "..."}')


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
