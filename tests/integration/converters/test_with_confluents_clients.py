"""A real registry, and messages as Confluent's own clients write and read them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema as RegistrySchema
from confluent_kafka.schema_registry import SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.errors import DataError, RetriableError
from connect_runtime.sdk import Converter, array_schema, map_schema, struct_schema
from connect_runtime.sdk.data import (
    BOOLEAN,
    DATE,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    decimal_schema,
)
from tests.support.schema_registry import ApicurioRegistry

ORDER = struct_schema(
    {
        "id": INT64,
        "small": INT8,
        "price": decimal_schema(2),
        "day": DATE,
        "at": TIME,
        "created": TIMESTAMP,
        "tags": array_schema(STRING),
        "counts": map_schema(STRING, INT32),
        "note": OPTIONAL_STRING,
        "buyer": struct_schema({"name": STRING, "vip": BOOLEAN, "score": FLOAT64}, name="acme.Buyer"),
    },
    name="acme.Order",
)
AN_ORDER = {
    "id": 2**40,
    "small": -5,
    "price": Decimal("12.30"),
    "day": dt.date(2024, 2, 29),
    "at": dt.time(12, 30),
    "created": dt.datetime(2024, 3, 1, 8, 0, 0, 45000, tzinfo=dt.UTC),
    "tags": ["a", "b"],
    "counts": {"x": 1},
    "note": None,
    "buyer": {"name": "Ann", "vip": True, "score": 0.5},
}


@pytest.fixture
def client(registry: ApicurioRegistry) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": registry.url}) as made:
        yield made


@pytest.fixture
def configured(registry: ApicurioRegistry) -> Iterator[Callable[..., Converter]]:
    made: list[Converter] = []

    def make(cls: type[Converter], **options: str) -> Converter:
        converter = cls()
        given = {name.replace("_", "."): value for name, value in options.items()}
        converter.configure({"schema.registry.url": registry.url, **given}, is_key=False)
        made.append(converter)
        return converter

    yield make
    for converter in made:
        converter.close()


def context(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (AvroConverter, {}),
        (JsonSchemaConverter, {}),
        (JsonSchemaConverter, {"json_fail_invalid_schema": "true", "decimal_format": "NUMERIC"}),
        (ProtobufConverter, {"optional_for_nullables": "true"}),
    ],
)
def test_a_value_comes_back_through_the_registry(
    configured: Callable[..., Converter], cls: type[Converter], options: dict[str, str], request: pytest.FixtureRequest
) -> None:
    topic = f"round-trip-{request.node.name}"
    writer, reader = configured(cls, **options), configured(cls, **options)

    data = writer.from_connect(topic, ORDER, AN_ORDER)
    schema, value = reader.to_connect(topic, data)

    assert value == AN_ORDER
    assert schema is not None
    assert schema.version == 1
    assert schema == ORDER.with_(version=1) or cls is ProtobufConverter


def test_avro_that_confluents_client_wrote_is_read(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    text = json.dumps(
        {
            "type": "record",
            "name": "Trip",
            "namespace": "acme",
            "fields": [
                {"name": "who", "type": "string"},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["BUS", "TRAIN"]}},
                {"name": "what", "type": ["null", "int", "string", {"type": "fixed", "name": "Id", "size": 2}]},
                {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
                {"name": "left", "type": {"type": "long", "logicalType": "timestamp-millis"}},
                {"name": "stops", "type": {"type": "array", "items": "string"}},
            ],
        }
    )
    left = dt.datetime(2024, 3, 1, 8, tzinfo=dt.UTC)
    trip = {
        "who": "Ann", "kind": "TRAIN", "what": b"\x01\x02", "price": Decimal("9.90"), "left": left, "stops": ["A", "B"],
    }  # fmt: skip
    data = AvroSerializer(client, text)(trip, context("trips"))

    schema, value = configured(AvroConverter).to_connect("trips", data)

    assert schema is not None
    assert schema.name == "acme.Trip"
    assert value == trip | {"what": {"int": None, "string": None, "Id": b"\x01\x02"}}


def test_confluents_client_reads_avro_that_the_converter_wrote(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    data = configured(AvroConverter).from_connect("avro-out", ORDER, AN_ORDER)

    assert AvroDeserializer(client)(data, context("avro-out")) == AN_ORDER


def test_json_goes_both_ways(configured: Callable[..., Converter], client: SchemaRegistryClient) -> None:
    text = json.dumps(
        {
            "title": "acme.Point",
            "type": "object",
            "properties": {"x": {"type": "integer"}, "label": {"type": ["null", "string"]}, "w": {"type": "number"}},
            "required": ["x"],
        }
    )
    data = JSONSerializer(text, client)({"x": 1, "w": 2}, context("points"))
    converter = configured(JsonSchemaConverter, use_optional_for_nonrequired="true")

    schema, value = converter.to_connect("points", data)
    assert value == {"x": 1, "label": None, "w": 2.0}
    again = converter.from_connect("points-out", schema, value)

    read = JSONDeserializer(None, schema_registry_client=client)(again, context("points-out"))
    assert read == {"x": 1, "w": 2.0}


def compiled(text: dict[str, Any]) -> Any:
    """The class of message ``acme.Event`` with an inner message, an enum, a oneof, a map and a timestamp."""
    file = descriptor_pb2.FileDescriptorProto(name="acme/event.proto", package="acme", syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    kinds = file.enum_type.add(name="Kind")
    kinds.value.add(name="NONE", number=0)
    kinds.value.add(name="CLICK", number=1)
    other = file.message_type.add(name="Other")
    field = descriptor_pb2.FieldDescriptorProto
    other.field.add(name="a", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    event = file.message_type.add(name="Event")
    place = event.nested_type.add(name="Place")
    place.field.add(name="city", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    entry = event.nested_type.add(name="CountsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    event.oneof_decl.add(name="by")
    for number, (name, type_, label, more) in enumerate(text["fields"], 1):
        event.field.add(name=name, number=number, type=type_, label=label, **more)
    pool = descriptor_pool.DescriptorPool()
    stamps = descriptor_pool.Default().FindFileByName("google/protobuf/timestamp.proto")
    pool.AddSerializedFile(stamps.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("acme.Event"))


FIELD = descriptor_pb2.FieldDescriptorProto
EVENT_FIELDS = {
    "fields": [
        ("id", FIELD.TYPE_UINT64, FIELD.LABEL_OPTIONAL, {}),
        ("kind", FIELD.TYPE_ENUM, FIELD.LABEL_OPTIONAL, {"type_name": ".acme.Kind"}),
        ("place", FIELD.TYPE_MESSAGE, FIELD.LABEL_OPTIONAL, {"type_name": ".acme.Event.Place"}),
        ("tags", FIELD.TYPE_STRING, FIELD.LABEL_REPEATED, {}),
        ("counts", FIELD.TYPE_MESSAGE, FIELD.LABEL_REPEATED, {"type_name": ".acme.Event.CountsEntry"}),
        ("at", FIELD.TYPE_MESSAGE, FIELD.LABEL_OPTIONAL, {"type_name": ".google.protobuf.Timestamp"}),
        ("mail", FIELD.TYPE_STRING, FIELD.LABEL_OPTIONAL, {"oneof_index": 0}),
        ("phone", FIELD.TYPE_INT64, FIELD.LABEL_OPTIONAL, {"oneof_index": 0}),
    ]
}


def test_protobuf_that_confluents_client_wrote_is_read_and_written_again(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    event_class = compiled(EVENT_FIELDS)
    event = event_class(id=7, kind=1, place={"city": "Rome"}, tags=["a"], counts={"x": 2}, phone=39)
    event.at.FromJsonString("2024-03-01T08:00:00.045Z")
    serializer = ProtobufSerializer(event_class, client, {"use.deprecated.format": False})
    data = serializer(event, context("events"))

    converter = configured(ProtobufConverter)
    schema, value = converter.to_connect("events", data)

    assert value == {
        "by_0": {"mail": None, "phone": 39},
        "id": 7,
        "kind": "CLICK",
        "place": {"city": "Rome"},
        "tags": ["a"],
        "counts": {"x": 2},
        "at": dt.datetime(2024, 3, 1, 8, 0, 0, 45000, tzinfo=dt.UTC),
    }
    assert schema is not None
    again = converter.from_connect("events-out", schema, value)
    deserializer = ProtobufDeserializer(event_class, {"use.deprecated.format": False})
    assert deserializer(again, context("events-out")) == event


def test_a_protobuf_schema_may_import_others(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    money = 'syntax = "proto3"; package acme; message Money { int64 cents = 1; }'
    bill = (
        'syntax = "proto3"; package acme; import "money.proto"; '
        "message Unused { string a = 1; } message Bill { message Line { Money price = 1; } repeated Line lines = 1; }"
    )
    client.register_schema("money", RegistrySchema(money, "PROTOBUF"))
    reference = SchemaReference("money.proto", "money", 1)
    schema_id = client.register_schema("bills", RegistrySchema(bill, "PROTOBUF", [reference]))
    head = b"\x00" + schema_id.to_bytes(4, "big")

    line = configured(ProtobufConverter).to_connect("bills", head + b"\x04\x02\x00" + b"\x0a\x02\x08\x05")
    whole = configured(ProtobufConverter).to_connect("bills", head + b"\x02\x02" + b"\x0a\x04\x0a\x02\x08\x05")

    assert line[1] == {"price": {"cents": 5}}
    assert whole[1] == {"lines": [{"price": {"cents": 5}}]}


def test_trees_of_confluents_clients_are_read_and_written_again(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    tree = {"id": 1, "children": [{"id": 2, "children": []}, {"id": 3, "children": [{"id": 4, "children": []}]}]}
    children = {"type": "array", "items": "Node"}
    fields = [{"name": "id", "type": "int"}, {"name": "children", "type": children}]
    avro = json.dumps({"type": "record", "name": "Node", "namespace": "acme", "fields": fields})
    properties = {"id": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#"}}}
    schema_of_json = json.dumps({"title": "acme.Node", "type": "object", "properties": properties})
    read_json = JSONDeserializer(None, schema_registry_client=client)
    cases: list[tuple[type[Converter], Any, Any]] = [
        (AvroConverter, AvroSerializer(client, avro), AvroDeserializer(client)),
        (JsonSchemaConverter, JSONSerializer(schema_of_json, client), read_json),
    ]

    for cls, serialize, deserialize in cases:
        topic, converter = f"trees-{cls.__name__}", configured(cls)
        schema, value = converter.to_connect(topic, serialize(tree, context(topic)))
        again = converter.from_connect(f"{topic}-out", schema, value)
        assert value == tree
        assert deserialize(again, context(f"{topic}-out")) == tree


def test_confluents_client_reads_what_had_no_schema(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    converter = configured(AvroConverter)
    data = converter.from_connect("no-schema", None, {"a": [1, None]})

    record = AvroDeserializer(client)(data, context("no-schema"))

    (entry,) = record["map"]
    assert entry["key"]["string"] == "a"
    assert [item["long"] for item in entry["value"]["array"]] == [1, None]
    assert converter.to_connect("no-schema", data) == (None, {"a": [1, None]})


def test_an_incompatible_schema_is_refused_with_the_registrys_reasons(
    configured: Callable[..., Converter], client: SchemaRegistryClient
) -> None:
    converter = configured(AvroConverter)
    converter.from_connect("strict", struct_schema({"a": INT32}, name="R"), {"a": 1})
    client.set_compatibility("strict-value", "BACKWARD")

    with pytest.raises(DataError, match="subject strict-value, it is incompatible"):
        converter.from_connect("strict", struct_schema({"a": STRING}, name="R"), {"a": "x"})
    assert converter.from_connect("strict", struct_schema({"a": INT64}, name="R"), {"a": 1}) is not None


def test_an_unknown_schema_id_is_the_records_fault(configured: Callable[..., Converter]) -> None:
    with pytest.raises(DataError, match="schema of id 99999"):
        configured(AvroConverter).to_connect("t", b"\x00\x00\x01\x86\x9f\x00")


def test_a_registry_that_is_away_is_waited_for(tmp_path: Any) -> None:
    registry = ApicurioRegistry(tmp_path)
    converter = AvroConverter()
    converter.configure({"schema.registry.url": registry.url}, is_key=False)

    with pytest.raises(RetriableError, match="did not answer"):
        converter.from_connect("t", STRING, "x")
    with registry:
        data = converter.from_connect("t", STRING, "x")
        assert converter.to_connect("t", data) == (STRING.with_(version=1), "x")
    assert converter.to_connect("t", data) == (STRING.with_(version=1), "x")  # known by now
    converter.close()
