"""Texts as instants, by a date pattern: leniently, as Java's ``SimpleDateFormat`` reads them.

Times are in UTC unless a zone is read. Fields may exceed their range and count on then, blanks before a field are
skipped, text behind the last field is ignored, what the pattern does not have is as in 1970-01-01T00:00.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from operator import itemgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from connect_runtime.sdk import DataError
from connect_runtime.transforms.date_fields import DateFields
from connect_runtime.transforms.date_names import AM_PM, ERAS, LONG_ERAS, MONTHS, WEEKDAYS, ZONE_OFFSETS_MINUTES, short
from connect_runtime.transforms.date_pattern import NAMED_FROM, DatePattern, Piece
from connect_runtime.transforms.hybrid_calendar import Day, civil_day, day_number

__all__ = ["InstantParser"]

_DAY_MS: Final = 86_400_000
_PLAIN: Final = ("y", "M", "d", "H", "m", "s", "S", "Z")
"""Fields that make up an instant without further thought."""

_SAME_FIELD: Final[Mapping[str, str]] = MappingProxyType({"L": "M", "X": "Z"})
_HOURS: Final = r"[+-](?:[01]\d|2[0-3])"
_OFFSETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Z": rf"{_HOURS}[0-5]\d",
        "X": rf"Z|{_HOURS}",
        "XX": rf"Z|{_HOURS}[0-5]\d",
        "XXX": rf"Z|{_HOURS}:[0-5]\d",
    }
)
_MOST_DAYS: Final = 1_000
_MINUTES_OF_A_DAY: Final = 1_440
_MOST_ZONES: Final = 100
_NUMBER: Final = re.compile(r"-?\d+")
_TWO: Final = re.compile(r"\d\d")
_CENTURY_BEGINS_YEARS_AGO: Final = 80
_TWO_DIGITS: Final = 2
_NAMES: Final = {
    "G": (LONG_ERAS, ERAS),
    "a": (AM_PM,),
    "E": (WEEKDAYS, tuple(map(short, WEEKDAYS))),
    "M": (MONTHS, tuple(map(short, MONTHS))),
    "L": (MONTHS, tuple(map(short, MONTHS))),
}
_RFC_822: Final = re.compile(r"([+-])(\d\d)(\d\d)")
_GMT: Final = re.compile(r"GMT(?:([+-])(\d\d?):(\d\d)|(?![+-]))", re.IGNORECASE)
_ISO: Final = {
    1: re.compile(r"([+-])(\d\d)"),
    2: re.compile(r"([+-])(\d\d)(\d\d)"),
    3: re.compile(r"([+-])(\d\d):(\d\d)"),
}
_MOST_HOURS, _MOST_MINUTES = 23, 59


class InstantParser:
    """Reads texts by one pattern. Used by one thread, the task's.

    Args:
        pattern: The pattern.
        created_ms: Now: years of two digits lie from 80 years before to 20 years behind that.
    """

    def __init__(self, pattern: DatePattern, created_ms: int) -> None:
        self._pattern = pattern
        self._created_ms = created_ms
        self._match, self._ordered = _plain_form(pattern)
        # The texts of a batch are near each other in time, or at the same hours.
        self._day_ms = lru_cache(_MOST_DAYS)(_day_ms)
        self._minute_ms = lru_cache(_MINUTES_OF_A_DAY)(_minute_ms)
        self._zone_ms = lru_cache(_MOST_ZONES)(_zone_ms)

    def parse(self, text: str) -> int:
        """Epoch milliseconds of a text. Raises: DataError, if it does not begin as the pattern says."""
        found = self._match(text)
        if found is None:
            return _parse(self._pattern, text, self._created_ms)
        year, month, day, hours, minutes, seconds, millis, zone = self._ordered(found.groups())
        at = self._day_ms(year, month, day) + self._minute_ms(hours, minutes)
        if seconds:
            at += int(seconds) * 1000
        if millis:
            at += int(millis)
        return at - self._zone_ms(zone) if zone else at


class _PlainForm(NamedTuple):
    """What most dates are: numbers, perhaps with the offset of a zone, between texts.

    Attributes:
        match: Finds it, with a group for each letter of `_PLAIN`; one that the pattern does not have is empty. ``None``
            when a text must be read field by field.
        ordered: The groups in the order of `_PLAIN`.
    """

    match: Callable[[str], re.Match[str] | None]
    ordered: Callable[[Sequence[str]], Sequence[str]]


_NOT_PLAIN: Final = _PlainForm(lambda _: None, tuple)


def _plain_form(pattern: DatePattern) -> _PlainForm:
    letters = [_SAME_FIELD.get(piece.letter, piece.letter) for piece in pattern.pieces if piece.letter]
    lacking = [letter for letter in _PLAIN if letter not in letters]
    has_short_year = any(piece.letter == "y" and piece.count <= _TWO_DIGITS for piece in pattern.pieces)
    forms = [_form(piece, following) for piece, following in zip_longest(pattern.pieces, pattern.pieces[1:])]
    if has_short_year or None in forms or len(letters) + len(lacking) > len(_PLAIN):
        return _NOT_PLAIN
    groups = [*letters, *lacking]
    regex = re.compile("".join(filter(None, forms)) + "()" * len(lacking))
    return _PlainForm(regex.match, itemgetter(*map(groups.index, _PLAIN)))


def _form(piece: Piece, following: Piece | None) -> str | None:
    """What matches a piece of a pattern; ``None`` for what is neither number, offset nor text."""
    if not piece.letter:
        return re.escape(piece.text)
    offset = _OFFSETS.get(piece.letter if piece.letter == "Z" else piece.letter * piece.count)
    if offset is not None:
        return rf"[ \t]*+({offset})"
    if not piece.is_number or _SAME_FIELD.get(piece.letter, piece.letter) not in _PLAIN:
        return None
    is_cut = following is not None and following.is_number
    return rf"(\d{{{piece.count}}})" if is_cut else r"[ \t]*+(-?\d++)"


def _day_ms(year: str, month: str, day: str) -> int:
    return day_number(int(year or 1970), int(month or 1), int(day or 1)) * _DAY_MS


def _minute_ms(hours: str, minutes: str) -> int:
    return (int(hours or 0) * 60 + int(minutes or 0)) * 60_000


def _zone_ms(offset: str) -> int:
    hours, minutes = offset[1:3], offset[3:].lstrip(":")
    ahead = _minute_ms(hours, minutes)
    return -ahead if offset[0] == "-" else ahead


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
    if text[begin : begin + 3].upper() == "GMT":
        return _read_offset(_GMT.match(text, begin), fields)
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
