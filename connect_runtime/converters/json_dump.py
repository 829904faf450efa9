"""Object trees to JSON bytes with Java's escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from connect_runtime.sdk import DataError

__all__ = ["dump_lines", "dump_tree", "with_java_escapes"]

_ENCODER: Final = msgspec.json.Encoder()
_LOWER_CASE: Final = rb"\u00"
_ESCAPE: Final = re.compile(rb"\\(?:u00[01][0-9a-f]|.)")


def dump_tree(tree: Any) -> bytes:
    """JSON of a tree in which everything is as msgspec should write it. Raises: DataError."""
    try:
        return with_java_escapes(_ENCODER.encode(tree))
    except (TypeError, ValueError, RecursionError) as exc:
        raise DataError(f"Cannot be written as JSON: {exc}") from exc


def dump_lines(trees: Iterable[Any]) -> list[bytes]:
    """`dump_tree` of many, without looking at each of them again."""
    try:
        # No line break is ever raw in JSON: it is what separates the messages here.
        lines = with_java_escapes(_ENCODER.encode_lines(trees)).split(b"\n")
    except (TypeError, ValueError, RecursionError) as exc:
        raise DataError(f"Cannot be written as JSON: {exc}") from exc
    lines.pop()
    return lines


def with_java_escapes(data: bytes) -> bytes:
    r"""JSON with control characters escaped in upper-case hex: ``\u001F``."""
    return _ESCAPE.sub(_upper_case, data) if _LOWER_CASE in data else data


def _upper_case(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    return rb"\u" + escape[2:].upper() if escape.startswith(_LOWER_CASE) else escape
