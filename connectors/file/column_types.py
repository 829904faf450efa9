"""Types of CSV columns: how a whole column of texts becomes values.

Each type converts a column at once, in C where that can be done, and raises on the first text that does not fit; the
caller then looks for the row at fault. Numbers are read by a JSON parser: it is quicker than ``int`` a text, and strict
about underscores and leading zeros, which ``int`` and ``float`` let pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import orjson

from connect_runtime.sdk import ConfigError, Schema, Type, primitive_schema
from connect_runtime.sdk.data import DATE, TIME, TIMESTAMP, decimal_schema
from connectors.file.parsing import Fault

__all__ = ["STRING", "ColumnType", "declared_type", "inferred_type"]

_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_PADDED_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]{0,17})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ANY_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL = re.compile(r"decimal\(([0-9]{1,3})\)")
_BOOLEANS = {"true": True, "false": False}


class ColumnType(Protocol):
    """How the texts of a column become values."""

    @property
    def name(self) -> str:
        """Name as in ``csv.types``."""
        ...

    @property
    def schema(self) -> Schema:
        """Schema of the values."""
        ...

    def convert(self, texts: Sequence[str], nulls: frozenset[str]) -> list[Any]:
        """Values of the texts, ``None`` for those among ``nulls``. Raises: Fault."""
        ...


@dataclass(frozen=True, slots=True)
class _Text:
    name: str
    schema: Schema

    def convert(self, texts: Sequence[str], nulls: frozenset[str]) -> list[Any]:
        return list(texts) if nulls.isdisjoint(texts) else [None if text in nulls else text for text in texts]


@dataclass(frozen=True, slots=True)
class _Integer:
    name: str
    schema: Schema
    bits: int
    text: re.Pattern[str]

    def convert(self, texts: Sequence[str], nulls: frozenset[str]) -> list[Any]:
        numbers = _numbers(texts, nulls)
        if numbers is None or set(map(type, numbers)) - {int, type(None)}:
            numbers = [None if text in nulls else self._one(text) for text in texts]
        limit = 1 << self.bits - 1
        present = numbers if None not in numbers else [number for number in numbers if number is not None]
        if present and not -limit <= min(present) <= max(present) < limit:
            found = next(t for t, n in zip(texts, numbers, strict=True) if n is not None and not -limit <= n < limit)
            raise self._fault(found)
        return numbers

    def _one(self, text: str) -> int:
        if not self.text.fullmatch(text.strip()):
            raise self._fault(text)
        return int(text)

    def _fault(self, found: str) -> Fault:
        return Fault(f"is not an {self.name}", found)


@dataclass(frozen=True, slots=True)
class _Float:
    name: str
    schema: Schema
    text: re.Pattern[str]

    def convert(self, texts: Sequence[str], nulls: frozenset[str]) -> list[Any]:
        numbers = _numbers(texts, nulls)
        if numbers is None or set(map(type, numbers)) - {float, int, type(None)}:
            return [None if text in nulls else self._one(text) for text in texts]
        return [None if number is None else float(number) for number in numbers]

    def _one(self, text: str) -> float:
        if not self.text.fullmatch(text.strip()):
            raise Fault(f"is not a {self.name}", text)
        return float(text)


@dataclass(frozen=True, slots=True)
class _Table:
    """A type of which a column repeats few texts, as a rule: each is converted once."""

    name: str
    schema: Schema
    one: Callable[[str], Any]

    def convert(self, texts: Sequence[str], nulls: frozenset[str]) -> list[Any]:
        table = {text: None if text in nulls else self._one(text) for text in set(texts)}
        return [table[text] for text in texts]

    def _one(self, text: str) -> Any:
        try:
            return self.one(text.strip())
        except (ValueError, LookupError, ArithmeticError) as exc:
            raise Fault(f"is not a {self.name}", text) from exc


def _numbers(texts: Sequence[str], nulls: frozenset[str]) -> list[Any] | None:
    """The texts read as JSON, ``None`` unless each of them is one scalar."""
    json = texts if nulls.isdisjoint(texts) else ["null" if text in nulls else text for text in texts]
    try:
        numbers: list[Any] = orjson.loads(f"[{','.join(json)}]")
    except orjson.JSONDecodeError:
        return None
    return numbers if len(numbers) == len(texts) else None


def _timestamp(text: str, *, exact: bool) -> datetime:
    moment = datetime.fromisoformat(text)
    if exact and moment.microsecond % 1000:
        raise ValueError("finer than the milliseconds that a timestamp holds")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _decimal(text: str, *, quantum: Decimal) -> Decimal:
    number = Decimal(text).quantize(quantum)
    if number != Decimal(text):
        raise ValueError("more digits than the scale")
    return number


def _primitive(type_: Type) -> Schema:
    return primitive_schema(type_, optional=True)


def _table(name: str, schema: Schema, one: Callable[[str], Any]) -> _Table:
    return _Table(name, schema.as_optional(), one)


_INTEGER_BITS = {Type.INT8: 8, Type.INT16: 16, Type.INT32: 32, Type.INT64: 64}
STRING: ColumnType = _Text("string", _primitive(Type.STRING))
_DECLARED: tuple[ColumnType, ...] = (
    STRING,
    *(_Integer(type_.value, _primitive(type_), bits, _PADDED_INTEGER) for type_, bits in _INTEGER_BITS.items()),
    _Float("float32", _primitive(Type.FLOAT32), _ANY_NUMBER),
    _Float("float64", _primitive(Type.FLOAT64), _ANY_NUMBER),
    _table("boolean", _primitive(Type.BOOLEAN), lambda text: _BOOLEANS[text.lower()]),
    _table("date", DATE, date.fromisoformat),
    _table("time", TIME, time.fromisoformat),
    _table("timestamp", TIMESTAMP, partial(_timestamp, exact=False)),
)
_INFERRED: tuple[ColumnType, ...] = (
    _table("boolean", _primitive(Type.BOOLEAN), lambda text: _BOOLEANS[text.lower()]),
    _Integer("int64", _primitive(Type.INT64), 64, _INTEGER),
    _Float("float64", _primitive(Type.FLOAT64), _NUMBER),
    _table("date", DATE, date.fromisoformat),
    _table("timestamp", TIMESTAMP, partial(_timestamp, exact=True)),
)


def declared_type(name: str) -> ColumnType:
    """The type of that name.

    Raises:
        ConfigError: There is none.
    """
    if found := _DECIMAL.fullmatch(name):
        scale = int(found[1])
        return _table(name, decimal_schema(scale), partial(_decimal, quantum=Decimal(1).scaleb(-scale)))
    for known in _DECLARED:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in _DECLARED)
    raise ConfigError(f"{name!r} is not a type: use one of {names}, decimal(<digits after the point>)", key="csv.types")


def inferred_type(texts: Sequence[str], nulls: frozenset[str]) -> ColumnType:
    """The narrowest of boolean, int64, float64, date, timestamp and string that holds all these texts.

    A column without any value is a string column. So is one of integers with leading zeros (zip codes) or beyond 64
    bits, and one of timestamps finer than milliseconds: as numbers and timestamps they would lose something.
    """
    present = [text for text in texts if text not in nulls]
    return next((known for known in _INFERRED if present and _fits(known, present)), STRING)


def _fits(known: ColumnType, texts: Sequence[str]) -> bool:
    if isinstance(known, _Float) and not all(known.text.fullmatch(text.strip()) for text in texts):
        return False  # a JSON parser reads integers beyond 64 bits as floats
    try:
        known.convert(texts, frozenset())
    except Fault:
        return False
    return True
