"""Logical types: schemas whose name says that a value is more than its base type.

========= ====== ============================================================================================
Decimal   BYTES  `decimal.Decimal` with as many digits after the point as the schema's ``scale``
Date      INT32  `datetime.date`
Time      INT32  `datetime.time` without time zone; `datetime.timedelta` too, which alone can say 24:00
Timestamp INT64  `datetime.datetime` with a time zone, read as UTC
========= ====== ============================================================================================

Times are exact to the millisecond: what is finer is cut off when a value is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.errors import DataError
from connect_runtime.model.schema import Schema, Type, primitive_schema

__all__ = [
    "DATE",
    "DATE_NAME",
    "DAY_MS",
    "DECIMAL_NAME",
    "LOGICAL_TYPES",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP_NAME",
    "TIME_NAME",
    "LogicalType",
    "date_of_days",
    "days_of_date",
    "decimal_of_unscaled",
    "decimal_scale",
    "decimal_schema",
    "logical_type",
    "ms_of_time",
    "ms_of_timestamp",
    "schema_scale",
    "time_of_ms",
    "timestamp_of_ms",
    "unscaled_of_decimal",
]

DECIMAL_NAME: Final = "org.apache.kafka.connect.data.Decimal"
DATE_NAME: Final = "org.apache.kafka.connect.data.Date"
TIME_NAME: Final = "org.apache.kafka.connect.data.Time"
TIMESTAMP_NAME: Final = "org.apache.kafka.connect.data.Timestamp"

DATE: Final = primitive_schema(Type.INT32, name=DATE_NAME, version=1)
TIME: Final = primitive_schema(Type.INT32, name=TIME_NAME, version=1)
TIMESTAMP: Final = primitive_schema(Type.INT64, name=TIMESTAMP_NAME, version=1)

DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_INTEGER: Final = re.compile(r"[+-]?\d+")


def decimal_schema(scale: int, **attributes: Any) -> Schema:
    """Schema of decimals with ``scale`` digits after the point; ``attributes`` as in `Schema`."""
    return primitive_schema(Type.BYTES, name=DECIMAL_NAME, version=1, parameters={"scale": str(scale)}, **attributes)


@dataclass(frozen=True, slots=True)
class LogicalType:
    """One of the four.

    Attributes:
        name: Name of its schemas.
        base: Type of what is stored.
        classes: Python classes of its values.
        encode: Value to base value, given the schema. Raises: DataError.
        decode: Base value to value, given the schema. Raises: DataError.
    """

    name: str
    base: Type
    classes: tuple[type, ...]
    encode: Callable[[Schema, Any], Any]
    decode: Callable[[Schema, Any], Any]


def logical_type(schema: Schema) -> LogicalType | None:
    """The logical type that a schema's name stands for, ``None`` when it is none of them."""
    return None if schema.name is None else LOGICAL_TYPES.get(schema.name)


def schema_scale(schema: Schema) -> int:
    """Digits after the point of a decimal schema's values. Raises: DataError."""
    text = (schema.parameters or {}).get("scale")
    if text is None:
        raise DataError("Invalid Decimal schema: scale parameter not found")
    if not _INTEGER.fullmatch(text):
        raise DataError(f"Invalid scale parameter found in Decimal schema: {text!r} is not an integer")
    return int(text)


