"""Finds out which file on disk is the one that was read before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from connect_runtime.sdk import ConnectError
from connectors.file.input import CHUNK_BYTES
from connectors.file.offsets import FINGERPRINT_BYTES, Start, fingerprint

__all__ = ["count_lines", "find_renamed", "open_regular", "read_head", "was_read"]


def open_regular(path: str) -> int | None:
    """A descriptor of a regular file, ``None`` when there is no file of that name.

    Raises:
        ConnectError: It cannot be opened or is something else.
    """
    try:
        # Without O_NONBLOCK a named pipe would block here until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ConnectError(f"Cannot open {path}: {exc.strerror}. Correct file, or the rights on it") from exc
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise ConnectError(f"Cannot read {path}: it is not a regular file. Name a file that holds text")


def was_read(descriptor: int, start: Start) -> bool:
    """Whether a file may be the one that was read up to ``start``: long enough, and beginning with the same bytes."""
    if os.fstat(descriptor).st_size < start.position:
        return False
    head = read_head(descriptor, min(start.position, FINGERPRINT_BYTES))
    return start.fingerprint is None or start.fingerprint == fingerprint(head)


def find_renamed(path: str, start: Start) -> tuple[str, int] | None:
    """Name and descriptor of the file that had this path when it was read up to ``start``, if there is more in it.

    It is looked for where log rotation leaves it: in the same folder, under a name that begins with the old one.
    """
    if start.fingerprint is None:
        return None
    file = Path(path)
    for sibling in sorted(file.parent.glob(f"{_literal(file.name)}?*")):
        descriptor = _open_quietly(str(sibling))
        if descriptor is None:
            continue
        if os.fstat(descriptor).st_size > start.position and was_read(descriptor, start):
            return str(sibling), descriptor
        os.close(descriptor)
    return None


def read_head(descriptor: int, limit: int) -> bytes:
    """The first bytes of a file, at most ``limit``."""
    return os.pread(descriptor, limit, 0)


def count_lines(descriptor: int, limit: int) -> int:
    """Line terminators in the first ``limit`` bytes."""
    count, position, last = 0, 0, b""
    while chunk := os.pread(descriptor, min(CHUNK_BYTES, limit - position), position):
        count += chunk.count(b"\n") + chunk.count(b"\r") - chunk.count(b"\r\n")
        count -= last == b"\r" and chunk.startswith(b"\n")
        position += len(chunk)
        last = chunk[-1:]
    return count


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _open_quietly(path: str) -> int | None:
    try:
        return open_regular(path)
    except ConnectError:
        return None
