"""Instants as text, by a date pattern, in UTC: first what the day decides, once for many instants, then its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from connect_runtime.transforms.date_names import AM_PM, ERAS, MONTHS, WEEKDAYS, short
from connect_runtime.transforms.date_pattern import NAMED_FROM, DatePattern, Piece
from connect_runtime.transforms.hybrid_calendar import (
    Day,
    civil_day,
    day_number,
    first_sunday_on_or_before,
    weekday,
)

__all__ = ["formatter"]

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_MOST_DAYS: Final = 1_000
_FULL_FROM: Final = 4
_TWO_DIGITS: Final = 2
_CENTURY: Final = 100


def formatter(pattern: DatePattern) -> Callable[[int], str]:
    """Makes the text of an instant, given in epoch milliseconds, as Java prints it with locale en_US.

    The function that it gives is for use by one thread.
    """
    clock = [_CLOCK[piece.letter] for piece in pattern.pieces if piece.letter in _CLOCK]
    template_of = lru_cache(_MOST_DAYS)(lambda number: _template(pattern, number))

    def text(epoch_ms: int) -> str:
        number, ms = divmod(epoch_ms, _DAY_MS)
        return template_of(number) % tuple([field(ms) for field in clock])

    return text


def _template(pattern: DatePattern, number: int) -> str:
    """The text of a day, with places as ``%`` fills them for what its clock shows."""
    date = _Date(number, civil_day(number))
    return "".join(_template_of_piece(piece, date) for piece in pattern.pieces)


def _template_of_piece(piece: Piece, date: _Date) -> str:
    if piece.letter in _CLOCK:
        return f"%0{piece.count}d" if piece.is_number else "%s"
    text = _DATE[piece.letter](date, piece) if piece.letter else piece.text
    return text.replace("%", "%%")


@dataclass(frozen=True, slots=True)
class _Date:
    """A day taken apart."""

    number: int
    day: Day

    @property
    def day_of_year(self) -> int:
        return self.number - day_number(self.day.year, 1, 1) + 1

    @property
    def year_of_era(self) -> int:
        return self.day.year if self.day.year > 0 else 1 - self.day.year

    @property
    def is_in_week_1_of_next_year(self) -> bool:
        return first_sunday_on_or_before(day_number(self.day.year + 1, 1, 1)) <= self.number

    @property
    def week_of_year(self) -> int:
        if self.is_in_week_1_of_next_year:
            return 1
        return (self.number - first_sunday_on_or_before(day_number(self.day.year, 1, 1))) // 7 + 1

    @property
    def week_of_month(self) -> int:
        first = day_number(self.day.year, self.day.month, 1)
        return (self.number - first_sunday_on_or_before(first)) // 7 + 1


def _number(of: Callable[[_Date], int]) -> Callable[[_Date, Piece], str]:
    return lambda at, piece: str(of(at)).zfill(piece.count)


def _year(of: Callable[[_Date], int]) -> Callable[[_Date, Piece], str]:
    def text(at: _Date, piece: Piece) -> str:
        year = of(at)
        return str(year % _CENTURY).zfill(2) if piece.count == _TWO_DIGITS else str(year).zfill(piece.count)

    return text


def _month(at: _Date, piece: Piece) -> str:
    if piece.count < NAMED_FROM:
        return str(at.day.month).zfill(piece.count)
    name = MONTHS[at.day.month - 1]
    return name if piece.count >= _FULL_FROM else short(name)


def _weekday(at: _Date, piece: Piece) -> str:
    name = WEEKDAYS[weekday(at.number)]
    return name if piece.count >= _FULL_FROM else short(name)


_DATE: Final[Mapping[str, Callable[[_Date, Piece], str]]] = MappingProxyType(
    {
        "G": lambda at, _: ERAS[at.day.year > 0],
        "y": _year(lambda at: at.year_of_era),
        "Y": _year(lambda at: at.year_of_era + at.is_in_week_1_of_next_year),
        "M": _month,
        "L": _month,
        "w": _number(lambda at: at.week_of_year),
        "W": _number(lambda at: at.week_of_month),
        "D": _number(lambda at: at.day_of_year),
        "d": _number(lambda at: at.day.day),
        "F": _number(lambda at: (at.day.day - 1) // 7 + 1),
        "E": _weekday,
        "u": _number(lambda at: weekday(at.number) or 7),
        "z": lambda _, piece: "UTC" if piece.count < _FULL_FROM else "Coordinated Universal Time",
        "Z": lambda _, __: "+0000",
        "X": lambda _, __: "Z",
    }
)
_CLOCK: Final[Mapping[str, Callable[[int], int | str]]] = MappingProxyType(
    {
        "a": lambda ms: AM_PM[ms // _HOUR_MS // 12],
        "H": lambda ms: ms // _HOUR_MS,
        "k": lambda ms: ms // _HOUR_MS or 24,
        "K": lambda ms: ms // _HOUR_MS % 12,
        "h": lambda ms: ms // _HOUR_MS % 12 or 12,
        "m": lambda ms: ms // 60_000 % 60,
        "s": lambda ms: ms // 1_000 % 60,
        "S": lambda ms: ms % 1_000,
    }
)
