"""The converters with a schema registry keep the contract of converters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.converters.registry.converter import SchemaRegistryConverter
from connect_runtime.sdk import Converter, Schema, SchemaAndValue, array_schema, map_schema, struct_schema
from connect_runtime.sdk.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_BYTES,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    decimal_schema,
)
from connect_runtime.sdk.testing import ConverterContract
from tests.support.fake_schema_registry import FakeSchemaRegistry

ADDRESS = struct_schema({"street": STRING, "number": OPTIONAL_INT32}, name="acme.Address")
ORDER = struct_schema(
    {
        "id": INT64,
        "small": INT8,
        "short": INT16,
        "address": ADDRESS.as_optional(),
        "lines": array_schema(struct_schema({"sku": STRING, "price": decimal_schema(2)}, name="acme.Line")),
        "tags": map_schema(STRING, STRING),
        "places": map_schema(INT32, STRING),
        "quota": FLOAT64,
        "share": FLOAT32,
        "raw": OPTIONAL_BYTES,
        "paid": BOOLEAN,
        "day": DATE,
        "at": TIME,
        "created": TIMESTAMP,
        "note": OPTIONAL_STRING,
    },
    name="acme.Order",
)
AN_ORDER: dict[str, Any] = {
    "id": 2**62,
    "small": -128,
    "short": 32767,
    "address": {"street": "é \x01 😀", "number": None},
    "lines": [{"sku": "a", "price": Decimal("12.30")}, {"sku": "b", "price": Decimal("-0.01")}],
    "tags": {"x": "1"},
    "places": {1: "one", -2: "minus two"},
    "quota": 1e10,
    "share": 0.5,
    "raw": b"\x00\xff",
    "paid": True,
    "day": dt.date(2024, 2, 29),
    "at": dt.time(23, 59, 59, 999000),
    "created": dt.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=dt.UTC),
    "note": None,
}
EMPTY_ORDER = AN_ORDER | {"address": None, "lines": [], "tags": {}, "places": {}, "raw": None, "note": ""}
STRUCTS: list[tuple[Schema, Any]] = [(ORDER, AN_ORDER), (ORDER, EMPTY_ORDER), (ADDRESS, {"street": "", "number": -1})]
SCALARS: list[tuple[Schema, Any]] = [(STRING, "text"), (INT64, -(2**63)), (BYTES, b"\x00"), (BOOLEAN, False)]
UNWRITABLE: list[tuple[Schema | None, Any]] = [
    (None, "no schema"),
    (STRING, None),
    (INT32, 2**31),
    (INT32, "1"),
    (ADDRESS, {"street": None, "number": 1}),
    (ADDRESS, {"street": "x", "number": 1, "more": 1}),
    (ADDRESS, "x"),
    (ORDER, AN_ORDER | {"lines": [{"sku": "a", "price": Decimal("12.345")}]}),
    (ORDER, AN_ORDER | {"created": dt.date(2024, 1, 1)}),
    (ORDER, AN_ORDER | {"share": "0.5"}),
]


def configured(make: Callable[[Any], Converter], **options: str) -> Converter:
    converter = make(FakeSchemaRegistry().connect)
    config = {name.replace("_", "."): value for name, value in options.items()}
    converter.configure({"schema.registry.url": "http://registry:8081", **config}, is_key=False)
    return converter


class _Contract(ConverterContract):
    cls: ClassVar[type[SchemaRegistryConverter]]
    options: ClassVar[Mapping[str, str]] = {}
    # A schema without version would come back with its version in the subject.
    examples: ClassVar[list[tuple[Schema | None, Any]]] = [
        (schema.with_(version=7), value) for schema, value in STRUCTS + SCALARS
    ]
    unwritable = UNWRITABLE
    unreadable = (b"", b"\x00\x00", b'{"a":1}', b"\x00\x00\x00\x00\x63", b"\x00\x00\x00\x00\x01\xff")

    @pytest.fixture
    def converter(self) -> Converter:
        converter = configured(self.cls, **self.options)
        converter.from_connect("contract", ORDER, AN_ORDER)  # the schema of id 1
        return converter


class TestAvro(_Contract):
    cls = AvroConverter
    unwritable: ClassVar[list[tuple[Schema | None, Any]]] = [(None, Decimal(1)), *UNWRITABLE[1:]]


class TestJsonSchema(_Contract):
    cls = JsonSchemaConverter


class TestJsonSchemaThatIsChecked(_Contract):
    cls = JsonSchemaConverter
    options: ClassVar[Mapping[str, str]] = {"json_fail_invalid_schema": "true", "decimal_format": "numeric"}
    # A number has whatever scale it has.
    unwritable: ClassVar[list[tuple[Schema | None, Any]]] = [
        (schema, value) for schema, value in UNWRITABLE if "12.345" not in str(value)
    ]


class TestProtobuf(_Contract):
    cls = ProtobufConverter
    options: ClassVar[Mapping[str, str]] = {
        "optional_for_nullables": "true", "value_subject_name_strategy": "TopicRecordNameStrategy",
    }  # fmt: skip

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        """Schemas come back with tags and nullable messages: what they describe is compared, not what they say."""
        converter = configured(self.cls, **self.options)
        read_schema, read = converter.to_connect("t", converter.from_connect("t", schema, value))
        assert read == value
        assert read_schema is not None
        assert schema is not None
        assert [field.name for field in read_schema.fields] == [field.name for field in schema.fields]
        assert [field.schema.type for field in read_schema.fields] == [field.schema.type for field in schema.fields]
        return read_schema, value


del _Contract
