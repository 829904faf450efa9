"""Schemaless values to JSON: as fast as orjson where it writes what Java writes, exact for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from types import NoneType
from typing import Any, Final

import orjson

from connect_runtime.converters.json_text import write_json
from connect_runtime.sdk import DataError

__all__ = ["dump_tree", "with_java_escapes", "write_plain", "write_plain_batch"]

_PLAIN: Final = frozenset({str, int, bool, NoneType})
# orjson gives out its own block of 1 kB, cut down: to keep thousands of those costs ten times as much as to copy each
# into a small one. The newline makes sure that the slice is a copy.
_COPIED: Final = orjson.OPT_APPEND_NEWLINE
_OPTIONS: Final = orjson.OPT_STRICT_INTEGER | _COPIED
_LOWER_CASE: Final = rb"\u00"
_ESCAPE: Final = re.compile(rb"\\(?:u00[01][0-9a-f]|.)")


def write_plain(value: Any) -> bytes:
    """JSON of a value without schema, with Java's bytes. Raises: DataError."""
    if _is_javas(value):
        try:
            return with_java_escapes(orjson.dumps(value, None, _OPTIONS)[:-1])
        except TypeError:
            pass  # an integer of more than 53 bits, a key that is no string, half a character
    return write_json(value).encode("utf-8", "replace")


def write_plain_batch(values: Sequence[Any]) -> list[bytes]:
    """`write_plain` of many."""
    try:
        flat = chain.from_iterable(map(dict.values, values))
        if _PLAIN.issuperset(map(type, flat)):
            written = [orjson.dumps(value, None, _OPTIONS)[:-1] for value in values]
            if _LOWER_CASE not in b"".join(written):
                return written
    except TypeError:
        pass  # a value that is no dict, or what `write_plain` says
    return [write_plain(value) for value in values]


def dump_tree(tree: Any) -> bytes:
    """JSON of an object tree in which everything is as orjson should write it. Raises: DataError."""
    try:
        return with_java_escapes(orjson.dumps(tree, None, _COPIED)[:-1])
    except TypeError as exc:
        raise DataError(f"Cannot be written as JSON: {exc}") from exc


def with_java_escapes(data: bytes) -> bytes:
    r"""JSON with control characters escaped in upper-case hex: ``\u001F``."""
    return _ESCAPE.sub(_upper_case, data) if _LOWER_CASE in data else data


def _upper_case(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    return _LOWER_CASE + escape[4:].upper() if escape.startswith(_LOWER_CASE) else escape


def _is_javas(value: Any) -> bool:
    cls = type(value)
    if cls in _PLAIN:
        return True
    if cls is float:
        return bool(value == 0 or 0.001 <= abs(value) < 1e7)  # noqa: PLR2004  # else Java writes an exponent
    if cls is dict:
        return all(map(_is_javas, [item for item in value.values() if type(item) not in _PLAIN]))
    return cls is list and all(map(_is_javas, [item for item in value if type(item) not in _PLAIN]))
