"""Java's calendar: Gregorian from 1582-10-15 on, Julian before. Days count from 1970-01-01, Sunday begins a week.

The algorithms are those of the "chronological Julian day", with March as the first month of a computational year.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["Day", "civil_day", "day_number", "first_sunday_on_or_before", "weekday"]

_GREGORIAN_BEGINS: Final = -141_427  # 1582-10-15
_DAYS_OF_400_YEARS: Final = 146_097
_DAYS_OF_4_YEARS: Final = 1_461
_EPOCH_GREGORIAN: Final = 719_468  # from 0000-03-01 Gregorian to 1970-01-01
_EPOCH_JULIAN: Final = 719_470  # from 0000-03-01 Julian to 1970-01-01
_MARCH: Final = 3
_JANUARY: Final = 10  # counted from March as 0
_THURSDAY: Final = 4  # 1970-01-01


class Day(NamedTuple):
    """A date; years before 1 are 0, -1, ..., months and days count from 1."""

    year: int
    month: int
    day: int


def civil_day(number: int) -> Day:
    """The date so many days after 1970-01-01."""
    if number >= _GREGORIAN_BEGINS:
        era, day = divmod(number + _EPOCH_GREGORIAN, _DAYS_OF_400_YEARS)
        year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
        return _from_march(era * 400 + year, day - (365 * year + year // 4 - year // 100))
    cycle, day = divmod(number + _EPOCH_JULIAN, _DAYS_OF_4_YEARS)
    year = min(day // 365, 3)
    return _from_march(cycle * 4 + year, day - 365 * year)


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; a month or day out of range counts on from what is before it, as in Java."""
    years, months = divmod(month - 1, 12)
    year, month = year + years, months + 1
    computational = year - (month < _MARCH)
    day_of_year = (153 * ((month - _MARCH) % 12) + 2) // 5 + day - 1
    days = 365 * computational + computational // 4 + day_of_year
    gregorian = days - computational // 100 + computational // 400 - _EPOCH_GREGORIAN
    return gregorian if gregorian >= _GREGORIAN_BEGINS else days - _EPOCH_JULIAN


def weekday(number: int) -> int:
    """Day of the week, Sunday is 0."""
    return (number + _THURSDAY) % 7


def first_sunday_on_or_before(number: int) -> int:
    """The day that begins the week."""
    return number - weekday(number)


def _from_march(year: int, day_of_year: int) -> Day:
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    return Day(year + (month >= _JANUARY), (month + 2) % 12 + 1, day)
