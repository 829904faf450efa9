from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from connectors.sql import coerce

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "bits", "expected"),
    [(127, 8, 127), (-128, 8, -128), (2.0, 16, 2), (Decimal("3.0"), 16, 3), (" -7 ", 32, -7), (True, 16, 1)],
)
def test_whole_numbers_are_integers(value: object, bits: int, expected: int) -> None:
    assert coerce.to_int(value, bits) == expected


@pytest.mark.parametrize(
    "value", [128, -129, 1.5, "1.0", "1_000", "٣", "", "0x1", math.nan, math.inf, Decimal("1e999999"), None, b"1", [1]]
)
def test_anything_else_is_no_integer_of_8_bits(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not an integer|out of range"):
        coerce.to_int(value, 8)


def test_the_range_is_named() -> None:
    with pytest.raises(ValueError, match="300 is out of range: the column holds -128 to 127"):
        coerce.to_int(300, 8)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (0, False), (1.0, True), (" TRUE ", True), ("f", False)])
def test_truth_is_a_boolean(value: object, expected: object) -> None:
    assert coerce.to_bool(value) is expected


@pytest.mark.parametrize("value", [2, "yes!", "", None, [], 0.5])
def test_anything_else_is_no_boolean(value: object) -> None:
    with pytest.raises(ValueError, match="is not a boolean"):
        coerce.to_bool(value)


def test_decimals_keep_the_digits_that_are_shown() -> None:
    assert [coerce.to_decimal(value) for value in (0.1, 5, "1.10", Decimal("2.50"))] == [
        Decimal("0.1"), Decimal(5), Decimal("1.10"), Decimal("2.50"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="'1,5' is not a number"):
        coerce.to_decimal("1,5")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", "x"),
        (True, "true"),
        (5, "5"),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (date(2024, 1, 2), "2024-01-02"),
        (UUID(int=0), str(UUID(int=0))),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_text_of_values_is_plain(value: object, expected: str) -> None:
    assert coerce.to_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2024, 1, 2), date(2024, 1, 2)),
        ("2024-01-02", date(2024, 1, 2)),
        ("2024-01-02T00:00:00Z", date(2024, 1, 2)),
        (-1, date(1969, 12, 31)),
        (datetime(2024, 1, 2, tzinfo=UTC), date(2024, 1, 2)),
    ],
)
def test_dates_are_days(value: object, expected: date) -> None:
    assert coerce.to_date(value) == expected


@pytest.mark.parametrize("value", [datetime(2024, 1, 2, 3, tzinfo=UTC), "2024-13-01", 10**9, True, 1.5, "now"])
def test_anything_else_is_no_date(value: object) -> None:
    with pytest.raises(ValueError, match=r"date|time of day|outside the years"):
        coerce.to_date(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (time(1, 2, 3, 4), timedelta(hours=1, minutes=2, seconds=3, microseconds=4)),
        ("23:59:59.5", timedelta(hours=23, minutes=59, seconds=59.5)),
        (86_400_000, timedelta(days=1)),
        (timedelta(0), timedelta(0)),
    ],
)
def test_times_are_since_midnight(value: object, expected: timedelta) -> None:
    assert coerce.to_time(value) == expected


@pytest.mark.parametrize("value", [time(1, tzinfo=UTC), "01:00+02:00", 86_400_001, -1, timedelta(-1), "noon", False])
def test_anything_else_is_no_time(value: object) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        coerce.to_time(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999000, UTC)),
        ("2024-07-01T12:00:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12, tzinfo=UTC)),
        ("2024-07-01", datetime(2024, 6, 30, 22, tzinfo=UTC)),
        (datetime(2024, 7, 1, 12, tzinfo=UTC).replace(tzinfo=None), datetime(2024, 7, 1, 12, tzinfo=UTC)),
        (date(2024, 7, 1), datetime(2024, 7, 1, tzinfo=UTC)),
    ],
)
def test_text_without_zone_is_in_the_databases_and_all_else_in_utc(value: object, expected: datetime) -> None:
    assert coerce.to_datetime(value, BERLIN) == expected


@pytest.mark.parametrize("value", ["later", True, 1.5, 2**63])
def test_anything_else_is_no_point_in_time(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not a point in time|outside the years"):
        coerce.to_datetime(value, UTC)


def test_json_keeps_what_it_can() -> None:
    value = {
        "text": "ž",
        "bytes": b"\x00\xff",
        "decimals": [Decimal("1.5"), Decimal(7), Decimal("0.1234567890123456789")],
        "huge": 2**80,
        "at": datetime(2024, 1, 2, tzinfo=UTC),
        "day": date(2024, 1, 2),
        "time": timedelta(days=1),
        "id": UUID(int=0),
        5: "number as key",
    }
    assert json.loads(coerce.to_json(value)) == {
        "text": "ž",
        "bytes": "AP8=",
        "decimals": [1.5, 7, "0.1234567890123456789"],
        "huge": 2**80,
        "at": "2024-01-02T00:00:00+00:00",
        "day": "2024-01-02",
        "time": "24:00:00",
        "id": str(UUID(int=0)),
        "5": "number as key",
    }
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        coerce.to_json({"a": object()})


def test_long_values_are_cut_in_messages() -> None:
    with pytest.raises(ValueError, match=r"^'x{59}\.\.\. is not an integer$"):
        coerce.to_int("x" * 10_000, 32)
