"""What the cases of Kafka Connect's behaviour leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.sdk import ConfigError, DataError, Header, Transform, map_schema, struct_schema
from connect_runtime.sdk.data import (
    FLOAT32,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    STRING,
    TIMESTAMP,
    Float32,
    Int8,
    Int32,
    decimal_scale,
    decimal_schema,
)
from connect_runtime.sdk.testing import sink_record, source_record
from connect_runtime.transforms import plugins
from connect_runtime.transforms.field_path import field_path

CLASSES = {cls.__name__: cls for cls in plugins.connect_transforms()}


def made(name: str, options: Mapping[str, str]) -> Transform:
    transform = CLASSES[name]()
    transform.configure(options)
    return transform


def value_after(name: str, options: Mapping[str, str], value: Any, schema: Any = None) -> Any:
    after = made(name, options).apply(sink_record(value, schema=schema))
    assert after is not None
    return after.value


def routed(regex: str, replacement: str, topic: str | None) -> str | None:
    after = made("RegexRouter", {"regex": regex, "replacement": replacement}).apply(source_record("v", topic=topic))
    assert after is not None
    return after.topic


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a.b", ("a", "b")),
        ("`a.b`.c", ("a.b", "c")),
        ("a.`b.c`", ("a", "b.c")),
        ("x`y.z", ("x`y", "z")),
        ("`p`q`.r", ("p`q", "r")),
        (r"`p\`.q`.r", ("p`.q", "r")),
        ("x.", ("x", "")),
        (".x..y", ("", "x", "", "y")),
        (r"`a\b`", (r"a\b",)),
        ("``.a", ("", "a")),
    ],
)
def test_paths_of_version_2_step_into_structs(text: str, steps: tuple[str, ...]) -> None:
    assert field_path(text, "v2") == steps
    assert field_path(text, "V1") == (text,)


@pytest.mark.parametrize("text", ["`a", "a.`b", r"`a\`"])
def test_a_backtick_that_is_not_closed_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="Incomplete backtick pair in path"):
        field_path(text, "V2")


@pytest.mark.parametrize(
    ("regex", "replacement", "topic", "new"),
    [
        ("(a)(b)?", "$1$2", "a", "a"),
        ("(?<name>.*)-x", "${name}", "t-x", "t"),
        ("(a)(.*)", "$12", "ab", "a2"),
        ("(.*)", r"\$1\\", "t", "$1\\"),
        ("other", "$9", "t", "t"),
    ],
)
def test_replacements_are_read_as_in_java(regex: str, replacement: str, topic: str, new: str) -> None:
    assert routed(regex, replacement, topic) == new


@pytest.mark.parametrize(("replacement", "topic"), [("$x", "t"), ("$", "t"), ("\\", "t"), ("${no}", "t"), ("x", None)])
def test_a_replacement_that_cannot_be_made_is_the_records_fault(replacement: str, topic: str | None) -> None:
    with pytest.raises(DataError):
        routed("(.*)", replacement, topic)


def test_masks_keep_the_width_of_numbers() -> None:
    options = {"fields": "n", "replacement": "300.5"}
    assert value_after("MaskFieldValue", options, {"n": 1}, struct_schema({"n": INT8})) == {"n": 44}
    assert value_after("MaskFieldValue", options, {"n": Int8(1)}) == {"n": 44}
    assert value_after("MaskFieldValue", options, {"n": 1}) == {"n": 300}
    assert value_after("MaskFieldValue", options, {"n": 1.5}, struct_schema({"n": FLOAT32})) == {"n": 300.5}
    assert type(value_after("MaskFieldValue", options, {"n": Float32(1)})["n"]) is Float32


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (True, False),
        ("x", ""),
        (Decimal("1.50"), Decimal(0)),
        (dt.date(2024, 1, 1), dt.date(1970, 1, 1)),
        (dt.time(12), dt.time(0)),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        ([1], []),
        ({"a": 1}, {}),
        (Int32(5), 0),
    ],
)
def test_masked_values_are_empty_ones_of_their_type(value: Any, masked: Any) -> None:
    after = value_after("MaskFieldValue", {"fields": "x"}, {"x": value})["x"]
    assert (type(after), after) == (type(masked), masked)


def test_numbers_known_to_be_narrow_are_no_unix_time() -> None:
    options = {"field": "t", "target.type": "Timestamp"}
    assert value_after("TimestampConverterValue", options, {"t": 0}) == {"t": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)}
    with pytest.raises(DataError):
        value_after("TimestampConverterValue", options, {"t": Int32(0)})


@pytest.mark.parametrize(
    ("spec", "value", "cast"),
    [
        ("float32", "0.1", Float32(0.1)),
        ("float64", " 0x1p3 ", 8.0),
        ("float64", "1e3d", 1000.0),
        ("float64", "-Infinity", float("-inf")),
        ("int64", Decimal("1e20"), 7766279631452241920),
        ("boolean", 0.5, False),
        ("boolean", Decimal("0.9"), False),
        ("int32", float("nan"), 0),
    ],
)
def test_values_are_cast_by_javas_rules(spec: str, value: Any, cast: Any) -> None:
    schema = decimal_schema(decimal_scale(value)) if isinstance(value, Decimal) else None
    assert value_after("CastValue", {"spec": spec}, value, schema) == cast


def test_a_whole_value_keeps_its_schemas_name_when_it_is_cast() -> None:
    after = made("CastValue", {"spec": "string"}).apply(
        sink_record(dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC), schema=TIMESTAMP.as_optional())
    )
    assert after is not None
    assert after.value == "2024-03-01T12:00:00.000Z"
    assert after.value_schema == STRING.with_(optional=True, name=TIMESTAMP.name, version=1)


def test_a_rename_takes_the_value_of_its_source_even_if_that_is_excluded() -> None:
    schema = struct_schema({"a": INT32, "b": INT32})
    options = {"exclude": "a", "renames": "a:b"}
    assert value_after("ReplaceFieldValue", options, {"a": 1, "b": 2}, schema) == {"b": 1}


@pytest.mark.parametrize("schema", [None, struct_schema({"id": STRING, "name": STRING})])
def test_a_cast_that_fails_names_the_field(schema: Any) -> None:
    with pytest.raises(DataError, match=r"^Field name: The text is no integer of 32 bits"):
        value_after("CastValue", {"spec": "id:int32,name:int32"}, {"id": "1", "name": "Ada"}, schema)


def test_a_null_is_cast_whatever_its_type() -> None:
    inner = struct_schema({"x": INT32}, optional=True)
    after = made("CastValue", {"spec": "a:int8"}).apply(sink_record({"a": None}, schema=struct_schema({"a": inner})))
    assert after is not None
    assert (after.value, after.value_schema) == ({"a": None}, struct_schema({"a": INT8.as_optional()}))
    with pytest.raises(DataError, match="casting from STRUCT"):
        value_after("CastValue", {"spec": "a:int8"}, {"a": {"x": 1}}, struct_schema({"a": inner}))


def test_one_of_several_names_can_become_another() -> None:
    schema = struct_schema({"b": INT32})
    assert value_after("ReplaceFieldValue", {"renames": "a:n,b:n"}, {"b": 2}, schema) == {"n": 2}
    assert value_after("ReplaceFieldValue", {"renames": "b:n,a:n"}, {"b": 2}, schema) == {"n": 2}


def test_names_can_be_swapped() -> None:
    options = {"renames": "a:b,b:a"}
    assert value_after("ReplaceFieldValue", options, {"a": 1, "b": 2}) == {"b": 1, "a": 2}
    schema = struct_schema({"a": INT32, "b": INT32})
    assert value_after("ReplaceFieldValue", options, {"a": 1, "b": 2}, schema) == {"b": 1, "a": 2}


def test_of_two_entries_with_one_name_the_later_wins() -> None:
    assert value_after("ReplaceFieldValue", {"renames": "a:b"}, {"a": 1, "b": 2}) == {"b": 2}
    assert value_after("ReplaceFieldValue", {"renames": "a:b"}, {"b": 2, "a": 1}) == {"b": 1}


def test_a_required_field_without_value_is_refused_where_it_is_copied() -> None:
    schema = struct_schema({"a": INT32.with_(default=5), "b": OPTIONAL_INT32})
    options = {"exclude": "b", "replace.null.with.default": "false"}
    with pytest.raises(DataError, match="required field"):
        value_after("ReplaceFieldValue", options, {"a": None, "b": 1}, schema)
    assert value_after("ReplaceFieldValue", {"exclude": "b"}, {"b": 1}, schema) == {"a": 5}


def test_an_offset_is_inserted_for_sinks_only() -> None:
    transform = made("InsertFieldKey", {"offset.field": "o!", "topic.field": "t"})
    after = transform.apply(sink_record("v", key={"a": 1}, key_schema=struct_schema({"a": INT32}), offset=42))
    assert after is not None
    assert after.key == {"a": 1, "t": "test", "o": 42}
    assert after.key_schema == struct_schema({"a": INT32, "t": STRING.as_optional(), "o": INT64})
    with pytest.raises(DataError, match="Only SinkRecord supported"):
        transform.apply(source_record("v", key={"a": 1}))


def test_maps_in_structs_cannot_be_flattened() -> None:
    with pytest.raises(DataError, match="does not support MAP"):
        value_after("FlattenValue", {}, {"m": {"a": 1}}, struct_schema({"m": map_schema(STRING, INT32)}))


def test_what_schemaless_data_cannot_hold_is_not_flattened() -> None:
    with pytest.raises(DataError, match="datetime"):
        value_after("FlattenValue", {}, {"a": {"at": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)}})


def test_dropped_headers_leave_the_others_in_order() -> None:
    headers = (Header("a", 1), Header("b", 2), Header("a", 3), Header("c", 4))
    after = made("DropHeaders", {"headers": "a,x"}).apply(sink_record("v", headers=headers))
    assert after is not None
    assert after.headers == (Header("b", 2), Header("c", 4))


def test_a_new_year_is_a_new_topic() -> None:
    transform = made("TimestampRouter", {"timestamp.format": "yyyy"})
    stamps = [1_704_067_199_999, 1_704_067_200_000]
    after = transform.apply_batch([sink_record("v", topic="t", timestamp=stamp) for stamp in stamps])
    assert [record and record.topic for record in after] == ["t-2023", "t-2024"]
