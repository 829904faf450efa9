"""Whether a value is what its schema says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.errors import DataError
from connect_runtime.model.float32 import Float32
from connect_runtime.model.logical import logical_type
from connect_runtime.model.narrow import NarrowInt
from connect_runtime.model.schema import Schema, Type

__all__ = ["INTEGER_BITS", "class_text", "is_of_type", "type_check", "validate"]

_MAPPINGS: Final = (dict, Mapping)  # in this order: to ask the abstract class takes ten times as long
INTEGER_BITS: Final[Mapping[Type, int]] = MappingProxyType(
    {Type.INT8: 8, Type.INT16: 16, Type.INT32: 32, Type.INT64: 64}
)


def validate(schema: Schema, value: Any, field: str | None = None) -> None:
    """Check a value and everything in it against its schema.

    Nothing is widened: an ``int`` is no FLOAT64, ``True`` no integer. ``None`` needs an optional schema, or, as a
    struct's field, one with a default; under a logical type's name only that type's Python class is valid. Scales of
    decimals and ranges of times are checked when they are encoded, not here.

    Args:
        schema: What the value should be.
        value: The value.
        field: Where it stands, for the message.

    Raises:
        DataError: It is something else; the message names field, value and type.
    """
    if value is None:
        if not schema.optional:
            raise DataError(f"Invalid value: null used for required field{_at(field)}, schema type: {schema.type.name}")
        return
    logical = logical_type(schema)
    if logical is not None:
        if not isinstance(value, logical.classes):
            raise _invalid(logical.name, value, field)
        return
    if not is_of_type(schema.type, value):
        raise _invalid(schema.type.name, value, field)
    _validate_inside(schema, value, field)


def is_of_type(type_: Type, value: Any) -> bool:
    """Whether a value that is not ``None`` is one of a type, as far as can be told without looking into it."""
    return _IS_OF_TYPE[type_](value)


def type_check(type_: Type) -> Callable[[Any], bool]:
    """`is_of_type` for one type, for many values."""
    return _IS_OF_TYPE[type_]


def class_text(value: Any) -> str:
    """What a value is, for messages: never the value itself, which may be a secret."""
    if type(value) is int:
        return f"int of {value.bit_length() + 1} bits"
    return type(value).__name__


def _validate_inside(schema: Schema, value: Any, field: str | None) -> None:
    match schema.type:
        case Type.STRUCT:
            _validate_fields(schema, value, field)
        case Type.ARRAY:
            items = _known(schema.value_schema, "items", field)
            for item in value:
                validate(items, item, field)
        case Type.MAP:
            keys, values = (_known(part, "entries", field) for part in (schema.key_schema, schema.value_schema))
            for key, item in value.items():
                validate(keys, key, field)
                validate(values, item, field)
        case _:
            pass


def _validate_fields(schema: Schema, struct: Mapping[str, Any], field: str | None) -> None:
    for inner in schema.fields:
        value = struct.get(inner.name)
        if value is not None or inner.schema.default is None:
            validate(inner.schema, value, inner.name if field is None else f"{field}.{inner.name}")
    for name in struct:
        if schema.field(name) is None:
            raise DataError(f"{name} is not a valid field name{_at(field)}: the struct's schema has no such field")


def _known(schema: Schema | None, part: str, field: str | None) -> Schema:
    if schema is None:
        raise DataError(f"The schema of the {part} is not known{_at(field)}: they cannot be checked")
    return schema


def _invalid(expected: str, value: Any, field: str | None) -> DataError:
    return DataError(f"Invalid value for schema type {expected}: {class_text(value)}{_at(field)}")


def _at(field: str | None) -> str:
    return "" if field is None else f' for field: "{field}"'


def _is_integer(bits: int) -> Callable[[Any], bool]:
    lowest, highest = -(1 << bits - 1), (1 << bits - 1) - 1
    return lambda value: (
        lowest <= value <= highest if type(value) is int else isinstance(value, NarrowInt) and value.bits == bits
    )


_IS_OF_TYPE: Final[Mapping[Type, Callable[[Any], bool]]] = MappingProxyType(
    {
        **{type_: _is_integer(bits) for type_, bits in INTEGER_BITS.items()},
        Type.FLOAT32: lambda value: type(value) in (float, Float32),
        Type.FLOAT64: lambda value: type(value) is float,
        Type.BOOLEAN: lambda value: isinstance(value, bool),
        Type.STRING: lambda value: isinstance(value, str),
        Type.BYTES: lambda value: isinstance(value, bytes | bytearray | memoryview),
        Type.ARRAY: lambda value: isinstance(value, list | tuple),
        Type.MAP: lambda value: isinstance(value, _MAPPINGS),
        Type.STRUCT: lambda value: isinstance(value, _MAPPINGS),
    }
)
