"""Numbers of 32 bits: Python's ``float`` has 64."""

from __future__ import annotations

import math
from struct import Struct

__all__ = ["Float32", "to_float32"]

_FLOAT = Struct("<f")


def to_float32(value: float) -> float:
    """The nearest number that 32 bits can hold, as Java's ``(float)`` gives it: infinite where too large."""
    try:
        (rounded,) = _FLOAT.unpack(_FLOAT.pack(value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(rounded)


class Float32(float):
    """A number known to have 32 bits though no schema says so, e.g. one parsed from a header.

    It prints as such a number (``0.1``, not ``0.10000000149011612``). Under a FLOAT32 schema a plain ``float`` does.
    """

    __slots__ = ()

    def __new__(cls, value: float) -> Float32:
        """Round ``value`` to 32 bits."""
        return super().__new__(cls, to_float32(value))
