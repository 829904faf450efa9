"""JSON straight to values, by decoders that are compiled from schemas and run in C.

A decoder reads what Connect itself writes, and gives the right value or raises one of `NOT_READ`; then the exact reader
(`json_read`) takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import GenericAlias, MappingProxyType
from typing import Annotated, Any, Final, NotRequired, TypedDict

import msgspec

from connect_runtime.sdk import Schema, Type
from connect_runtime.sdk.data import (
    DATE_NAME,
    INTEGER_BITS,
    TIME_NAME,
    TIMESTAMP_NAME,
    date_of_days,
    decimal_of_unscaled,
    hashable,
    logical_type,
    schema_scale,
    time_of_ms,
    timestamp_of_ms,
    to_float32,
)

__all__ = ["NOT_READ", "Decoder", "SchemaCompiler", "plain_decoder"]

NOT_READ: Final = (msgspec.MsgspecError, ValueError, RecursionError)
Decoder = Callable[[bytes], Any]

_Finish = Callable[[Any], Any]
_PLAIN_DEPTH: Final = 8
_INTEGERS: Final[Mapping[Type, Any]] = MappingProxyType(
    {
        type_: Annotated[int, msgspec.Meta(ge=-(1 << bits - 1), le=(1 << bits - 1) - 1)]
        for type_, bits in INTEGER_BITS.items()
    }
)
_SCALARS: Final[Mapping[Type, Any]] = MappingProxyType(
    {**_INTEGERS, Type.FLOAT64: float, Type.BOOLEAN: bool, Type.STRING: str, Type.BYTES: bytes}
)
_TEMPORALS: Final[Mapping[str, tuple[Type, _Finish]]] = MappingProxyType(
    {
        DATE_NAME: (Type.INT32, date_of_days),
        TIME_NAME: (Type.INT32, time_of_ms),
        TIMESTAMP_NAME: (Type.INT64, timestamp_of_ms),
    }
)


@cache  # takes milliseconds to build; without state
def plain_decoder() -> Decoder:
    """Decoder of schemaless JSON, at most 8 levels deep; integers must fit into 64 bits."""
    plain: Any = _INTEGERS[Type.INT64] | float | str | bool | None
    for _ in range(_PLAIN_DEPTH):
        plain = _INTEGERS[Type.INT64] | float | str | bool | None | list[plain] | dict[str, plain]
    return msgspec.json.Decoder(plain).decode


class SchemaCompiler:
    """Compiles decoders of values under a schema.

    A JSON type checks shapes and ranges, in C; a finishing function makes values of what is left (dates, decimals,
    defaults, 32-bit numbers), and is missing where nothing is.

    Args:
        null_is_default: Whether null is read as the schema's default where it has one.
        absent_is_null: Whether a struct may lack members that may be null. Costs a little for every struct.
    """

    def __init__(self, *, null_is_default: bool, absent_is_null: bool) -> None:
        self._null_is_default = null_is_default
        self._absent_is_null = absent_is_null

    def decoder(self, schema: Schema) -> Decoder:
        """The decoder of a schema. Raises: DataError, for a decimal schema without scale."""
        json_type, finish = self._nullable(schema)
        decode = msgspec.json.Decoder(json_type).decode
        return decode if finish is None else lambda data: finish(decode(data))

    def _nullable(self, schema: Schema) -> tuple[Any, _Finish | None]:
        json_type, finish = self._present(schema)
        if schema.default is not None and self._null_is_default:
            default, done = schema.default, finish or _as_it_is
            return json_type | None, lambda value: default if value is None else done(value)
        if not schema.optional:
            return json_type, finish
        return json_type | None, finish and (lambda value: None if value is None else finish(value))

    def _present(self, schema: Schema) -> tuple[Any, _Finish | None]:
        logical = logical_type(schema)
        if logical is not None:
            return _logical(schema, logical.name)
        match schema.type:
            case Type.STRUCT:
                return self._struct(schema)
            case Type.ARRAY:
                return self._array(schema)
            case Type.MAP:
                return self._map(schema)
            case Type.FLOAT32:
                return float, to_float32
            case _:
                return _SCALARS[schema.type], None

    def _part(self, schema: Schema | None) -> tuple[Any, _Finish | None]:
        return (Any, None) if schema is None else self._nullable(schema)

    def _array(self, schema: Schema) -> tuple[Any, _Finish | None]:
        items, finish = self._part(schema.value_schema)
        return GenericAlias(list, (items,)), finish and _each(finish)

    def _map(self, schema: Schema) -> tuple[Any, _Finish | None]:
        keys, finish_key = self._part(schema.key_schema)
        values, finish = self._part(schema.value_schema)
        done = finish or _as_it_is
        if schema.key_schema is not None and schema.key_schema.type is Type.STRING:
            json_type = GenericAlias(dict, (str, values))
            return json_type, finish and (lambda value: {key: done(item) for key, item in value.items()})
        done_key = _key_finish(schema.key_schema, finish_key or _as_it_is)
        pairs = GenericAlias(list, (GenericAlias(tuple, (keys, values)),))
        return pairs, lambda value: {done_key(key): done(item) for key, item in value}

    def _struct(self, schema: Schema) -> tuple[Any, _Finish | None]:
        members: dict[str, Any] = {}
        finishing: list[tuple[str, _Finish]] = []
        for field in schema.fields:
            json_type, finish = self._nullable(field.schema)
            may_lack = self._absent_is_null and self._may_be_null(field.schema)
            members[field.name] = NotRequired[json_type] if may_lack else json_type
            if finish is not None:
                finishing.append((field.name, finish))
        names = tuple(members)
        struct: Any = TypedDict("struct", members)  # type: ignore[misc]  # a type made at run time
        if not self._absent_is_null:
            return struct, _finisher(finishing) if finishing else None
        finish_all = _finisher(finishing)
        return struct, lambda value: finish_all(
            value if len(value) == len(names) else {name: value.get(name) for name in names}
        )

    def _may_be_null(self, schema: Schema) -> bool:
        return schema.optional or (schema.default is not None and self._null_is_default)


def _logical(schema: Schema, name: str) -> tuple[Any, _Finish]:
    if name in _TEMPORALS:
        base, finish = _TEMPORALS[name]
        return _SCALARS[base], finish
    scale = schema_scale(schema)
    return bytes, lambda data: decimal_of_unscaled(data, scale)


def _key_finish(schema: Schema | None, finish: _Finish) -> _Finish:
    if schema is not None and schema.type.is_primitive:
        return finish
    return lambda key: hashable(finish(key))


def _each(finish: _Finish) -> _Finish:
    return lambda value: [finish(item) for item in value]


def _finisher(finishing: list[tuple[str, _Finish]]) -> _Finish:
    def finish_fields(value: dict[str, Any]) -> dict[str, Any]:
        for name, finish in finishing:
            value[name] = finish(value[name])
        return value

    return finish_fields


def _as_it_is(value: Any) -> Any:
    return value
