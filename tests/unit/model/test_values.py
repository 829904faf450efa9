"""Corners of parsing and conversion that the conformance cases leave out."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.errors import DataError
from connect_runtime.model.float32 import Float32
from connect_runtime.model.logical import DATE, TIME, TIMESTAMP
from connect_runtime.model.project import project
from connect_runtime.model.schema import (
    FLOAT32,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Type,
    array_schema,
    map_schema,
    struct_schema,
)
from connect_runtime.model.values import (
    convert_to_boolean,
    convert_to_date,
    convert_to_decimal,
    convert_to_float,
    convert_to_integer,
    convert_to_string,
    convert_to_struct,
    convert_to_time,
    convert_to_timestamp,
    infer_schema,
    parse_string,
)

NOON = dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC)


@given(st.text('0123456789-+.eE[]{}",: antf\\T Z\u00b2\u0663', max_size=16) | st.text(max_size=16))
def test_any_text_parses_as_something(text: str) -> None:
    schema, value = parse_string(text)

    assert (schema is None) == (value is None)


@given(st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3))
def test_numbers_and_lists_of_them_come_back_from_their_text(value: Any) -> None:
    assert parse_string(convert_to_string(None, value))[1] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e999999999", Decimal("1E+999999999")), ("0e999999999", 0), ("1e-999999999", Float32(0.0)), ("0.0", 0)],
)
def test_huge_exponents_are_never_written_out(text: str, value: Any) -> None:
    assert parse_string(text)[1] == value


def test_an_exponent_beyond_javas_is_text() -> None:
    assert parse_string("1e99999999999") == (STRING, "1e99999999999")


def test_keys_of_a_parsed_map_may_be_lists() -> None:
    assert parse_string('{[1,2]:"x"}')[1] == {(1, 2): "x"}
    assert parse_string("{{}:1}") == (STRING, "{{}:1}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1e30, 2**63 - 1),
        (-math.inf, -(2**63)),
        (math.nan, 0),
        (Decimal("1E+400"), 0),
        (Decimal("-1.9"), -1),
        (2**64 + 5, 5),
    ],
)
def test_numbers_become_longs_as_java_casts_them(value: Any, expected: int) -> None:
    assert convert_to_integer(Type.INT64, None, value) == expected


def test_a_date_is_a_number_only_where_its_schema_says_so() -> None:
    assert convert_to_integer(Type.INT32, DATE, dt.date(1970, 1, 2)) == 1
    assert convert_to_float(Type.FLOAT64, TIMESTAMP, NOON) == 1_709_294_400_000.0
    with pytest.raises(DataError, match="date"):
        convert_to_integer(Type.INT32, None, dt.date(1970, 1, 2))
    with pytest.raises(DataError, match="date"):
        convert_to_integer(Type.INT32, TIME, dt.date(1970, 1, 2))


def test_dates_times_and_instants_become_each_other_where_that_makes_sense() -> None:
    before = dt.datetime(1969, 12, 31, 12, tzinfo=dt.UTC)

    assert convert_to_date(None, NOON) == dt.date(2024, 3, 1)
    assert convert_to_date(TIMESTAMP, before) == dt.date(1970, 1, 1)  # cut towards 1970
    assert convert_to_time(None, before) == dt.time(12)
    assert convert_to_timestamp(None, dt.time(0, 0, 1)) == dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
    with pytest.raises(DataError):
        convert_to_time(None, dt.date(2024, 3, 1))
    with pytest.raises(DataError):
        convert_to_date(None, "text")


def test_a_float32_is_rounded_and_a_decimal_keeps_its_digits() -> None:
    assert convert_to_float(Type.FLOAT32, None, 0.1) == Float32(0.1)
    assert str(convert_to_decimal(None, "1.500", 0)) == "1.500"
    with pytest.raises(DataError):
        convert_to_decimal(None, math.nan, 0)


def test_only_true_is_true() -> None:
    assert convert_to_boolean(None, "true") is True
    assert convert_to_boolean(TIMESTAMP, NOON) is True
    with pytest.raises(DataError):
        convert_to_boolean(None, b"true")


def test_a_struct_is_one_by_its_schema() -> None:
    schema = struct_schema({"a": INT32})

    assert convert_to_struct(schema, {"a": 1}) == {"a": 1}
    with pytest.raises(DataError):
        convert_to_struct(None, {"a": 1})


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ([[1], ["a"]], array_schema(array_schema(None))),
        ([{"a": 1}, None], array_schema(map_schema(None, None).as_optional())),
        (Float32(1.5), FLOAT32),
        (2**63, None),
        ([2**63], None),
        ([None], None),
        ({"a": object()}, None),
    ],
)
def test_inference_claims_no_more_than_it_saw(value: Any, schema: Any) -> None:
    assert infer_schema(value) == schema


def test_projection_needs_a_default_for_what_may_be_missing() -> None:
    with_default = INT64.with_(default=7)

    assert project(OPTIONAL_INT32, None, with_default) == 7
    assert project(OPTIONAL_INT32, None, OPTIONAL_INT32) is None
    with pytest.raises(DataError, match="default"):
        project(OPTIONAL_STRING, "x", STRING)
    with pytest.raises(DataError, match="unknown schema"):
        project(array_schema(None), [1], array_schema(INT8))


def test_projection_rounds_what_becomes_a_float32() -> None:
    assert project(INT64, 16_777_217, FLOAT32) == 16_777_216.0


def test_a_projected_struct_takes_the_sources_defaults() -> None:
    source = struct_schema({"a": INT8.with_(default=3), "gone": STRING})
    target = struct_schema({"a": INT32, "new": OPTIONAL_STRING.with_(default="d")})

    assert project(source, {"gone": "x"}, target) == {"a": 3, "new": None}
