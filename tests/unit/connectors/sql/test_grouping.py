from __future__ import annotations

from connect_runtime.sdk import Type, primitive_schema, struct_schema
from connect_runtime.sdk.testing import sink_record, sink_records
from connectors.sql.grouping import by_fields, by_kind, groups_of

A = struct_schema({"a": primitive_schema(Type.INT32)})
B = struct_schema({"b": primitive_schema(Type.INT32)})


def test_records_that_look_alike_are_one_group() -> None:
    records = sink_records([{"a": n} for n in range(5)], schema=A)
    (group,) = groups_of(records, keys=True)
    assert list(group.records) == records
    assert list(group.places) == [0, 1, 2, 3, 4]


def test_topic_schemas_tombstones_and_missing_keys_make_groups() -> None:
    records = [
        sink_record({"a": 1}, schema=A),
        sink_record({"b": 1}, schema=B),
        sink_record({"a": 2}, schema=A),
        sink_record({"a": 3}, schema=A, topic="other"),
        sink_record(None, schema=A),
        sink_record({"a": 4}, schema=A, key=1),
        sink_record({"a": 5}, schema=A, key=1, key_schema=primitive_schema(Type.INT32)),
    ]
    groups = groups_of(records, keys=True)
    assert [list(group.places) for group in groups] == [[0, 2], [1], [3], [4], [5], [6]]
    assert [group.has_values for group in groups] == [True, True, True, False, True, True]
    assert [group.has_keys for group in groups] == [False, False, False, False, True, True]
    assert [group.topic for group in groups] == ["test", "test", "other", "test", "test", "test"]


def test_keys_part_a_batch_only_where_they_matter() -> None:
    records = [sink_record({"a": 1}, schema=A), sink_record({"a": 1}, schema=A, key=1)]
    assert len(groups_of(records, keys=True)) == 2
    assert len(groups_of(records, keys=False)) == 1


def test_records_without_schema_are_parted_by_their_fields() -> None:
    values = [{"a": 1, "b": 2}, {"b": 1, "a": 2}, {"a": 1}, {"a": 2, "c": 1}]
    (group,) = groups_of(sink_records(values), keys=True)
    assert [list(alike.places) for alike in by_fields(group, keys=False)] == [[0, 1], [2], [3]]
    assert [list(alike.places) for alike in by_fields(group, keys=False, ignored=frozenset("b"))] == [[0, 1, 2], [3]]


def test_keys_part_records_where_they_matter() -> None:
    (group,) = groups_of([sink_record({"a": 1}, key={"k": 1}), sink_record({"a": 1}, key=5)], keys=True)
    assert len(by_fields(group, keys=False)) == 1
    assert len(by_fields(group, keys=True)) == 2


def test_structs_and_single_values_are_different_kinds() -> None:
    (group,) = groups_of(sink_records([{"a": 1}, "x", {}, "y"]), keys=True)
    assert [list(kind.places) for kind in by_kind(group)] == [[0, 2], [1, 3]]
