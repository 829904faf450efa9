"""Schemas that contain themselves, in every format: read, changed, checked, written again."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from connect_runtime.converters.avro.format import AvroFormat
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.json_converter import JsonConverter
from connect_runtime.converters.jsonschemas.format import JsonSchemaFormat
from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions
from connect_runtime.converters.protobuf.format import ProtobufFormat
from connect_runtime.converters.protobuf.words import ProtobufOptions
from connect_runtime.converters.registry.converter import SchemaFormat
from connect_runtime.converters.registry.schemas import RegisteredSchema
from connect_runtime.errors import DataError
from connect_runtime.model.described import spec_of_schema
from connect_runtime.sdk import Schema, SourceRecord, Transform, array_schema, struct_schema
from connect_runtime.sdk.data import INT32, STRING, is_recursive, project, recursive_schema, validate
from connect_runtime.transforms.expression import Expression
from connect_runtime.transforms.flatten import FlattenValue
from connect_runtime.transforms.insert_field import InsertFieldValue
from connect_runtime.transforms.replace_field import ReplaceFieldValue

AVRO = json.dumps(
    {
        "type": "record",
        "name": "acme.Node",
        "fields": [
            {"name": "label", "type": "string"},
            {"name": "next", "type": ["null", "Node"], "default": None},
            {"name": "children", "type": {"type": "array", "items": "Node"}},
            {
                "name": "owner",
                "type": [
                    "null",
                    {
                        "type": "record",
                        "name": "Owner",
                        "fields": [
                            {"name": "name", "type": "string"},
                            {"name": "boss", "type": ["null", "Owner"], "default": None},
                            {"name": "home", "type": ["null", "Node"], "default": None},
                        ],
                    },
                ],
                "default": None,
            },
        ],
    }
)
PROTOBUF = """
syntax = "proto3";
package acme;
message Node {
  message Owner { string name = 1; Owner boss = 2; Node home = 3; }
  string label = 1;
  Node next = 2;
  repeated Node children = 3;
  Owner owner = 4;
}
"""
JSON = json.dumps(
    {
        "title": "acme.Node",
        "type": "object",
        "properties": {
            "label": {"type": "string"},
            "next": {"oneOf": [{"type": "null"}, {"$ref": "#"}]},
            "children": {"type": "array", "items": {"$ref": "#"}},
            "owner": {"oneOf": [{"type": "null"}, {"$ref": "#/definitions/owner"}]},
        },
        "definitions": {
            "owner": {
                "title": "acme.Owner",
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "boss": {"oneOf": [{"type": "null"}, {"$ref": "#/definitions/owner"}]},
                    "home": {"oneOf": [{"type": "null"}, {"$ref": "#"}]},
                },
            }
        },
    }
)
FORMATS: list[tuple[SchemaFormat, str]] = [
    (AvroFormat(AvroOptions()), AVRO),
    (ProtobufFormat(ProtobufOptions()), PROTOBUF),
    (JsonSchemaFormat(JsonSchemaOptions()), JSON),
    (JsonSchemaFormat(JsonSchemaOptions(validate=True)), JSON),
]
LEAF: dict[str, Any] = {"label": "leaf", "next": None, "children": [], "owner": None}
ANN = {"name": "Ann", "boss": {"name": "Zoe", "boss": None, "home": None}, "home": {**LEAF, "label": "home"}}
TREE = {"label": "root", "next": {**LEAF, "next": LEAF}, "children": [LEAF, {**LEAF, "children": [LEAF]}], "owner": ANN}


def linked(label: Schema = STRING, name: str = "acme.Link") -> Schema:
    return recursive_schema(lambda own: {"label": label, "next": own().as_optional()}, name=name)


@pytest.fixture(params=FORMATS, ids=["avro", "protobuf", "json", "checked-json"])
def case(request: pytest.FixtureRequest) -> tuple[SchemaFormat, Schema, Any, bytes]:
    """A format, and the tree as it was written under the format's own schema and read."""
    fmt, text = request.param
    registered = RegisteredSchema(1, fmt.kind, text)
    schema, _ = fmt.reader(registered)(fmt.writer(schema_of(fmt, text), registered)(TREE))
    assert schema is not None
    data = fmt.writer(schema, registered)(TREE)
    return fmt, schema, fmt.reader(registered)(data)[1], data


def schema_of(fmt: SchemaFormat, text: str) -> Schema:
    empty = {"AVRO": b"\x02a\x00\x00\x00", "PROTOBUF": b"\x00", "JSON": b'{"label":"a","children":[]}'}
    schema, _ = fmt.reader(RegisteredSchema(1, fmt.kind, text))(empty[fmt.kind])
    assert schema is not None
    return schema


def test_a_tree_is_read_and_written_back_byte_for_byte(case: tuple[SchemaFormat, Schema, Any, bytes]) -> None:
    fmt, schema, value, data = case
    assert value == TREE
    validate(schema, value)

    draft = fmt.draft(schema)
    registered = RegisteredSchema(2, fmt.kind, draft.text)

    assert fmt.writer(schema, registered)(value) == data
    again, read = fmt.reader(registered)(data)
    assert read == TREE
    assert again is not None
    assert fmt.draft(again).text == draft.text


def test_a_tree_passes_through_transforms(case: tuple[SchemaFormat, Schema, Any, bytes]) -> None:
    fmt, schema, value, _ = case
    record = SourceRecord({}, {}, "t", value, schema)
    named: list[tuple[Transform, dict[str, str]]] = [
        (InsertFieldValue(), {"static.field": "by", "static.value": "me"}),
        (Expression(), {"filter": "value.next.next.label == 'leaf'"}),
        (ReplaceFieldValue(), {"exclude": "children"}),
    ]

    for transform, options in named:
        transform.configure(options)
        changed = transform.apply(record)
        assert changed is not None
        record = changed

    assert record.value["next"] == {**LEAF, "next": LEAF}
    assert "children" not in record.value
    assert record.value_schema is not None
    validate(record.value_schema, record.value)
    assert is_recursive(schema)
    if fmt.kind == "JSON":  # the others have one type of a name, and the outermost node has lost a field
        assert fmt.draft(record.value_schema)


