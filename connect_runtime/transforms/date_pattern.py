"""Date patterns as Java's ``SimpleDateFormat`` reads them; how they print and parse is in `date_format`, `date_parse`.

Letters are fields, ``'...'`` quotes text, ``''`` is one quote, everything else stands for itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connect_runtime.sdk import DataError

__all__ = ["NAMED_FROM", "DatePattern", "Piece", "parse_pattern"]

_LETTERS: Final = "GyMdkHmsSEDFwWahKzZYuXL"
_TOKEN: Final = re.compile(
    r"(?P<quote>'')|'(?P<text>(?:[^']|'')*)(?P<end>'?)|(?P<field>([A-Za-z])\5*)|(?P<other>[^A-Za-z']+)"
)
_MOST_ISO_LETTERS: Final = 3
NAMED_FROM: Final = 3
"""Months with so many letters are names, not numbers."""

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pattern.

    Attributes:
        letter: Which field it is; empty for text that stands for itself.
        count: How many letters.
        text: That text.
    """

    letter: str
    count: int = 0
    text: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it prints and reads digits."""
        if self.letter in ("M", "L"):
            return self.count < NAMED_FROM
        return self.letter != "" and self.letter not in "GEazZX"


@dataclass(frozen=True, slots=True)
class DatePattern:
    """A pattern.

    Attributes:
        text: As it was written.
        pieces: Its parts in order.
        granularity_ms: Instants of one such span of time print the same.
    """

    text: str
    pieces: tuple[Piece, ...]
    granularity_ms: int


def parse_pattern(text: str) -> DatePattern:
    """Take a pattern apart.

    Raises:
        DataError: It has a letter that means nothing, or a quote that is not closed.
    """
    pieces: list[Piece] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or (token["text"] is not None and not token["end"]):
            raise DataError(f"Invalid date pattern {text!r}: a quote is not closed")
        pieces.append(_piece(text, token))
        position = token.end()
    return DatePattern(text, _joined(pieces), _granularity_ms({piece.letter for piece in pieces}))


def _piece(pattern: str, token: re.Match[str]) -> Piece:
    if token["quote"]:
        return Piece("", text="'")
    if token["text"] is not None:
        return Piece("", text=token["text"].replace("''", "'"))
    if token["other"]:
        return Piece("", text=token["other"])
    letter, count = token["field"][0], len(token["field"])
    if letter not in _LETTERS:
        raise DataError(f"Illegal pattern character '{letter}' in {pattern!r}: put text into '...'")
    if letter == "X" and count > _MOST_ISO_LETTERS:
        raise DataError(f"Invalid ISO 8601 format in {pattern!r}: at most XXX")
    return Piece(letter, count)


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not piece.letter and not joined[-1].letter:
            joined[-1] = Piece("", text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return tuple(joined)


def _granularity_ms(letters: set[str]) -> int:
    for finest, span_ms in (("S", 1), ("s", 1_000), ("m", 60_000), ("HkKha", _HOUR_MS)):
        if letters & set(finest):
            return span_ms
    return _DAY_MS
