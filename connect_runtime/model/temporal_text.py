"""Dates and times as text: the three forms that headers carry, and Java's ``Date.toString``.

Everything is UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from connect_runtime.errors import DataError
from connect_runtime.model.logical import (
    DATE,
    DAY_MS,
    TIME,
    TIMESTAMP,
    date_of_days,
    days_of_date,
    ms_of_time,
    ms_of_timestamp,
    time_of_ms,
    timestamp_of_ms,
)
from connect_runtime.model.schema import Schema

__all__ = ["Temporal", "epoch_ms", "java_date_text", "parse_temporal", "temporal_text"]

Temporal = date | time | timedelta | datetime
"""A value of one of the logical types Date, Time and Timestamp."""

_LENGTHS: Final = {10: DATE, 13: TIME, 24: TIMESTAMP}
_NUMBER: Final = r"\s*(-?\d+)"
_DATE: Final = re.compile(rf"{_NUMBER}-{_NUMBER}-{_NUMBER}")
_TIME: Final = re.compile(rf"{_NUMBER}:{_NUMBER}:{_NUMBER}\.{_NUMBER}Z")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_temporal(text: str) -> tuple[Schema, Temporal] | None:
    """Schema and value of a text of exactly one of the three forms; ``None`` for any other text.

    ``2024-03-01`` is a Date, ``12:00:00.123Z`` a Time, ``2024-03-01T12:00:00.123Z`` a Timestamp; the length decides.
    As in Java, fields may exceed their range (month 13 is January of the next year), and a date may be followed by
    other characters of the ten.
    """
    text = text.replace(r"\:", ":")
    schema = _LENGTHS.get(len(text))
    if schema is None:
        return None
    try:
        if schema is DATE:
            found = _DATE.match(text)
            return found and (schema, _lenient_date(found))
        if schema is TIME:
            found = _TIME.match(text)
            return found and (schema, _lenient_time(_lenient_ms(found)))
        day, _, rest = text.partition("T")
        found, clock = _DATE.fullmatch(day), _TIME.match(rest)
        if found is None or clock is None:
            return None
        return schema, timestamp_of_ms(days_of_date(_lenient_date(found)) * DAY_MS + _lenient_ms(clock))
    except DataError:
        return None  # a year that no Python date can hold


def temporal_text(value: Temporal) -> str:
    """The form that `parse_temporal` reads.

    A ``datetime`` follows Java, which cannot tell its three kinds of date apart: an instant before 1970-01-02 prints as
    a time, one at midnight as a date.
    """
    if isinstance(value, datetime):
        millis = ms_of_timestamp(value)
        if millis < DAY_MS:
            return _clock(millis % DAY_MS)
        day = date_of_days(millis // DAY_MS).isoformat()
        return f"{day}T{_clock(millis % DAY_MS)}" if millis % DAY_MS else day
    if isinstance(value, date):
        return value.isoformat()
    return _clock(epoch_ms(value) % DAY_MS)


def java_date_text(value: Temporal) -> str:
    """Java's ``Date.toString``: ``Fri Mar 01 12:00:00 UTC 2024``."""
    at = timestamp_of_ms(epoch_ms(value))
    return f"{_WEEKDAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at:%d %H:%M:%S} UTC {at.year:04}"


def epoch_ms(value: Temporal) -> int:
    """Milliseconds since the epoch, as the Java object of such a value holds them. Raises: DataError."""
    if isinstance(value, datetime):
        return ms_of_timestamp(value)
    if isinstance(value, date):
        return days_of_date(value) * DAY_MS
    return value // timedelta(milliseconds=1) if isinstance(value, timedelta) else ms_of_time(value)


def _clock(millis: int) -> str:
    at = datetime.fromtimestamp(millis // 1000, UTC)
    return f"{at:%H:%M:%S}.{millis % 1000:03}Z"


def _lenient_date(found: re.Match[str]) -> date:
    year, month, day = (int(part) for part in found.groups())
    years, month = divmod(month - 1, 12)
    try:
        first = date(year + years, month + 1, 1)
    except (ValueError, OverflowError) as exc:
        raise DataError(f"{found.group()} lies outside the years 1 to 9999") from exc
    return date_of_days(days_of_date(first) + day - 1)


def _lenient_ms(found: re.Match[str]) -> int:
    hours, minutes, seconds, millis = (int(part) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis


def _lenient_time(millis: int) -> time | timedelta:
    return time_of_ms(millis) if 0 <= millis < DAY_MS else timedelta(milliseconds=millis)
