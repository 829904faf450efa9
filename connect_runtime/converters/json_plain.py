"""Schemaless values to JSON: as fast as orjson where it writes what Java writes, exact for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from types import NoneType
from typing import Any, Final

import orjson

from connect_runtime.converters.json_dump import with_java_escapes
from connect_runtime.converters.json_text import write_json

__all__ = ["write_plain", "write_plain_batch"]

_PLAIN: Final = frozenset({str, int, bool, NoneType})
_PLAIN_AND_FLOAT: Final = _PLAIN | {float}
# orjson gives out its own block of 1 kB, cut down: to keep thousands of those costs ten times as much as to copy each
# into a small one. The newline makes sure that the slice is a copy.
_COPIED: Final = orjson.OPT_APPEND_NEWLINE
_COPIED_SMALL: Final = _COPIED | orjson.OPT_STRICT_INTEGER  # refuses more than 53 bits, so none can exceed 64
_ESCAPE: Final = rb"\u00"


def write_plain(value: Any) -> bytes:
    """JSON of a value without schema, with Java's bytes. Raises: DataError."""
    if _is_javas(value) and _fits_int64(value):
        try:
            return with_java_escapes(orjson.dumps(value, None, _COPIED)[:-1])
        except TypeError:
            pass  # a key that is no string, half a character
    return write_json(value).encode("utf-8", "replace")


def write_plain_batch(values: Sequence[Any]) -> list[bytes]:
    """`write_plain` of many."""
    try:
        members = list(chain.from_iterable(map(dict.values, values)))
        kinds = set(map(type, members))
        if kinds <= _PLAIN or (kinds <= _PLAIN_AND_FLOAT and not _written_differently(members)):
            written = [orjson.dumps(value, None, _COPIED_SMALL)[:-1] for value in values]
            if _ESCAPE not in b"".join(written):
                return written
    except TypeError:
        pass  # a value that is no dict, an integer of more than 53 bits, or what `write_plain` says
    return [write_plain(value) for value in values]


def _written_differently(members: Sequence[Any]) -> list[float]:
    magnitudes = {abs(member) for member in members if type(member) is float and member}
    # Below and above, Java writes an exponent. NaN is never between.
    return [magnitude for magnitude in magnitudes if not 0.001 <= magnitude < 1e7]  # noqa: PLR2004


def _is_javas(value: Any) -> bool:
    cls = type(value)
    if cls in _PLAIN:
        return True
    if cls is float:
        return bool(value == 0 or 0.001 <= abs(value) < 1e7)  # noqa: PLR2004  # else Java writes an exponent
    if cls is dict:
        return all(map(_is_javas, [item for item in value.values() if type(item) not in _PLAIN]))
    return cls is list and all(map(_is_javas, [item for item in value if type(item) not in _PLAIN]))


def _fits_int64(value: Any) -> bool:
    cls = type(value)
    if cls is int:
        return bool(-(1 << 63) <= value < 1 << 63)
    if cls is dict:
        return all(map(_fits_int64, value.values()))
    return cls is not list or all(map(_fits_int64, value))
