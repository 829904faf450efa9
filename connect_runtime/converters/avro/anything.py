"""Values without schema, in the record by which Confluent's converter writes them: one field for each kind of value.

The record has all of its fields empty for null, else one of them set; lists and maps are made of more such records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final

import fastavro

from connect_runtime.converters.avro.bare import bare_schema
from connect_runtime.converters.avro.decode import NOT_AVRO, raw_decoder
from connect_runtime.converters.avro.parsing import parsed
from connect_runtime.converters.avro.words import NAMESPACE
from connect_runtime.converters.registry.converter import Read, Write
from connect_runtime.sdk import DataError, Schema, Type, struct_schema
from connect_runtime.sdk.data import Float32, Int32, NarrowInt, class_text, hashable, is_of_type

__all__ = ["ANYTHING", "ANYTHING_NAME", "ANYTHING_TEXT", "anything_reader", "anything_writer", "is_anything"]

ANYTHING_NAME: Final = f"{NAMESPACE}.Anything"
ANYTHING: Final[Schema] = struct_schema({}, name=ANYTHING_NAME)
"""Stands for no schema where one is needed."""
_LIST: Final = '{"type":"array","items":"Anything"}'
_ENTRIES: Final = (
    '{"type":"array","items":{"type":"record","name":"MapEntry","fields":'
    '[{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}'
)
_KINDS: Final = ("boolean", "bytes", "double", "float", "int", "long", "string")
_TYPES: Final = {**{kind: f'"{kind}"' for kind in _KINDS}, "array": _LIST, "map": _ENTRIES}
_FIELDS: Final = ",".join(
    f'{{"name":"{name}","type":["null",{type_}],"default":null}}' for name, type_ in _TYPES.items()
)
ANYTHING_TEXT: Final = f'{{"type":"record","name":"Anything","namespace":"{NAMESPACE}","fields":[{_FIELDS}]}}'
"""The Avro schema of that record, just as Confluent's converter registers it: it knows the schema by being equal."""
_FROM: Final[Mapping[str, Callable[[Any], Any]]] = {"float": Float32, "int": Int32}


def is_anything(node: Any) -> bool:
    """Whether an Avro schema, see `parsing.parsed`, is of values without schema."""
    is_record = isinstance(node, dict) and node["type"] == "record" and node["name"] == ANYTHING_NAME
    return is_record and [field["name"] for field in node["fields"]] == list(_TYPES)


def anything_writer() -> Write:
    """Writes values without schema; raises ``DataError`` for what has no kind, as decimals and dates."""
    layout, write = fastavro.parse_schema(bare_schema(parsed(ANYTHING_TEXT, {}))), fastavro.schemaless_writer

    def payload(value: Any) -> bytes:
        out = BytesIO()
        try:
            write(out, layout, _wrapped(value))
        except NOT_AVRO as exc:
            raise DataError(f"Cannot be written as {ANYTHING_NAME}: {type(exc).__name__}: {exc}") from exc
        return out.getvalue()

    return payload


def anything_reader(node: Any) -> Read:
    """Reads values without schema, which were written under an Avro schema that `is_anything`."""
    read = raw_decoder(node, ANYTHING_NAME)
    return lambda payload: (None, _unwrapped(read(payload)))


def _wrapped(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case list() | tuple():
            return {"array": [_wrapped(item) for item in value]}
        case Mapping():
            return {"map": [{"key": _wrapped(key), "value": _wrapped(item)} for key, item in value.items()]}
        case bytes() | bytearray() | memoryview():
            return {"bytes": bytes(value)}
        case _:
            return {_kind(value): value}


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case NarrowInt():
            return "int"
        case int() if is_of_type(Type.INT64, value):
            return "long"
        case Float32():
            return "float"
        case float():
            return "double"
        case _:
            raise DataError(
                f"A value without schema has a {class_text(value)} in it, which Avro has no kind for: give the record "
                "a schema, or make it text or a number before (PythonFunction, Cast)"
            )


def _unwrapped(record: Mapping[str, Any]) -> Any:
    nothing: tuple[str, Any] = ("", None)
    kind, value = next(((kind, value) for kind, value in record.items() if value is not None), nothing)
    match kind:
        case "array":
            return [_unwrapped(item) for item in value]
        case "map":
            return {hashable(_unwrapped(entry["key"])): _unwrapped(entry["value"]) for entry in value}
        case _:
            return _FROM[kind](value) if kind in _FROM else value
