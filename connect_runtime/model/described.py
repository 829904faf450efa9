"""Schemas and values described in JSON: with markers, such as ``{"$bytes": …}``, for what JSON cannot tell apart."""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.model.coerce import hashable
from connect_runtime.model.float32 import Float32, to_float32
from connect_runtime.model.logical import DATE_NAME, DAY_MS, TIME_NAME, date_of_days, time_of_ms, timestamp_of_ms
from connect_runtime.model.narrow import Int8, Int16, Int32, NarrowInt
from connect_runtime.model.schema import (
    Schema,
    Type,
    array_schema,
    is_recursive,
    map_schema,
    primitive_schema,
    struct_schema,
)
from connect_runtime.model.temporal_text import epoch_ms

__all__ = ["OtherWidth", "same", "schema_of", "spec_of_schema", "spec_of_value", "value_of"]

_WIDTHS: Final = MappingProxyType(
    {
        "$int8": (Type.INT8, Int8),
        "$int16": (Type.INT16, Int16),
        "$int32": (Type.INT32, Int32),
        "$int64": (Type.INT64, int),
    }
)


@dataclass(frozen=True)
class OtherWidth:
    """A number of another width than its schema's, which Java tells apart by class: no Python number is one."""

    number: int


def schema_of(spec: Mapping[str, Any] | None) -> Schema | None:
    """The schema that is described, with Connect's names of types.

    Raises:
        KeyError, ValueError, TypeError: That describes none.
    """
    if spec is None:
        return None
    attributes = {name: spec[name] for name in ("optional", "name", "version", "doc", "parameters") if name in spec}
    match spec["type"]:
        case "array":
            schema = array_schema(schema_of(spec["items"]), **attributes)
        case "map":
            schema = map_schema(schema_of(spec["keys"]), schema_of(spec["values"]), **attributes)
        case "struct":
            fields = {field["field"]: schema_of(field) for field in spec["fields"]}
            schema = struct_schema({name: field for name, field in fields.items() if field is not None}, **attributes)
        case name:
            schema = primitive_schema(Type(name), **attributes)
    return schema.with_(default=value_of(schema, spec["default"])) if "default" in spec else schema


def value_of(schema: Schema | None, spec: Any) -> Any:
    """The value that is described, read together with its schema.

    Raises:
        KeyError, ValueError, TypeError, ArithmeticError: That describes none.
    """
    match spec:
        case list():
            return [value_of(schema and schema.value_schema, item) for item in spec]
        case {"$map": entries}:
            keys, values = schema and schema.key_schema, schema and schema.value_schema
            return {hashable(value_of(keys, key)): value_of(values, value) for key, value in entries}
        case dict() if len(spec) == 1 and next(iter(spec)).startswith("$"):
            return _marked(schema, *next(iter(spec.items())))
        case dict() if schema is not None and schema.type is Type.STRUCT:
            fields = {field.name: field.schema for field in schema.fields}
            return {name: value_of(fields.get(name), value) for name, value in spec.items()}
        case dict():
            return {key: value_of(schema and schema.value_schema, value) for key, value in spec.items()}
        case _:
            return _plain(schema, spec)


def same(schema: Schema | None, actual: Any, expected: Any) -> bool:
    """Whether two values are equal; integers without schema have any width, an absent field is ``None``."""
    match expected:
        case NarrowInt():
            return isinstance(actual, int) and not isinstance(actual, bool) and int(actual) == int(expected)
        case float():
            narrow = (schema is not None and schema.type is Type.FLOAT32) or isinstance(expected, Float32)
            return type(actual) in (float, Float32) and _same_number(actual, expected, narrow=narrow)
        case list():
            items = schema and schema.value_schema
            return isinstance(actual, list) and len(actual) == len(expected) and all(
                same(items, one, other) for one, other in zip(actual, expected, strict=True)
            )  # fmt: skip
        case dict() if schema is not None and schema.type is Type.STRUCT:
            return all(same(f.schema, actual.get(f.name), expected.get(f.name)) for f in schema.fields)
        case dict():
            values = schema and schema.value_schema
            return actual.keys() == expected.keys() and all(
                same(values, actual[key], expected[key]) for key in expected
            )
        case _:
            return _same_text(actual, expected) or (schema is None and _same_instant(actual, expected))


