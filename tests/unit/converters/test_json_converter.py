"""What JsonConverter does beyond its contract: options, envelopes of every layout, messages."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

import pytest

from connect_runtime.converters.json_converter import JsonConverter
from connect_runtime.errors import ConfigError, DataError
from connect_runtime.model.logical import DATE, TIME, TIMESTAMP
from connect_runtime.sdk import Schema, array_schema, map_schema, struct_schema
from connect_runtime.sdk.data import (
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    Float32,
)

PERSON = struct_schema({"id": INT64, "name": OPTIONAL_STRING})
PERSON_JSON = (
    '{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},'
    '{"type":"string","optional":true,"field":"name"}],"optional":false}'
)


def converter(**options: str) -> JsonConverter:
    made = JsonConverter()
    made.configure({name.replace("_", "."): value for name, value in options.items()}, is_key=False)
    return made


def text(schema: Schema | None, value: Any, **options: str) -> str:
    data = converter(schemas_enable="false", **options).from_connect("t", schema, value)
    assert data is not None
    return data.decode()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schemas.enable", "maybe"),
        ("schemas.cache.size", "many"),
        ("decimal.format", "HEX"),
        ("replace.null.with.default", "1"),
    ],
)
def test_a_bad_option_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key):
        JsonConverter().configure({key: value}, is_key=True)


def test_the_options_are_declared_with_their_groups() -> None:
    keys = JsonConverter.config_def().keys

    assert [(key.name, key.group, key.order) for key in keys.values()] == [
        ("converter.type", None, -1),
        ("schemas.enable", "Schemas", 0),
        ("schemas.cache.size", "Schemas", 1),
        ("decimal.format", "Serialization", 0),
        ("replace.null.with.default", "Serialization", 1),
    ]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (FLOAT64, 1e7, "1.0E7"),
        (FLOAT64, 9999999.0, "9999999.0"),
        (FLOAT64, -0.0009, "-9.0E-4"),
        (FLOAT64, -math.inf, '"-Infinity"'),
        (FLOAT32, 0.10000000149011612, "0.1"),
        (FLOAT32, 0.1, "0.1"),
        (None, Float32(0.1), "0.1"),
        (None, 1e7, "1.0E7"),
        (None, math.nan, '"NaN"'),
        (None, {"a": [1e-5]}, '{"a":[1.0E-5]}'),
        (None, b"\x01\x02", '"AQI="'),
        (None, {1: "a"}, '[[1,"a"]]'),
        (None, "\x1f\\u001f/", r'"\u001F\\u001f/"'),
        (STRING, "\x1f\\u001f/", r'"\u001F\\u001f/"'),
        (None, 2**62, str(2**62)),
        (TIME, dt.timedelta(days=1), "86400000"),
        (TIMESTAMP, dt.datetime(2024, 3, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))), "1709251200000"),
        (TIMESTAMP, dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC), "-1"),
    ],
)
def test_values_have_javas_text(schema: Schema | None, value: Any, expected: str) -> None:
    assert text(schema, value) == expected
    assert (
        converter(schemas_enable="false").from_connect_batch("t", [schema] * 2, [value] * 2) == [expected.encode()] * 2
    )


def test_a_struct_is_written_in_the_order_of_its_schema() -> None:
    assert text(PERSON, {"name": "x", "id": 1}) == '{"id":1,"name":"x"}'
    assert text(PERSON, {"id": 1}) == '{"id":1,"name":null}'


def test_a_null_becomes_the_default_unless_told_otherwise() -> None:
    schema = struct_schema({"n": OPTIONAL_INT64.with_(default=5), "f": FLOAT64.with_(default=1e9)})

    assert text(schema, {}) == '{"n":5,"f":1.0E9}'
    assert text(schema, {"n": None, "f": 1.0}, replace_null_with_default="false") == '{"n":null,"f":1.0}'
    with pytest.raises(DataError, match="'f'"):
        text(schema, {"n": 1}, replace_null_with_default="false")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"id": "secret"}, r"Field 'id': Invalid type for INT64: str$"),
        ({"id": None}, r"Field 'id': Conversion error: null value for a required INT64"),
        ({"id": 1, "more": 2}, r"'more' is not a valid field name: the struct's schema has \['id', 'name'\]"),
        ({"id": 2**63}, r"Field 'id': Invalid type for INT64: int of 65 bits"),
        ("secret", r"Invalid type for STRUCT: str$"),
    ],
)
def test_an_error_names_the_field_and_no_value(value: Any, message: str) -> None:
    for attempt in (
        lambda: text(PERSON, value),
        lambda: converter().from_connect_batch("t", [PERSON, PERSON], [{"id": 1}, value]),
    ):
        with pytest.raises(DataError, match=message):
            attempt()


def test_a_nested_error_names_the_way_to_the_field() -> None:
    schema = struct_schema({"people": array_schema(PERSON)})

    with pytest.raises(DataError, match="Field 'people': Field 'id': "):
        text(schema, {"people": [{"id": 1}, {"id": True}]})


@pytest.mark.parametrize(
    "layout",
    [
        '{"schema":%s,"payload":%s}',
        '{"payload":%s,"schema":%s}',
        ' {\n "schema" : %s ,\n "payload" : %s }',
        '{"schema":%s,"payload":%s} trailing',
    ],
)
def test_an_envelope_is_read_in_any_layout(layout: str) -> None:
    payloads = [{"id": 1, "name": "a"}, {"name": None, "id": 2}, {"id": 3}, {"id": 4, "name": "d", "other": [1]}]
    messages = []
    for payload in payloads:
        parts = (PERSON_JSON, json.dumps(payload))
        messages.append(
            (layout % (parts if layout.index("schema") < layout.index("payload") else parts[::-1])).encode()
        )
    reader = converter()
    for _ in range(2):
        schemas, values = reader.to_connect_batch("t", [*messages, None])

        assert list(schemas) == [PERSON] * 4 + [None]
        assert list(values) == [
            {"id": 1, "name": "a"},
            {"id": 2, "name": None},
            {"id": 3, "name": None},
            {"id": 4, "name": "d"},
            None,
        ]


def test_schemas_may_change_from_message_to_message() -> None:
    writer, reader = converter(), converter()
    pairs: list[tuple[Schema | None, Any]] = [
        (INT32.with_(name=f"schema-{number % 12}"), number) for number in range(40)
    ]
    pairs += [(None, {"a": 1}), (PERSON, {"id": 1, "name": "x"})]
    for _ in range(2):
        schemas, values = reader.to_connect_batch("t", [writer.from_connect("t", *pair) for pair in pairs])

        assert list(zip(schemas, values, strict=True)) == pairs


def test_more_schemas_than_the_cache_holds_are_converted_all_the_same() -> None:
    writer, reader = converter(schemas_cache_size="2"), converter(schemas_cache_size="2")
    for number in (1, 2, 3, 4, 5, 1, 2, 3):
        schema = INT8.with_(version=number)

        assert reader.to_connect("t", writer.from_connect("t", schema, number)) == (schema, number)


def test_data_that_looks_like_an_envelope_but_is_not_says_what_to_set() -> None:
    with pytest.raises(DataError, match=r"set schemas\.enable=false"):
        converter().to_connect("t", b'{"id":1}')


def test_a_head_seen_before_does_not_hide_a_wrong_ending() -> None:
    reader = converter()
    head = f'{{"schema":{PERSON_JSON},"payload":'
    reader.to_connect("t", (head + '{"id":1,"name":"a"}}').encode())

    for ending in ('{"id":1,"name":"a"}', '{"id":1,"name":"a"},"more":1}', '{"id":1,"name":"a"}]', "}", ""):
        with pytest.raises(DataError):
            reader.to_connect("t", (head + ending).encode())


def test_integers_wrap_and_other_shapes_become_nothing_as_in_java() -> None:
    schema = struct_schema({"i": INT8, "f": FLOAT64, "s": OPTIONAL_STRING, "l": array_schema(INT32)})
    message = {
        "schema": json.loads(schema_json(schema)),
        "payload": {"i": 300, "f": "x", "s": 5, "l": {"a": 1, "b": 2}},
    }

    assert converter().to_connect("t", json.dumps(message).encode()) == (
        schema,
        {"i": 44, "f": 0.0, "s": None, "l": [1, 2]},
    )


def test_a_map_with_lists_as_keys_is_read_with_tuples() -> None:
    schema = map_schema(array_schema(DATE), STRING)
    value = {(dt.date(2024, 3, 1), dt.date(2024, 3, 2)): "a"}

    assert converter().to_connect("t", converter().from_connect("t", schema, value)) == (schema, value)


def test_a_container_default_is_kept() -> None:
    schema = array_schema(INT32, default=[1, 2])

    assert converter().to_connect("t", converter().from_connect("t", schema, None)) == (schema, [1, 2])


def schema_json(schema: Schema) -> str:
    data = converter().from_connect_batch("t", [schema.as_optional()], [None])[0]
    assert data is not None
    return json.dumps(json.loads(data)["schema"] | {"optional": schema.optional})
