"""Which message of its schema a payload is: places from the file's messages inward, before the message itself."""

from __future__ import annotations

from collections.abc import Sequence

from connect_runtime.sdk import DataError

__all__ = ["path_bytes", "read_path"]

_MOST_NESTED = 100


def path_bytes(path: Sequence[int]) -> bytes:
    """The bytes of a path; the first message of a file is a single zero."""
    if list(path) == [0]:
        return b"\x00"
    return b"".join(_varint(number) for number in (len(path), *path))


def read_path(payload: bytes) -> tuple[tuple[int, ...], int]:
    """The path, and where the message begins. Raises: DataError, when there is no path."""
    if payload[:1] == b"\x00":
        return (0,), 1
    size, at = _read(payload, 0)
    if not 0 < size <= _MOST_NESTED:
        raise DataError(f"A message says that its type is nested {size} deep: it is no Protobuf message of a registry")
    path = []
    for _ in range(size):
        number, at = _read(payload, at)
        path.append(number)
    return tuple(path), at


def _varint(number: int) -> bytes:
    number = number << 1  # zigzag; never negative
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004  # seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _read(payload: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(payload) and shift < 35:  # noqa: PLR2004  # 32 bits take five bytes
        byte = payload[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004  # the last byte
            return (number >> 1) ^ -(number & 1), at
    raise DataError("A message ends before it says which type of its Protobuf schema it is")
