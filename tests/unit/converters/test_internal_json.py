"""Internal topics hold Java's bytes."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from connect_runtime.converters.internal_json import dumps_internal, loads_internal
from connect_runtime.errors import DataError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [None, True, {}, []]}, r'{"b":1,"a":[null,true,{},[]]}'),
        ("é\x7f\u2028/", '"é\x7f\u2028/"'),
        ("😀", r'"\uD83D\uDE00"'),
        ({"😀": 1}, r'{"\uD83D\uDE00":1}'),
        ('\b\t\n\f\r"\\', r'"\b\t\n\f\r\"\\"'),
        ("\x00\x0b\x1f", r'"\u0000\u000B\u001F"'),
        (r"\u001f", r'"\\u001f"'),
        (1e10, "1.0E10"),
        (0.5, "0.5"),
        (math.nan, '"NaN"'),
        (-(2**63), "-9223372036854775808"),
        (None, "null"),
    ],
)
def test_values_have_javas_bytes(value: object, text: str) -> None:
    assert dumps_internal(value) == text.encode()


@pytest.mark.parametrize("value", [2**63, object(), dt.date(2024, 3, 1), math, {"a": {1}}])
def test_what_is_no_plain_data_is_refused(value: object) -> None:
    with pytest.raises(DataError):
        dumps_internal(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)

    with pytest.raises(DataError, match="contains itself"):
        dumps_internal(endless)


def test_what_was_written_is_read_back() -> None:
    value = {"name": "😀\x1f", "position": 2**63 - 1, "share": 1e-7, "list": [None, False]}

    assert loads_internal(dumps_internal(value)) == value


def test_what_java_accepts_is_read() -> None:
    assert loads_internal(b'{"a":007} trailing') == {"a": 7}
    assert loads_internal(b" ") is None


def test_what_is_no_json_says_where_but_not_what() -> None:
    with pytest.raises(DataError, match=r"\(5 bytes\).*char 1"):
        loads_internal(b"{bad}")
