"""Columns of values on their way to a driver: checked as a whole at C speed, one by one only when that fails."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import inf
from typing import Any, NoReturn

from connectors.sql.coerce import to_float, to_int

__all__ = ["BadValueError", "Bind", "bind_all", "bind_floats", "bind_integers", "bind_of_types", "with_default"]

Column = Sequence[Any]
Bind = Callable[[Column], Column]
"""Takes the values of a column, gives them as the driver needs them, ``None`` as ``None``. Raises: BadValueError."""

_NONE = type(None)


class BadValueError(Exception):
    """A value does not fit its column.

    Args:
        row: Its place in the column.
        reason: Why it does not fit; names the value.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row


def bind_all(convert: Callable[[Any], Any]) -> Bind:
    """Every value that is not ``None`` through ``convert``, which raises `ValueError` for a bad one."""

    def bind(values: Column) -> Column:
        try:
            return [None if value is None else convert(value) for value in values]
        except (ValueError, OverflowError, ArithmeticError):
            _raise_first_bad(values, convert)

    return bind


def bind_of_types(types: Sequence[type], convert: Callable[[Any], Any]) -> Bind:
    """Values as they are when all are of ``types`` (exactly) or ``None``, else through ``convert``."""
    accepted = frozenset({*types, _NONE})
    slowly = bind_all(convert)

    def bind(values: Column) -> Column:
        return values if accepted.issuperset(map(type, values)) else slowly(values)

    return bind


def bind_integers(code: str, bits: int) -> Bind:
    """Integers of at most ``bits`` bits; ``code`` is their type in `array`, which checks type and range of all at once.

    Drivers do not always: psycopg cuts the high bits off an integer that is too large for its column.
    """
    slowly = bind_all(lambda value: to_int(value, bits))

    def bind(values: Column) -> Column:
        if _fits(code, values):
            return values
        return slowly(values)

    return bind


def bind_floats(*, single: bool = False) -> Bind:
    """Floating-point numbers; ``single`` refuses finite ones that 32 bits would make infinite."""

    def convert(value: Any) -> float:
        number = to_float(value)
        if single and inf in map(abs, array("f", [number])) and abs(number) != inf:
            raise ValueError(f"{value!r} is out of range of a 32-bit floating-point number")
        return number

    slowly = bind_all(convert)

    def bind(values: Column) -> Column:
        if not single and _fits("d", values):
            return values
        return slowly(values)

    return bind


def with_default(bind: Bind, default: Any) -> Bind:
    """``bind`` with ``default`` in place of ``None``."""

    def filled(values: Column) -> Column:
        return bind([default if value is None else value for value in values])

    return filled


def _fits(code: str, values: Column) -> bool:
    try:
        array(code, values)
    except TypeError:
        pass  # perhaps only because there are nulls
    except OverflowError:
        return False
    else:
        return True
    try:
        array(code, [value for value in values if value is not None])
    except (TypeError, OverflowError):
        return False
    return True


def _raise_first_bad(values: Column, convert: Callable[[Any], Any]) -> NoReturn:
    for row, value in enumerate(values):
        if value is None:
            continue
        try:
            convert(value)
        except (ValueError, OverflowError, ArithmeticError) as exc:
            raise BadValueError(row, str(exc)) from exc
    raise AssertionError("a conversion failed only the first time")
