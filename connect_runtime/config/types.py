"""Words in which a configuration key is described, and the value that never shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = ["HIDDEN", "ConfigType", "Importance", "Password", "Width"]

HIDDEN: Final = "[hidden]"


class ConfigType(Enum):
    """What a value is parsed to; the values are the names that REST shows.

    In Python: ``bool``, ``str``, ``int`` (``INT`` 32 bits, ``SHORT`` 16, ``LONG`` 64), ``float``, ``list[str]``,
    a class or its name (see `ConfigDef.parse`), `Password`.
    """

    BOOLEAN = "BOOLEAN"
    STRING = "STRING"
    INT = "INT"
    SHORT = "SHORT"
    LONG = "LONG"
    DOUBLE = "DOUBLE"
    LIST = "LIST"
    CLASS = "CLASS"
    PASSWORD = "PASSWORD"  # noqa: S105  # the name of a type


class Importance(Enum):
    """How likely a user has to care about a key."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Width(Enum):
    """How wide an input field a user interface should offer."""

    NONE = "NONE"
    SHORT = "SHORT"
    MEDIUM = "MEDIUM"
    LONG = "LONG"


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """A secret that prints as ``[hidden]`` wherever it is shown.

    Attributes:
        value: The real text. Hand it only to what needs it.
    """

    value: str

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)
