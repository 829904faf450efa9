"""Values under a schema to what the JSON encoder writes: checked, in Java's form, as fast as checking allows.

For every schema an encoder is made once. It takes a value and gives an object tree in which everything is right for
msgspec; what msgspec writes in another form than Java (``1.0E10``, NaN, decimals as numbers) is in it as ready text.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import GenericAlias, MappingProxyType
from typing import Annotated, Any, Final

import msgspec

from connect_runtime.converters.checking import LateBound
from connect_runtime.converters.json_struct import FieldEncoder, StructEncoder
from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DATE_NAME,
    DECIMAL_NAME,
    INTEGER_BITS,
    TIME_NAME,
    TIMESTAMP_NAME,
    class_text,
    days_of_date,
    decimal_text,
    float32_text,
    float64_text,
    is_recursive,
    logical_type,
    ms_of_time,
    ms_of_timestamp,
    schema_scale,
    type_check,
    unscaled_of_decimal,
)

__all__ = ["DecimalFormat", "Encoder", "JsonEncoders"]

Encoder = Callable[[Any], Any]
_OF_TIMES: Final[Mapping[str, Encoder]] = MappingProxyType(
    {DATE_NAME: days_of_date, TIME_NAME: ms_of_time, TIMESTAMP_NAME: ms_of_timestamp}
)
_DIRECT: Final[Mapping[Type, Any]] = MappingProxyType(
    {
        Type.STRING: str,
        Type.BOOLEAN: bool,
        **{
            type_: Annotated[int, msgspec.Meta(ge=-(1 << bits - 1), le=(1 << bits - 1) - 1)]
            for type_, bits in INTEGER_BITS.items()
        },
    }
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
        self._encoders: dict[Schema, tuple[Encoder, Any]] = {}
        self._open: dict[Schema, LateBound] = {}  # in the making, and met again inside themselves

    def encoder(self, schema: Schema) -> Encoder:
        """The encoder of a schema's values, ``None`` included; it raises ``DataError`` for any other value."""
        return self._made(schema)[0]

    def encode_batch(self, schema: Schema, values: Sequence[Any]) -> Sequence[Any]:
        """What the encoder gives for each of many values. Raises: DataError, for the first bad one."""
        encode, json_type = self._made(schema)
        if json_type is not None:
            try:
                trees: list[Any] = msgspec.convert(values, GenericAlias(list, (json_type,)))
            except msgspec.ValidationError:
                pass  # one by one, for what is wrong with which
            else:
                return trees
        return [encode(value) for value in values]

    def _made(self, schema: Schema) -> tuple[Encoder, Any]:
        """The encoder, and the type of values that are written as they are; ``None`` when there are none."""
        if schema in self._open:
            return self._open[schema], None
        found = self._encoders.get(schema)
        if found is None:
            if len(self._encoders) >= self._cache_size:
                self._encoders.clear()
            encode, json_type = self._recursive(schema) if is_recursive(schema) else self._encoder(schema)
            if json_type is not None and schema.optional:
                json_type |= None
            found = self._encoders[schema] = encode, None if self._replaces_null(schema) else json_type
        return found

    def _recursive(self, schema: Schema) -> tuple[Encoder, None]:
        late = self._open[schema] = LateBound()
        try:
            return late.bind(self._encoder(schema)[0]), None
        finally:
            del self._open[schema]

    def _replaces_null(self, schema: Schema) -> bool:
        return self._null_is_default and schema.default is not None

    def _encoder(self, schema: Schema) -> tuple[Encoder, Any]:
        logical = logical_type(schema)
        if logical is not None:
            encode = self._decimal(schema) if logical.name == DECIMAL_NAME else _OF_TIMES[logical.name]
            return self._checking(schema, lambda value: isinstance(value, logical.classes), logical.name, encode), None
        json_type = _DIRECT.get(schema.type)
        match schema.type:
            case Type.STRUCT:
                encode = StructEncoder(self._field(field.name, field.schema) for field in schema.fields)
                json_type = encode.json_type if encode.is_direct else None
            case Type.ARRAY:
                encode, json_type = self._array(_known(schema.value_schema))
            case Type.MAP:
                encode, json_type = self._map(_known(schema.key_schema), _known(schema.value_schema))
            case Type.FLOAT32:
                encode = _float32
            case Type.FLOAT64:
                encode = _float64
            case Type.BYTES:
                encode = _base64
            case _:
                encode = _as_it_is
        is_valid = _is_given if schema.type is Type.STRUCT else type_check(schema.type)
        return self._checking(schema, is_valid, schema.type.name, encode), json_type

    def _checking(self, schema: Schema, is_valid: Callable[[Any], bool], expected: str, encode: Encoder) -> Encoder:
        null_is_valid = schema.optional or self._replaces_null(schema)
        null = encode(schema.default) if self._replaces_null(schema) else None

        def checked(value: Any) -> Any:
            if is_valid(value):
                return encode(value)
            if value is not None:
                raise DataError(f"Invalid type for {expected}: {class_text(value)}")
            if not null_is_valid:
                raise DataError(f"Conversion error: null value for a required {expected} that has no default value")
            return null

        return checked

    def _field(self, name: str, schema: Schema) -> FieldEncoder:
        encode, json_type = self._made(schema)
        is_float = schema.type is Type.FLOAT64 and not logical_type(schema)
        return FieldEncoder(name, encode, json_type, null_is_direct=schema.optional, is_float=is_float)

    def _decimal(self, schema: Schema) -> Encoder:
        if self._decimal_format is DecimalFormat.NUMERIC:
            return lambda value: msgspec.Raw(decimal_text(value).encode())
        scale = schema_scale(schema)
        return lambda value: _base64(unscaled_of_decimal(value, scale))

    def _array(self, items: Schema) -> tuple[Encoder, Any]:
        encode, json_type = self._made(items)
        return lambda value: [encode(item) for item in value], json_type and GenericAlias(list, (json_type,))

    def _map(self, keys: Schema, values: Schema) -> tuple[Encoder, Any]:
        encode_key, encode = self.encoder(keys), self.encoder(values)
        if keys.type is not Type.STRING:
            return lambda value: [(encode_key(key), encode(item)) for key, item in value.items()], None
        _, json_type = self._made(values)
        # As in Java, the keys of an object are not checked for null: it becomes the text "null".
        return (
            lambda value: {_name(key): encode(item) for key, item in value.items()},
            json_type and GenericAlias(dict, (str, json_type)),
        )


def _known(schema: Schema | None) -> Schema:
    if schema is None:
        raise DataError("A schema with elements of unknown type cannot be written as JSON")
    return schema


def _is_given(value: Any) -> bool:
    return value is not None  # a struct's encoder checks more itself


def _as_it_is(value: Any) -> Any:
    return value


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _float64(value: float) -> Any:
    return _number(float64_text(value))


def _float32(value: float) -> Any:
    return _number(float32_text(value))


def _number(text: str) -> Any:
    return msgspec.Raw(text.encode()) if text[-1].isdigit() else text  # NaN and infinities are strings


def _name(key: Any) -> str:
    if key is None:
        return "null"
    if not isinstance(key, str):
        raise DataError(f"Invalid type for the STRING key of a map: {class_text(key)}")
    return key
