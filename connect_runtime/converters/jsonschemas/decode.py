"""JSON to values under a Connect schema that was made of a JSON schema."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from connect_runtime.converters.checking import known, made_once
from connect_runtime.converters.jsonschemas.words import is_plain_map, is_union
from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DECIMAL_NAME,
    INTEGER_BITS,
    decimal_of_unscaled,
    hashable,
    is_recursive,
    logical_type,
    schema_scale,
    to_float32,
)

__all__ = ["has_decimals", "value_decoder"]

_Decode = Callable[[Any], Any]
_NOT_NUMBERS: Final = ("NaN", "Infinity", "-Infinity")
_NUMBERS: Final = (int, float, Decimal)


def value_decoder(schema: Schema) -> _Decode:
    """Makes values of parsed JSON, ``None`` included; raises ``DataError`` for JSON that the schema does not allow.

    Numbers with a fraction may be ``float`` or ``Decimal``; where a schema `has_decimals`, they should be the latter.
    """
    return _Decoders().of(schema)


def has_decimals(schema: Schema | None) -> bool:
    """Whether a schema, or one in it, is of decimals."""
    return _has_decimals(schema, set())


def _has_decimals(schema: Schema | None, seen: set[int]) -> bool:
    if schema is None or (is_recursive(schema) and id(schema.fields) in seen):
        return False
    seen.add(id(schema.fields))
    parts = [schema.key_schema, schema.value_schema, *(field.schema for field in schema.fields)]
    return schema.name == DECIMAL_NAME or any(_has_decimals(part, seen) for part in parts)


class _Decoders:
    def __init__(self) -> None:
        self._structs: dict[Any, _Decode] = {}

    def of(self, schema: Schema) -> _Decode:
        present, default, optional = self._present(schema), schema.default, schema.optional

        def decode(node: Any) -> Any:
            if node is not None:
                return present(node)
            if default is None and not optional:
                raise DataError(f"Invalid null value for required {schema.type.name} field")
            return default

        return decode

    def _present(self, schema: Schema) -> _Decode:  # noqa: C901, PLR0911  # one branch for each type
        logical = logical_type(schema)
        if logical is not None:
            if logical.name == DECIMAL_NAME:
                return partial(_decimal, schema_scale(schema))
            base, decode = _integer(logical.base), logical.decode
            return lambda node: decode(schema, base(node))
        match schema.type:
            case Type.STRUCT if is_union(schema):
                return self._union(schema)
            case Type.STRUCT:
                return made_once(self._structs, schema.fields, lambda: self._struct(schema))
            case Type.ARRAY:
                item = self.of(known(schema.value_schema))
                return lambda node: [item(inner) for inner in _checked(node, list, "an array")]
            case Type.MAP:
                return self._map(known(schema.key_schema), known(schema.value_schema))
            case Type.BOOLEAN:
                return lambda node: _checked(node, bool, "a boolean")
            case Type.STRING:
                return lambda node: _checked(node, str, "a string")
            case Type.BYTES:
                return _bytes
            case Type.FLOAT32:
                return lambda node: to_float32(_float(node))
            case Type.FLOAT64:
                return _float
            case type_:
                return _integer(type_)

    def _struct(self, schema: Schema) -> _Decode:
        # A member that is missing is no null: documents often lack what their schema does not require.
        fields = [(field.name, self.of(field.schema), field.schema.default) for field in schema.fields]

        def decode(node: Any) -> Any:
            members = _checked(node, dict, "an object")
            value = {}
            for name, decode_field, default in fields:
                try:
                    value[name] = decode_field(members[name]) if name in members else default
                except DataError as exc:
                    raise DataError(f"Field {name!r}: {exc}") from exc
            return value

        return decode

    def _map(self, keys: Schema, values: Schema) -> _Decode:
        value_of = self.of(values)
        if is_plain_map(keys):
            return lambda node: {key: value_of(item) for key, item in _checked(node, dict, "an object").items()}
        key_of = self.of(keys)

        def decode(node: Any) -> Any:
            entries = [
                _checked(entry, dict, "an object with key and value") for entry in _checked(node, list, "an array")
            ]
            return {hashable(key_of(entry.get("key"))): value_of(entry.get("value")) for entry in entries}

        return decode

    def _union(self, schema: Schema) -> _Decode:
        empty: dict[str, Any] = dict.fromkeys(field.name for field in schema.fields)
        simple = [(f.name, _is_simple(f.schema), self.of(f.schema)) for f in schema.fields if not _is_struct(f.schema)]
        structs = [
            (f.name, {inner.name for inner in f.schema.fields}, self.of(f.schema))
            for f in schema.fields
            if _is_struct(f.schema)
        ]

        def decode(node: Any) -> Any:
            for name, is_one, decode_branch in simple:
                if is_one(node):
                    return {**empty, name: decode_branch(node)}
            if not isinstance(node, dict) or not structs:
                raise DataError(f"Did not find a matching type of a oneOf for {_kind(node)}")
            name, _, decode_branch = max(structs, key=lambda struct: len(struct[1] & node.keys()))
            return {**empty, name: decode_branch(node)}

        return decode


def _is_struct(schema: Schema) -> bool:
    return schema.type is Type.STRUCT


def _is_simple(schema: Schema) -> Callable[[Any], bool]:  # noqa: PLR0911  # one for each type
    match schema.type:
        case Type.BOOLEAN:
            return lambda node: isinstance(node, bool)
        case Type.STRING:
            return lambda node: isinstance(node, str)
        case Type.BYTES:
            return lambda node: isinstance(node, str | Decimal)
        case Type.ARRAY:
            return lambda node: isinstance(node, list)
        case Type.MAP:
            return lambda node: isinstance(node, dict | list)
        case Type.FLOAT32 | Type.FLOAT64:
            return lambda node: isinstance(node, _NUMBERS) and not isinstance(node, bool)
        case _:
            return lambda node: type(node) is int


def _integer(type_: Type) -> _Decode:
    bits = INTEGER_BITS[type_]
    lowest, highest = -(1 << bits - 1), (1 << bits - 1) - 1

    def decode(node: Any) -> int:
        if type(node) is not int:
            if not isinstance(node, float | Decimal) or node != node // 1:
                raise DataError(f"Expected an integer for {type_.name}, found {_kind(node)}")
            node = int(node)
        if not lowest <= node <= highest:
            raise DataError(f"An integer is out of the range of {type_.name}: it has {node.bit_length() + 1} bits")
        return int(node)

    return decode


def _float(node: Any) -> float:
    if type(node) is float:
        return node
    is_number = isinstance(node, _NUMBERS) and not isinstance(node, bool)
    if not is_number and node not in _NOT_NUMBERS:
        raise DataError(f"Expected a number, found {_kind(node)}")
    try:
        return float(node)
    except OverflowError as exc:
        raise DataError("A number is out of the range of FLOAT64") from exc


def _decimal(scale: int, node: Any) -> Decimal:
    match node:
        case bool():
            pass
        case str():
            return decimal_of_unscaled(_bytes(node), scale)
        case int() | float() | Decimal():
            return Decimal(node)
        case _:
            pass
    raise DataError(f"Expected a number or base64 text for a decimal, found {_kind(node)}")


def _bytes(node: Any) -> bytes:
    try:
        return b64decode(_checked(node, str, "base64 text"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise DataError(f"Expected base64 text: {exc}") from exc


def _checked(node: Any, type_: type, expected: str) -> Any:
    if isinstance(node, type_):
        return node
    raise DataError(f"Expected {expected}, found {_kind(node)}")


def _kind(node: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(node), "a number")
