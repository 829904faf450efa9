"""Texts as instants, by a date pattern: leniently, as Java's ``SimpleDateFormat`` reads them.

Times are in UTC unless a zone is read. Fields may exceed their range and count on then, blanks before a field are
skipped, text behind the last field is ignored, what the pattern does not have is as in 1970-01-01T00:00.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from connect_runtime.sdk import DataError
from connect_runtime.transforms.date_fields import DateFields
from connect_runtime.transforms.date_names import AM_PM, ERAS, MONTHS, WEEKDAYS, ZONE_OFFSETS_MINUTES, short
from connect_runtime.transforms.date_pattern import NAMED_FROM, DatePattern, Piece
from connect_runtime.transforms.hybrid_calendar import Day, civil_day, day_number

__all__ = ["InstantParser"]

_DAY_MS: Final = 86_400_000
_PLAIN: Final[Mapping[str, int]] = MappingProxyType({"y": 1970, "M": 1, "d": 1, "H": 0, "m": 0, "s": 0, "S": 0})
"""Fields that make up an instant without further thought, and what they are when a pattern lacks them."""

_NUMBER: Final = re.compile(r"-?\d+")
_TWO: Final = re.compile(r"\d\d")
_CENTURY_BEGINS_YEARS_AGO: Final = 80
_TWO_DIGITS: Final = 2
_NAMES: Final = {
    "G": (ERAS,),
    "a": (AM_PM,),
    "E": (WEEKDAYS, tuple(map(short, WEEKDAYS))),
    "M": (MONTHS, tuple(map(short, MONTHS))),
    "L": (MONTHS, tuple(map(short, MONTHS))),
}
_RFC_822: Final = re.compile(r"([+-])(\d\d)(\d\d)")
_GMT: Final = re.compile(r"GMT(?:([+-])(\d\d?):(\d\d))?", re.IGNORECASE)
_ISO: Final = {
    1: re.compile(r"([+-])(\d\d)"),
    2: re.compile(r"([+-])(\d\d)(\d\d)"),
    3: re.compile(r"([+-])(\d\d):(\d\d)"),
}
_MOST_HOURS, _MOST_MINUTES = 23, 59


class InstantParser:
    """Reads texts by one pattern.

    Args:
        pattern: The pattern.
        created_ms: Now: years of two digits lie from 80 years before to 20 years behind that.
    """

    def __init__(self, pattern: DatePattern, created_ms: int) -> None:
        self._pattern = pattern
        self._created_ms = created_ms
        self._numbers = _regex_of_numbers(pattern)
        letters = [piece.letter.replace("L", "M") for piece in pattern.pieces if piece.letter]
        self._places = tuple(letters.index(letter) if letter in letters else None for letter in _PLAIN)

    def parse(self, text: str) -> int:
        """Epoch milliseconds of a text. Raises: DataError, if it does not begin as the pattern says."""
        found = self._numbers.match(text) if self._numbers else None
        if found is None:
            return _parse(self._pattern, text, self._created_ms)
        numbers = [int(number) for number in found.groups()]
        year, month, day, hours, minutes, seconds, millis = (
            default if place is None else numbers[place]
            for place, default in zip(self._places, _PLAIN.values(), strict=True)
        )
        return day_number(year, month, day) * _DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis


def _regex_of_numbers(pattern: DatePattern) -> re.Pattern[str] | None:
    """Matches what consists of numbers between texts, as most dates do; ``None`` for all other patterns."""
    fields = [piece for piece in pattern.pieces if piece.letter]
    letters = [piece.letter.replace("L", "M") for piece in fields]
    is_plain = all(piece.is_number and letter in _PLAIN for piece, letter in zip(fields, letters, strict=True))
    has_long_year = all(piece.count > _TWO_DIGITS for piece in fields if piece.letter == "y")
    touches = any(one.letter and other.letter for one, other in pairwise(pattern.pieces))
    if not (is_plain and has_long_year) or touches or len(set(letters)) < len(letters):
        return None
    return re.compile("".join(r"[ \t]*+(-?\d++)" if p.letter else re.escape(p.text) for p in pattern.pieces))


def _parse(pattern: DatePattern, text: str, created_ms: int) -> int:
    fields, position, is_ambiguous = DateFields(), 0, False
    for index, piece in enumerate(pattern.pieces):
        if not piece.letter:
            if not text.startswith(piece.text, position):
                raise _unparseable(pattern)
            position += len(piece.text)
            continue
        begin = position + len(text[position:]) - len(text[position:].lstrip(" \t"))
        is_followed = index + 1 < len(pattern.pieces) and pattern.pieces[index + 1].is_number
        end = None if begin == len(text) else _read(piece, text, position, begin, fields, cut=is_followed)
        if end is None:
            raise _unparseable(pattern)
        position = end
        if piece.letter in "yY" and piece.count <= _TWO_DIGITS and _TWO.fullmatch(text, begin, end):
            is_ambiguous = _complete_year(fields, piece.letter, _century_begins(created_ms).year)
    epoch_ms = fields.epoch_ms()
    if is_ambiguous and epoch_ms < _century_begins_ms(created_ms):
        for letter in "yY":
            fields.values.update({letter: fields.values[letter] + 100} if letter in fields.values else {})
        return fields.epoch_ms()
    return epoch_ms


def _complete_year(fields: DateFields, letter: str, first_year: int) -> bool:
    """Put a year of two digits into its century; whether it could also be in the next."""
    year = fields.values[letter]
    fields.values[letter] = first_year // 100 * 100 + year + (100 if year < first_year % 100 else 0)
    return year == first_year % 100


def _century_begins(created_ms: int) -> Day:
    now = civil_day(created_ms // _DAY_MS)
    return Day(now.year - _CENTURY_BEGINS_YEARS_AGO, now.month, now.day)


def _century_begins_ms(created_ms: int) -> int:
    return day_number(*_century_begins(created_ms)) * _DAY_MS + created_ms % _DAY_MS


def _read(piece: Piece, text: str, position: int, begin: int, fields: DateFields, *, cut: bool) -> int | None:
    """Read one field; where it ends, ``None`` when it is not there."""
    if piece.letter in ("z", "Z", "X"):
        return _read_zone(piece, text, begin, fields)
    if piece.letter in _NAMES and not (piece.letter in "ML" and piece.count < NAMED_FROM):
        return _read_name(piece.letter, text, position, fields)  # names do not skip blanks
    # Where digits touch, letters count them, and skipped blanks count too.
    limit = position + piece.count if cut else len(text)
    if limit > len(text):
        return None
    found = _NUMBER.match(text, begin, limit)
    if found is None:
        return None
    fields.put(piece.letter, int(found[0]))
    return found.end()


def _read_name(letter: str, text: str, begin: int, fields: DateFields) -> int | None:
    for names in _NAMES[letter]:
        index = _longest_match(names, text, begin)
        if index is not None:
            fields.put(letter, index + (letter in "MLE"))
            return begin + len(names[index])
    return None


def _longest_match(names: Sequence[str], text: str, begin: int) -> int | None:
    matching = [i for i, name in enumerate(names) if text[begin : begin + len(name)].lower() == name.lower()]
    return max(matching, key=lambda i: len(names[i]), default=None)


def _read_zone(piece: Piece, text: str, begin: int, fields: DateFields) -> int | None:
    if piece.letter == "X":
        if text.startswith("Z", begin):
            fields.put("Z", 0)
            return begin + 1
        return _read_offset(_ISO[piece.count].match(text, begin), fields)
    if text[begin] in "+-":
        return _read_offset(_RFC_822.match(text, begin), fields)
    if found := _GMT.match(text, begin):
        return _read_offset(found, fields)
    names = tuple(ZONE_OFFSETS_MINUTES)
    index = _longest_match(names, text, begin)
    if index is None:
        return None
    fields.put("Z", ZONE_OFFSETS_MINUTES[names[index]])
    return begin + len(names[index])


def _read_offset(found: re.Match[str] | None, fields: DateFields) -> int | None:
    if found is None:
        return None
    sign, hours, *rest = found.groups()
    minutes = rest[0] if rest else None
    offset = int(hours or 0) * 60 + int(minutes or 0)
    if int(hours or 0) > _MOST_HOURS or int(minutes or 0) > _MOST_MINUTES:
        return None
    fields.put("Z", -offset if sign == "-" else offset)
    return found.end()


def _unparseable(pattern: DatePattern) -> DataError:
    # The text itself is a record's value, which does not belong into messages.
    return DataError(f"Could not parse timestamp: the value does not match the format {pattern.text}")
