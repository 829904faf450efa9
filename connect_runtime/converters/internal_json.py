"""Schemaless JSON with the exact bytes that Kafka Connect writes to its internal topics.

Offset keys are found by their exact bytes, so they must be Java's to the last one: compact, members in their order,
non-ASCII characters raw, those outside the Basic Multilingual Plane as escaped surrogate pairs in upper-case hex (as
Kafka 4.3 writes them).
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from connect_runtime.converters.json_text import read_json, write_json

__all__ = ["dumps_internal", "loads_internal"]

_OUTSIDE_BMP: Final = re.compile("[\U00010000-\U0010ffff]")


def dumps_internal(value: Any) -> bytes:
    """Encode.

    Raises:
        DataError: The value is not plain data, see `write_json`.
    """
    return _OUTSIDE_BMP.sub(_surrogate_pair, write_json(value)).encode("utf-8", "replace")


def loads_internal(data: bytes) -> Any:
    """Decode; no bytes or only blanks are ``None``.

    Raises:
        DataError: The bytes are not JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return read_json(data)


def _surrogate_pair(match: re.Match[str]) -> str:
    above = ord(match.group()) - 0x10000
    return f"\\u{0xD800 + (above >> 10):04X}\\u{0xDC00 + (above & 0x3FF):04X}"
