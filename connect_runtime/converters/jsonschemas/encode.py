"""Values under a schema to the JSON that a JSON schema made of it describes."""

from __future__ import annotations

import math
from base64 import b64encode
from functools import partial
from typing import Any

import msgspec

from connect_runtime.converters.checking import (
    Encode,
    checked,
    given_branch,
    known,
    made_once,
    of_type,
    optionally,
    struct_encoder,
)
from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions, is_plain_map, is_union
from connect_runtime.sdk import Schema, Type
from connect_runtime.sdk.data import DECIMAL_NAME, decimal_text, float32_text, logical_type

__all__ = ["tree_encoder"]


def tree_encoder(schema: Schema, options: JsonSchemaOptions) -> Encode:
    """Makes object trees of values; what JSON's own numbers cannot say is in them as ready text. Raises: DataError."""
    return _Encoders(options).of(schema)


class _Encoders:
    def __init__(self, options: JsonSchemaOptions) -> None:
        self._options = options
        self._structs: dict[Any, Encode] = {}

    def of(self, schema: Schema) -> Encode:
        """Encoder of values, ``None`` included."""
        default = None if self._options.ignore_default else schema.default
        return optionally(schema, self._present(schema), default, null_is_valid=schema.optional)

    def _present(self, schema: Schema) -> Encode:  # noqa: PLR0911  # one for each type
        logical = logical_type(schema)
        if logical is not None:
            encode: Encode = partial(logical.encode, schema)
            if logical.name == DECIMAL_NAME:
                encode = self._decimal(encode)
            return checked(logical.name, lambda value: isinstance(value, logical.classes), encode)
        match schema.type:
            case Type.STRUCT if is_union(schema):
                return self._union(schema)
            case Type.STRUCT:
                return made_once(self._structs, schema.fields, lambda: self._struct(schema))
            case Type.ARRAY:
                item = self.of(known(schema.value_schema))
                return of_type(schema.type, lambda values: [item(value) for value in values])
            case Type.MAP:
                return self._map(schema)
            case Type.BYTES:
                return of_type(schema.type, _base64)
            case Type.FLOAT64:
                return of_type(schema.type, _float64)
            case Type.FLOAT32:
                return of_type(schema.type, _float32)
            case _:
                return of_type(schema.type)

    def _decimal(self, unscaled: Encode) -> Encode:
        if self._options.numeric_decimals:
            return lambda value: msgspec.Raw(decimal_text(value).encode())
        return lambda value: _base64(unscaled(value))

    def _struct(self, schema: Schema) -> Encode:
        encode = struct_encoder(schema, [(field.name, field.name, self.of(field.schema)) for field in schema.fields])
        if not self._options.optional_for_nonrequired:
            return encode
        # Such properties are missing rather than null.
        return lambda value: {name: item for name, item in encode(value).items() if item is not None}

    def _map(self, schema: Schema) -> Encode:
        keys, values = known(schema.key_schema), known(schema.value_schema)
        key_of, value_of = self.of(keys), self.of(values)
        if is_plain_map(keys):
            return of_type(schema.type, lambda value: {key_of(key): value_of(item) for key, item in value.items()})
        return of_type(
            schema.type,
            lambda value: [{"key": key_of(key), "value": value_of(item)} for key, item in value.items()],
        )

    def _union(self, schema: Schema) -> Encode:
        encoders = {field.name: self.of(field.schema) for field in schema.fields}

        def encode(value: Any) -> Any:
            name = given_branch(value, encoders)
            return encoders[name](value[name])

        return encode


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _float64(value: float) -> Any:
    return value if math.isfinite(value) else _not_a_number(value)


def _float32(value: float) -> Any:
    return msgspec.Raw(float32_text(value).encode()) if math.isfinite(value) else _not_a_number(value)


def _not_a_number(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
