"""Random patterns of ``SimpleDateFormat`` and texts that nearly match them."""

from __future__ import annotations

import re
from typing import Final

from tests.conformance.drawing import DATES, Drawing

__all__ = ["date_text", "pattern"]

_USUAL: Final = (
    "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd HH:mm:ss", "yyyyMMdd",
    "yyyyMMddHHmmss",
    "yyyyMMddHHmmssSSS", "HH:mm:ss", "dd/MM/yyyy", "MM/dd/yy", "EEE, dd MMM yyyy HH:mm:ss z",
    "EEE, dd MMM yyyy HH:mm:ss Z",
    "EEEE, d MMMM yyyy", "yyyy", "yy", "y", "h:mm a", "hh:mm:ss a", "K:mm a", "kk:mm", "D", "yyyy-DDD", "yyyy-'W'ww-u",
    "w", "W", "F", "G yyyy",
    "dd.MM.yy", "yyyy-MM-dd'T'HH:mm:ss.SSSX", "yyyy-MM-dd'T'HH:mm:ss.SSSXX", "SSS", "ss.SSSSSS",
    "MMM d, yyyy h:mm:ss a", "E", "u", "a",
    "YYYY-'W'ww", "YYYY-MM-dd", "LLL", "LLLL", "L", "zzzz", "z", "Z", "X", "XX", "XXX", "''yyyy''", "yyyy'''x'",
    "HH 'o''clock'", "yyyyy",
    "MMMMM", "EEEEE", "aa", "GGGG", "yyy", "M/d/yy h:mm a", "yyyy.MM.dd G 'at' HH:mm:ss z", "h 'o''clock' a, zzzz",
    "yyMMddHHmmssZ", "", " ",
    "é", "-", "yyyy-MM-dd'", "'", "''", "bb", "XXXX", "e", "c", "yyyy-MM-dd'T'HH:mm:ss.SSSZZZZ", "HHmm", "Hmm", "MMdd",
    "dMyyyy", "uuuu", "SS",
)  # fmt: skip
_LETTERS: Final = "GyYMLwWDdFEuaHkKhmsSzZX"
_RUN: Final = re.compile(r"'[^']*'|([A-Za-z])\1*|.", re.DOTALL)
_ZONES: Final = (
    "UTC", "GMT", "Z", "+0000", "+02:00", "-0530", "+02", "GMT+02:00", "GMT-5:30", "PST", "EST", "CET", "CEST", "PDT",
    "MST", "Pacific Standard Time",
    "Coordinated Universal Time", "Europe/Berlin", "America/New_York", "JST", "IST", "+25:00", "x", "-00:00", "gmt",
    "utc", "+1", "BST", "AEST",
    "Central European Summer Time", "Greenwich Mean Time", "UT", "GMT+2", "GMT+0200", "+00:60", "+2:00",
)  # fmt: skip


def pattern(draw: Drawing) -> str:
    """A pattern, seldom one that is none."""
    if draw.chance(0.7):
        return draw.one(_USUAL)
    runs = [draw.one(_LETTERS) * draw.one((1, 1, 2, 2, 3, 4, 5)) for _ in range(draw.random.randint(1, 4))]
    return "".join(run + draw.one(("", " ", "-", ":", "/", ".", "'T'", ", ")) for run in runs)


def date_text(draw: Drawing, form: str) -> str:
    """A text that the pattern may match: fields of right and wrong widths and ranges, names in any case."""
    if draw.chance(0.06):
        return draw.one((*DATES, "", " ", "x"))
    text = "".join(_field(draw, found) for found in _RUN.finditer(form))
    roll = draw.random.random()
    if roll < 0.04:
        return " " + text
    if roll < 0.08:
        return text + draw.one(("x", " ", "0", "Z"))
    if roll < 0.12 and text:
        cut = draw.random.randrange(len(text))
        return text[:cut] + text[cut + 1 :]
    return text


def _field(draw: Drawing, found: re.Match[str]) -> str:
    run, letter = found.group(), found.group(1)
    if letter is None:
        return run.strip("'") or "'"
    match letter:
        case "G":
            return draw.one(("AD", "BC", "ad", "Anno Domini")) if draw.chance(0.3) else "AD"
        case "E":
            return draw.one(("Fri", "Friday", "fri", "MON", "Tuesday", "Sunda", "Thurs"))
        case "M" | "L" if len(run) > 2:
            return draw.one(("Mar", "March", "mar", "MAY", "December", "Sept", "Feb", "3", "Jan"))
        case "a":
            return draw.one(("AM", "PM", "pm", "am", "A"))
        case "z" | "Z" | "X":
            return draw.one(_ZONES)
        case _:
            return _number(draw, letter, len(run))


def _number(draw: Drawing, letter: str, width: int) -> str:
    if letter in "yY":
        number = draw.one(
            (2024, 1999, 24, 70, 0, 1, 1582, 9999, 2000, 99, 45, 44, 46, 47, 1500, 12345 if draw.chance(0.1) else 1970)
        )
        if width == 2 and draw.chance(0.5):
            number %= 100
    elif letter == "S":
        number = draw.one((0, 5, 45, 123, 999, 1000, 123456, 123456789))
    else:
        highest = {"M": 12, "L": 12, "d": 31, "D": 366, "w": 53, "W": 5, "F": 5, "u": 7, "m": 59, "s": 59}.get(
            letter, 24
        )
        number = draw.one((0, 1, highest, highest + 1, 99)) if draw.chance(0.2) else draw.random.randint(1, highest)
    text = str(number).rjust(draw.one((width, width, width, 1, 2)), "0")
    return draw.one(("-" + text, "+" + text, " " + text)) if draw.chance(0.04) else text
