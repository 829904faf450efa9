"""Previews show each step of a record's way, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connect_runtime.errors import BadRequestError
from connect_runtime.model import SinkRecord, SourceRecord
from connect_runtime.pipeline.build import build_chain, build_converters
from connect_runtime.pipeline.preview import PreviewedRecord, preview_sink_record, preview_source_record
from connect_runtime.pipeline.preview_samples import sink_samples, source_samples
from connect_runtime.plugins import PluginLoader, PluginSettings

PLUGINS = PluginLoader(PluginSettings()).registry()
WORKER = {
    "key.converter": "StringConverter",
    "value.converter": "JsonConverter",
    "value.converter.schemas.enable": "false",
    "header.converter": "SimpleHeaderConverter",
}
CHAIN = {
    "transforms": "mask,mark",
    "transforms.mask.type": "MaskFieldValue",
    "transforms.mask.fields": "card",
    "transforms.mark.type": "InsertHeader",
    "transforms.mark.header": "env",
    "transforms.mark.value.literal": "prod",
    "transforms.mark.predicate": "old",
    "transforms.mark.negate": "true",
    "predicates": "old",
    "predicates.old.type": "TopicNameMatches",
    "predicates.old.pattern": "old.*",
}
FILTER = {"transforms": "no,late", "transforms.no.type": "Filter", "transforms.late.type": "Filter"}


def sink(sample: Any, **config: str) -> PreviewedRecord:
    given = {name.replace("_", "."): text for name, text in config.items()} or CHAIN
    converters, chain = build_converters(given, WORKER, PLUGINS), build_chain(given, PLUGINS, SinkRecord)
    (message,) = sink_samples([sample], "orders")
    return preview_sink_record(message, converters, chain)


def source(sample: Any, config: Mapping[str, str] = CHAIN, topic: str | None = "orders") -> PreviewedRecord:
    converters, chain = build_converters(config, WORKER, PLUGINS), build_chain(config, PLUGINS, SourceRecord)
    (record,) = source_samples([sample], topic)
    return preview_source_record(record, converters, chain)


def names(record: PreviewedRecord) -> list[str]:
    return [step.name for step in record.steps]


def test_a_message_goes_through_converters_and_every_transform() -> None:
    record = sink({"key": "k", "value": '{"card":"4111"}', "timestamp": 7, "headers": [{"key": "h", "value": "1"}]})
    assert record.error is None
    assert names(record) == ["converters", "mask", "mark"]
    converters, mask, mark = record.steps
    assert converters.before == {
        "topic": "orders",
        "partition": 0,
        "offset": 0,
        "timestamp": 7,
        "key": "k",
        "value": '{"card":"4111"}',
        "headers": [{"key": "h", "value": "1"}],
    }
    assert converters.after == {
        "topic": "orders",
        "partition": 0,
        "offset": 0,
        "timestamp": 7,
        "key_schema": {"type": "string", "optional": True},
        "key": "k",
        "value_schema": None,
        "value": {"card": "4111"},
        "headers": [{"key": "h", "schema": {"type": "int8", "optional": False}, "value": 1}],
    }
    assert mask.before == converters.after
    assert mask.after is not None
    assert mask.after["value"] == {"card": ""}
    assert mark.before == mask.after
    assert mark.after is not None
    assert [header["key"] for header in mark.after["headers"]] == ["h", "env"]
    assert mark.class_name == "connect_runtime.transforms.headers.InsertHeader"


@pytest.mark.parametrize(("topic", "matches", "headers"), [("old-orders", True, 0), ("orders", False, 1)])
def test_a_predicate_says_whether_its_transform_applies(topic: str, matches: bool, headers: int) -> None:
    step = sink({"topic": topic, "value": {"card": 1}}).steps[-1]
    assert step.predicate is not None
    assert (step.predicate.matches, step.predicate.negate, step.predicate.applies) == (matches, True, not matches)
    assert step.after is not None
    assert len(step.after["headers"]) == headers


def test_a_dropped_record_goes_no_further() -> None:
    record = sink({"value": 1}, **FILTER)
    assert (names(record), record.is_dropped, record.error) == (["converters", "no"], True, None)


@pytest.mark.parametrize(
    ("sample", "stage", "name", "class_name", "steps"),
    [
        ({"value": "{"}, "VALUE_CONVERTER", "value.converter", "JsonConverter", []),
        ({"key": {"base64": "/w=="}, "value": 1}, "KEY_CONVERTER", "key.converter", "StringConverter", []),
        ({"value": None}, "TRANSFORMATION", "mask", "MaskFieldValue", ["converters"]),
    ],
)
def test_a_failure_names_the_step(sample: Any, stage: str, name: str, class_name: str, steps: list[str]) -> None:
    config = {**CHAIN, "key.converter": "JsonConverter"} if "key" in sample else CHAIN
    record = sink(sample, **{key.replace(".", "_"): value for key, value in config.items()})
    assert record.error is not None
    assert (record.error.stage, record.error.name) == (stage, name)
    assert record.error.class_name is not None
    assert record.error.message
    assert names(record) == steps
    if stage != "KEY_CONVERTER":
        assert record.error.class_name.endswith(class_name)


def test_a_source_record_ends_as_a_message() -> None:
    schema = {"type": "struct", "fields": [{"field": "card", "type": "string"}, {"field": "n", "type": "double"}]}
    record = source({"key": "k", "value": {"card": "4111", "n": 1}, "value_schema": schema, "partition": 3})
    assert record.error is None
    assert names(record) == ["mask", "mark", "converters"]
    assert record.steps[-1].after == {
        "topic": "orders",
        "partition": 3,
        "timestamp": None,
        "key": "k",
        "value": '{"card":"","n":1.0}',
        "headers": [{"key": "env", "value": "prod"}],
    }


@pytest.mark.parametrize(
    ("sample", "name"),
    [({"value": {}, "topic": None}, "topic"), ({"value": {}, "topic": "t", "timestamp": -5}, "timestamp")],
)
def test_a_source_record_that_cannot_be_sent_is_told(sample: Any, name: str) -> None:
    record = source(sample, {}, None)
    assert record.error is not None
    assert (record.error.stage, record.error.name) == ("KAFKA_PRODUCE", name)


def test_a_source_record_that_is_dropped_is_not_converted() -> None:
    record = source({"value": 1}, FILTER)
    assert (names(record), record.is_dropped) == (["no"], True)


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        ("text", b"text"),
        ({"value": "text"}, b"text"),
        ({"value": {"base64": "AAE="}}, b"\x00\x01"),
        ({"a": 1.5}, b'{"a":1.5}'),
        ({"value": [1, True]}, b"[1,true]"),
        ({"value": None}, None),
        (None, None),
        ({"key": "k"}, None),
    ],
)
def test_bytes_of_samples(sample: Any, value: bytes | None) -> None:
    (message,) = sink_samples([sample], "t")
    assert message.value() == value


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({"value": 1, "vlaue": 2}, "unknown member 'vlaue'"),
        ({"value": 1, "partition": "0"}, "its partition is '0', but must be an integer"),
        ({"value": {"base64": "?"}}, "not base64"),
        ({"value": 1, "topic": 7}, "its topic must be a string"),
        ({"value": 1, "headers": [{"value": 1}]}, "'key' is missing"),
        ({"value": 1, "headers": "x"}, "cannot be read"),
    ],
)
def test_a_bad_sample_is_named(sample: Any, reason: str) -> None:
    with pytest.raises(BadRequestError, match=r"^records\[1\].*" + reason):
        sink_samples([1, sample], "t")


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({"value": 1, "value_schema": {"type": "int33"}}, "int33"),
        ({"value": 1, "value_schema": {}}, "'type' is missing"),
        ({"value": {"$decimal": "x"}}, "cannot be read"),
        ({"value": 1, "offset": 1}, "unknown member 'offset'"),
    ],
)
def test_a_bad_record_is_named(sample: Any, reason: str) -> None:
    with pytest.raises(BadRequestError, match=r"^records\[0\].*" + reason):
        source_samples([sample], "t")
