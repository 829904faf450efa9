"""What holds for transforms whatever the data."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.errors import DataError
from connect_runtime.sdk import Schema, SinkRecord, Transform, struct_schema
from connect_runtime.sdk.data import validate
from connect_runtime.sdk.testing import sink_record
from connect_runtime.transforms import plugins
from connect_runtime.transforms.date_format import formatter
from connect_runtime.transforms.date_parse import InstantParser
from connect_runtime.transforms.date_pattern import parse_pattern
from connect_runtime.transforms.hybrid_calendar import civil_day, day_number
from tests.support.strategies import PLAIN, TEXT, schemas, values_of

CLASSES = {cls.__name__: cls for cls in plugins.connect_transforms()}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "CastValue": {"spec": "a:string,b:int32,c:boolean"},
    "ExtractFieldValue": {"field": "a"},
    "FlattenValue": {},
    "HeaderFromValue": {"fields": "a", "headers": "h", "operation": "move"},
    "HoistFieldValue": {"field": "a"},
    "InsertFieldValue": {"topic.field": "topic", "static.field": "b", "static.value": "x"},
    "MaskFieldValue": {"fields": "a,b"},
    "ReplaceFieldValue": {"exclude": "a", "renames": "b:d"},
    "SetSchemaMetadataValue": {"schema.name": "other"},
    "TimestampConverterValue": {"field": "a", "target.type": "unix", "format": "yyyy"},
    "ValueToKey": {"fields": "a,b"},
}
PASS_NULLS = ("CastValue", "FlattenValue", "InsertFieldValue", "ReplaceFieldValue")


def made(name: str, options: Mapping[str, str]) -> Transform:
    transform = CLASSES[name]()
    transform.configure(options)
    return transform


TRANSFORMS = {name: made(name, options) for name, options in OPTIONS.items()}


@st.composite
def structs(draw: st.DrawFn) -> tuple[Schema, Any]:
    """A struct schema with some of the fields that the transforms above look for, and a value."""
    fields = draw(st.dictionaries(st.sampled_from("abc") | TEXT.filter(bool), schemas(1), max_size=4))
    schema = struct_schema(fields, name=draw(st.none() | TEXT), version=draw(st.none() | st.integers(0, 9)))
    return schema, draw(values_of(schema))


MAPS = st.dictionaries(st.sampled_from("abc") | TEXT, PLAIN, max_size=4)
INPUTS = structs() | MAPS.map(lambda value: (None, value)) | PLAIN.map(lambda value: (None, value))


def outcome(transform: Transform, record: SinkRecord) -> Any:
    """What becomes of a record, and whether a batch says the same."""
    try:
        after = transform.apply(record)
    except DataError:
        try:
            transform.apply_batch([record])
        except DataError:
            return DataError
        raise AssertionError("a batch takes a record that alone is refused") from None
    assert repr(transform.apply_batch([record])) == repr([after])
    return after


@given(st.sampled_from(sorted(OPTIONS)), INPUTS)
def test_records_are_never_changed_in_place(name: str, data: tuple[Schema | None, Any]) -> None:
    schema, value = data
    record = sink_record(value, schema=schema, key="k", topic="t")
    before = copy.deepcopy(record)

    outcome(TRANSFORMS[name], record)

    assert record == before or repr(record) == repr(before)  # NaN is not equal to itself


@given(st.sampled_from(sorted(OPTIONS)), structs())
def test_what_comes_of_a_valid_struct_is_valid(name: str, data: tuple[Schema, Any]) -> None:
    schema, value = data
    after = outcome(TRANSFORMS[name], sink_record(value, schema=schema))

    if after is not DataError and name != "MaskFieldValue":  # a masked decimal has scale 0, as in Connect
        if after.value_schema is not None and after.value is not None:
            validate(after.value_schema, after.value)
        if after.key_schema is not None:
            validate(after.key_schema, after.key)


@given(st.sampled_from(PASS_NULLS), st.none() | schemas(1))
def test_tombstones_pass_with_whatever_schema(name: str, schema: Schema | None) -> None:
    record = sink_record(None, schema=schema)
    assert TRANSFORMS[name].apply(record) == record


@given(structs())
def test_the_schema_stays_the_same_when_nothing_changes(data: tuple[Schema, Any]) -> None:
    schema, value = data
    record = sink_record(value, schema=schema)
    for name, options in {
        "CastValue": {"spec": "nowhere:string"},
        "MaskFieldValue": {"fields": "nowhere"},
        "ReplaceFieldValue": {"renames": "nowhere:there"},
        "SetSchemaMetadataValue": {"schema.version": "4"},
    }.items():
        after = made(name, options).apply(record)
        assert after is not None
        assert after.value_schema == (schema.with_(version=4) if name == "SetSchemaMetadataValue" else schema)


@given(structs() | MAPS.map(lambda value: (None, value)))
def test_what_is_done_is_done_once(data: tuple[Schema | None, Any]) -> None:
    schema, value = data
    for name in ("MaskFieldValue", "CastValue", "FlattenValue", "SetSchemaMetadataValue"):
        if name == "FlattenValue" and (any("." in str(key) for key in value) or has_defaults(schema)):
            # A name with the delimiter in it may be another's path; a null that is found where a struct was missing is
            # the field's default the second time.
            continue
        once = outcome(TRANSFORMS[name], sink_record(value, schema=schema))
        if once is not DataError:
            assert shown(TRANSFORMS[name].apply(once)) == shown(once)


def has_defaults(schema: Schema | None) -> bool:
    if schema is None:
        return False
    return schema.default is not None or any(has_defaults(field.schema) for field in schema.fields)


def shown(record: SinkRecord | None) -> str:
    """A record for comparison: a field that is not there is null, NaN is NaN."""
    assert record is not None
    if record.value_schema is None:
        return repr(record)
    return repr([record.value_schema, *(record.value.get(field.name) for field in record.value_schema.fields)])


@given(st.integers(-62_135_596_800_000 + 2 * 86_400_000, 253_402_300_799_999))
def test_an_instant_survives_as_text(epoch_ms: int) -> None:
    for text in ("yyyy-MM-dd HH:mm:ss.SSS", "yyyyMMddHHmmssSSS", "G y D k:m:s.S", "EEEE, d MMMM yyyy hh:mm:ss.SSS a X"):
        pattern = parse_pattern(text)
        assert InstantParser(pattern, 0).parse(formatter(pattern)(epoch_ms)) == epoch_ms


@given(st.integers(-1_000_000, 3_000_000))
def test_days_and_dates_are_inverse(number: int) -> None:
    assert day_number(*civil_day(number)) == number
    assert civil_day(number) < civil_day(number + 1)
