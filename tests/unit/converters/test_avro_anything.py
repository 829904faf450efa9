"""Values without schema, as Confluent's Avro converter writes them."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.errors import DataError
from connect_runtime.sdk.data import Float32, Int8, Int32, NarrowInt
from tests.support.fake_schema_registry import FakeSchemaRegistry

FIELDS = ["boolean", "bytes", "double", "float", "int", "long", "string", "array", "map"]
HEAD = b"\x00\x00\x00\x00\x01"


@pytest.fixture
def registry() -> FakeSchemaRegistry:
    return FakeSchemaRegistry()


@pytest.fixture
def converter(registry: FakeSchemaRegistry) -> AvroConverter:
    return registry.avro()


def test_the_schema_is_the_one_that_confluents_converter_knows(
    registry: FakeSchemaRegistry, converter: AvroConverter
) -> None:
    converter.from_connect("t", None, "x")

    schema = json.loads(registry.text("t-value"))
    assert (schema["namespace"], schema["name"]) == ("io.confluent.connect.avro", "Anything")
    assert [field["name"] for field in schema["fields"]] == FIELDS
    assert all(field["default"] is None and field["type"][0] == "null" for field in schema["fields"])
    entry = schema["fields"][-1]["type"][1]["items"]
    assert (entry["name"], [field["name"] for field in entry["fields"]]) == ("MapEntry", ["key", "value"])
    assert not any(key.startswith("connect.") for key in schema | entry)


@pytest.mark.parametrize(
    ("value", "field", "inside"),
    [
        (True, "boolean", True),
        (b"\x01", "bytes", b"\x01"),
        (0.1, "double", 0.1),
        (Float32(0.5), "float", 0.5),
        (Int8(7), "int", 7),
        (Int32(7), "int", 7),
        (2**62, "long", 2**62),
        ("x", "string", "x"),
    ],
)
def test_each_kind_of_value_has_its_field(
    registry: FakeSchemaRegistry, converter: AvroConverter, value: Any, field: str, inside: Any
) -> None:
    data = converter.from_connect("t", None, value)

    assert data is not None
    assert data[:5] == HEAD
    record = fastavro.schemaless_reader(io.BytesIO(data[5:]), json.loads(registry.text("t-value")), None)
    assert record == {**dict.fromkeys(FIELDS), field: inside}


def test_lists_and_maps_come_back_and_are_written_as_they_were(converter: AvroConverter) -> None:
    value = {"a": [1, None, "x", [True]], 2: {"b": b"\x00"}, Int32(5): Float32(0.5), "": 1.5}

    data = converter.from_connect("t", None, value)
    schema, read = converter.to_connect("t", data)

    assert schema is None
    assert read == value
    assert [type(key) for key in read if isinstance(key, NarrowInt)] == [Int32]
    assert converter.from_connect_batch("t", [None, None], [read, read]) == [data, data]


def test_null_is_a_tombstone_on_the_outside_and_a_value_within(converter: AvroConverter) -> None:
    assert converter.from_connect("t", None, None) is None
    assert converter.to_connect("t", converter.from_connect("t", None, [None])) == (None, [None])


@pytest.mark.parametrize("value", [Decimal(1), dt.date(2024, 1, 1), 2**63, [dt.time(1)], object()])
def test_what_has_no_kind_is_refused_with_what_to_do(converter: AvroConverter, value: Any) -> None:
    with pytest.raises(DataError, match="no kind for: give the record a schema"):
        converter.from_connect("t", None, value)


def test_a_list_that_contains_itself_is_refused(converter: AvroConverter) -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(DataError, match="RecursionError"):
        converter.from_connect("t", None, endless)


def test_another_registered_schema_is_no_place_for_values_without_schema(registry: FakeSchemaRegistry) -> None:
    registry.add("t-value", '"string"')

    with pytest.raises(DataError, match=r"written as io\.confluent\.connect\.avro\.Anything.*id 1 is not"):
        registry.avro(auto_register_schemas="false", use_latest_version="true").from_connect("t", None, "x")
