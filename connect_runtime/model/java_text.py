"""Values as Java's ``toString`` prints them: what StringConverter writes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from connect_runtime.model.number_text import decimal_text, float32_text, float_text
from connect_runtime.model.schema import Schema, Type
from connect_runtime.model.temporal_text import java_date_text

__all__ = ["java_text"]


def java_text(schema: Schema | None, value: Any) -> str:
    """The text of a value: ``1.0E10``, ``[1, x]``, ``{k=1}``, ``Struct{a=1}``, ``null``.

    The schema only tells a struct from a map and 32 bits from 64. Bytes, for which Java prints nothing of use, become
    base64.
    """
    match value:
        case str():
            return value
        case float():
            return float32_text(value) if schema is not None and schema.type is Type.FLOAT32 else float_text(value)
        case list() | tuple():
            return f"[{', '.join(java_text(schema and schema.value_schema, item) for item in value)}]"
        case Mapping():
            return _mapping_text(schema, value)
        case _:
            return _scalar_text(value)


def _mapping_text(schema: Schema | None, mapping: Mapping[Any, Any]) -> str:
    if schema is not None and schema.type is Type.STRUCT:
        stored = ((field, mapping.get(field.name)) for field in schema.fields)
        fields = (f"{field.name}={java_text(field.schema, value)}" for field, value in stored if value is not None)
        return f"Struct{{{','.join(fields)}}}"
    keys, values = schema and schema.key_schema, schema and schema.value_schema
    entries = (f"{java_text(keys, key)}={java_text(values, value)}" for key, value in mapping.items())
    return f"{{{', '.join(entries)}}}"


def _scalar_text(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return decimal_text(value)
        case date() | time() | timedelta():
            return java_date_text(value)
        case bytes() | bytearray() | memoryview():
            return b64encode(value).decode()
        case _:
            return str(value)
