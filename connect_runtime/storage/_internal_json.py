"""Schemaless JSON with the exact bytes that Connect writes to its internal topics."""

from __future__ import annotations

import base64
import re

import orjson

__all__ = ["dumps_internal", "loads_internal"]

_OUTSIDE_BMP = re.compile(rb"[\xf0-\xf4][\x80-\xbf]{3}")
_LOWER_CASE_ESCAPE = re.compile(rb"\\(?:u00[01][0-9a-f]|.)")


def dumps_internal(value: object) -> bytes:
    """Encode: compact, members in their order; characters outside the BMP and control characters in upper-case hex."""
    text = orjson.dumps(value, default=_base64)
    if _OUTSIDE_BMP.search(text):
        text = _OUTSIDE_BMP.sub(_surrogate_pair, text)
    if rb"\u00" in text:
        text = _LOWER_CASE_ESCAPE.sub(_upper_case, text)
    return text


def loads_internal(data: bytes) -> object:
    """Decode. Raises: ValueError."""
    value: object = orjson.loads(data)
    return value


def _base64(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    msg = f"{type(value).__name__} cannot be written as JSON"
    raise TypeError(msg)


def _surrogate_pair(match: re.Match[bytes]) -> bytes:
    above = ord(match.group().decode()) - 0x10000
    return b"\\u%04X\\u%04X" % (0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF))


def _upper_case(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    return rb"\u" + escape[2:].upper() if escape.startswith(rb"\u00") else escape
