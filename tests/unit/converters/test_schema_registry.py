"""What the converters with a schema registry ask of it, keep, and say when something is wrong."""

from __future__ import annotations

import json

import pytest

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.converters.registry.converter import SchemaRegistryConverter
from connect_runtime.errors import ConfigError, DataError
from connect_runtime.sdk import Schema, struct_schema
from connect_runtime.sdk.data import INT32, INT64, OPTIONAL_STRING, STRING
from tests.support.fake_schema_registry import FakeSchemaRegistry

USER = struct_schema({"name": STRING}, name="acme.User")
ANN = {"name": "Ann"}


@pytest.fixture
def registry() -> FakeSchemaRegistry:
    return FakeSchemaRegistry()


def test_a_message_starts_with_a_zero_and_the_id_of_its_schema(registry: FakeSchemaRegistry) -> None:
    registry.add("other", '"string"')

    assert registry.avro().from_connect("users", USER, ANN) == b"\x00\x00\x00\x00\x02\x06Ann"


def test_a_schema_is_registered_once_and_read_once(registry: FakeSchemaRegistry) -> None:
    writer, reader = registry.avro(), registry.avro()

    data = writer.from_connect_batch("users", [USER] * 3, [ANN] * 3)
    reader.to_connect_batch("users", [*data, *data])
    writer.from_connect("users", USER, ANN)

    assert registry.requests == [
        ("POST", "/subjects/users-value/versions"),
        ("GET", "/schemas/ids/1"),
        ("GET", "/schemas/ids/1/versions?deleted=true"),
    ]


def test_every_topic_has_its_own_subject(registry: FakeSchemaRegistry) -> None:
    writer = registry.avro()

    writer.from_connect("a", USER, ANN)
    writer.from_connect("b", USER, ANN)

    assert registry.subjects == ["a-value", "b-value"]


@pytest.mark.parametrize(
    ("strategy", "subject"),
    [
        ("TopicNameStrategy", "users-key"),
        ("RecordNameStrategy", "acme.User"),
        ("io.confluent.kafka.serializers.subject.TopicRecordNameStrategy", "users-acme.User"),
    ],
)
def test_a_subject_is_named_by_the_strategy(registry: FakeSchemaRegistry, strategy: str, subject: str) -> None:
    registry.avro(key_subject_name_strategy=strategy).from_connect("users", USER, ANN)

    assert registry.subjects == [subject]


def test_a_record_without_name_has_no_subject_that_is_named_after_it(registry: FakeSchemaRegistry) -> None:
    writer = registry.avro(value_subject_name_strategy="RecordNameStrategy")

    with pytest.raises(DataError, match="no record name"):
        writer.from_connect("users", STRING, "x")


def test_an_unknown_strategy_is_refused(registry: FakeSchemaRegistry) -> None:
    with pytest.raises(ConfigError, match=r"value\.subject\.name\.strategy"):
        registry.avro(value_subject_name_strategy="MyStrategy")


@pytest.mark.parametrize(
    ("data", "likeness"),
    [
        (b'{"a":1}', "JSON text"),
        (b"hello", "text: StringConverter"),
        (b"Obj\x01avro.codec", "an Avro container file"),
        (b"\xff\xfe\xfd\xfc\xfb\xfa", "bytes: ByteArrayConverter"),
        (b"", "an empty message"),
        (b"\x00\x00\x01", "3 bytes, cut off"),
    ],
)
def test_a_message_of_another_format_is_told_by_its_looks(
    registry: FakeSchemaRegistry, data: bytes, likeness: str
) -> None:
    with pytest.raises(DataError, match=f"Unknown magic byte in a message of topic users.*{likeness}"):
        registry.avro().to_connect("users", data)


def test_a_schema_id_that_the_registry_does_not_have_is_the_records_fault(registry: FakeSchemaRegistry) -> None:
    with pytest.raises(DataError, match="find the schema of id 7: Schema not found"):
        registry.avro().to_connect("users", b"\x00\x00\x00\x00\x07\x00")


def test_a_schema_of_another_type_names_the_converter_to_set(registry: FakeSchemaRegistry) -> None:
    registry.add("users-value", '{"type":"object"}', "JSON")

    with pytest.raises(DataError, match=r"of type JSON: AvroConverter reads AVRO; set value\.converter"):
        registry.avro().to_connect("users", b"\x00\x00\x00\x00\x01{}")


def test_without_registration_a_schema_must_be_there(registry: FakeSchemaRegistry) -> None:
    writer = registry.avro(auto_register_schemas="false")

    with pytest.raises(DataError, match="find the record's schema in subject users-value"):
        writer.from_connect("users", USER, ANN)
    registry.avro().from_connect("users", USER, ANN)

    assert writer.from_connect("users", USER, ANN) == b"\x00\x00\x00\x00\x01\x06Ann"


LATEST = {
    "type": "record",
    "name": "acme.User",
    "fields": [
        {"name": "id", "type": ["null", "int", "string"], "default": None},
        {"name": "name", "type": ["null", "string"], "default": None},
        {"name": "kind", "type": "string", "default": "human"},
    ],
}


def latest(registry: FakeSchemaRegistry, **options: str) -> AvroConverter:
    registry.add("users-value", json.dumps(LATEST))
    return registry.avro(auto_register_schemas="false", use_latest_version="true", **options)


