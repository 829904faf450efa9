"""What is written with a schema of Avro, JSON Schema or Protobuf is read back from that schema alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connect_runtime.converters.avro.format import AvroFormat
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.jsonschemas.format import JsonSchemaFormat
from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions
from connect_runtime.converters.protobuf.format import ProtobufFormat
from connect_runtime.converters.protobuf.wire import path_bytes, read_path
from connect_runtime.converters.protobuf.words import ProtobufOptions
from connect_runtime.converters.registry.converter import SchemaFormat
from connect_runtime.converters.registry.schemas import RegisteredSchema
from connect_runtime.errors import DataError
from connect_runtime.model.schema import STRING, Schema, Type, array_schema, map_schema, struct_schema
from tests.support.strategies import schemas, values_of, with_defaults

AVRO = AvroFormat(AvroOptions())
JSON = JsonSchemaFormat(JsonSchemaOptions())
JSON_NUMERIC = JsonSchemaFormat(JsonSchemaOptions(numeric_decimals=True, validate=True))
PROTOBUF = ProtobufFormat(ProtobufOptions(optional_for_nullables=True))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def with_valid_names(schema: Schema | None, names: Iterator[int]) -> Schema:
    """The same schema with names that every format allows, and none that comes twice."""
    assert schema is not None
    name = schema.name
    if name is not None and not name.startswith("org.apache.kafka.connect.data."):
        name = f"acme.N{next(names)}"
    schema = schema.with_(name=name)
    match schema.type:
        case Type.STRUCT:
            fields = {f"f{field.index}": with_valid_names(field.schema, names) for field in schema.fields}
            return schema.with_(fields=struct_schema(fields).fields)
        case Type.ARRAY:
            return schema.with_(value_schema=with_valid_names(schema.value_schema, names))
        case Type.MAP:
            return schema.with_(value_schema=with_valid_names(schema.value_schema, names))
        case _:
            return schema


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Schema, Any]:
    schema = with_valid_names(draw(schemas()), count())
    value = draw(values_of(schema))
    assume(value is not None)
    return schema, value


@st.composite
def typed_structs(draw: st.DrawFn) -> tuple[Schema, Any]:
    fields = draw(st.lists(schemas(1), max_size=5))
    names = count()
    schema = struct_schema({f"f{at}": with_valid_names(field, names) for at, field in enumerate(fields)}, name="A")
    return schema, draw(values_of(schema))


def round_trip(fmt: SchemaFormat, schema: Schema, value: Any) -> tuple[Schema | None, Any]:
    registered = RegisteredSchema(1, fmt.kind, fmt.draft(schema).text)
    return fmt.reader(registered)(fmt.writer(schema, registered)(value))


@MANY
@given(typed_values())
def test_an_avro_value_comes_back_with_its_schema(given: tuple[Schema, Any]) -> None:
    schema, value = given

    assert round_trip(AVRO, schema, value) == (schema, with_defaults(schema, value))


@MANY
@given(typed_values())
def test_a_json_schema_value_comes_back_with_its_schema(given: tuple[Schema, Any]) -> None:
    schema, value = given

    assert round_trip(JSON, schema, value) == (schema, with_defaults(schema, value))


@MANY
@given(typed_values())
def test_json_with_numeric_decimals_is_what_its_schema_says(given: tuple[Schema, Any]) -> None:
    schema, value = given

    read_schema, read = round_trip(JSON_NUMERIC, schema, value)

    assert (read_schema, read) == (schema, with_defaults(schema, value))


def as_protobuf_has_it(schema: Schema | None, value: Any) -> Any:
    """The value as it is read back: Protobuf has neither null containers nor null items of maps."""
    assert schema is not None
    if value is None and schema.default is None:
        return {Type.ARRAY: [], Type.MAP: {}}.get(schema.type)
    if value is None:
        return schema.default
    match schema.type:
        case Type.STRUCT:
            return {field.name: as_protobuf_has_it(field.schema, value[field.name]) for field in schema.fields}
        case Type.ARRAY:
            return [as_protobuf_has_it(schema.value_schema, item) for item in value]
        case Type.MAP:
            return {key: as_protobuf_has_it(schema.value_schema, item) for key, item in value.items()}
        case _:
            return value


@MANY
@given(typed_structs())
def test_a_protobuf_value_comes_back(given: tuple[Schema, Any]) -> None:
    schema, value = given
    try:
        PROTOBUF.draft(schema)
    except DataError as exc:
        assume("Protobuf has" not in str(exc))  # containers in containers
        raise
    assume(not has_null_item(schema, value))

    assert round_trip(PROTOBUF, schema, value)[1] == as_protobuf_has_it(schema, value)


def has_null_item(schema: Schema | None, value: Any) -> bool:
    """Whether an array has a null, which Protobuf cannot say."""
    assert schema is not None
    if value is None:
        return False
    match schema.type:
        case Type.STRUCT:
            return any(has_null_item(field.schema, value[field.name]) for field in schema.fields)
        case Type.ARRAY:
            return None in value or any(has_null_item(schema.value_schema, item) for item in value)
        case Type.MAP:
            return any(has_null_item(schema.value_schema, item) for item in value.values())
        case _:
            return False


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_bytes_that_are_no_message_are_refused_or_read_as_one(payload: bytes) -> None:
    inner = struct_schema({"a": STRING, "b": array_schema(STRING), "c": map_schema(STRING, STRING)}, name="inner")
    schema = struct_schema({"x": STRING, "y": inner.as_optional()}, name="outer")
    for fmt in (AVRO, JSON, PROTOBUF):
        read = fmt.reader(RegisteredSchema(1, fmt.kind, fmt.draft(schema).text))
        try:
            read_schema, value = read(payload)
        except DataError:
            continue
        assert read_schema is not None
        assert value.keys() == {"x", "y"}


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**20), min_size=1, max_size=6), st.binary(max_size=4))
def test_the_place_of_a_message_in_its_schema_comes_back(path: list[int], rest: bytes) -> None:
    head = path_bytes(path)

    assert read_path(head + rest) == (tuple(path), len(head))
