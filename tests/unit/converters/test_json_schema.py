"""Schemas and values between Connect and JSON Schema, where they are not simply the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connect_runtime.converters.jsonschemas.format import JsonSchemaFormat
from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions
from connect_runtime.converters.registry.schemas import RegisteredSchema
from connect_runtime.errors import DataError
from connect_runtime.sdk import Schema, Type, map_schema, struct_schema
from connect_runtime.sdk.data import (
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    decimal_schema,
)


def made(schema: Schema, **options: bool) -> Any:
    return json.loads(JsonSchemaFormat(JsonSchemaOptions(**options)).draft(schema).text)


def read(node: Any, data: bytes, imports: dict[str, str] | None = None, **options: bool) -> tuple[Schema, Any]:
    registered = RegisteredSchema(1, "JSON", json.dumps(node), imports or {})
    schema, value = JsonSchemaFormat(JsonSchemaOptions(**options)).reader(registered)(data)
    assert schema is not None
    return schema, value


def write(schema: Schema, value: Any, node: Any = None, **options: bool) -> bytes:
    fmt = JsonSchemaFormat(JsonSchemaOptions(**options))
    text = fmt.draft(schema).text if node is None else json.dumps(node)
    return fmt.writer(schema, RegisteredSchema(1, "JSON", text))(value)


@pytest.mark.parametrize(
    ("schema", "node"),
    [
        (INT8, {"type": "integer", "connect.type": "int8"}),
        (FLOAT64.with_(doc="d"), {"type": "number", "connect.type": "float64", "description": "d"}),
        (OPTIONAL_STRING, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
        (
            STRING.with_(name="n", version=2, default="x"),
            {"type": "string", "title": "n", "connect.version": 2, "default": "x"},
        ),
        (
            map_schema(STRING, INT32),
            {
                "type": "object",
                "connect.type": "map",
                "additionalProperties": {"type": "integer", "connect.type": "int32"},
            },
        ),
        (
            decimal_schema(2),
            {
                "type": "number",
                "connect.type": "bytes",
                "title": "org.apache.kafka.connect.data.Decimal",
                "connect.version": 1,
                "connect.parameters": {"scale": "2"},
            },
        ),
    ],
)
def test_a_connect_schema_becomes_the_json_schema_of_java(schema: Schema, node: Any) -> None:
    assert made(schema) == node


def test_a_struct_is_an_object_whose_properties_know_their_places() -> None:
    schema = struct_schema({"a": STRING, "b": OPTIONAL_INT32}, name="R")

    node = made(schema)
    assert (node["type"], node["title"]) == ("object", "R")
    assert [inner["connect.index"] for inner in node["properties"].values()] == [0, 1]
    assert "additionalProperties" not in node
    assert made(schema, additional_properties=False)["additionalProperties"] is False
    assert made(schema, optional_for_nonrequired=True)["required"] == ["a"]
    shuffled = {**node, "properties": dict(reversed(node["properties"].items()))}
    assert read(shuffled, b'{"a":"x","b":null}')[0] == schema


def test_a_property_that_is_missing_is_null() -> None:
    node = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string", "default": "x"}}}

    schema, value = read(node, b"{}")

    assert value == {"a": None, "b": "x"}
    assert not schema.fields[0].schema.optional
    assert read({**node, "required": ["b"]}, b'{"b":""}', optional_for_nonrequired=True)[0].fields[0].schema.optional
    with pytest.raises(DataError, match="Field 'a': Invalid null value for required INT64"):
        read(node, b'{"a":null}')


def test_null_properties_are_left_out_where_they_need_not_be_there() -> None:
    schema = struct_schema({"a": OPTIONAL_INT32, "b": STRING}, name="R")

    assert write(schema, {"a": None, "b": "x"}) == b'{"a":null,"b":"x"}'
    assert write(schema, {"a": None, "b": "x"}, optional_for_nonrequired=True) == b'{"b":"x"}'


def test_one_of_is_a_struct_of_which_one_field_is_set() -> None:
    one = {"type": "object", "properties": {"x": {"type": "integer"}}}
    two = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}
    node = {"oneOf": [{"type": "null"}, {"type": "integer"}, {"type": "string"}, one, two]}
    mark = "io.confluent.connect.json.OneOf.field."
    nothing = {f"{mark}{place}": None for place in range(4)}

    schema, value = read(node, b"5")
    assert value == nothing | {f"{mark}0": 5}
    assert read(node, b'"a"')[1] == nothing | {f"{mark}1": "a"}
    assert read(node, b'{"x":1}')[1] == nothing | {f"{mark}2": {"x": 1}}
    both = nothing | {f"{mark}3": {"x": 1, "y": 2}}
    assert read(node, b'{"x":1,"y":2}')[1] == both
    assert write(schema, both) == b'{"x":1,"y":2}'
    assert read(node, b"null")[1] is None
    with pytest.raises(DataError, match="matching type of a oneOf for an array"):
        read(node, b"[]")
    assert read(node, b"5", generalized=True)[1]["connect_union_field_0"] == 5


def test_types_in_a_list_are_alternatives() -> None:
    assert read({"type": ["null", "string"]}, b'"x"') == (OPTIONAL_STRING, "x")


def test_an_enum_is_a_string_and_an_enum_again() -> None:
    schema, value = read({"enum": ["a", "b"]}, b'"b"')

    assert value == "b"
    assert made(schema) == {"enum": ["a", "b"]}
    assert made(read({"enum": ["a", "b"]}, b'"b"', generalized=True)[0], generalized=True)["enum"] == ["a", "b"]


def test_the_parts_of_all_of_are_one_object() -> None:
    node = {
        "definitions": {"base": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}},
        "allOf": [{"$ref": "#/definitions/base"}, {"properties": {"name": {"type": "string"}}}],
    }

    schema, value = read(node, b'{"id":1,"name":"x"}', optional_for_nonrequired=True)

    assert value == {"id": 1, "name": "x"}
    assert [(field.name, field.schema.optional) for field in schema.fields] == [("id", False), ("name", True)]


def test_references_are_found_in_the_document_and_in_others() -> None:
    other = {
        "type": "object",
        "properties": {"cents": {"$ref": "#/definitions/n"}},
        "definitions": {"n": {"type": "integer"}},
    }
    node = {"type": "object", "properties": {"total": {"$ref": "money.json"}, "tax": {"$ref": "money.json"}}}

    schema, value = read(
        node, b'{"total":{"cents":5},"tax":{"cents":1}}', {"money.json": json.dumps(other)}, validate=True
    )

    assert value == {"total": {"cents": 5}, "tax": {"cents": 1}}
    assert schema.fields[0].schema.fields[0].schema == INT64
    with pytest.raises(DataError, match=r"refers to 'money\.json'"):
        read(node, b"{}")


def test_values_are_checked_against_the_schema_if_wanted() -> None:
    schema = struct_schema({"n": INT32}, name="R")
    node = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 5, "connect.type": "int32"}}}

    assert write(schema, {"n": 9}, node) == b'{"n":9}'
    for work in (lambda: write(schema, {"n": 9}, node, validate=True), lambda: read(node, b'{"n":9}', validate=True)):
        with pytest.raises(DataError, match=r"at \$\.n: it does not meet maximum: 5"):
            work()
    with pytest.raises(DataError, match="invalid JSON schema"):
        read({"type": "integer", "maximum": "x"}, b"1", validate=True)


@pytest.mark.parametrize("data", [b"", b"{", b'{"n":"x"}', b'{"n":1.5}', b"[]", b'{"n":2147483648}', b'{"n":true}'])
def test_what_is_not_as_the_schema_says_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        read(made(struct_schema({"n": INT32}, name="R")), data)


@pytest.mark.parametrize(
    "node", [True, {}, {"type": "array"}, {"type": "integer", "connect.type": "int7"}, {"type": "any"}]
)
def test_a_schema_that_says_no_type_is_refused(node: Any) -> None:
    with pytest.raises(DataError):
        read(node, b"1")


def test_numbers_that_json_lacks_are_texts() -> None:
    for text, number in ((b'"NaN"', "nan"), (b'"Infinity"', "inf"), (b'"-Infinity"', "-inf")):
        assert write(FLOAT64, float(number)) == text
        assert str(read(made(FLOAT64), text)[1]) == number


def test_a_number_without_connect_type_has_64_bits() -> None:
    assert read({"type": "integer"}, b"5")[0].type is Type.INT64
    assert read({"type": "number"}, b"5") == (FLOAT64, 5.0)