def test_records_are_written_with_the_latest_version(registry: FakeSchemaRegistry) -> None:
    writer = latest(registry)

    data = writer.from_connect(
        "users", struct_schema({"name": STRING, "id": INT32}, name="acme.User"), {"id": 5, **ANN}
    )

    assert data == b"\x00\x00\x00\x00\x01\x02\x0a\x02\x06Ann\x0ahuman"
    assert writer.to_connect("users", data)[1] == {"id": {"int": 5, "string": None}, "name": "Ann", "kind": "human"}


def test_an_incompatible_latest_version_is_refused_unless_that_is_wanted(registry: FakeSchemaRegistry) -> None:
    registry.messages = ["missing field"]

    with pytest.raises(DataError, match=r"missing field.*latest\.compatibility\.strict=false"):
        latest(registry).from_connect("users", USER, ANN)
    assert latest(registry, latest_compatibility_strict="false").from_connect("users", USER, ANN) is not None


def test_a_latest_version_that_needs_more_than_the_record_has_is_refused(registry: FakeSchemaRegistry) -> None:
    registry.add("users-value", json.dumps({**LATEST, "fields": [{"name": "age", "type": "int"}]}))
    writer = registry.avro(auto_register_schemas="false", use_latest_version="true")

    with pytest.raises(DataError, match=r"Field 'age' of the registered schema acme.User has no default"):
        writer.from_connect("users", USER, ANN)


def test_records_are_written_with_the_schema_of_an_id(registry: FakeSchemaRegistry) -> None:
    schema_id = registry.add("elsewhere", json.dumps(LATEST))
    writer = registry.avro(auto_register_schemas="false", use_schema_id=str(schema_id))

    assert writer.from_connect("users", USER, ANN) == b"\x00\x00\x00\x00\x01\x00\x02\x06Ann\x0ahuman"


def test_a_schema_may_refer_to_others(registry: FakeSchemaRegistry) -> None:
    inner = {"type": "record", "name": "acme.Money", "fields": [{"name": "cents", "type": "long"}]}
    outer = {"type": "record", "name": "acme.Bill", "fields": [{"name": "total", "type": "acme.Money"}]}
    registry.add("money", json.dumps(inner))
    reference = {"name": "acme.Money", "subject": "money", "version": 1}
    registry.add("bill", json.dumps(outer), references=[reference])

    schema, value = registry.avro().to_connect("bills", b"\x00\x00\x00\x00\x02\x0a")

    money = struct_schema({"cents": INT64}, name="acme.Money")
    assert (schema, value) == (struct_schema({"total": money}, name="acme.Bill"), {"total": {"cents": 5}})


@pytest.mark.parametrize(
    ("cls", "kind", "old", "new", "payload"),
    [
        (AvroConverter, "AVRO", '"long"', '"int"', b"\x02"),
        (JsonSchemaConverter, "JSON", '{"type":"boolean"}', '{"type":"integer"}', b"1"),
        (
            ProtobufConverter,
            "PROTOBUF",
            'syntax = "proto3"; message A { string b = 1; }',
            'syntax = "proto3"; message A { string a = 1; }',
            b"\x00\x0a\x01x",
        ),
    ],
)
def test_a_schema_without_version_has_that_of_its_subject(  # one for each part of the case
    registry: FakeSchemaRegistry, cls: type[SchemaRegistryConverter], kind: str, old: str, new: str, payload: bytes
) -> None:
    registry.add("users-value", old, kind)
    registry.add("users-value", new, kind)
    registry.add("copies-value", new, kind)
    made = cls(registry.connect)
    made.configure({"schema.registry.url": registry.url}, is_key=False)
    data = b"\x00\x00\x00\x00\x02" + payload

    read = [[schema for schema, _ in [made.to_connect(topic, data)] * 2] for topic in ("users", "copies", "others")]

    assert [[schema.version for schema in pair if schema is not None] for pair in read] == [
        [2, 2],
        [1, 1],
        [None, None],
    ]
    assert registry.requests == [("GET", "/schemas/ids/2"), ("GET", "/schemas/ids/2/versions?deleted=true")] * 3


def test_a_version_of_connects_own_stays(registry: FakeSchemaRegistry) -> None:
    data = registry.avro().from_connect("users", USER.with_(version=9), ANN)

    schema, _ = registry.avro().to_connect("users", data)

    assert schema == USER.with_(version=9)


def test_a_registry_that_cannot_tell_versions_leaves_them_unset(registry: FakeSchemaRegistry) -> None:
    data = registry.avro().from_connect("users", USER, ANN)
    reader = registry.avro()
    registry.failures = [(200, {"schema": registry.text("users-value")}), (404, "no such path")]

    assert reader.to_connect("users", data) == (USER, ANN)


def test_a_null_is_a_tombstone(registry: FakeSchemaRegistry) -> None:
    writer = registry.avro()

    assert writer.from_connect_batch("users", [OPTIONAL_STRING, None], [None, None]) == [None, None]
    assert registry.requests == []


def test_data_without_schema_names_a_converter_that_writes_it(registry: FakeSchemaRegistry) -> None:
    made = JsonSchemaConverter(registry.connect)
    made.configure({"schema.registry.url": registry.url}, is_key=True)

    with pytest.raises(DataError, match=r"A key for topic users has no schema.*schemas\.enable=false"):
        made.from_connect("users", None, {"a": 1})


def test_no_more_schemas_are_kept_than_wanted(registry: FakeSchemaRegistry) -> None:
    writer = registry.avro(schemas_cache_config="2")
    schemas: list[Schema] = [struct_schema({f"f{n}": STRING}, name=f"N{n}") for n in range(3)]

    for _ in range(2):
        for n, schema in enumerate(schemas):
            writer.from_connect("t", schema, {f"f{n}": ""})

    assert len(registry.requests) > len(schemas)
