"""Values of one type as values of another, by Java's rules: what Cast does to a value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DECIMAL_NAME,
    INTEGER_BITS,
    Float32,
    NarrowInt,
    convert_to_integer,
    convert_to_string,
    float64_text,
    logical_type,
    to_float32,
    wrapped,
)

__all__ = ["INPUT_TYPES", "OUTPUT_TYPES", "Caster", "caster"]

Caster = Callable[[Any], Any]

OUTPUT_TYPES: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "int8": Type.INT8,
        "int16": Type.INT16,
        "int32": Type.INT32,
        "int64": Type.INT64,
        "float32": Type.FLOAT32,
        "float64": Type.FLOAT64,
        "boolean": Type.BOOLEAN,
        "string": Type.STRING,
    }
)
"""Types that a value can become, by the name that a spec uses."""

INPUT_TYPES: Final = frozenset({*OUTPUT_TYPES.values(), Type.BYTES})
"""Types that can become others; bytes only text."""

_SCHEMALESS: Final = frozenset({bool, int, float, Float32, str, bytes})
_INTEGER: Final = re.compile(r"[+-]?\d+")
_FLOAT: Final = re.compile(r"([+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))[fFdD]?")
_HEXADECIMAL: Final = re.compile(r"([+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?")
_BLANKS: Final = "".join(map(chr, range(0x21)))


def caster(schema: Schema | None, target: Type) -> Caster:
    """Makes a value of ``schema``, which is not null, a value of ``target``.

    Args:
        schema: The value's schema, ``None`` to go by the class of each value.
        target: One of `OUTPUT_TYPES`.
    """
    if schema is None:
        return _schemaless(target)
    if schema.type not in INPUT_TYPES:
        return partial(_refuse, schema.type)
    logical = logical_type(schema)
    if target is Type.STRING:
        return _float64_text if logical is None and schema.type is Type.FLOAT64 else partial(convert_to_string, schema)
    convert = _CONVERSIONS[target]
    if logical is None or logical.name == DECIMAL_NAME:
        return convert
    encode = logical.encode
    return lambda value: convert(encode(schema, value))


def _refuse(type_: Type, value: Any) -> Any:
    # Only when there is a value: a null is not cast, whatever its type.
    del value
    raise DataError(f"Cast transformation does not support casting from {type_.name}")


def _schemaless(target: Type) -> Caster:
    convert = partial(convert_to_string, None) if target is Type.STRING else _CONVERSIONS[target]
    if target is Type.FLOAT32:
        convert = _to_schemaless_float32
    by_class: dict[type, Caster] = dict.fromkeys(_SCHEMALESS, convert)
    if target is Type.STRING:
        by_class |= {float: float64_text, int: str}

    def cast(value: Any) -> Any:
        known = by_class.get(type(value))
        if known is not None:
            return known(value)
        if isinstance(value, NarrowInt | memoryview | bytearray):
            return convert(value)
        raise DataError(f"Cast transformation was passed a {type(value).__name__}, which cannot be cast")

    return cast


def _float64_text(value: Any) -> str | None:
    return float64_text(value) if type(value) is float else convert_to_string(None, value)


def _to_integer(type_: Type) -> Caster:
    bits = INTEGER_BITS[type_]
    # Java makes a float an int first when less than that is wanted.
    first_bits = max(bits, 32)
    lowest, highest = -(1 << bits - 1), (1 << bits - 1) - 1

    def convert(value: Any) -> int:
        if type(value) is int and lowest <= value <= highest:
            return value
        if isinstance(value, int):  # bool too
            return wrapped(int(value), bits)
        if isinstance(value, float):
            return wrapped(_saturated(value, first_bits), bits)
        if isinstance(value, Decimal):
            return convert_to_integer(type_, None, value) or 0
        if isinstance(value, str):
            return _parsed(value, bits)
        raise _unexpected(value)

    return convert


def _saturated(value: float, bits: int) -> int:
    if math.isnan(value):
        return 0
    bound = 1 << bits - 1
    return bound - 1 if value >= bound else -bound if value <= -bound else int(value)


def _parsed(text: str, bits: int) -> int:
    if _INTEGER.fullmatch(text):
        number = int(text)
        if -(1 << bits - 1) <= number < 1 << bits - 1:
            return number
    raise DataError(f"The text is no integer of {bits} bits; Cast takes digits with an optional sign and no blanks")


def _to_float64(value: Any) -> float:
    if isinstance(value, int | float | Decimal):
        return float(value)
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        if found := _FLOAT.fullmatch(text):
            return float(found[1])
        if found := _HEXADECIMAL.fullmatch(text):
            return float.fromhex(found[1])
        raise DataError("The text is no number")
    raise _unexpected(value)


def _to_float32(value: Any) -> float:
    return to_float32(_to_float64(value))


def _to_schemaless_float32(value: Any) -> Float32:
    return Float32(_to_float64(value))


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"
    if isinstance(value, int):
        return value != 0
    if isinstance(value, float):
        return abs(value) >= 1  # what is left when the fraction is cut off; NaN becomes 0
    if isinstance(value, Decimal):
        return convert_to_integer(Type.INT64, None, value) != 0
    raise _unexpected(value)


def _unexpected(value: Any) -> DataError:
    return DataError(f"Unexpected type in Cast transformation: {type(value).__name__}")


_CONVERSIONS: Final[Mapping[Type, Caster]] = MappingProxyType(
    {
        **{type_: _to_integer(type_) for type_ in INTEGER_BITS},
        Type.FLOAT32: _to_float32,
        Type.FLOAT64: _to_float64,
        Type.BOOLEAN: _to_boolean,
    }
)
