"""Date patterns do what Java's SimpleDateFormat does, by its documentation."""

from __future__ import annotations

import datetime as dt

import pytest

from connect_runtime.sdk import DataError
from connect_runtime.transforms.date_format import formatter
from connect_runtime.transforms.date_parse import InstantParser
from connect_runtime.transforms.date_pattern import parse_pattern

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def ms(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - EPOCH) // dt.timedelta(milliseconds=1)


def read(pattern: str, text: str, now: str = "2026-06-15T00:00:00+00:00") -> int:
    return InstantParser(parse_pattern(pattern), ms(now)).parse(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("G y yy yyyy yyyyy", "AD 2024 24 2024 02024"),
        ("Y YY", "2024 24"),
        ("M MM MMM MMMM L", "3 03 Mar March 3"),
        ("w W D d F", "9 1 61 1 1"),
        ("E EEE EEEE u", "Fri Fri Friday 5"),
        ("a H k K h", "AM 8 8 8 8"),
        ("m mm s ss", "0 00 0 00"),
        ("S SSS SSSSSS", "45 045 000045"),
        ("z zzzz", "UTC Coordinated Universal Time"),
        ("Z X XX XXX", "+0000 Z Z Z"),
        ("yyyy.'T''o''clock'", "2024.T'o'clock"),
        ("'%d' H % 'in %'", "%d 8 % in %"),
    ],
)
def test_every_letter_prints_as_in_java(pattern: str, text: str) -> None:
    assert formatter(parse_pattern(pattern))(ms("2024-03-01T08:00:00.045+00:00")) == text


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        ("2024-12-28T12:00:00+00:00", "2024 52"),
        ("2024-12-29T12:00:00+00:00", "2025 1"),  # a Sunday, and 1 January is in its week
        ("2022-12-31T12:00:00+00:00", "2022 53"),
        ("2023-01-01T00:00:00+00:00", "2023 1"),
    ],
)
def test_weeks_begin_on_sunday_and_the_first_holds_new_year(instant: str, text: str) -> None:
    assert formatter(parse_pattern("Y w"))(ms(instant)) == text


def test_midnight_is_24_and_noon_12() -> None:
    pattern = parse_pattern("k K h a")
    assert formatter(pattern)(ms("2024-03-01T00:30:00+00:00")) == "24 0 12 AM"
    assert formatter(pattern)(ms("2024-03-01T12:30:00+00:00")) == "12 0 12 PM"


def test_days_before_the_gregorian_calendar_are_julian() -> None:
    pattern = parse_pattern("G yyyy-MM-dd")
    first = ms("1582-10-15T00:00:00+00:00")
    assert formatter(pattern)(first) == "AD 1582-10-15"
    assert formatter(pattern)(first - 86_400_000) == "AD 1582-10-04"
    assert formatter(pattern)(-62_135_769_600_001) == "BC 0001-12-31"
    assert read("G yyyy-MM-dd", "BC 0001-12-31") == -62_135_856_000_000


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("yyyy-MM-dd", "2024-02-30", "2024-03-01T00:00:00+00:00"),
        ("yyyy-MM-dd", "2024-13-01", "2025-01-01T00:00:00+00:00"),
        ("yyyyMMdd", "20240301", "2024-03-01T00:00:00+00:00"),
        ("yyyyMMdd", "2024 301", "2024-03-01T00:00:00+00:00"),
        ("yyyyMMdd", "20240331x", "2024-03-31T00:00:00+00:00"),
        ("yyyyMMdd", "202403100", "2024-06-08T00:00:00+00:00"),
        ("yyyyMMddHHmmssSSSXXX", "20240301120000500-01:30", "2024-03-01T13:30:00.500+00:00"),
        ("yyyy-MM-dd", "1582-10-04", "1582-10-14T00:00:00+00:00"),
        ("ddLLyyyy HHX", "01032024 12Z", "2024-03-01T12:00:00+00:00"),
        ("HH:mmX", "12:00+0130", "1970-01-01T11:00:00+00:00"),
        ("mm:ss.SSS", "1:2.3", "1970-01-01T00:01:02.003+00:00"),
        ("yy-MM-dd", "05-01-02", "2005-01-02T00:00:00+00:00"),
        ("yy-MM-dd", "46-06-14", "2046-06-14T00:00:00+00:00"),
        ("yy-MM-dd", "46-06-16", "1946-06-16T00:00:00+00:00"),
        ("yy-MM-dd", "99-12-31", "1999-12-31T00:00:00+00:00"),
        ("yy-MM-dd", "2005-01-02", "2005-01-02T00:00:00+00:00"),
        ("D yyyy", "60 2024", "2024-02-29T00:00:00+00:00"),
        ("YYYY-'W'w-u", "2024-W9-5", "2024-03-01T00:00:00+00:00"),
        ("yyyy-MM W E", "2024-03 1 Fri", "2024-03-01T00:00:00+00:00"),
        ("yyyy-MM F EEEE", "2024-03 2 friday", "2024-03-08T00:00:00+00:00"),
        ("h:mm a", "12:05 am", "1970-01-01T00:05:00+00:00"),
        ("h:mm a", "12:05 PM", "1970-01-01T12:05:00+00:00"),
        ("k:mm", "24:10", "1970-01-01T00:10:00+00:00"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-03-01T12:00:00-05:30", "2024-03-01T17:30:00+00:00"),
        ("yyyy-MM-dd HH:mm Z", "2024-03-01 12:00 +0200", "2024-03-01T10:00:00+00:00"),
        ("yyyy-MM-dd HH:mm z", "2024-03-01 12:00 PST", "2024-03-01T20:00:00+00:00"),
        ("yyyy-MM-dd HH:mm z", "2024-03-01 12:00 GMT+02:00", "2024-03-01T10:00:00+00:00"),
        ("dd MMM yyyy", " 1 MARCH 2024 and more", "2024-03-01T00:00:00+00:00"),
        ("HH:mm", "-1:00", "1969-12-31T23:00:00+00:00"),
    ],
)
def test_texts_are_read_leniently(pattern: str, text: str, instant: str) -> None:
    assert read(pattern, text) == ms(instant)


