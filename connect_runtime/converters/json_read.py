"""Parsed JSON to values under a schema, exactly as Java's JsonConverter does it, for every shape of JSON."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DATE_NAME,
    DECIMAL_NAME,
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
    validate,
    wrapped,
)

__all__ = ["ExactReader", "int64_where_integral"]

_INT32_BITS: Final = 32
_INT64_BITS: Final = 64
_OF_INT32: Final[Mapping[str, Callable[[int], Any]]] = MappingProxyType(
    {DATE_NAME: date_of_days, TIME_NAME: time_of_ms}
)


class ExactReader:
    """Makes values of parsed JSON whose numbers with fraction or exponent are ``Decimal``.

    Args:
        null_is_default: Whether null and absent are read as the schema's default where it has one.
    """

    def __init__(self, *, null_is_default: bool) -> None:
        self._null_is_default = null_is_default

    def value(self, schema: Schema | None, node: Any) -> Any:
        """The value of a node.

        Raises:
            DataError: The node has another shape than the schema, and Java does not read it either.
        """
        if schema is None:
            return int64_where_integral(node)
        return self._null(schema) if node is None else self._present(schema, node)

    def _present(self, schema: Schema, node: Any) -> Any:
        logical = logical_type(schema)
        if logical is not None:
            return _logical(schema, logical.name, node)
        match schema.type:
            case Type.STRUCT:
                return self._struct(schema, node)
            case Type.ARRAY:
                items = node if isinstance(node, list) else node.values() if isinstance(node, dict) else ()
                return [self.value(schema.value_schema, item) for item in items]
            case Type.MAP:
                return self._map(schema, node)
            case _:
                return _primitive(schema.type, node)

    def _null(self, schema: Schema) -> Any:
        if schema.default is not None and self._null_is_default:
            return schema.default
        if schema.optional:
            return None
        raise DataError(f"Invalid null value for required {schema.type.name} field")

    def _struct(self, schema: Schema, node: Any) -> dict[str, Any]:
        if not isinstance(node, dict):
            raise DataError(f"Structs should be encoded as JSON objects, but found {_kind(node)}")
        struct: dict[str, Any] = {}
        for field in schema.fields:
            try:
                value = self.value(field.schema, node.get(field.name))
                validate(field.schema, value)
            except DataError as exc:
                raise DataError(f"Field {field.name!r}: {exc}") from exc
            struct[field.name] = value
        return struct

    def _map(self, schema: Schema, node: Any) -> dict[Any, Any]:
        keys, values = schema.key_schema, schema.value_schema
        if keys is not None and keys.type is Type.STRING:
            if not isinstance(node, dict):
                raise DataError(f"Maps with string fields should be encoded as JSON objects, but found {_kind(node)}")
            return {key: self.value(values, item) for key, item in node.items()}
        if not isinstance(node, list):
            raise DataError(
                f"Maps with non-string fields should be encoded as JSON array of tuples, but found {_kind(node)}"
            )
        if not all(isinstance(pair, list) and len(pair) == len(("key", "value")) for pair in node):
            raise DataError("Found invalid map entry, expecting arrays of length 2")
        return {hashable(self.value(keys, key)): self.value(values, item) for key, item in node}


def int64_where_integral(node: Any) -> Any:
    """Schemaless data: integers keep their low 64 bits, other numbers are doubles."""
    match node:
        case bool():
            return node
        case int():
            return wrapped(node, _INT64_BITS)
        case Decimal():
            return float(node)
        case list():
            return [int64_where_integral(item) for item in node]
        case dict():
            return {key: int64_where_integral(item) for key, item in node.items()}
        case _:
            return node


def _primitive(type_: Type, node: Any) -> Any:
    # What does not fit is no error in Java, but 0, false or null.
    number = node if isinstance(node, int | float | Decimal) and not isinstance(node, bool) else 0
    match type_:
        case Type.BOOLEAN:
            return node is True
        case Type.FLOAT64:
            return float(number)
        case Type.FLOAT32:
            return to_float32(float(number))
        case Type.STRING:
            return node if isinstance(node, str) else None
        case Type.BYTES:
            return _unbase64(node) if isinstance(node, str) else None
        case _:
            return wrapped(_integer(number), INTEGER_BITS[type_])


def _logical(schema: Schema, name: str, node: Any) -> Any:
    if name == DECIMAL_NAME:
        return _decimal(schema, node)
    if type(node) is not int:
        raise DataError(f"Invalid type for {name}, underlying representation should be integer but was {_kind(node)}")
    if name == TIMESTAMP_NAME:
        return timestamp_of_ms(wrapped(node, _INT64_BITS))
    if wrapped(node, _INT32_BITS) != node:
        raise DataError(f"Invalid type for {name}, {node} does not fit into 32 bits")
    return _OF_INT32[name](node)


def _decimal(schema: Schema, node: Any) -> Decimal:
    match node:
        case str():
            return decimal_of_unscaled(_unbase64(node), schema_scale(schema))
        case bool():
            pass
        case int() | Decimal():
            return Decimal(node)
        case _:
            pass
    raise DataError(f"Invalid type for {DECIMAL_NAME}, a number or base64 text is expected, not {_kind(node)}")


def _integer(number: float | Decimal) -> int:
    if isinstance(number, Decimal) and number.as_tuple().exponent > _INT64_BITS:  # type: ignore[operator]  # is finite
        return 0  # a multiple of 2**64, perhaps too long to write down
    return int(number)


def _unbase64(text: str) -> bytes:
    try:
        return b64decode(text.strip(" \t\r\n"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise DataError(f"Invalid bytes field: no base64: {exc}") from exc


def _kind(node: Any) -> str:
    return {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}.get(type(node), "a number")