def decimal_scale(value: Decimal) -> int:
    """Digits after the point; negative when the number ends in zeros that are not written. Raises: DataError."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise DataError("A Decimal schema can hold neither infinity nor NaN")
    return -exponent


def unscaled_of_decimal(value: Decimal, scale: int) -> bytes:
    """The digits as the shortest big-endian two's complement number. Raises: DataError, for another scale."""
    actual = decimal_scale(value)
    if actual != scale:
        raise DataError(
            f"Decimal value has mismatching scale for given Decimal schema. "
            f"Schema has scale {scale}, value has scale {actual}: quantize the value."
        )
    digits = int(value.scaleb(scale, _EXACT))
    bits = (digits if digits >= 0 else ~digits).bit_length()
    return digits.to_bytes(bits // 8 + 1, "big", signed=True)


def decimal_of_unscaled(data: bytes, scale: int) -> Decimal:
    """The number whose digits are ``data``. Raises: DataError, for no bytes at all."""
    if not data:
        raise DataError("Invalid bytes for Decimal field: a number needs at least one byte")
    return Decimal(int.from_bytes(data, "big", signed=True)).scaleb(-scale, _EXACT)


def days_of_date(value: date) -> int:
    """Days since 1970-01-01. Raises: DataError, for a ``datetime`` that is not midnight UTC."""
    if isinstance(value, datetime):
        value = _date_of_midnight(value)
    return value.toordinal() - _EPOCH_DAY


def date_of_days(days: int) -> date:
    """The date so many days after 1970-01-01. Raises: DataError, outside the years 1 to 9999."""
    try:
        return date.fromordinal(days + _EPOCH_DAY)
    except (ValueError, OverflowError) as exc:
        raise DataError(f"A Date of {days} days since 1970-01-01 lies outside the years 1 to 9999") from exc


def ms_of_time(value: time | timedelta) -> int:
    """Milliseconds since midnight. Raises: DataError, outside 00:00 to 24:00 or with a time zone."""
    if isinstance(value, timedelta):
        millis = value // _MILLISECOND
        if not 0 <= millis <= DAY_MS:
            raise DataError(f"Time values must be between 0 and {DAY_MS} milliseconds, not {millis}")
        return millis
    if value.tzinfo is not None:
        raise DataError("Time value has a time zone: a Time schema cannot hold one")
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond // 1000


def time_of_ms(millis: int) -> time | timedelta:
    """The time of day; 24:00 is a ``timedelta``. Raises: DataError, outside 0 to 86,400,000."""
    if not 0 <= millis <= DAY_MS:
        raise DataError(f"Time values must use number of milliseconds between 0 and {DAY_MS}, not {millis}")
    if millis == DAY_MS:
        return timedelta(days=1)
    seconds, millis = divmod(millis, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return time(hours, minutes, seconds, millis * 1000)


def ms_of_timestamp(value: datetime) -> int:
    """Milliseconds since the epoch. Raises: DataError, for a ``datetime`` without time zone."""
    if value.tzinfo is None:
        raise DataError("Timestamp value (datetime) has no time zone: say which with value.replace(tzinfo=...)")
    return (value - _EPOCH) // _MILLISECOND


def timestamp_of_ms(millis: int) -> datetime:
    """The instant in UTC. Raises: DataError, outside the years 1 to 9999."""
    try:
        return _EPOCH + millis * _MILLISECOND
    except OverflowError as exc:
        raise DataError(
            f"A Timestamp of {millis} milliseconds since 1970-01-01 lies outside the years 1 to 9999"
        ) from exc


def _date_of_midnight(value: datetime) -> date:
    at = value if value.tzinfo is None else value.astimezone(UTC)
    if at.time() >= time(microsecond=1000):
        raise DataError("Date value (datetime) has a time of day: a Date schema cannot hold one")
    return at.date()


LOGICAL_TYPES: Final[Mapping[str, LogicalType]] = MappingProxyType(
    {
        logical.name: logical
        for logical in (
            LogicalType(
                DECIMAL_NAME,
                Type.BYTES,
                (Decimal,),
                lambda schema, value: unscaled_of_decimal(value, schema_scale(schema)),
                lambda schema, data: decimal_of_unscaled(data, schema_scale(schema)),
            ),
            LogicalType(
                DATE_NAME, Type.INT32, (date,), lambda _, value: days_of_date(value), lambda _, days: date_of_days(days)
            ),
            LogicalType(
                TIME_NAME,
                Type.INT32,
                (time, timedelta),
                lambda _, value: ms_of_time(value),
                lambda _, millis: time_of_ms(millis),
            ),
            LogicalType(
                TIMESTAMP_NAME,
                Type.INT64,
                (datetime,),
                lambda _, value: ms_of_timestamp(value),
                lambda _, millis: timestamp_of_ms(millis),
            ),
        )
    }
)
