"""Conversions between values, text included (Connect's ``Values``).

Each takes the value's own schema, ``None`` for schemaless data; only dates and times need it, to be seen as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.errors import DataError
from connect_runtime.model.coerce import as_double, as_long, to_date, to_decimal, to_time, to_timestamp, wrapped
from connect_runtime.model.float32 import Float32, to_float32
from connect_runtime.model.narrow import NarrowInt
from connect_runtime.model.parse import parse_decimal, parse_string
from connect_runtime.model.schema import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    Schema,
    Type,
    array_schema,
    map_schema,
)
from connect_runtime.model.validate import INTEGER_BITS
from connect_runtime.model.value_text import convert_to_string

__all__ = [
    "convert_to_boolean",
    "convert_to_date",
    "convert_to_decimal",
    "convert_to_float",
    "convert_to_integer",
    "convert_to_list",
    "convert_to_map",
    "convert_to_string",
    "convert_to_struct",
    "convert_to_time",
    "convert_to_timestamp",
    "infer_schema",
    "parse_string",
]


_INFERRED: Final[tuple[tuple[type | tuple[type, ...], Schema], ...]] = (
    (bool, BOOLEAN),
    (str, STRING),
    (Float32, FLOAT32),
    (float, FLOAT64),
    ((bytes, bytearray, memoryview), BYTES),
)
_OF_WIDTH: Final = MappingProxyType({8: INT8, 16: INT16, 32: INT32})
_WITHOUT_PARTS: Final = MappingProxyType({Type.ARRAY: array_schema(None), Type.MAP: map_schema(None, None)})


def convert_to_boolean(schema: Schema | None, value: Any) -> bool | None:
    """A boolean itself, ``true`` and ``false``, or whether a number, cut to an integer, is not 0. Raises: DataError."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        _, parsed = parse_string(value)
        if isinstance(parsed, bool):
            return parsed
    return _long(schema, value) != 0


def convert_to_integer(type_: Type, schema: Schema | None, value: Any) -> int | None:
    """A number cut to an integer type, of which the low bits are kept as in Java. Raises: DataError."""
    return None if value is None else wrapped(_long(schema, value), INTEGER_BITS[type_])


def convert_to_float(type_: Type, schema: Schema | None, value: Any) -> float | None:
    """A number as FLOAT32 or FLOAT64. Raises: DataError."""
    if value is None:
        return None
    double = float(parse_decimal(value)) if isinstance(value, str) else as_double(schema, value)
    return to_float32(double) if type_ is Type.FLOAT32 else double


def convert_to_decimal(schema: Schema | None, value: Any, scale: int) -> Decimal:
    """A decimal: ``scale`` is for unscaled bytes only, numbers and text keep their own. Raises: DataError."""
    required = _required(value, "Decimal")
    return parse_decimal(required) if isinstance(required, str) else to_decimal(schema, required, scale)


def convert_to_date(schema: Schema | None, value: Any) -> date:
    """A date: the day of an instant, a number of days, or text of these. Raises: DataError."""
    del schema
    return to_date(_parsed(value, "Date"))


def convert_to_time(schema: Schema | None, value: Any) -> time | timedelta:
    """A time: the time of day of an instant, a number of milliseconds, or text of these. Raises: DataError."""
    del schema
    return to_time(_parsed(value, "Time"))


def convert_to_timestamp(schema: Schema | None, value: Any) -> datetime:
    """An instant: a date's midnight, a number of milliseconds, or text of these. Raises: DataError."""
    del schema
    return to_timestamp(_parsed(value, "Timestamp"))


def convert_to_list(schema: Schema | None, value: Any) -> list[Any]:
    """A list itself or a text that parses as one. Raises: DataError."""
    del schema
    found = _parsed(value, "list")
    if not isinstance(found, Sequence) or isinstance(found, str | bytes | bytearray | memoryview):
        raise _not_convertible(value, "list")
    return list(found)


def convert_to_map(schema: Schema | None, value: Any) -> dict[Any, Any]:
    """A map itself or a text that parses as one. Raises: DataError."""
    found = _parsed(value, "map")
    if not isinstance(found, Mapping) or _is_struct(schema):
        raise _not_convertible(value, "map")
    return dict(found)


def convert_to_struct(schema: Schema | None, value: Any) -> dict[str, Any]:
    """A struct itself. Raises: DataError."""
    if not isinstance(_required(value, "struct"), Mapping) or not _is_struct(schema):
        raise _not_convertible(value, "struct")
    return dict(value)


def infer_schema(value: Any) -> Schema | None:
    """The schema that schemaless data seems to have, ``None`` when that cannot be said.

    Containers need at least one element and elements of one type; a ``None`` among them makes their schema optional,
    what a container within a container holds stays unknown.
    Dates, decimals and integers beyond 64 bits have none.
    """
    for classes, schema in _INFERRED:
        if isinstance(value, classes):
            return schema
    if isinstance(value, NarrowInt):
        return _OF_WIDTH[value.bits]
    if isinstance(value, int):
        return INT64 if wrapped(value, INTEGER_BITS[Type.INT64]) == value else None
    return _infer_container(value) if isinstance(value, list | tuple | Mapping) else None


def _infer_container(value: Sequence[Any] | Mapping[Any, Any]) -> Schema | None:
    if not isinstance(value, Mapping):
        items = _infer_common(value)
        return None if items is None else array_schema(items)
    keys, values = _infer_common(list(value)), _infer_common(list(value.values()))
    return None if keys is None or values is None else map_schema(keys, values)


def _infer_common(values: Sequence[Any]) -> Schema | None:
    found = [infer_schema(value) for value in values if value is not None]
    first = found[0] if found else None
    if first is None or any(schema is None or schema.type is not first.type for schema in found):
        return None
    common = _WITHOUT_PARTS.get(first.type, first)
    return common.as_optional() if len(found) < len(values) else common


def _long(schema: Schema | None, value: Any) -> int:
    return as_long(schema, parse_decimal(value) if isinstance(value, str) else value)


def _parsed(value: Any, target: str) -> Any:
    if not isinstance(value, str):
        return _required(value, target)
    _, parsed = parse_string(value)
    return _required(parsed, target)


def _required(value: Any, target: str) -> Any:
    if value is None:
        raise DataError(f"Unable to convert a null value to a {target}")
    return value


def _is_struct(schema: Schema | None) -> bool:
    return schema is not None and schema.type is Type.STRUCT


def _not_convertible(value: Any, target: str) -> DataError:
    return DataError(f"Unable to convert {type(value).__name__} to a {target}")
