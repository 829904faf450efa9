"""How `TimestampConverter` turns one value into another: what it may be before, and what it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DATE,
    DATE_NAME,
    INT64,
    STRING,
    TIME,
    TIME_NAME,
    TIMESTAMP,
    TIMESTAMP_NAME,
    NarrowInt,
    date_of_days,
    epoch_ms,
    time_of_ms,
    timestamp_of_ms,
)
from connect_runtime.transforms.date_format import formatter
from connect_runtime.transforms.date_parse import InstantParser
from connect_runtime.transforms.date_pattern import DatePattern

__all__ = ["PER_SECOND", "TARGETS", "Conversion", "Convert", "conversion", "converter_of"]

TARGETS: Final[Mapping[str, Schema]] = MappingProxyType(
    {"string": STRING, "unix": INT64, "Date": DATE, "Time": TIME, "Timestamp": TIMESTAMP}
)
PER_SECOND: Final[Mapping[str, int]] = MappingProxyType(
    {"nanoseconds": 1_000_000_000, "microseconds": 1_000_000, "milliseconds": 1_000, "seconds": 1}
)
_DAY_MS: Final = 86_400_000
_TEMPORAL: Final = (date, time, timedelta)
Convert = Callable[[Any], Any]
"""Turns a value, which is not ``None``, into one of the target. Raises: DataError."""

_OfMs = Callable[[int], Any]


class Conversion(NamedTuple):
    """Everything to one target.

    Attributes:
        of_temporal: From values of a logical type.
        of_text: From text.
        of_unix: From numbers.
    """

    of_temporal: Convert
    of_text: Convert
    of_unix: Convert


def conversion(target: str, pattern: DatePattern | None, per_second: int, created_ms: int) -> Conversion:
    """What converts to a target.

    Args:
        target: One of `TARGETS`.
        pattern: How texts are written.
        per_second: How fine Unix times are.
        created_ms: Now, as `InstantParser` asks for it.
    """
    of_ms = _writer(target, pattern, per_second)
    parser = None if pattern is None else InstantParser(pattern, created_ms)
    return Conversion(_of_temporal(of_ms), _of_text(parser, of_ms), _of_unix(per_second, of_ms))


def converter_of(schema: Schema | None, to: Conversion) -> Convert:
    """What converts values of a schema, ``None``: values that have none. Raises: DataError, if they are no times."""
    if schema is None:
        return _schemaless(to)
    if schema.name in (TIMESTAMP_NAME, DATE_NAME, TIME_NAME):
        return to.of_temporal
    match schema.type:
        case Type.STRING:
            return to.of_text
        case Type.INT64:
            return to.of_unix
        case _:
            raise DataError(
                f"Schema {schema.name or schema.type.name} does not correspond to a known timestamp type format"
            )


def _schemaless(to: Conversion) -> Convert:
    of_temporal, of_text, of_unix = to

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            return of_text(value)
        if isinstance(value, _TEMPORAL):
            return of_temporal(value)
        if isinstance(value, int) and not isinstance(value, bool | NarrowInt):
            return of_unix(value)
        raise DataError(
            f"TimestampConverter does not support {type(value).__name__} objects as timestamps: "
            "without schema it takes dates, texts and numbers of 64 bits"
        )

    return convert


def _of_temporal(of_ms: _OfMs) -> Convert:
    def convert(value: Any) -> Any:
        if isinstance(value, _TEMPORAL):
            return of_ms(epoch_ms(value))
        raise DataError(f"Expected a date or time, but found {type(value).__name__}")

    return convert


def _of_text(parser: InstantParser | None, of_ms: _OfMs) -> Convert:
    parse = _cannot_parse if parser is None else parser.parse

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            return of_ms(parse(value))
        raise DataError(f"Expected string timestamp to be a string, but found {type(value).__name__}")

    return convert


def _cannot_parse(text: str) -> int:
    del text
    raise DataError("Text cannot be read as a timestamp without a pattern: set format")


def _of_unix(per_second: int, of_ms: _OfMs) -> Convert:
    def convert(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return of_ms(_saturated(_scaled(value, 1_000, per_second)))
        raise DataError(f"Expected Unix timestamp to be a 64-bit number, but found {type(value).__name__}")

    return convert


def _writer(target: str, pattern: DatePattern | None, per_second: int) -> _OfMs:
    match target:
        case "string" if pattern is not None:
            return formatter(pattern)
        case "unix":
            return lambda ms: _saturated(_scaled(ms, per_second, 1_000))
        case "Date":
            return lambda ms: date_of_days(ms // _DAY_MS)
        case "Time":
            return lambda ms: time_of_ms(ms % _DAY_MS)
        case _:
            return timestamp_of_ms


def _scaled(value: int, times: int, by: int) -> int:
    """``value * times / by``, cut towards zero."""
    scaled = value * times
    return scaled // by if scaled >= 0 else -(-scaled // by)


def _saturated(value: int) -> int:
    """As Java's ``TimeUnit`` does beyond 64 bits."""
    return min(max(value, -(1 << 63)), (1 << 63) - 1)
