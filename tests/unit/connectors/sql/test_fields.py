from __future__ import annotations

import pytest

from connect_runtime.sdk import ConnectError, Schema, Type, map_schema, primitive_schema, struct_schema
from connectors.sql.fields import Part, Source, UnfitRecordError, row_fields
from connectors.sql.settings import SinkSettings

INT = primitive_schema(Type.INT32)
STRING = primitive_schema(Type.STRING)
VALUE = struct_schema({"z": INT, "k": STRING, "a": INT})
KEY = struct_schema({"y": INT, "k": INT, "x": INT})


def settings(**keys: str) -> SinkSettings:
    config = {"connection.url": "sqlite:///x"} | {key.replace("_", "."): value for key, value in keys.items()}
    return SinkSettings.of(config)


def part(schema: Schema | None, sample: object = None) -> Part:
    return Part.of(schema, sample)


def shown(config: SinkSettings, key: Part | None, value: Part | None) -> list[str]:
    return [f"{field.name}{'*' if field.is_key else ''}" for field in row_fields(config, key, value)]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, ["z", "k", "a"]),
        ({"fields_whitelist": "a,z,other"}, ["z", "a"]),
        ({"pk_mode": "kafka"}, ["__connect_topic*", "__connect_partition*", "__connect_offset*", "z", "k", "a"]),
        ({"pk_mode": "kafka", "pk_fields": "t,p,o"}, ["t*", "p*", "o*", "z", "k", "a"]),
        ({"pk_mode": "record_value"}, ["z*", "k*", "a*"]),
        ({"pk_mode": "record_value", "pk_fields": "a"}, ["z", "k", "a*"]),
        ({"pk_mode": "record_value", "pk_fields": "a", "fields_whitelist": "z"}, ["z", "a*"]),
        ({"pk_mode": "record_key"}, ["z", "k*", "a", "x*", "y*"]),
        ({"pk_mode": "record_key", "pk_fields": "y"}, ["z", "k", "a", "y*"]),
    ],
)
def test_columns_come_in_the_order_of_a_new_table(keys: dict[str, str], expected: list[str]) -> None:
    assert shown(settings(**keys), part(KEY), part(VALUE)) == expected


def test_a_name_in_key_and_value_is_the_keys() -> None:
    fields = row_fields(settings(pk_mode="record_key"), part(KEY), part(VALUE))
    assert {field.name: field.source for field in fields}["k"] is Source.KEY_FIELD


def test_a_tombstone_has_only_its_key() -> None:
    assert shown(settings(pk_mode="record_key", pk_fields="x,y"), part(KEY), None) == ["x*", "y*"]


def test_text_and_single_keys_have_one_column_each() -> None:
    config = settings(pk_mode="record_key", pk_fields="id", string_output_value_column_name="line")
    for key, value in ((part(STRING), part(STRING)), (part(None, 5), part(None, "x"))):
        fields = row_fields(config, key, value)
        assert [(field.name, field.source) for field in fields] == [("line", Source.VALUE), ("id", Source.KEY)]


def test_fields_of_values_without_schema_are_those_of_the_sample() -> None:
    fields = row_fields(settings(), None, part(None, {"b": 1, "a": None}))
    assert [(field.name, field.schema) for field in fields] == [("b", None), ("a", None)]


@pytest.mark.parametrize(
    ("keys", "key", "value", "reason"),
    [
        ({"pk_mode": "record_key"}, None, part(VALUE), "it has no key"),
        ({"pk_mode": "record_key"}, part(map_schema(STRING, INT)), part(VALUE), "its key is of type map"),
        ({"pk_mode": "record_key", "pk_fields": "q"}, part(None, {"a": 1}), part(VALUE), "its key has no q"),
        ({"pk_mode": "record_value"}, None, part(STRING), "not a struct or map"),
        ({"pk_mode": "record_value", "pk_fields": "q"}, None, part(None, {"a": 1}), "its value has no q"),
        ({}, None, part(INT), "its value is of type int32"),
        ({}, None, part(None, {}), "nothing to write"),
        ({"fields_whitelist": "other"}, None, part(VALUE), "nothing to write"),
    ],
)
def test_records_that_cannot_become_rows_are_at_fault(
    keys: dict[str, str], key: Part | None, value: Part | None, reason: str
) -> None:
    with pytest.raises(UnfitRecordError, match=reason):
        row_fields(settings(**keys), key, value)


@pytest.mark.parametrize(
    ("keys", "key", "value", "reason"),
    [
        ({"pk_mode": "record_key"}, part(STRING), part(VALUE), "name the one column .* which is now empty"),
        ({"pk_mode": "record_key", "pk_fields": "a,b"}, part(STRING), part(VALUE), "which is now a,b"),
        ({"pk_mode": "record_key", "pk_fields": "q"}, part(KEY), part(VALUE), "the key has only y, k, x"),
        ({"pk_mode": "record_value", "pk_fields": "q,z"}, None, part(VALUE), "names q, but the schema of the value"),
        ({"fields_whitelist": "a"}, None, part(STRING), "the values of the records are text"),
    ],
)
def test_what_no_record_could_satisfy_is_a_matter_of_configuration(
    keys: dict[str, str], key: Part | None, value: Part | None, reason: str
) -> None:
    with pytest.raises(ConnectError, match=reason) as raised:
        row_fields(settings(**keys), key, value)
    assert not isinstance(raised.value, UnfitRecordError)
