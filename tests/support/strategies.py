"""Schemas and values of every kind, for property tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from connect_runtime.model.float32 import to_float32
from connect_runtime.model.logical import (
    DATE,
    DATE_NAME,
    DECIMAL_NAME,
    TIME,
    TIME_NAME,
    TIMESTAMP,
    decimal_schema,
    logical_type,
    schema_scale,
)
from connect_runtime.model.schema import Schema, Type, array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.model.validate import INTEGER_BITS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INT64 = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1e8, 1e8).map(lambda x: round(x, 2))

PLAIN = st.recursive(
    st.none() | st.booleans() | INT64 | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
"""Schemaless data that JSON can hold."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PRIMITIVES = [type_ for type_ in Type if type_.is_primitive]


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> Schema:
    """A schema, with names, versions, docs, parameters and defaults."""
    schema = draw(_bare(depth))
    changes: dict[str, Any] = {"optional": draw(st.booleans())}
    if schema.name is None and draw(st.booleans()):
        changes |= {
            "name": draw(st.none() | TEXT),
            "version": draw(st.none() | st.integers(0, 2**31 - 1)),
            "doc": draw(st.none() | TEXT),
            "parameters": draw(st.none() | st.dictionaries(TEXT, TEXT, min_size=1, max_size=2)),
        }
    schema = schema.with_(**changes)
    if schema.type.is_primitive and draw(st.integers(0, 4)) == 0:
        default = draw(values_of(schema.with_(optional=False)))
        schema = schema.with_(default=default)
    return schema


@st.composite
def values_of(draw: st.DrawFn, schema: Schema) -> Any:
    """A value that is valid under a schema."""
    if schema.optional and draw(st.integers(0, 3)) == 0:
        return None
    if logical_type(schema):
        return draw(_logical_values(schema))
    match schema.type:
        case Type.STRUCT:
            return {field.name: draw(values_of(field.schema)) for field in schema.fields}
        case Type.ARRAY:
            assert schema.value_schema is not None
            return draw(st.lists(values_of(schema.value_schema), max_size=3))
        case Type.MAP:
            assert schema.key_schema is not None
            assert schema.value_schema is not None
            return draw(st.dictionaries(values_of(schema.key_schema), values_of(schema.value_schema), max_size=3))
        case _:
            return draw(_primitive_values(schema.type))


def with_defaults(schema: Schema | None, value: Any) -> Any:
    """The value as it is read back where null becomes the default."""
    if schema is None or value is None:
        return None if schema is None else schema.default
    match schema.type:
        case Type.STRUCT:
            return {field.name: with_defaults(field.schema, value[field.name]) for field in schema.fields}
        case Type.ARRAY:
            return [with_defaults(schema.value_schema, item) for item in value]
        case Type.MAP:
            return {key: with_defaults(schema.value_schema, item) for key, item in value.items()}
        case _:
            return value


def _bare(depth: int) -> st.SearchStrategy[Schema]:
    flat = st.sampled_from(_PRIMITIVES).map(primitive_schema) | st.sampled_from([DATE, TIME, TIMESTAMP])
    flat |= st.integers(-3, 6).map(decimal_schema)
    if depth == 0:
        return flat
    inner = schemas(depth - 1)
    keys = st.sampled_from([*_PRIMITIVES, Type.STRING, Type.STRING]).map(primitive_schema)
    return (
        flat
        | inner.map(array_schema)
        | st.builds(map_schema, keys, inner)
        | st.dictionaries(TEXT.filter(bool), inner, max_size=4).map(struct_schema)
    )


def _primitive_values(type_: Type) -> st.SearchStrategy[Any]:
    match type_:
        case Type.BOOLEAN:
            return st.booleans()
        case Type.STRING:
            return TEXT
        case Type.BYTES:
            return st.binary(max_size=8)
        case Type.FLOAT32:
            return st.floats(width=32, allow_nan=False, allow_infinity=False) | FLOATS.map(to_float32).filter(_finite)
        case Type.FLOAT64:
            return FLOATS
        case _:
            bits = INTEGER_BITS[type_]
            return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


def _logical_values(schema: Schema) -> st.SearchStrategy[Any]:
    match schema.name:
        case str(name) if name == DECIMAL_NAME:
            scale = schema_scale(schema)
            return st.integers(-(10**30), 10**30).map(lambda digits: Decimal(f"{digits}E{-scale}"))
        case str(name) if name == DATE_NAME:
            return st.dates()
        case str(name) if name == TIME_NAME:
            milliseconds = st.integers(0, 86_399_999)
            return milliseconds.map(lambda ms: (_EPOCH + dt.timedelta(milliseconds=ms)).time())
        case _:
            whole = st.integers(-62_135_596_800_000, 253_402_300_799_999)
            return whole.map(lambda ms: _EPOCH + ms * dt.timedelta(milliseconds=1))


def _finite(number: float) -> bool:
    return abs(number) < float("inf")
