"""Values under a schema to what orjson writes: checked, in Java's form, as fast as checking allows.

For every schema an encoder is made once. It takes a value and gives an object tree in which everything is plain for
orjson; what orjson would write in another form than Java (``1.0E10``, NaN, decimals as numbers) is in it as ready text.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import orjson

from connect_runtime.converters.json_struct import FieldEncoder, StructEncoder
from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DATE_NAME,
    DECIMAL_NAME,
    TIME_NAME,
    TIMESTAMP_NAME,
    days_of_date,
    decimal_text,
    float32_text,
    float64_text,
    is_of_type,
    logical_type,
    ms_of_time,
    ms_of_timestamp,
    schema_scale,
    unscaled_of_decimal,
)

__all__ = ["DecimalFormat", "Encoder", "JsonEncoders"]

Encoder = Callable[[Any], Any]
_OF_TIMES: Final[Mapping[str, Encoder]] = MappingProxyType(
    {DATE_NAME: days_of_date, TIME_NAME: ms_of_time, TIMESTAMP_NAME: ms_of_timestamp}
)


class DecimalFormat(Enum):
    """How decimals are written."""

    BASE64 = "BASE64"
    NUMERIC = "NUMERIC"


class JsonEncoders:
    """Makes and keeps the encoder of each schema. Used by one thread.

    Args:
        decimal_format: How decimals are written.
        null_is_default: Whether ``None`` is written as the schema's default where it has one.
        cache_size: Most schemas to keep encoders of.
    """

    def __init__(self, decimal_format: DecimalFormat, *, null_is_default: bool, cache_size: int) -> None:
        self._decimal_format = decimal_format
        self._null_is_default = null_is_default
        self._cache_size = cache_size
        self._encoders: dict[Schema, Encoder] = {}

    def encoder(self, schema: Schema) -> Encoder:
        """The encoder of a schema's values, ``None`` included; it raises ``DataError`` for any other value."""
        found = self._encoders.get(schema)
        if found is None:
            if len(self._encoders) >= self._cache_size:
                self._encoders.clear()
            found = self._encoders[schema] = self._with_null(schema, self._present(schema))
        return found

    def _with_null(self, schema: Schema, present: Encoder) -> Encoder:
        if schema.default is not None and self._null_is_default:
            default = present(schema.default)
            return lambda value: default if value is None else present(value)
        if schema.optional:
            return lambda value: None if value is None else present(value)

        def required(value: Any) -> Any:
            if value is None:
                raise DataError("Conversion error: null value for a required field that has no default value")
            return present(value)

        return required

    def _present(self, schema: Schema) -> Encoder:
        logical = logical_type(schema)
        if logical is not None:
            encode = self._decimal(schema) if logical.name == DECIMAL_NAME else _OF_TIMES[logical.name]
            return _checked(lambda value: isinstance(value, logical.classes), logical.name, encode)
        match schema.type:
            case Type.STRUCT:
                return StructEncoder(self._field(field.name, field.schema) for field in schema.fields)
            case Type.ARRAY:
                encode = self._array(_known(schema.value_schema))
            case Type.MAP:
                encode = self._map(_known(schema.key_schema), _known(schema.value_schema))
            case Type.FLOAT32:
                encode = _float32
            case Type.FLOAT64:
                encode = _float64
            case Type.BYTES:
                encode = _base64
            case _:
                encode = _as_it_is
        return _checked(lambda value: is_of_type(schema.type, value), schema.type.name, encode)

    def _field(self, name: str, schema: Schema) -> FieldEncoder:
        direct = None if logical_type(schema) else schema.type
        null_is_direct = schema.optional and not (self._null_is_default and schema.default is not None)
        return FieldEncoder(name, self.encoder(schema), direct, null_is_direct)

    def _decimal(self, schema: Schema) -> Encoder:
        if self._decimal_format is DecimalFormat.NUMERIC:
            return lambda value: orjson.Fragment(decimal_text(value))
        scale = schema_scale(schema)
        return lambda value: _base64(unscaled_of_decimal(value, scale))

    def _array(self, items: Schema) -> Encoder:
        encode = self.encoder(items)
        return lambda value: [encode(item) for item in value]

    def _map(self, keys: Schema, values: Schema) -> Encoder:
        encode_key, encode = self.encoder(keys), self.encoder(values)
        if keys.type is Type.STRING:
            # As in Java, the keys of an object are not checked for null: it becomes the text "null".
            return lambda value: {_name(key): encode(item) for key, item in value.items()}
        return lambda value: [(encode_key(key), encode(item)) for key, item in value.items()]


def _checked(is_valid: Callable[[Any], bool], expected: str, encode: Encoder) -> Encoder:
    def checked(value: Any) -> Any:
        if not is_valid(value):
            raise DataError(f"Invalid type for {expected}: {type(value).__name__} ({value!r:.100})")
        return encode(value)

    return checked


def _known(schema: Schema | None) -> Schema:
    if schema is None:
        raise DataError("A schema with elements of unknown type cannot be written as JSON")
    return schema


def _as_it_is(value: Any) -> Any:
    return value


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _float64(value: float) -> Any:
    return _number(float64_text(value))


def _float32(value: float) -> Any:
    return _number(float32_text(value))


def _number(text: str) -> Any:
    return orjson.Fragment(text) if text[-1].isdigit() else text  # NaN and infinities are strings


def _name(key: Any) -> str:
    if key is None:
        return "null"
    if not isinstance(key, str):
        raise DataError(f"Invalid type for the STRING key of a map: {type(key).__name__} ({key!r:.100})")
    return key
