"""The exact reader takes what Java takes and refuses what Java refuses."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from connect_runtime.converters.json_text import read_json, write_json
from connect_runtime.errors import DataError


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"007", 7),
        (b"-007", -7),
        (rb'[1.005,00.5,1e-05,"00a\"01",10,-0]', [1.005, 0.5, 1e-05, '00a"01', 10, 0]),
        (b"5 x", 5),
        (b'{"a":1}x', {"a": 1}),
        (b'"a"b', "a"),
        (b"", None),
        (b" \r\n\t", None),
        (b"\xef\xbb\xbf5", 5),
        ('{"a":"é"}'.encode("utf-16"), {"a": "é"}),
        (rb'{"a":"\ud83d"}', {"a": "\ufffd"}),
        (b"1e400", math.inf),
        (b'{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_javas_leniency(data: bytes, value: object) -> None:
    assert read_json(data) == value


@pytest.mark.parametrize(
    "data", [b"5x", b"truex", b"NaN", b"-Infinity", b"{bad}", b"+5", b"tru", b'"a\nb"', b"\xff", b"["]
)
def test_javas_strictness(data: bytes) -> None:
    with pytest.raises(DataError, match="Not valid JSON"):
        read_json(data)


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(DataError, match="recursion"):
        read_json(b"[" * 100_000)


def test_exact_reading_keeps_every_digit() -> None:
    assert str(read_json(b"[12.30,1]", exact=True)) == str([Decimal("12.30"), 1])


def test_a_map_with_another_key_than_strings_is_written_as_pairs() -> None:
    assert write_json({"k": "a", None: b"\x01"}) == '[["k","a"],[null,"AQ=="]]'