def test_a_tree_is_shown_with_its_fields_once(case: tuple[SchemaFormat, Schema, Any, bytes]) -> None:
    _, schema, _, _ = case

    spec = spec_of_schema(schema)

    assert spec is not None
    fields = {field["field"]: field for field in spec["fields"]}
    assert fields["next"]["recursive"] is True
    assert "fields" not in fields["next"]
    assert [field["field"] for field in fields["owner"]["fields"]] == ["name", "boss", "home"]
    assert len(json.dumps(spec)) < 4000


@pytest.mark.parametrize(("fmt", "text"), FORMATS)
def test_equal_schemas_that_contain_themselves_are_the_same(fmt: SchemaFormat, text: str) -> None:
    one, other = schema_of(fmt, text), schema_of(fmt, text)

    assert one is other
    assert one.with_(doc="x") == other.with_(doc="x")
    assert one.with_(doc="x") != other


def test_schemas_that_differ_deep_inside_are_told_apart() -> None:
    assert linked() == linked()
    assert hash(linked()) == hash(linked())
    assert linked() != linked(INT32)
    assert linked() != struct_schema({"label": STRING, "next": linked().as_optional()}, name="other")
    assert len({linked(), linked(INT32), linked(), array_schema(linked()), array_schema(linked())}) == 3
    assert "contains itself" in repr(linked())


def test_a_struct_that_does_not_use_itself_is_like_any_other() -> None:
    made = recursive_schema(lambda _: {"a": STRING}, name="R")

    assert made is struct_schema({"a": STRING}, name="R")
    assert not is_recursive(made)


def test_the_schema_inside_is_the_one_outside() -> None:
    inner = linked().field("next")

    assert inner is not None
    assert inner.schema == linked().as_optional()
    assert inner.schema.field("next") == inner


def test_a_long_chain_is_checked_and_projected() -> None:
    value: dict[str, Any] = {"label": "end", "next": None}
    for _ in range(100):
        value = {"label": "x", "next": value}

    validate(linked(), value)
    assert project(linked(), copy.deepcopy(value), linked()) == value
    innermost: Any = value
    while innermost["next"]["next"] is not None:
        innermost = innermost["next"]
    innermost["next"] = {"label": 1, "next": None}
    with pytest.raises(DataError, match="label"):
        validate(linked(), value)


def test_json_without_schemas_writes_a_tree_and_json_with_schemas_says_what_to_do() -> None:
    value = {"label": "a", "next": {"label": "b", "next": None}}
    plain, enveloped = JsonConverter(), JsonConverter()
    plain.configure({"schemas.enable": "false", "schemas.cache.size": "1"}, is_key=False)
    enveloped.configure({}, is_key=False)

    for _ in range(2):
        data = plain.from_connect("t", linked(), value)
        assert data == b'{"label":"a","next":{"label":"b","next":null}}'
    with pytest.raises(DataError, match=r"acme\.Link contains itself.*schemas\.enable=false"):
        enveloped.from_connect("t", linked(), value)
    with pytest.raises(DataError, match="label"):
        plain.from_connect("t", linked(), {"label": "a", "next": {"label": 1, "next": None}})


def test_flatten_says_which_field_contains_itself() -> None:
    flatten = FlattenValue()
    flatten.configure({})

    with pytest.raises(DataError, match=r"contain themselves \(field next\).*ReplaceField"):
        flatten.apply(SourceRecord({}, {}, "t", {"label": "a", "next": None}, linked()))


def test_a_json_schema_that_contains_itself_without_an_object_is_refused() -> None:
    text = json.dumps({"type": "array", "items": {"$ref": "#"}})

    with pytest.raises(DataError, match="contains itself without an object in between"):
        JsonSchemaFormat(JsonSchemaOptions()).reader(RegisteredSchema(1, "JSON", text))


@pytest.mark.parametrize("shape", ["allOf", "type"])
def test_a_json_schema_may_reach_itself_through_merged_and_listed_types(shape: str) -> None:
    node: dict[str, Any] = {"properties": {"a": {"type": "string"}, "next": {"$ref": "#/definitions/n"}}}
    inner = {"allOf": [{"type": "object", **node}]} if shape == "allOf" else {"type": ["object", "null"], **node}
    first = {"first": {"$ref": "#/definitions/n"}}
    text = json.dumps({"type": "object", "properties": first, "definitions": {"n": inner}})

    _, value = JsonSchemaFormat(JsonSchemaOptions()).reader(RegisteredSchema(1, "JSON", text))(
        b'{"first":{"a":"x","next":{"a":"y"}}}'
    )

    assert value == {"first": {"a": "x", "next": {"a": "y", "next": None}}}


def test_many_types_that_contain_each_other_are_read_in_little_time() -> None:
    names = [f"N{n}" for n in range(12)]
    messages = "".join(
        f"message {name} {{ {' '.join(f'{other} f{n} = {n};' for n, other in enumerate(names, 1))} }}" for name in names
    )
    fmt = ProtobufFormat(ProtobufOptions())

    schema, value = fmt.reader(RegisteredSchema(1, "PROTOBUF", f'syntax = "proto3"; {messages}'))(b"\x00")

    assert schema is not None
    assert set(value) == {f"f{n}" for n in range(1, 13)}
