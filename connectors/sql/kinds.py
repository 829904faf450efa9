"""What kind of column a schema asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.sdk import Schema, Type, array_schema, map_schema, primitive_schema

__all__ = ["Kind", "inferred_schema", "kind_of"]


class Kind(Enum):
    """Kinds of columns; INT8 is INT16's, since few databases have it."""

    INT16 = auto()
    INT32 = auto()
    INT64 = auto()
    FLOAT32 = auto()
    FLOAT64 = auto()
    BOOLEAN = auto()
    STRING = auto()
    BYTES = auto()
    DECIMAL = auto()
    DATE = auto()
    TIME = auto()
    TIMESTAMP = auto()
    ARRAY = auto()
    JSON = auto()


_DATA: Final = "org.apache.kafka.connect.data."
_LOGICAL: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        f"{_DATA}Decimal": Kind.DECIMAL,
        f"{_DATA}Date": Kind.DATE,
        f"{_DATA}Time": Kind.TIME,
        f"{_DATA}Timestamp": Kind.TIMESTAMP,
    }
)
_BY_TYPE: Final[Mapping[Type, Kind]] = MappingProxyType(
    {
        Type.INT8: Kind.INT16,
        Type.INT16: Kind.INT16,
        Type.INT32: Kind.INT32,
        Type.INT64: Kind.INT64,
        Type.FLOAT32: Kind.FLOAT32,
        Type.FLOAT64: Kind.FLOAT64,
        Type.BOOLEAN: Kind.BOOLEAN,
        Type.STRING: Kind.STRING,
        Type.BYTES: Kind.BYTES,
        Type.STRUCT: Kind.JSON,
        Type.MAP: Kind.JSON,
    }
)


def kind_of(schema: Schema) -> Kind:
    """Kind of a schema's column: by its logical type, else by its type; an array is one only of single values."""
    logical = _LOGICAL.get(schema.name or "")
    if logical is not None:
        return logical
    if schema.type is Type.ARRAY:
        items = schema.value_schema
        return Kind.ARRAY if items is not None and items.type.is_primitive else Kind.JSON
    return _BY_TYPE[schema.type]


_INT64: Final = primitive_schema(Type.INT64, optional=True)
_FLOAT64: Final = primitive_schema(Type.FLOAT64, optional=True)
_DECIMAL: Final = primitive_schema(
    Type.BYTES, optional=True, name=f"{_DATA}Decimal", version=1, parameters={"scale": "0"}
)
_STRING: Final = primitive_schema(Type.STRING, optional=True)
_JSON: Final = map_schema(None, None, optional=True)
_OF_CLASS: Final[Mapping[type, Schema]] = MappingProxyType(
    {
        bool: primitive_schema(Type.BOOLEAN, optional=True),
        int: _INT64,
        float: _FLOAT64,
        str: _STRING,
        bytes: primitive_schema(Type.BYTES, optional=True),
        Decimal: _DECIMAL,
        datetime: primitive_schema(Type.INT64, optional=True, name=f"{_DATA}Timestamp", version=1),
        date: primitive_schema(Type.INT32, optional=True, name=f"{_DATA}Date", version=1),
        time: primitive_schema(Type.INT32, optional=True, name=f"{_DATA}Time", version=1),
        timedelta: primitive_schema(Type.INT32, optional=True, name=f"{_DATA}Time", version=1),
        dict: _JSON,
        list: array_schema(None, optional=True),
    }
)
_INT64_RANGE: Final = range(-(1 << 63), 1 << 63)


def inferred_schema(values: Iterable[Any]) -> Schema | None:
    """Schema of schemaless values, optional; ``None`` when there is nothing but ``None`` among them.

    Whole and floating-point numbers together are FLOAT64, numbers with decimals or beyond 64 bits Decimal, structures
    with anything a structure, and any other mixture text.
    """
    found = {type(value): value for value in values if value is not None}
    schemas = {_schema_of_class(cls) for cls in found}
    if _INT64 in schemas and any(type(value) is int and value not in _INT64_RANGE for value in values):
        schemas = schemas - {_INT64} | {_DECIMAL}
    if len(schemas) <= 1:
        return next(iter(schemas), None)
    if schemas <= {_INT64, _FLOAT64}:
        return _FLOAT64
    if schemas <= {_INT64, _FLOAT64, _DECIMAL}:
        return _DECIMAL
    return _JSON if any(kind_of(schema) is Kind.JSON for schema in schemas) else _STRING


def _schema_of_class(cls: type) -> Schema:
    """Of a class that is not listed, text."""
    return next((schema for known, schema in _OF_CLASS.items() if issubclass(cls, known)), _STRING)
