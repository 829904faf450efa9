"""JSON as Java's Connect reads and writes it, where that differs from what a fast codec does.

The writer gives Java's bytes: numbers in Java's text form, escapes in upper-case hex. The reader takes what Java takes:
leading zeros, text after the first value, any Unicode encoding. Both are pure Python; hot paths come here only for what
orjson writes differently or refuses to read.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from connect_runtime.sdk import DataError
from connect_runtime.sdk.data import float_text

__all__ = ["read_json", "write_json"]

_LOWER_CASE_ESCAPE: Final = re.compile(r"\\(?:u00[01][0-9a-f]|.)")
_LEADING_ZEROS: Final = re.compile(r'("(?:[^"\\]|\\.)*"?)|(?<![\w.+\-])(-?)0+(?=\d)', re.DOTALL)
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BLANKS: Final = " \t\r\n"
_SELF_DELIMITING: Final = '"}]'


def write_json(value: Any) -> str:
    """The text of plain data without insignificant blanks, in Java's form.

    Args:
        value: ``None``, ``bool``, ``int`` (64 bits), ``float``, ``str``, ``bytes`` (written as base64), lists of these,
            mappings of these: an object when all keys are strings, else pairs.

    Raises:
        DataError: There is something else in it.
    """
    parts: list[str] = []
    try:
        _write(value, parts.append)
    except RecursionError as exc:
        raise DataError("The value is nested too deeply to be written as JSON, or contains itself") from exc
    return "".join(parts)


def read_json(data: bytes, *, exact: bool = False) -> Any:
    """The first value in ``data``, ``None`` when there are only blanks.

    Args:
        data: UTF-8, with or without byte order mark, or UTF-16 or UTF-32.
        exact: Whether numbers with fraction or exponent become ``Decimal`` with all their digits, not ``float``.

    Raises:
        DataError: That is not JSON.
    """
    try:
        text = data.decode(json.detect_encoding(data)).lstrip(_BLANKS)
        return _read(_LEADING_ZEROS.sub(r"\1\2", text), exact=exact) if text else None
    except (ValueError, RecursionError) as exc:
        raise DataError(f"Not valid JSON ({len(data)} bytes): {exc}") from exc


def _write(value: Any, put: Callable[[str], object]) -> None:
    match value:
        case None:
            put("null")
        case bool():
            put("true" if value else "false")
        case str():
            put(_quoted(value))
        case int():
            put(_integer(value))
        case float():
            put(_float(value))
        case dict() | Mapping():
            _write_mapping(value, put)
        case list() | tuple():
            _write_items(value, put)
        case bytes() | bytearray() | memoryview():
            put(f'"{b64encode(value).decode()}"')
        case _:
            raise DataError(f"{type(value).__name__} cannot be written as JSON without a schema")


def _write_mapping(mapping: Mapping[Any, Any], put: Callable[[str], object]) -> None:
    if not all(isinstance(key, str) for key in mapping):
        _write_items(list(mapping.items()), put)
        return
    before = "{"
    for key, value in mapping.items():
        put(f"{before}{_quoted(key)}:")
        _write(value, put)
        before = ","
    put("{}" if before == "{" else "}")


def _write_items(items: list[Any] | tuple[Any, ...], put: Callable[[str], object]) -> None:
    before = "["
    for item in items:
        put(before)
        _write(item, put)
        before = ","
    put("[]" if before == "[" else "]")


def _integer(value: int) -> str:
    if not -(1 << 63) <= value < 1 << 63:
        raise DataError("An integer does not fit into 64 bits: give it a Decimal schema, or write it as a string")
    return int.__repr__(value)


def _float(value: float) -> str:
    text = float_text(value)
    return text if text[-1].isdigit() else f'"{text}"'  # NaN and infinities are strings


def _quoted(text: str) -> str:
    quoted = encode_basestring(text)
    if r"\u00" in quoted:
        quoted = _LOWER_CASE_ESCAPE.sub(_upper_case, quoted)
    return quoted


def _upper_case(match: re.Match[str]) -> str:
    escape = match.group()
    return rf"\u{escape[2:].upper()}" if escape.startswith(r"\u00") else escape


def _read(text: str, *, exact: bool) -> Any:
    decoder = json.JSONDecoder(parse_float=Decimal if exact else None, parse_constant=_refuse_constant)
    value, end = decoder.raw_decode(text)
    if text[end - 1] not in _SELF_DELIMITING and text[end : end + 1].strip(_BLANKS):
        raise ValueError(f"unexpected character after the value: char {end}")
    return _without_lone_surrogates(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _without_lone_surrogates(value: Any) -> Any:
    # Java's strings can hold half a character, ours could not be written again: it becomes U+FFFD.
    match value:
        case str():
            return _LONE_SURROGATE.sub("\ufffd", value)
        case list():
            return [_without_lone_surrogates(item) for item in value]
        case dict():
            return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
        case _:
            return value
