r"""JSON text byte for byte as Connect writes it.

UTF-8 without blanks; characters outside the basic plane as an escaped surrogate pair, and control characters as
``\u00XX``, both in upper-case hex.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import orjson

__all__ = ["JsonValue", "encode"]

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

_ESCAPE = re.compile(r"\\(?:u00[01][0-9a-f]|.)")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def encode(value: JsonValue) -> bytes:
    """The JSON text of a value.

    A string that is no Unicode text (an unpaired surrogate, as in a file name that is not UTF-8) is written with all of
    its non-ASCII characters escaped.
    """
    try:
        encoded = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")
    if encoded.isascii() and b"\\u00" not in encoded:
        return encoded
    text = _ESCAPE.sub(_upper_case, encoded.decode("utf-8"))
    return _ASTRAL.sub(_surrogate_pair, text).encode("utf-8")


def _upper_case(escape: re.Match[str]) -> str:
    text = escape[0]
    return f"\\u{text[2:].upper()}" if text[1] == "u" else text


def _surrogate_pair(character: re.Match[str]) -> str:
    units = character[0].encode("utf-16-be").hex().upper()
    return f"\\u{units[:4]}\\u{units[4:]}"
