from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.sdk import ConfigError
from connect_runtime.sdk.data import DATE, TIMESTAMP, decimal_schema
from connectors.file.column_types import declared_type, inferred_type
from connectors.file.parsing import Fault

NULLS = frozenset({"", "NA"})


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["1", "-2", "NA"], "int64"),
        (["9223372036854775807", "-9223372036854775808"], "int64"),
        (["9223372036854775808"], "string"),
        (["123456789012345678901234"], "string"),
        (["007", "8"], "string"),
        (["1_000"], "string"),
        (["1.5", "2"], "float64"),
        (["00.5"], "string"),
        (["1e3"], "float64"),
        (["true", "FALSE", ""], "boolean"),
        (["0", "1"], "int64"),
        (["2024-02-29"], "date"),
        (["2024-02-30"], "string"),
        (["2024-02-29T10:00:00Z", "2024-02-29 10:00:00.123"], "timestamp"),
        (["2024-02-29T10:00:00.123456"], "string"),
        (["12:30"], "string"),
        (["NaN"], "string"),
        (["x", "1"], "string"),
        (["", "NA"], "string"),
        ([], "string"),
    ],
)
def test_the_narrowest_type_that_loses_nothing_is_inferred(texts: list[str], name: str) -> None:
    assert inferred_type(texts, NULLS).name == name


@pytest.mark.parametrize(
    ("name", "texts", "values"),
    [
        ("int32", ["1", "", "-5", " 7 ", "007"], [1, None, -5, 7, 7]),
        ("int8", ["127", "-128"], [127, -128]),
        ("float64", ["1", "2.5", "NA", "+.5", "1e3", "00.5"], [1.0, 2.5, None, 0.5, 1000.0, 0.5]),
        ("string", ["a", "", "NA", " b "], ["a", None, None, " b "]),
        ("boolean", ["true", "False", ""], [True, False, None]),
        ("date", ["2024-02-29", ""], [date(2024, 2, 29), None]),
        ("time", ["10:30", "10:30:01.5"], [time(10, 30), time(10, 30, 1, 500_000)]),
        (
            "timestamp",
            ["2024-02-29T10:00:00+02:00", "2024-02-29 10:00:00.123456", "NA"],
            [datetime(2024, 2, 29, 8, tzinfo=UTC), datetime(2024, 2, 29, 10, 0, 0, 123456, UTC), None],
        ),
        ("decimal(2)", ["1.5", "-3", "NA"], [Decimal("1.50"), Decimal("-3.00"), None]),
    ],
)
def test_a_declared_column_becomes_values_of_its_type(name: str, texts: list[str], values: list[Any]) -> None:
    found = declared_type(name).convert(texts, NULLS)
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("int8", "128"),
        ("int64", "9223372036854775808"),
        ("int64", "99999999999999999999999"),
        ("int64", "1.0"),
        ("int64", "1_0"),
        ("int64", "1,2"),
        ("int64", "[1]"),
        ("int64", "true"),
        ("int64", '"1"'),
        ("float64", "x"),
        ("float64", "1_0.5"),
        ("float64", "true"),
        ("boolean", "1"),
        ("date", "01/02/2024"),
        ("timestamp", "yesterday"),
        ("decimal(2)", "1.005"),
        ("decimal(2)", "x"),
    ],
)
def test_a_text_that_does_not_fit_is_named(name: str, text: str) -> None:
    with pytest.raises(Fault, match=r"is not an? ") as caught:
        declared_type(name).convert(["", text, "1"] if "int" in name else [text], NULLS)
    assert caught.value.found == text
    assert name in caught.value.reason


def test_an_integer_with_a_leading_zero_is_refused_where_the_type_was_inferred() -> None:
    with pytest.raises(Fault):
        inferred_type(["1", "2"], NULLS).convert(["1", "02"], NULLS)


def test_values_are_optional_and_logical_types_carry_their_names() -> None:
    assert declared_type("date").schema is DATE.as_optional()
    assert declared_type("timestamp").schema is TIMESTAMP.as_optional()
    assert declared_type("decimal(3)").schema is decimal_schema(3, optional=True)


def test_an_unknown_type_names_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'integer' is not a type: use one of string, int8, .*decimal"):
        declared_type("integer")
