"""How a column of a batch travels to PostgreSQL as one parameter, made at C speed; the server unnests it into rows.

Most travel as an array in binary form. In the wire format that is a header, then for each element its length (-1 for
null) and its bytes, all big-endian (``array_send`` and ``array_recv`` in the server's ``arrayfuncs.c``).

Text can also travel as one text with separators, which is several times cheaper to make here and no dearer to take
apart there. That is possible for two rows or more whose values hold neither separator nor null mark (control characters
that nobody uses).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from struct import Struct
from typing import Any, Final

from psycopg.adapt import Dumper
from psycopg.pq import Format

__all__ = [
    "Cells",
    "CellsDumper",
    "Encode",
    "array_of",
    "encode_booleans",
    "encode_bytes",
    "encode_fixed",
    "encode_text",
]

Encode = Callable[[Sequence[Any]], bytes]
"""Lengths and bytes of a column's values."""

SEPARATOR: Final = "\x1f"
NULL_MARK: Final = "\x1e"
_FEWEST_JOINED: Final = 2  # of a single empty text the server would make no row at all
_HEADER: Final = Struct(">iiiii")
_LENGTH: Final = Struct(">i").pack
_SHORT_LENGTHS: Final = tuple(_LENGTH(length) for length in range(256))
_NULL: Final = _LENGTH(-1)
_BOOLEANS: Final = {None: _NULL, False: b"\0\0\0\1\0", True: b"\0\0\0\1\1"}


class Cells(bytes):
    """An array parameter in binary form; its type is the one that the statement casts it to."""


class CellsDumper(Dumper):
    """Hands `Cells` to the driver as they are."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: Any) -> bytes:
        """The bytes."""
        return bytes(obj)


def joined_text(values: Sequence[str | None]) -> str | None:
    """Text as one text: `SEPARATOR` between values, `NULL_MARK` for ``None``; ``None`` where that is not possible."""
    if len(values) < _FEWEST_JOINED:
        return None
    try:
        joined = SEPARATOR.join(values)  # type: ignore[arg-type]  # None raises, which is the point
    except TypeError:
        if NULL_MARK in values:
            return None
        joined = SEPARATOR.join([NULL_MARK if value is None else value for value in values])
    else:
        if NULL_MARK in joined:
            return None
    return joined if joined.count(SEPARATOR) == len(values) - 1 else None


def array_of(element_type: int, count: int, elements: bytes) -> Cells:
    """A one-dimensional array of encoded elements; ``element_type`` is the type's number."""
    may_have_nulls = 1
    return Cells(_HEADER.pack(1, may_have_nulls, element_type, count, 1) + elements)


def encode_fixed(code: str) -> Encode:
    """Numbers that all take the same room; ``code`` is their type in `array` and `struct`.

    Lengths are the same too, so a template is filled: the first bytes of all numbers at once, then all the second
    bytes, and so on. Per number that costs a third of packing it.
    """
    size = array(code).itemsize
    step = 4 + size
    empty = _LENGTH(size) + bytes(size)
    pack = Struct(f">i{code}").pack

    def encode(values: Sequence[Any]) -> bytes:
        try:
            numbers = array(code, values)
        except TypeError:  # there are nulls
            return b"".join([_NULL if value is None else pack(size, value) for value in values])
        if sys.byteorder == "little":
            numbers.byteswap()
        data = numbers.tobytes()
        cells = bytearray(empty * len(values))
        for place in range(size):
            cells[4 + place :: step] = data[place::size]
        return bytes(cells)

    return encode


def encode_booleans(values: Sequence[bool | None]) -> bytes:
    """Booleans."""
    return b"".join(map(_BOOLEANS.__getitem__, values))


def encode_text(values: Sequence[str | None]) -> bytes:
    """Text in UTF-8."""
    try:
        return encode_bytes(list(map(str.encode, values)))  # type: ignore[arg-type]  # None raises, which is the point
    except TypeError:
        return encode_bytes([None if value is None else value.encode() for value in values])


def encode_bytes(values: Sequence[bytes | None]) -> bytes:
    """Bytes as they are."""
    try:
        lengths = list(map(len, values))  # type: ignore[arg-type]  # None raises, which is the point
    except TypeError:
        cells = ((_NULL, b"") if value is None else (_LENGTH(len(value)), value) for value in values)
        return b"".join(chain.from_iterable(cells))
    prefixes = map(_SHORT_LENGTHS.__getitem__ if max(lengths, default=0) < len(_SHORT_LENGTHS) else _LENGTH, lengths)
    return b"".join(chain.from_iterable(zip(prefixes, values, strict=True)))  # type: ignore[arg-type]  # as above
