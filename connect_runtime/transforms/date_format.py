"""Instants as text, by a date pattern, in UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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

__all__ = ["format_instant"]

_DAY_MS: Final = 86_400_000
_FULL_FROM: Final = 4
_TWO_DIGITS: Final = 2
_CENTURY: Final = 100


@dataclass(frozen=True, slots=True)
class _Instant:
    """An instant taken apart."""

    number: int
    day: Day
    ms: int

    @property
    def hour(self) -> int:
        return self.ms // 3_600_000

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


def format_instant(pattern: DatePattern, epoch_ms: int) -> str:
    """The text of an instant, as Java prints it with locale en_US."""
    number, ms = divmod(epoch_ms, _DAY_MS)
    at = _Instant(number, civil_day(number), ms)
    return "".join(piece.text if not piece.letter else _FIELDS[piece.letter](at, piece) for piece in pattern.pieces)


def _number(of: Callable[[_Instant], int]) -> Callable[[_Instant, Piece], str]:
    return lambda at, piece: str(of(at)).zfill(piece.count)


def _year(of: Callable[[_Instant], int]) -> Callable[[_Instant, Piece], str]:
    def text(at: _Instant, piece: Piece) -> str:
        year = of(at)
        return str(year % _CENTURY).zfill(2) if piece.count == _TWO_DIGITS else str(year).zfill(piece.count)

    return text


def _month(at: _Instant, piece: Piece) -> str:
    if piece.count < NAMED_FROM:
        return str(at.day.month).zfill(piece.count)
    name = MONTHS[at.day.month - 1]
    return name if piece.count >= _FULL_FROM else short(name)


def _weekday(at: _Instant, piece: Piece) -> str:
    name = WEEKDAYS[weekday(at.number)]
    return name if piece.count >= _FULL_FROM else short(name)


_FIELDS: Final[Mapping[str, Callable[[_Instant, Piece], str]]] = MappingProxyType(
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
        "a": lambda at, _: AM_PM[at.hour // 12],
        "H": _number(lambda at: at.hour),
        "k": _number(lambda at: at.hour or 24),
        "K": _number(lambda at: at.hour % 12),
        "h": _number(lambda at: at.hour % 12 or 12),
        "m": _number(lambda at: at.ms // 60_000 % 60),
        "s": _number(lambda at: at.ms // 1_000 % 60),
        "S": _number(lambda at: at.ms % 1_000),
        "z": lambda _, piece: "UTC" if piece.count < _FULL_FROM else "Coordinated Universal Time",
        "Z": lambda _, __: "+0000",
        "X": lambda _, __: "Z",
    }
)
