"""Versions of plugins as ``*.plugin.version`` keys ask for them: one version, or ranges such as ``[1.2,2)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from packaging.version import InvalidVersion, Version

__all__ = ["VersionRange"]

_RANGE: Final = re.compile(r"\s*([\[(])([^,\[\]()]*)(,?)([^,\[\]()]*)([\])])\s*")
_PART: Final = re.compile(r"([0-9]+)|([^0-9.+_-]+)")


@dataclass(frozen=True, slots=True)
class _Bounds:
    lower: str
    upper: str
    holds_lower: bool
    holds_upper: bool

    def contain(self, version: str) -> bool:
        above = not self.lower or _order(self.lower, version) < (1 if self.holds_lower else 0)
        return above and (not self.upper or _order(version, self.upper) < (1 if self.holds_upper else 0))


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A set of versions.

    Attributes:
        text: How it was written.
    """

    text: str
    _bounds: tuple[_Bounds, ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """The set that ``text`` describes: Maven's notation, and a bare version means just that one.

        Raises:
            ValueError: The text is blank, or begins like a range and is none.
        """
        plain = text.strip()
        if not plain:
            raise ValueError("a version must not be blank")
        if not any(char in plain for char in "[](),"):
            return cls(text, (_Bounds(plain, plain, holds_lower=True, holds_upper=True),))
        return cls(text, tuple(_ranges(plain)))

    def __contains__(self, version: str) -> bool:
        return any(bounds.contain(version) for bounds in self._bounds)

    def __str__(self) -> str:
        return self.text


def _ranges(text: str) -> list[_Bounds]:
    found, position = [], 0
    while position < len(text):
        match = _RANGE.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is no version range; write e.g. [1.2,2) or 1.2.3")
        found.append(_bounds(match))
        position = match.end()
        if position < len(text) and text[position] == ",":
            position += 1
    return found


def _bounds(match: re.Match[str]) -> _Bounds:
    opening, lower, comma, upper, closing = match.groups()
    lower, upper = lower.strip(), upper.strip() if comma else lower.strip()
    holds_lower, holds_upper = opening == "[", closing == "]"
    if not comma and not (lower and holds_lower and holds_upper):
        raise ValueError(f"{match[0]!r} is no version range; a single version is written [1.2]")
    if lower and upper and _order(lower, upper) > 0:
        raise ValueError(f"{match[0]!r} is no version range; its lower bound is above its upper")
    return _Bounds(lower, upper, holds_lower=holds_lower, holds_upper=holds_upper)


def _order(left: str, right: str) -> int:
    """Below, at or above 0, as ``left`` comes before, with or after ``right``."""
    try:
        one, other = Version(left), Version(right)
    except InvalidVersion:
        first, second = _parts(left), _parts(right)
        return (first > second) - (first < second)
    return (one > other) - (one < other)


def _parts(version: str) -> list[tuple[int, int, str]]:
    return [(0, int(number), "") if number else (1, 0, word) for number, word in _PART.findall(version)]
