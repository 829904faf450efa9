"""Values of one type made into another, with Java's number conversions. No text is read here, see `values`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.errors import DataError
from connect_runtime.model.float32 import Float32
from connect_runtime.model.logical import (
    DATE_NAME,
    DAY_MS,
    TIME_NAME,
    TIMESTAMP_NAME,
    date_of_days,
    decimal_of_unscaled,
    logical_type,
    time_of_ms,
    timestamp_of_ms,
)
from connect_runtime.model.number_text import float64_text
from connect_runtime.model.schema import Schema, Type
from connect_runtime.model.temporal_text import Temporal, epoch_ms
from connect_runtime.model.validate import INTEGER_BITS
from connect_runtime.model.value_text import convert_to_string

__all__ = ["as_double", "as_long", "coerce", "hashable", "to_date", "to_decimal", "to_time", "to_timestamp", "wrapped"]

_INT64_BITS: Final = 64


def coerce(schema: Schema, value: Any) -> Any:
    """A value as one of ``schema``; containers are taken as they are.

    Raises:
        DataError: It cannot be one.
    """
    if value is None:
        raise DataError(f"null cannot be converted to a required {schema.type.name}")
    match schema.type:
        case Type.STRING:
            return convert_to_string(None, value)
        case Type.INT8 | Type.INT16 | Type.INT32 | Type.INT64:
            return _to_integer(schema, value)
        case Type.FLOAT32:
            return Float32(as_double(None, value))
        case Type.FLOAT64:
            return as_double(None, value)
        case _:
            return value


def as_long(schema: Schema | None, value: Any) -> int:
    """Java's ``longValue`` of a number, or of a date or time whose ``schema`` names its logical type.

    Raises:
        DataError: Anything else.
    """
    match value:
        case bool():
            pass
        case int():
            return wrapped(value, _INT64_BITS)
        case float():
            return _long_of_float(value)
        case Decimal() if value.is_finite():
            return _long_of_decimal(value)
        case date() | time() | timedelta():
            logical = None if schema is None else logical_type(schema)
            if schema is not None and logical is not None and isinstance(value, logical.classes):
                return int(logical.encode(schema, value))
        case _:
            pass
    raise DataError(f"{type(value).__name__} cannot be converted to a number")


def as_double(schema: Schema | None, value: Any) -> float:
    """Java's ``doubleValue`` of a number, or of a date or time whose ``schema`` names its logical type.

    Raises:
        DataError: Anything else.
    """
    match value:
        case float() | Decimal():
            return float(value)
        case _:
            return float(as_long(schema, value))


def wrapped(value: int, bits: int) -> int:
    """The low bits of an integer, as Java's casts keep them."""
    half = 1 << bits - 1
    return (value + half & (1 << bits) - 1) - half


def to_date(value: Any) -> date:
    """A date itself, the day of an instant (cut towards 1970), or so many days since the epoch. Raises: DataError."""
    match value:
        case datetime():
            millis = epoch_ms(value)
            return date_of_days(millis // DAY_MS if millis >= 0 else -(-millis // DAY_MS))
        case date():
            return value
        case _:
            return date_of_days(wrapped(as_long(None, value), 32))


def to_time(value: Any) -> time | timedelta:
    """A time itself, the time of day of an instant, or so many milliseconds since midnight. Raises: DataError."""
    match value:
        case datetime():
            return time_of_ms(epoch_ms(value) % DAY_MS)
        case time() | timedelta():
            return value
        case _:
            return time_of_ms(wrapped(as_long(None, value), 32))


def to_timestamp(value: Any) -> datetime:
    """An instant itself, midnight of a date, a time on 1970-01-01, or epoch milliseconds. Raises: DataError."""
    match value:
        case datetime():
            return value
        case date() | time() | timedelta():
            return timestamp_of_ms(epoch_ms(value))
        case _:
            return timestamp_of_ms(as_long(None, value))


def to_decimal(schema: Schema | None, value: Any, scale: int) -> Decimal:
    """A decimal itself, unscaled bytes with ``scale``, or a number by its text as a double. Raises: DataError."""
    match value:
        case Decimal():
            return value
        case bytes() | bytearray() | memoryview():
            return decimal_of_unscaled(bytes(value), scale)
        case date() | time() | timedelta():
            raise DataError(f"A {type(value).__name__} cannot be converted to a Decimal")
        case _:
            double = as_double(schema, value)
            if not math.isfinite(double):
                raise DataError(f"{double} cannot be converted to a Decimal")
            return Decimal(float64_text(double))


def hashable(key: Any) -> Any:
    """A value as the key of a map: lists become tuples. Raises: DataError, for structs and maps."""
    if isinstance(key, list):
        return tuple(hashable(item) for item in key)
    if isinstance(key, dict):
        raise DataError("A map cannot have structs or maps as keys")
    return key


def _to_integer(schema: Schema, value: Any) -> int | Temporal:
    temporal = _TEMPORAL.get(schema.name or "")
    return temporal(value) if temporal else wrapped(as_long(None, value), INTEGER_BITS[schema.type])


def _long_of_float(value: float) -> int:
    if math.isnan(value):
        return 0
    bound = 1 << _INT64_BITS - 1
    return bound - 1 if value >= bound else max(int(value), -bound) if math.isfinite(value) else -bound


def _long_of_decimal(value: Decimal) -> int:
    if value.adjusted() < 0 or int(value.as_tuple().exponent) >= _INT64_BITS:
        return 0  # no integral digits; or a multiple of 2**64, perhaps too long to write down
    return wrapped(int(value), _INT64_BITS)


_TEMPORAL: Final[Mapping[str, Callable[[Any], Temporal]]] = MappingProxyType(
    {DATE_NAME: to_date, TIME_NAME: to_time, TIMESTAMP_NAME: to_timestamp}
)
