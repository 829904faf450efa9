"""What a converter writes, it reads back; the fast ways give what the exact ones give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_runtime.converters.json_converter import JsonConverter
from connect_runtime.converters.json_envelope import EnvelopeReader
from connect_runtime.converters.json_plain import write_plain, write_plain_batch
from connect_runtime.converters.json_read import ExactReader, int64_where_integral
from connect_runtime.converters.json_schema import schema_to_json
from connect_runtime.converters.json_text import read_json, write_json
from connect_runtime.converters.string_converter import StringConverter
from connect_runtime.errors import DataError
from connect_runtime.model.schema import STRING, Schema
from tests.support.strategies import PLAIN, TEXT, schemas, values_of, with_defaults

TOPIC = "topic"


def json_converter(**options: str) -> JsonConverter:
    converter = JsonConverter()
    converter.configure({name.replace("_", "."): value for name, value in options.items()}, is_key=False)
    return converter


ENVELOPED = json_converter()
BARE = json_converter(schemas_enable="false")
NULLS_STAY = json_converter(replace_null_with_default="false")
NUMERIC = json_converter(decimal_format="NUMERIC")


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Schema, Any]:
    schema = draw(schemas())
    return schema, draw(values_of(schema))


@settings(max_examples=60, deadline=None)
@given(typed_values())
def test_an_enveloped_value_comes_back_with_its_schema(given: tuple[Schema, Any]) -> None:
    schema, value = given

    read_schema, read = ENVELOPED.to_connect(TOPIC, ENVELOPED.from_connect(TOPIC, schema, value))

    assert read_schema == schema
    assert read == with_defaults(schema, value)


@settings(max_examples=60, deadline=None)
@given(typed_values())
def test_nulls_come_back_as_nulls_when_they_are_not_replaced(given: tuple[Schema, Any]) -> None:
    schema, value = given

    assert NULLS_STAY.to_connect(TOPIC, NULLS_STAY.from_connect(TOPIC, schema, value)) == (schema, value)


@settings(max_examples=60, deadline=None)
@given(typed_values())
def test_decimals_as_numbers_keep_every_digit(given: tuple[Schema, Any]) -> None:
    schema, value = given

    _, read = NUMERIC.to_connect(TOPIC, NUMERIC.from_connect(TOPIC, schema, value))

    assert str(read) == str(with_defaults(schema, value))


@settings(max_examples=60, deadline=None)
@given(st.lists(typed_values(), max_size=4), st.randoms())
def test_a_batch_is_converted_as_its_records_are(several: list[tuple[Schema, Any]], random: Any) -> None:
    pairs: list[tuple[Schema | None, Any]] = [*several, *several, (None, None), (None, {"a": 1.5})]
    random.shuffle(pairs)
    schemas_, values = [schema for schema, _ in pairs], [value for _, value in pairs]
    for converter in (ENVELOPED, BARE, NULLS_STAY):
        one_by_one = [converter.from_connect(TOPIC, schema, value) for schema, value in pairs]

        assert list(converter.from_connect_batch(TOPIC, schemas_, values)) == one_by_one
        read_schemas, read = converter.to_connect_batch(TOPIC, one_by_one)
        assert list(zip(read_schemas, read, strict=True)) == [converter.to_connect(TOPIC, data) for data in one_by_one]


@settings(max_examples=60, deadline=None)
@given(typed_values(), st.integers(1, 3))
def test_a_batch_of_one_schema_is_converted_as_its_records_are(given: tuple[Schema, Any], count: int) -> None:
    schema, value = given
    one = ENVELOPED.from_connect(TOPIC, schema, value)

    assert list(ENVELOPED.from_connect_batch(TOPIC, [schema] * count, [value] * count)) == [one] * count


@settings(max_examples=60, deadline=None)
@given(schemas(), PLAIN | st.builds(dict, a=PLAIN))
def test_any_payload_is_read_as_the_exact_reader_reads_it(schema: Schema, payload: Any) -> None:
    assert_read_exactly(schema, json.dumps(payload))


@settings(max_examples=60, deadline=None)
@given(typed_values(), st.data())
def test_a_damaged_payload_is_read_as_the_exact_reader_reads_it(given: tuple[Schema, Any], data: st.DataObject) -> None:
    schema, value = given
    payload = (BARE.from_connect(TOPIC, schema, value) or b"").decode()
    at = data.draw(st.integers(0, len(payload)))
    damaged = payload[:at] + data.draw(st.sampled_from(["", "0", ".5", "null", '"', ",", "x", " "])) + payload[at + 1 :]

    assert_read_exactly(schema, payload)
    assert_read_exactly(schema, damaged)


def assert_read_exactly(schema: Schema, payload: str) -> None:
    node = orjson.dumps(schema_to_json(schema, _encoded)).decode()
    for message in (
        f'{{"schema":{node},"payload":{payload}}}',
        f' {{ "schema" : {node} , "payload" : {payload} }} ',
        f'{{"payload":{payload},"schema":{node}}}',
    ):
        reader = EnvelopeReader(null_is_default=True, cache_size=10)
        expected = _outcome(_exact, schema, message)
        for _ in range(3):  # cold, then by the bytes known from the time before
            assert _outcome(reader.read, message.encode()) == expected


def _exact(schema: Schema, message: str) -> tuple[Schema | None, Any]:
    document = read_json(message.encode(), exact=True)
    if not isinstance(document, dict) or document.keys() != {"schema", "payload"}:
        raise DataError("not an envelope")
    return schema, ExactReader(null_is_default=True).value(schema, document["payload"])


def _outcome(run: Callable[..., tuple[Schema | None, Any]], *arguments: Any) -> Any:
    try:
        schema, value = run(*arguments)
    except DataError:
        return DataError
    return schema, repr(value)


def _encoded(schema: Schema, value: Any) -> Any:
    return orjson.loads(BARE.from_connect(TOPIC, schema, value) or b"null")


@settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_schemaless_data_is_written_with_javas_bytes(value: Any) -> None:
    expected = write_json(value).encode()

    assert write_plain(value) == expected
    assert write_plain_batch([value, value]) == [expected, expected]
    assert json.loads(expected) == value


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers() | TEXT | st.none() | st.booleans(), PLAIN | st.binary(), max_size=3))
def test_maps_with_other_keys_are_written_alike_or_refused_alike(value: dict[Any, Any]) -> None:
    assert _written(lambda: write_plain(value)) == _written(lambda: write_json(value).encode())
    assert _written(lambda: write_plain_batch([value])[0]) == _written(lambda: write_json(value).encode())


def _written(run: Any) -> Any:
    try:
        return run()
    except DataError:
        return DataError


@settings(max_examples=60, deadline=None)
@given(st.text("0123456789-+.eE[]{}\",: antfrlsux\\'\t\n\ufeff\ud800é", max_size=20) | PLAIN.map(json.dumps))
def test_schemaless_json_is_read_as_the_exact_reader_reads_it(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    expected = _outcome(lambda: (None, int64_where_integral(read_json(data, exact=True))))

    assert _outcome(BARE.to_connect, TOPIC, data) == expected
    assert _outcome(lambda: (None, BARE.to_connect_batch(TOPIC, [data])[1][0])) == expected


@settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_schemaless_data_comes_back(value: Any) -> None:
    if value is not None:
        assert BARE.to_connect(TOPIC, BARE.from_connect(TOPIC, None, value)) == (None, value)
        assert ENVELOPED.to_connect(TOPIC, ENVELOPED.from_connect(TOPIC, None, value)) == (None, value)


@settings(max_examples=60, deadline=None)
@given(TEXT, st.sampled_from(["UTF-8", "UTF-16", "UTF-32LE"]))
def test_text_comes_back_in_any_unicode_encoding(text: str, encoding: str) -> None:
    converter = StringConverter()
    converter.configure({"converter.encoding": encoding})

    assert converter.to_connect(TOPIC, converter.from_connect(TOPIC, STRING, text))[1] == text
