"""Values as text that can be parsed again: what SimpleHeaderConverter writes (Connect's ``Values.convertToString``)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from connect_runtime.errors import DataError
from connect_runtime.model.java_text import java_text
from connect_runtime.model.schema import Schema, Type
from connect_runtime.model.temporal_text import temporal_text

__all__ = ["convert_to_string"]


def convert_to_string(schema: Schema | None, value: Any) -> str | None:
    """Text of a value: a string as it is, bytes as base64, containers as JSON without blanks, dates in ISO form.

    Inside containers strings and bytes are quoted; a struct's fields have their defaults. ``None`` gives ``None``.

    Raises:
        DataError: A class without a text form.
    """
    if value is None:
        return None
    return value if isinstance(value, str) else _text(schema, value, embedded=False)


def _text(schema: Schema | None, value: Any, *, embedded: bool) -> str:
    match value:
        case str():
            return _quoted(value)
        case bytes() | bytearray() | memoryview():
            text = b64encode(value).decode()
            return _quoted(text) if embedded else text
        case date() | time() | timedelta():
            return temporal_text(value)
        case list() | tuple():
            items = schema and schema.value_schema
            return f"[{','.join(_text(items, item, embedded=True) for item in value)}]"
        case Mapping():
            return _object_text(schema, value)
        case None | bool() | int() | float() | Decimal():
            return java_text(schema, value)
        case _:
            raise DataError(f"Failed to convert {type(value).__name__} to text")


def _object_text(schema: Schema | None, value: Mapping[Any, Any]) -> str:
    if schema is not None and schema.type is Type.STRUCT:
        fields = ((field, schema.get(value, field.name)) for field in schema.fields)
        entries = (f"{_quoted(field.name)}:{_text(field.schema, item, embedded=True)}" for field, item in fields)
    else:
        keys, values = schema and schema.key_schema, schema and schema.value_schema
        entries = (
            f"{_text(keys, key, embedded=True)}:{_text(values, item, embedded=True)}" for key, item in value.items()
        )
    return f"{{{','.join(entries)}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
