"""Cases of Kafka Connect's own behaviour, written down as data: how to read schemas, values and results."""

from __future__ import annotations

import json
import math
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connect_runtime.model.float32 import Float32, to_float32
from connect_runtime.model.logical import DATE_NAME, DAY_MS, TIME_NAME, date_of_days, time_of_ms, timestamp_of_ms
from connect_runtime.model.schema import Schema, Type, array_schema, map_schema, primitive_schema, struct_schema

_FILE = Path(__file__).parent.parent / "data" / "conformance.jsonl"
_WIDTHS = {"$int8": Type.INT8, "$int16": Type.INT16, "$int32": Type.INT32, "$int64": Type.INT64}


@dataclass(frozen=True)
class OtherWidth:
    """A number of another width than its schema's, which Java tells apart by class: no Python number is one."""

    number: int


@dataclass(frozen=True)
class Case:
    """One case; ``error`` names the expected error's kind."""

    id: str
    kind: str
    cls: str
    config: dict[str, str]
    input: dict[str, Any]
    output: dict[str, Any] | None
    error: str | None
    note: str

    def __str__(self) -> str:
        return self.id


def cases(kind: str) -> list[Case]:
    """All cases of a kind."""
    lines = (json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines())
    return [Case(cls=line.pop("class"), **line) for line in lines if line["kind"] == kind]


def schema_of(spec: Mapping[str, Any] | None) -> Schema | None:
    """The schema that a case describes."""
    if spec is None:
        return None
    attributes = {name: spec[name] for name in ("optional", "name", "version", "doc", "parameters") if name in spec}
    match spec["type"]:
        case "array":
            schema = array_schema(schema_of(spec["items"]), **attributes)
        case "map":
            schema = map_schema(schema_of(spec["keys"]), schema_of(spec["values"]), **attributes)
        case "struct":
            fields = {field["field"]: schema_of(field) for field in spec["fields"]}
            schema = struct_schema({name: field for name, field in fields.items() if field is not None}, **attributes)
        case name:
            schema = primitive_schema(Type(name), **attributes)
    return schema.with_(default=value_of(schema, spec["default"])) if "default" in spec else schema


def value_of(schema: Schema | None, spec: Any) -> Any:
    """The value that a case describes, read together with its schema."""
    match spec:
        case list():
            return [value_of(schema and schema.value_schema, item) for item in spec]
        case {"$map": entries}:
            keys, values = schema and schema.key_schema, schema and schema.value_schema
            return {value_of(keys, key): value_of(values, value) for key, value in entries}
        case dict() if len(spec) == 1 and next(iter(spec)).startswith("$"):
            return _marked(schema, *next(iter(spec.items())))
        case dict() if schema is not None and schema.type is Type.STRUCT:
            fields = {field.name: field.schema for field in schema.fields}
            return {name: value_of(fields.get(name), value) for name, value in spec.items()}
        case dict():
            return {key: value_of(schema and schema.value_schema, value) for key, value in spec.items()}
        case _:
            return _plain(schema, spec)


def same(schema: Schema | None, actual: Any, expected: Any) -> bool:
    """Whether two values are equal; integers without schema have any width, an absent field is ``None``."""
    match expected:
        case float():
            narrow = (schema is not None and schema.type is Type.FLOAT32) or isinstance(expected, Float32)
            return type(actual) in (float, Float32) and _same_number(actual, expected, narrow=narrow)
        case list():
            items = schema and schema.value_schema
            return isinstance(actual, list) and len(actual) == len(expected) and all(
                same(items, one, other) for one, other in zip(actual, expected, strict=True)
            )  # fmt: skip
        case dict() if schema is not None and schema.type is Type.STRUCT:
            return all(same(f.schema, actual.get(f.name), expected.get(f.name)) for f in schema.fields)
        case dict():
            values = schema and schema.value_schema
            return actual.keys() == expected.keys() and all(
                same(values, actual[key], expected[key]) for key in expected
            )
        case _:
            return type(actual) is type(expected) and str(actual) == str(expected)  # Decimal's scale counts


def _marked(schema: Schema | None, marker: str, content: Any) -> Any:
    match marker:
        case "$bytes":
            return b64decode(content)
        case "$decimal":
            return Decimal(content)
        case "$timestamp":
            return _temporal(schema, content)
        case "$float32":
            return Float32(float(content))
        case "$float64":
            return float(content)
        case _:
            return content if schema is None or schema.type is _WIDTHS[marker] else OtherWidth(content)


def _temporal(schema: Schema | None, millis: int) -> Any:
    name = schema.name if schema else None
    if name == DATE_NAME and millis % DAY_MS == 0:
        return date_of_days(millis // DAY_MS)
    if name == TIME_NAME and 0 <= millis <= DAY_MS:
        return time_of_ms(millis)
    return timestamp_of_ms(millis)


def _plain(schema: Schema | None, spec: Any) -> Any:
    is_number = isinstance(spec, float | int) and not isinstance(spec, bool)
    if is_number and schema is not None and schema.type in (Type.FLOAT32, Type.FLOAT64):
        return to_float32(spec) if schema.type is Type.FLOAT32 else float(spec)
    return spec


def _same_number(actual: float, expected: float, *, narrow: bool) -> bool:
    if narrow:
        actual, expected = to_float32(actual), to_float32(expected)
    return actual == expected or (math.isnan(actual) and math.isnan(expected))