def spec_of_schema(schema: Schema | None, outer: tuple[Schema, ...] = ()) -> dict[str, Any] | None:
    """The description of a schema; of a struct inside itself only that it is one, and no fields.

    Args:
        schema: The schema.
        outer: The structs around it that contain themselves.
    """
    if schema is None:
        return None
    spec: dict[str, Any] = {"type": schema.type.value, "optional": schema.optional}
    spec |= {name: getattr(schema, name) for name in ("name", "version", "doc") if getattr(schema, name) is not None}
    if schema.parameters:
        spec["parameters"] = dict(schema.parameters)
    if schema.default is not None:
        spec["default"] = spec_of_value(schema, schema.default)
    match schema.type:
        case Type.ARRAY:
            spec["items"] = spec_of_schema(schema.value_schema, outer)
        case Type.MAP:
            spec |= {
                "keys": spec_of_schema(schema.key_schema, outer), "values": spec_of_schema(schema.value_schema, outer),
            }  # fmt: skip
        case Type.STRUCT if any(schema.fields is around.fields for around in outer):
            spec["recursive"] = True
        case Type.STRUCT:
            inside = (*outer, schema) if is_recursive(schema) else outer
            spec["fields"] = [{"field": f.name} | (spec_of_schema(f.schema, inside) or {}) for f in schema.fields]
        case _:
            pass
    return spec


def spec_of_value(schema: Schema | None, value: Any) -> Any:
    """The description of a value; of something that is no value, its class."""
    match value:
        case None | bool() | str():
            return value
        case list() | tuple():
            return [spec_of_value(schema and schema.value_schema, item) for item in value]
        case Mapping():
            return _spec_of_mapping(schema, value)
        case int() | float():
            return _spec_of_number(value)
        case _:
            return _spec_of_other(value)


def _spec_of_number(value: float) -> Any:
    if isinstance(value, int):
        return value if type(value) is int else {f"${type(value).__name__.lower()}": int(value)}
    if math.isfinite(value):
        return float(value)
    return {"$float64": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def _spec_of_other(value: Any) -> Any:
    match value:
        case Decimal():
            return {"$decimal": str(value)}
        case date() | time() | timedelta():
            return {"$timestamp": epoch_ms(value)}
        case bytes() | bytearray() | memoryview():
            return {"$bytes": b64encode(value).decode()}
        case _:
            return f"a {type(value).__name__}"


def _spec_of_mapping(schema: Schema | None, mapping: Mapping[Any, Any]) -> Any:
    if schema is not None and schema.type is Type.STRUCT:
        fields = {field.name: field.schema for field in schema.fields}
        return {str(name): spec_of_value(fields.get(name), item) for name, item in mapping.items()}
    keys, values = (None, None) if schema is None else (schema.key_schema, schema.value_schema)
    if all(type(key) is str for key in mapping):
        return {key: spec_of_value(values, item) for key, item in mapping.items()}
    return {"$map": [[spec_of_value(keys, key), spec_of_value(values, item)] for key, item in mapping.items()]}


def _marked(schema: Schema | None, marker: str, content: Any) -> Any:
    match marker:
        case "$bytes":
            return b64decode(content)
        case "$decimal":
            return Decimal(content)
        case "$timestamp":
            return _temporal(schema, content)
        case "$float32":
            return Float32(float(content))
        case "$float64":
            return float(content)
        case _:
            return _of_width(schema, marker, content)


def _of_width(schema: Schema | None, marker: str, number: int) -> Any:
    type_, schemaless = _WIDTHS[marker]
    if schema is None:
        return schemaless(number)
    return number if schema.type is type_ else OtherWidth(number)


def _temporal(schema: Schema | None, millis: int) -> Any:
    name = schema.name if schema else None
    if name == DATE_NAME and millis % DAY_MS == 0:
        return date_of_days(millis // DAY_MS)
    if name == TIME_NAME:
        return time_of_ms(millis) if 0 <= millis <= DAY_MS else timedelta(milliseconds=millis)
    return timestamp_of_ms(millis)


def _plain(schema: Schema | None, spec: Any) -> Any:
    is_number = isinstance(spec, float | int) and not isinstance(spec, bool)
    if is_number and schema is not None and schema.type in (Type.FLOAT32, Type.FLOAT64):
        return to_float32(spec) if schema.type is Type.FLOAT32 else float(spec)
    return spec


def _same_text(actual: Any, expected: Any) -> bool:
    return type(actual) is type(expected) and str(actual) == str(expected)  # Decimal's scale counts


def _same_instant(actual: Any, expected: Any) -> bool:
    """Whether they are the same to Java, which has one class for dates, times and timestamps."""
    is_temporal = all(isinstance(value, date | time | timedelta) for value in (actual, expected))
    return is_temporal and epoch_ms(actual) == epoch_ms(expected)


def _same_number(actual: float, expected: float, *, narrow: bool) -> bool:
    if narrow:
        actual, expected = to_float32(actual), to_float32(expected)
    is_same = actual == expected and math.copysign(1.0, actual) == math.copysign(1.0, expected)
    return is_same or (math.isnan(actual) and math.isnan(expected))