@pytest.mark.parametrize(
    ("pattern", "text", "epoch_ms"),
    [
        ("u", "2", 432000000),
        ("EEEE yyyy", "Friday 2024", 1704412800000),
        ("hhh/yyyy-a-www DDDw", "002/2010-AM-040 27040", 1285552800000),
        ("DDDD-www,G:GGG.", "0019-004,AD:AD.", 1555200000),
        ("HHHH LLEEEE:KK,mm,", "01901 08Tuesday:01,36,", 25421760000),
        ("LLLL:WW:yyyH,LLLL,", "February:04:19642,February, x", -55977458400000),
        ("YYYY-'W'ww-u", "262-W01-15", -53898220800000),
        ("YY'T'hh'T'Y/FFFF", "96T12T199/0003", -55887494400000),
        ("yy-F,wwww:YSSSS-d-", "46-2,0019:19460040-8-", -58969545739960),
    ],
)
def test_of_fields_that_contradict_each_other_the_later_ones_count(pattern: str, text: str, epoch_ms: int) -> None:
    """The figures are those of Java 17."""
    assert read(pattern, text) == epoch_ms


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("M/d/yy h:mm a", "3/18/07 2:1  AM"),
        ("yyyy-MM-dd", "2024/03/01"),
        ("yyyy-MM-dd", "2024-03"),
        ("yyyy-MM-dd", "x"),
        ("yyyyMMdd", "202403"),
        ("MMM", "Foo"),
        ("yyyyMMdd", "20240x"),
        ("HH:mmX", "12:00+99"),
        ("HH:mmXXX", "12:00+24:00"),
        ("HH:mmXXX", "12:00+0100"),
        ("HH:mm Z", "12:00 -0160"),
        ("HH:mm z", "12:00 Nowhere"),
        ("HH:mm 'o'", "12:00 x"),
    ],
)
def test_texts_of_another_form_are_refused(pattern: str, text: str) -> None:
    with pytest.raises(DataError, match="does not match the format"):
        read(pattern, text)


@pytest.mark.parametrize("pattern", ["b", "yyyy-MM-dd'T", "XXXX", "yyyy 'it''s"])
def test_patterns_that_mean_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(DataError):
        parse_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "span_ms"), [("yyyyMMdd", 86_400_000), ("yyyy HH", 3_600_000), ("H:m", 60_000), ("ss", 1000), ("S", 1)]
)
def test_a_pattern_knows_how_long_its_text_stays_the_same(pattern: str, span_ms: int) -> None:
    assert parse_pattern(pattern).granularity_ms == span_ms
