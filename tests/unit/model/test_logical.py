"""Dates, times and decimals and the values that stand for them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model.logical import (
    DATE,
    TIME,
    TIMESTAMP,
    date_of_days,
    days_of_date,
    decimal_of_unscaled,
    decimal_schema,
    logical_type,
    ms_of_time,
    ms_of_timestamp,
    schema_scale,
    time_of_ms,
    timestamp_of_ms,
    unscaled_of_decimal,
)
from connect_runtime.model.schema import BYTES, INT32, STRING, Schema, array_schema, map_schema, struct_schema
from connect_runtime.model.validate import validate

MIDNIGHT = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
CET = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "scale", "data"),
    [
        ("12.34", 2, b"\x04\xd2"),
        ("0", 0, b"\x00"),
        ("-1", 0, b"\xff"),
        ("1.28", 2, b"\x00\x80"),
        ("-1.28", 2, b"\x80"),
        ("5E+2", -2, b"\x05"),
        ("9" * 60, 0, int("9" * 60).to_bytes(26, "big", signed=True)),
    ],
)
def test_a_decimal_is_its_shortest_twos_complement(value: str, scale: int, data: bytes) -> None:
    assert unscaled_of_decimal(Decimal(value), scale) == data
    assert str(decimal_of_unscaled(data, scale)) == value


@pytest.mark.parametrize("value", ["1.234", "12", "NaN", "Infinity"])
def test_a_decimal_of_another_scale_is_refused(value: str) -> None:
    with pytest.raises(DataError, match=r"scale|infinity"):
        unscaled_of_decimal(Decimal(value), 2)


@pytest.mark.parametrize("parameters", [None, {"scale": "two"}, {"precision": "2"}])
def test_a_decimal_schema_needs_a_scale(parameters: dict[str, str] | None) -> None:
    with pytest.raises(DataError, match="scale"):
        schema_scale(decimal_schema(0).with_(parameters=parameters))


def test_no_bytes_are_no_decimal() -> None:
    with pytest.raises(DataError, match="at least one byte"):
        decimal_of_unscaled(b"", 0)


@pytest.mark.parametrize("days", [-719162, -1, 0, 19783, 2932896])
def test_a_date_is_a_number_of_days(days: int) -> None:
    assert days_of_date(date_of_days(days)) == days


def test_a_date_may_be_midnight_in_utc() -> None:
    assert days_of_date(MIDNIGHT) == days_of_date(dt.date(2024, 3, 1))
    assert days_of_date(dt.datetime(2024, 3, 1, 1, tzinfo=CET)) == days_of_date(dt.date(2024, 3, 1))
    with pytest.raises(DataError, match="time of day"):
        days_of_date(MIDNIGHT.replace(microsecond=1000))


@pytest.mark.parametrize("millis", [0, 1, 43_200_123, 86_399_999, 86_400_000])
def test_a_time_is_a_number_of_milliseconds(millis: int) -> None:
    assert ms_of_time(time_of_ms(millis)) == millis


@pytest.mark.parametrize(
    "value", [dt.timedelta(days=1, milliseconds=1), dt.timedelta(milliseconds=-1), dt.time(1, tzinfo=CET)]
)
def test_what_is_no_time_of_day_is_refused(value: dt.time | dt.timedelta) -> None:
    with pytest.raises(DataError, match="Time value"):
        ms_of_time(value)


@pytest.mark.parametrize("millis", [-62_135_596_800_000, -1, 0, 1_709_294_400_123, 253_402_300_799_999])
def test_a_timestamp_is_epoch_milliseconds(millis: int) -> None:
    assert ms_of_timestamp(timestamp_of_ms(millis)) == millis


def test_a_timestamp_is_read_in_utc_and_cut_to_milliseconds() -> None:
    assert ms_of_timestamp(dt.datetime(1970, 1, 1, 1, tzinfo=CET)) == 0
    assert ms_of_timestamp(dt.datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=dt.UTC)) == 1
    with pytest.raises(DataError, match="no time zone"):
        ms_of_timestamp(dt.datetime(1970, 1, 1))  # noqa: DTZ001  # the point of it


@pytest.mark.parametrize(("decode", "number"), [(date_of_days, 10**7), (timestamp_of_ms, 2**62), (time_of_ms, -1)])
def test_what_python_cannot_hold_is_refused(decode: Any, number: int) -> None:
    with pytest.raises(DataError, match=r"years 1 to 9999|between 0 and"):
        decode(number)


def test_the_name_of_a_schema_says_which_logical_type_it_is() -> None:
    for schema, value, base in (
        (DATE, dt.date(1970, 1, 2), 1),
        (TIME, dt.time(0, 0, 1), 1000),
        (TIMESTAMP, MIDNIGHT, 1_709_251_200_000),
        (decimal_schema(1), Decimal("0.5"), b"\x05"),
    ):
        logical = logical_type(schema)
        assert logical is not None
        assert logical.base is schema.type
        assert logical.encode(schema, value) == base
        assert logical.decode(schema, base) == value
    assert logical_type(INT32) is None
    assert logical_type(INT32.with_(name="org.example.Date")) is None


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        (STRING, None, "null used for required field"),
        (INT32, 2**31, "int of 33 bits"),
        (INT32, True, "bool"),
        (BYTES, "x", "str"),
        (DATE, 5, "Date: int"),
        (TIMESTAMP, dt.date(2024, 3, 1), "Timestamp: date"),
        (array_schema(INT32), [1, "x"], "INT32: str"),
        (array_schema(None), [1], "not known"),
        (map_schema(STRING, INT32), {1: 1}, "STRING: int"),
        (struct_schema({"a": struct_schema({"b": INT32})}), {"a": {"b": "x"}}, 'field: "a.b"'),
        (struct_schema({"a": INT32}), {"a": 1, "b": 2}, "b is not a valid field name"),
    ],
)
def test_a_value_that_is_not_what_its_schema_says_is_named(schema: Schema, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        validate(schema, value)


def test_a_value_that_is_what_its_schema_says_passes() -> None:
    schema = struct_schema({"a": INT32.with_(default=5), "t": map_schema(STRING, array_schema(DATE))})

    validate(schema, {"t": {"x": [dt.date(2024, 3, 1), MIDNIGHT]}})
    validate(schema.as_optional(), None)
