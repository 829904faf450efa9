"""Integers of fewer than 64 bits that no schema describes: Python's ``int`` does not say how wide it is."""

from __future__ import annotations

__all__ = ["Int8", "Int16", "Int32", "NarrowInt"]


class NarrowInt(int):
    """A schemaless integer whose width is known; a plain ``int`` without schema counts as 64 bits.

    Attributes:
        bits: The width.
    """

    __slots__ = ()
    bits = 64


class Int8(NarrowInt):
    """A schemaless integer of 8 bits."""

    __slots__ = ()
    bits = 8


class Int16(NarrowInt):
    """A schemaless integer of 16 bits."""

    __slots__ = ()
    bits = 16


class Int32(NarrowInt):
    """A schemaless integer of 32 bits."""

    __slots__ = ()
    bits = 32
