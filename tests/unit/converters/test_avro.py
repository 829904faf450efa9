"""Schemas and values between Connect and Avro, where they are not simply the same."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.converters.avro.format import AvroFormat
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.registry.schemas import RegisteredSchema
from connect_runtime.errors import DataError
from connect_runtime.sdk import Schema, Type, array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.sdk.data import DATE, INT8, INT32, INT64, OPTIONAL_INT32, OPTIONAL_STRING, STRING, decimal_schema


def avro(schema: Schema, **options: bool) -> Any:
    return json.loads(AvroFormat(AvroOptions(**options)).draft(schema).text)


def read(node: Any, payload: bytes, **options: bool) -> tuple[Schema, Any]:
    schema, value = AvroFormat(AvroOptions(**options)).reader(RegisteredSchema(1, "AVRO", json.dumps(node)))(payload)
    assert schema is not None
    return schema, value


def write(schema: Schema, node: Any, value: Any, **options: bool) -> bytes:
    return AvroFormat(AvroOptions(**options)).writer(schema, RegisteredSchema(1, "AVRO", json.dumps(node)))(value)


def record(*fields: Any, name: str = "acme.R") -> Any:
    return {"type": "record", "name": name, "fields": list(fields)}


def test_a_struct_without_name_gets_the_name_that_java_gives_it() -> None:
    inner = struct_schema({"x": INT32})
    node = avro(struct_schema({"a": inner, "b": inner}))

    assert (node["namespace"], node["name"]) == ("io.confluent.connect.avro", "ConnectDefault")
    assert node["fields"][0]["type"]["name"] == "ConnectDefault2"
    assert node["fields"][1]["type"] == "io.confluent.connect.avro.ConnectDefault2"


def test_a_type_is_written_out_once() -> None:
    money = struct_schema({"cents": INT64}, name="acme.Money")
    schema = struct_schema({"a": money, "b": money.as_optional()}, name="acme.Bill")
    node = avro(schema)

    assert node["fields"][0]["type"]["name"] == "Money"
    assert node["fields"][1] == {"name": "b", "type": ["null", "acme.Money"], "default": None}
    value = {"a": {"cents": 1}, "b": {"cents": 2}}
    assert read(node, write(schema, node, value)) == (schema, value)


def test_two_types_of_one_name_are_refused() -> None:
    schema = struct_schema({"a": struct_schema({"x": INT32}, name="T"), "b": struct_schema({"y": INT32}, name="T")})

    with pytest.raises(DataError, match="two different ones named T"):
        avro(schema)


def test_a_type_without_namespace_stays_so_inside_one_that_has() -> None:
    schema = struct_schema({"t": struct_schema({"x": INT32}, name="T")}, name="acme.Outer")
    node = avro(schema)

    assert node["fields"][0]["type"]["namespace"] == ""
    assert read(node, b"\x02")[0] == schema


@pytest.mark.parametrize(
    ("schema", "node"),
    [
        (INT8, {"type": "int", "connect.type": "int8"}),
        (STRING, "string"),
        (OPTIONAL_STRING, ["null", "string"]),
        (STRING.with_(doc="d", version=2), {"type": "string", "connect.doc": "d", "connect.version": 2}),
        (OPTIONAL_INT32.with_(default=3), [{"type": "int", "connect.default": 3}, "null"]),
        (map_schema(STRING, INT32), {"type": "map", "values": "int"}),
        (
            DATE,
            {
                "type": "int",
                "connect.version": 1,
                "connect.name": "org.apache.kafka.connect.data.Date",
                "logicalType": "date",
            },
        ),
    ],
)
def test_a_connect_schema_becomes_the_avro_schema_of_java(schema: Schema, node: Any) -> None:
    assert avro(schema) == node


def test_without_meta_data_only_avros_own_words_are_written() -> None:
    schema = struct_schema({"a": INT8.with_(doc="d", version=3, default=1)}, name="acme.R", version=5)

    assert avro(schema, meta_data=False) == {
        "type": "record",
        "name": "R",
        "namespace": "acme",
        "fields": [{"name": "a", "type": "int", "default": 1}],
    }


def test_a_name_that_avro_does_not_allow_is_refused_or_scrubbed() -> None:
    schema = struct_schema({"order-id": INT32, "1st": INT32}, name="my-app.R")

    with pytest.raises(DataError, match=r"'my-app'.*scrub\.invalid\.names"):
        avro(schema)
    node = avro(schema, scrub=True)
    assert node["namespace"] == "my_app"
    assert [field["name"] for field in node["fields"]] == ["order_id", "x1st"]
    assert write(schema, node, {"order-id": 1, "1st": 2}, scrub=True) == b"\x02\x04"


def test_a_union_is_a_struct_of_which_one_field_is_set() -> None:
    inner = record({"name": "x", "type": "int"}, name="acme.Inner")
    node = record({"name": "u", "type": ["null", "int", "string", inner, {"type": "array", "items": "int"}]})
    nothing = {"int": None, "string": None, "Inner": None, "array": None}

    schema, value = read(node, b"\x02\x0a")
    assert value == {"u": nothing | {"int": 5}}
    for union in (None, nothing | {"string": "x"}, nothing | {"Inner": {"x": 1}}, nothing | {"array": [1, 2]}):
        assert read(node, write(schema, node, {"u": union})) == (schema, {"u": union})
    assert schema.fields[0].schema.name == "io.confluent.connect.avro.Union"
    assert avro(schema)["fields"][0]["type"][0] == "null"


def test_a_union_with_two_values_is_refused() -> None:
    node = record({"name": "u", "type": ["int", "string"]})
    schema, _ = read(node, b"\x00\x00")

    with pytest.raises(DataError, match="exactly one of"):
        write(schema, node, {"u": {"int": 1, "string": "x"}})


def test_full_names_tell_types_of_a_union_apart() -> None:
    branches = [record(name="a.T"), record(name="b.T")]

    with pytest.raises(DataError, match=r"enhanced\.avro\.schema\.support"):
        read(branches, b"\x00")
    assert read(branches, b"\x02", enhanced=True)[1] == {"a.T": None, "b.T": {}}


def test_generalized_unions_are_named_by_place() -> None:
    schema, value = read(["int", "string"], b"\x02\x02x", generalized=True)

    assert value == {"connect_union_field_0": None, "connect_union_field_1": "x"}
    assert schema.parameters == {"org.apache.kafka.connect.data.Union": "connect_union_0"}
    assert avro(schema, generalized=True) == ["int", "string"]


ENUM = {"type": "enum", "name": "acme.Suit", "symbols": ["HEARTS", "SPADES"], "default": "SPADES", "doc": "of cards"}


def test_an_enum_is_a_string_and_with_enhanced_support_an_enum_again() -> None:
    schema, value = read(ENUM, b"\x02")

    assert value == "SPADES"
    assert schema.name == "acme.Suit"
    assert schema.type is Type.STRING
    assert avro(schema)["type"] == "string"
    again = avro(schema, enhanced=True)
    assert (again["type"], again["name"], again["symbols"]) == ("enum", "Suit", ["HEARTS", "SPADES"])
    assert (again["doc"], again["default"]) == ("of cards", "SPADES")
    assert write(schema, again, "HEARTS", enhanced=True) == b"\x00"
    with pytest.raises(DataError, match="the value is none of them"):
        write(schema, again, "CLUBS", enhanced=True)


def test_a_fixed_decimal_keeps_its_size_and_precision() -> None:
    node = {"type": "fixed", "name": "acme.Price", "size": 3, "logicalType": "decimal", "precision": 6, "scale": 2}
    schema, value = read({**node, "connect.name": "org.apache.kafka.connect.data.Decimal"}, b"\x00\x04\xd2")

    assert value == Decimal("12.34")
    assert schema.parameters == {"scale": "2", "connect.decimal.precision": "6", "connect.fixed.size": "3"}


def test_a_decimal_of_negative_scale_comes_back() -> None:
    schema = decimal_schema(-3)

    assert read(avro(schema), write(schema, avro(schema), Decimal("5E+3"))) == (schema, Decimal("5E+3"))


def test_the_end_of_the_day_comes_back() -> None:
    node = {"type": "int", "logicalType": "time-millis"}

    assert read(node, b"\x80\xf0\xb2\x52")[1] == dt.timedelta(days=1)


@pytest.mark.parametrize("logical", ["uuid", "timestamp-micros", "local-timestamp-millis", "of-my-own"])
def test_an_unknown_logical_type_is_what_is_beneath_it(logical: str) -> None:
    node = {"type": "string" if logical == "uuid" else "long", "logicalType": logical}

    assert read(node, b"\x02\x61" if logical == "uuid" else b"\x02")[1] == ("a" if logical == "uuid" else 1)


def test_texts_and_defaults_of_fields_are_kept() -> None:
    node = record({"name": "a", "type": "int", "default": 7, "doc": "about a"}) | {"doc": "about r"}

    schema, _ = read(node, b"\x02")

    assert schema.fields[0].schema.default == 7
    again = avro(schema)
    assert (again["doc"], again["fields"][0]["doc"], again["fields"][0]["default"]) == ("about r", "about a", 7)
    assert read(node, b"\x02", discard_docs=True)[0].fields[0].schema.doc == "about a"


def test_a_null_is_written_as_the_default_unless_defaults_are_ignored() -> None:
    schema = struct_schema({"a": OPTIONAL_INT32.with_(default=3)}, name="R")

    assert write(schema, avro(schema), {"a": None}) == b"\x00\x06"
    assert write(schema, avro(schema), {"a": None}, ignore_default=True) == b"\x02"


@pytest.mark.parametrize("text", ["{", '"acme.Unknown"', '{"type":"set"}', '"null"'])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        AvroFormat(AvroOptions()).reader(RegisteredSchema(1, "AVRO", text))


def test_an_error_names_the_field() -> None:
    inner = struct_schema({"n": INT32}, name="I")
    schema = struct_schema({"items": array_schema(inner)}, name="R")

    with pytest.raises(DataError, match="Field 'items': Field 'n': Invalid type for INT32: str"):
        write(schema, avro(schema), {"items": [{"n": "x"}]})


def test_bytes_are_copied_from_any_buffer() -> None:
    assert write(primitive_schema(Type.BYTES), "bytes", memoryview(b"ab")) == b"\x04ab"
