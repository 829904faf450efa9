"""The names in dates, in English, as Java has them for en_US."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["AM_PM", "ERAS", "LONG_ERAS", "MONTHS", "WEEKDAYS", "ZONE_OFFSETS_MINUTES", "short"]

ERAS: Final = ("BC", "AD")
LONG_ERAS: Final = ("Before Christ", "Anno Domini")
"""Read in place of the short ones, never written."""

AM_PM: Final = ("AM", "PM")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

ZONE_OFFSETS_MINUTES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "Coordinated Universal Time": 0, "Greenwich Mean Time": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60,
        "BST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
        "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
        "AKST": -540, "AKDT": -480, "HST": -600, "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660,
        "Eastern Standard Time": -300, "Eastern Daylight Time": -240, "Central Standard Time": -360,
        "Central Daylight Time": -300, "Mountain Standard Time": -420, "Mountain Daylight Time": -360,
        "Pacific Standard Time": -480, "Pacific Daylight Time": -420,
        "Central European Standard Time": 60, "Central European Summer Time": 120,
    }
)  # fmt: skip
"""Zone names that texts may carry, without those that mean different zones to different people."""


def short(name: str) -> str:
    """The abbreviation of a month or weekday."""
    return name[:3]
