"""Java's text forms of numbers, dates and containers."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model.float32 import Float32, to_float32
from connect_runtime.model.java_text import java_text
from connect_runtime.model.number_text import decimal_text, float32_text, float64_text
from connect_runtime.model.schema import (
    FLOAT32,
    INT32,
    OPTIONAL_STRING,
    Schema,
    array_schema,
    map_schema,
    struct_schema,
)
from connect_runtime.model.temporal_text import parse_temporal
from connect_runtime.model.value_text import convert_to_string


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (100.0, "100.0"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (1e-3, "0.001"),
        (9.99e-4, "9.99E-4"),
        (-2.5e-4, "-2.5E-4"),
        (1e23, "1.0E23"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (5e-324, "4.9E-324"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_doubles(number: float, text: str) -> None:
    assert float64_text(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (3.14159265358979, "3.1415927"),
        (16777216.0, "1.6777216E7"),
        (1.4e-45, "1.4E-45"),
        (3.4028235e38, "3.4028235E38"),
        (1e39, "Infinity"),
        (-0.0, "-0.0"),
        (33554432.0, "3.3554432E7"),
    ],
)
def test_floats_have_the_shortest_digits_of_32_bits(number: float, text: str) -> None:
    assert float32_text(number) == text
    assert java_text(FLOAT32, number) == text
    assert java_text(None, Float32(number)) == text
    if math.isfinite(to_float32(number)):
        assert to_float32(float(text)) == to_float32(number)


@pytest.mark.parametrize(
    ("number", "text"), [("-0.00", "0.00"), ("5E3", "5E+3"), ("0.0000001", "1E-7"), ("1.20", "1.20")]
)
def test_decimals(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text


@pytest.mark.parametrize(
    ("schema", "value", "java", "json"),
    [
        (None, [1, None, "x", True], "[1, null, x, true]", '[1,null,"x",true]'),
        (None, {"k": 1.0, "l": b"\x01"}, "{k=1.0, l=AQ==}", '{"k":1.0,"l":"AQ=="}'),
        (None, 'q"\\', 'q"\\', 'q"\\'),
        (None, ['q"\\'], '[q"\\]', '["q\\"\\\\"]'),
        (
            struct_schema({"a": INT32.with_(default=3), "b": OPTIONAL_STRING}),
            {"b": None},
            "Struct{}",
            '{"a":3,"b":null}',
        ),
        (map_schema(INT32, array_schema(FLOAT32)), {1: [0.1]}, "{1=[0.1]}", "{1:[0.1]}"),
        (None, dt.date(1960, 1, 1), "Fri Jan 01 00:00:00 UTC 1960", "1960-01-01"),
        (None, dt.time(0, 1, 1, 5000), "Thu Jan 01 00:01:01 UTC 1970", "00:01:01.005Z"),
        (None, dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC), "Fri Mar 01 12:00:00 UTC 2024", "2024-03-01T12:00:00.000Z"),
        (None, dt.datetime(2024, 3, 1, tzinfo=dt.UTC), "Fri Mar 01 00:00:00 UTC 2024", "2024-03-01"),
        (None, dt.timedelta(days=1), "Fri Jan 02 00:00:00 UTC 1970", "00:00:00.000Z"),
    ],
)
def test_containers_and_dates(schema: Schema | None, value: Any, java: str, json: str) -> None:
    assert java_text(schema, value) == java
    assert convert_to_string(schema, value) == json


def test_an_unknown_class_has_no_text_that_can_be_parsed_again() -> None:
    with pytest.raises(DataError, match="set"):
        convert_to_string(None, {1})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-03-01", dt.date(2024, 3, 1)),
        ("2024-13-01", dt.date(2025, 1, 1)),
        ("2024-02-30", dt.date(2024, 3, 1)),
        ("2024-3-1xx", dt.date(2024, 3, 1)),
        ("12:00:00.123Z", dt.time(12, 0, 0, 123000)),
        (r"12\:00\:00.123Z", dt.time(12, 0, 0, 123000)),
        ("25:00:00.000Z", dt.timedelta(hours=25)),
        ("2024-03-01T24:00:00.000Z", dt.datetime(2024, 3, 2, tzinfo=dt.UTC)),
        ("9999-99-99", None),
        ("12:00:00.1234", None),
        ("2024-03-01 12:00:00.000Z", None),
        ("abcdefghij", None),
    ],
)
def test_dates_and_times_are_read_as_leniently_as_java_does(text: str, value: Any) -> None:
    parsed = parse_temporal(text)

    assert (parsed and parsed[1]) == value
