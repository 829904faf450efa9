"""Values without schema, such as plain JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connect_runtime.sdk import DataError
from connect_runtime.sdk.testing import sink_record, sink_records
from tests.integration.sql.conftest import MakeSink, Target

UPSERT = {"insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "id"}


def test_a_table_is_made_from_the_values_of_the_first_batch(target: Target, make_sink: MakeSink) -> None:
    values = [
        {"id": 1, "t": None, "f": 1, "b": None, "x": {"a": [1, None]}, "never": None},
        {"id": 2, "t": "text", "f": 2.5, "b": True, "x": [], "never": None},
    ]
    make_sink(target.url, auto_create="true", pk_mode="record_value", pk_fields="id").put_all(sink_records(values))
    types = {name: type_.lower() for name, (type_, _) in target.columns("test").items()}
    assert (
        types
        == {
            "postgresql": {"id": "bigint", "t": "text", "f": "double precision", "b": "boolean", "x": "jsonb"},
            "sqlite": {"id": "integer", "t": "text", "f": "real", "b": "integer", "x": "text"},
        }[target.name]
    )
    assert [nullable for _, nullable in target.columns("test").values()] == [False, True, True, True, True]
    assert target.execute("SELECT id, t, f, b FROM test ORDER BY id") == [(1, None, 1, None), (2, "text", 2.5, True)]


def test_python_values_make_columns_too(target: Target, make_sink: MakeSink) -> None:
    value = {"d": Decimal("1.25"), "day": date(2024, 1, 2), "at": datetime(2024, 1, 2, tzinfo=UTC), "huge": 2**70}
    make_sink(target.url, auto_create="true").put_all(sink_records([value]))
    if target.name == "postgresql":
        assert target.execute("SELECT d, day, at, huge FROM test") == [
            (Decimal("1.25"), date(2024, 1, 2), datetime(2024, 1, 2, tzinfo=UTC).replace(tzinfo=None), Decimal(2**70))
        ]
    else:
        assert target.execute("SELECT d, day, at FROM test") == [(1.25, 1_704_153_600_000, 1_704_153_600_000)]


def test_the_tables_own_types_decide(target: Target, make_sink: MakeSink) -> None:
    target.execute("CREATE TABLE test (a SMALLINT, b REAL, c VARCHAR(20), d TEXT)")
    make_sink(target.url).put_all(sink_records([{"a": 1, "b": 2, "c": "x", "d": {"k": "ž"}}]))
    assert target.execute("SELECT a, b, c, d FROM test") == [(1, 2.0, "x", '{"k":"ž"}')]


def test_fields_may_come_in_any_order(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(target.url, auto_create="true")
    sink.put_all(sink_records([{"a": 1, "b": "x"}, {"b": "y", "a": 2}]))
    assert target.execute("SELECT a, b FROM test ORDER BY a") == [(1, "x"), (2, "y")]


def test_an_insert_leaves_absent_fields_to_the_database(target: Target, make_sink: MakeSink) -> None:
    target.execute("CREATE TABLE test (id BIGINT, kind TEXT DEFAULT 'plain', note TEXT, n BIGINT NOT NULL DEFAULT 3)")
    sink = make_sink(target.url)
    sink.put_all(
        sink_records(
            [{"id": 1, "note": "x"}, {"id": 2, "kind": "k"}, {"id": 3, "n": 4, "note": None}, {"id": 4, "kind": None}]
        )
    )
    assert target.execute("SELECT * FROM test ORDER BY id") == [
        (1, "plain", "x", 3),
        (2, "k", None, 3),
        (3, "plain", None, 4),
        (4, None, None, 3),
    ]


def test_an_upsert_leaves_absent_fields_alone(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(target.url, auto_create="true", **UPSERT)
    sink.put_all(sink_records([{"id": 1, "a": "a1", "b": "b1"}, {"id": 2, "a": "a1", "b": "b1"}]))
    sink.put_all(sink_records([{"id": 1, "a": "a2"}, {"id": 2, "b": "b2"}, {"id": 1, "b": None}, {"id": 1, "a": "a3"}]))
    assert target.execute("SELECT id, a, b FROM test ORDER BY id") == [(1, "a3", None), (2, "a1", "b2")]


@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_other_fields_far_into_a_batch_are_noticed(target: Target, make_sink: MakeSink, mode: str) -> None:
    sink = make_sink(target.url, auto_create="true", auto_evolve="true", **UPSERT | {"insert_mode": mode})
    values = [{"id": n, "a": n} for n in range(3000)] + [{"id": 3000, "b": 1}]
    sink.put_all(sink_records(values))
    assert target.execute("SELECT count(*), count(a), sum(b) FROM test") == [(3001, 3000, 1)]


def test_many_different_sets_of_fields_are_one_insert(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(target.url, auto_create="true")
    values = [{"id": n} | {f"f{bit}": n for bit in range(8) if n >> bit & 1} for n in range(256)]
    sink.put_all(sink_records(values))
    sums = ", ".join(f"sum(f{bit})" for bit in range(8))
    expected = tuple(sum(n for n in range(256) if n >> bit & 1) for bit in range(8))
    assert target.execute(f"SELECT count(*), {sums} FROM test") == [(256, *expected)]


def test_a_new_field_becomes_a_column_once_its_type_is_known(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(target.url, auto_create="true", auto_evolve="true")
    sink.put_all(sink_records([{"id": 1}]))
    sink.put_all(sink_records([{"id": 2, "new": None}]))
    assert list(target.columns("test")) == ["id"]
    sink.put_all(sink_records([{"id": 3, "new": None}, {"id": 4, "new": 1.5}]))
    assert target.execute("SELECT id, new FROM test ORDER BY id") == [(1, None), (2, None), (3, None), (4, 1.5)]


def test_a_record_with_an_unknown_field_is_at_fault(target: Target, make_sink: MakeSink) -> None:
    target.execute("CREATE TABLE test (id BIGINT)")
    sink = make_sink(target.url)
    with pytest.raises(DataError, match=r"record test-0@0: Table test has no column extra, and auto.evolve=false"):
        sink.put_all(sink_records([{"id": 1, "extra": "x"}]))
    with pytest.raises(DataError, match="no column extra"):
        sink.put_all(sink_records([{"id": 1}, {"id": 1, "extra": "x"}]))
    assert target.execute("SELECT * FROM test") == []


def test_keys_without_schema_can_be_structs_or_single_values(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(
        target.url,
        auto_create="true",
        insert_mode="upsert",
        pk_mode="record_key",
        pk_fields="id",
        delete_enabled="true",
    )
    sink.put(
        sink_record({"n": 1}, key={"id": "a", "other": 1}),
        sink_record({"n": 2}, key="b"),
        sink_record({"n": 3}, key={"id": "b"}),
        sink_record(None, key="a"),
    )
    assert target.execute("SELECT id, n FROM test") == [("b", 3)]


@pytest.mark.parametrize("value", [5, 1.5, True, [1], b"x"])
def test_a_value_that_is_neither_struct_nor_text_is_at_fault(
    target: Target, make_sink: MakeSink, value: object
) -> None:
    with pytest.raises(DataError, match=r"record test-0@3"):
        make_sink(target.url, auto_create="true").put(sink_record(value, offset=3))


def test_a_value_without_the_key_field_is_at_fault(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(target.url, auto_create="true", **UPSERT)
    sink.put(sink_record({"id": 1, "n": 1}))
    with pytest.raises(DataError, match=r"record test-0@9: its value has no id, which pk.fields names"):
        sink.put(sink_record({"id": 2, "n": 1}), sink_record({"n": 1}, offset=9))
    assert target.execute("SELECT id FROM test") == [(1,)]
