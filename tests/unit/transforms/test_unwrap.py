"""Change events become rows: with schemas and without, deletes in each of the ways one can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connect_runtime.sdk import ConfigError, DataError, Header, Schema, SinkRecord, array_schema, struct_schema
from connect_runtime.sdk.data import INT32, INT64, OPTIONAL_STRING, STRING
from connect_runtime.sdk.testing import sink_record
from connect_runtime.transforms.unwrap import Unwrap

ROW = struct_schema({"id": INT32, "name": OPTIONAL_STRING, "level": INT32.with_(default=3)}, name="s.t.Value")
ENVELOPE = struct_schema(
    {
        "before": ROW.as_optional(),
        "after": ROW.as_optional(),
        "source": struct_schema({"table": STRING, "ts_ms": INT64, "lsn": INT64.as_optional()}, name="source"),
        "transaction": struct_schema({"id": STRING}, optional=True),
        "op": STRING,
        "ts_ms": INT64.as_optional(),
    },
    name="s.t.Envelope",
    version=1,
)
OLD, NEW = {"id": 1, "name": "old", "level": 1}, {"id": 1, "name": "new", "level": 2}
SOURCE = {"table": "t", "ts_ms": 5, "lsn": None}
BOTH = pytest.mark.parametrize("schema", [ENVELOPE, None], ids=["with-schema", "schemaless"])


def event(op: str, before: Any, after: Any, schema: Schema | None, **record: Any) -> SinkRecord:
    value = {"before": before, "after": after, "source": SOURCE, "transaction": None, "op": op, "ts_ms": 7}
    return sink_record(value, schema=schema, key={"id": 1}, topic="s.t", **record)


def unwrapped(record: SinkRecord, options: Mapping[str, str] | None = None) -> SinkRecord | None:
    transform = Unwrap()
    transform.configure(options or {})
    return transform.apply(record)


def row_of(record: SinkRecord, options: Mapping[str, str] | None = None) -> SinkRecord:
    after = unwrapped(record, options)
    assert after is not None
    return after


@BOTH
@pytest.mark.parametrize(("op", "before"), [("c", None), ("r", None), ("u", OLD)])
def test_the_row_after_the_change_becomes_the_value(op: str, before: Any, schema: Schema | None) -> None:
    after = row_of(event(op, before, NEW, schema))
    assert after.value == NEW
    assert after.value_schema == (schema and ROW.as_optional())
    assert (after.key, after.topic) == ({"id": 1}, "s.t")


@BOTH
@pytest.mark.parametrize(
    ("options", "deleted", "keeps_tombstone"),
    [
        ({}, "null", False),
        ({"delete.tombstone.handling.mode": "drop"}, "dropped", False),
        ({"delete.tombstone.handling.mode": "TOMBSTONE"}, "null", False),
        ({"delete.tombstone.handling.mode": "delete-to-tombstone"}, "tombstone", False),
        ({"delete.tombstone.handling.mode": "rewrite"}, "rewritten", False),
        ({"delete.tombstone.handling.mode": "rewrite-with-tombstone"}, "rewritten", True),
        ({"drop.tombstones": "false"}, "dropped", True),
        ({"drop.tombstones": "true"}, "dropped", False),
        ({"delete.handling.mode": "none"}, "null", False),
        ({"delete.handling.mode": "rewrite", "drop.tombstones": "false"}, "rewritten", True),
        ({"delete.handling.mode": "rewrite", "delete.tombstone.handling.mode": "drop"}, "dropped", False),
    ],
)
def test_deletes_and_tombstones_go_the_way_one_asks_for(
    options: Mapping[str, str], deleted: str, keeps_tombstone: bool, schema: Schema | None
) -> None:
    after = unwrapped(event("d", OLD, None, schema), options)
    match deleted:
        case "dropped":
            assert after is None
        case "rewritten":
            assert after is not None
            assert after.value == OLD | {"__deleted": "true"}
        case _:
            assert after is not None
            assert after.value is None
            assert after.value_schema == (schema and ROW.as_optional() if deleted == "null" else None)
    tombstone = sink_record(None, key={"id": 1})
    assert unwrapped(tombstone, options) == (tombstone if keeps_tombstone else None)


@BOTH
def test_rewriting_marks_rows_that_are_not_deleted_too(schema: Schema | None) -> None:
    after = row_of(event("u", OLD, NEW, schema), {"delete.tombstone.handling.mode": "rewrite"})
    assert after.value == NEW | {"__deleted": "false"}
    if schema:
        fields = {field.name: field.schema for field in ROW.fields} | {"__deleted": OPTIONAL_STRING}
        assert after.value_schema == struct_schema(fields, name="s.t.Value")


@BOTH
def test_parts_of_the_event_become_fields(schema: Schema | None) -> None:
    options = {"add.fields": "op,table,source.ts_ms,ts_ms:at,nowhere,transaction.id", "add.fields.prefix": "_"}
    after = row_of(event("c", None, NEW, schema), options)
    added = {"_op": "c", "_table": "t", "_source_ts_ms": 5, "_at": 7}
    assert after.value == NEW | added | ({"_transaction_id": None} if schema else {})
    if schema and after.value_schema:
        assert [field.name for field in after.value_schema.fields][3:] == [*added, "_transaction_id"]
        assert after.value_schema.fields[-2].schema == INT64.as_optional()


@BOTH
def test_parts_of_the_event_become_headers(schema: Schema | None) -> None:
    after = row_of(event("c", None, NEW, schema, headers=[Header("h", 1)]), {"add.headers": "op,table:from"})
    text = schema and OPTIONAL_STRING
    assert after.headers == (Header("h", 1), Header("__op", "c", text), Header("__from", "t", text))


def test_a_tombstone_that_goes_on_says_that_it_deletes() -> None:
    options = {"add.headers": "table,op", "delete.tombstone.handling.mode": "rewrite-with-tombstone"}
    assert row_of(sink_record(None), options).headers == (Header("__op", "d", STRING),)


@BOTH
def test_a_field_of_the_row_can_be_the_topic(schema: Schema | None) -> None:
    options = {"route.by.field": "name"}
    assert row_of(event("u", OLD, NEW, schema), options).topic == "new"
    assert row_of(event("d", OLD, None, schema), options).topic == "old"
    assert row_of(event("c", None, NEW | {"name": None}, schema), options).topic == "s.t"
    with pytest.raises(DataError, match="cannot be a topic"):
        unwrapped(event("c", None, NEW, schema), {"route.by.field": "id"})


@BOTH
def test_nulls_of_a_copied_row_become_defaults_unless_told_not_to(schema: Schema | None) -> None:
    row = NEW | {"level": None}
    assert row_of(event("c", None, row, schema)).value == row
    after = row_of(event("c", None, row, schema), {"add.fields": "op"})
    assert after.value == row | {"__op": "c", "level": 3 if schema else None}


@BOTH
def test_a_header_can_list_fields_to_drop(schema: Schema | None) -> None:
    listed = [Header("drop", ["name", "level"], array_schema(STRING))]
    options = {"drop.fields.header.name": "drop"}
    record = event("c", None, NEW, schema, headers=listed)
    assert row_of(record, options).value == ({"id": 1, "level": 2} if schema else {"id": 1})
    everything = options | {"drop.fields.keep.schema.compatible": "false"}
    assert row_of(record, everything).value == {"id": 1}
    assert row_of(event("c", None, NEW, schema), everything).value == NEW


def test_fields_can_be_dropped_from_the_key_too() -> None:
    record = event("c", None, NEW, None, headers=[Header("drop", ["id"])])
    options = {"drop.fields.header.name": "drop", "drop.fields.from.key": "true"}
    assert row_of(record, options).key == {}


@pytest.mark.parametrize(
    "record",
    [
        sink_record({"id": 1}, schema=struct_schema({"id": INT32}, name="s.t.Value")),
        sink_record({"id": 1}),
        sink_record({"op": "c"}),
        sink_record("text", schema=STRING),
    ],
)
def test_what_is_no_change_event_passes(record: SinkRecord) -> None:
    assert unwrapped(record) is record


@BOTH
def test_that_a_table_was_emptied_is_not_passed_on(schema: Schema | None) -> None:
    assert unwrapped(event("t", None, None, schema)) is None


@BOTH
def test_a_delete_without_the_old_row_cannot_be_rewritten(schema: Schema | None) -> None:
    record = event("d", None, None, schema)
    assert row_of(record).value is None
    with pytest.raises(DataError, match="REPLICA IDENTITY FULL"):
        unwrapped(record, {"delete.tombstone.handling.mode": "rewrite"})


@pytest.mark.parametrize(
    "options",
    [
        {"delete.tombstone.handling.mode": "maybe"},
        {"delete.handling.mode": "tombstone"},
        {"add.fields": "a.b.c"},
        {"add.fields": "a:b:c"},
        {"add.headers": "op:"},
    ],
)
def test_bad_options_are_refused(options: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError):
        Unwrap().configure(options)


def test_a_field_that_is_there_already_cannot_be_added() -> None:
    with pytest.raises(DataError, match="duplication"):
        unwrapped(event("c", None, NEW, ENVELOPE), {"add.fields": "op:name", "add.fields.prefix": ""})
