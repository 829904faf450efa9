"""Rows of one key are written in the order of their records, however plans and deletes alternate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.sdk.testing import sink_record
from connectors.sql.grouping import Group
from connectors.sql.naming import TableId
from connectors.sql.ordering import in_order
from connectors.sql.plan import BoundRows, WritePlan
from connectors.sql.rows import Rows
from connectors.sql.table import Column, Operation, Table

TABLE = Table(TableId(None, "t"), (Column("k", "int8"), Column("v", "int8")))
OTHER = Table(TableId(None, "u"), TABLE.columns)


def no_write(connection: Any, blocks: Iterable[Rows]) -> None:
    raise AssertionError("nothing is written here")


def plan(operation: Operation, table: Table) -> WritePlan:
    columns = table.columns if operation is not Operation.DELETE else table.columns[:1]
    return WritePlan(table, operation, (), columns, (), (0,), needs_all_fields=False, write=no_write)


# Two plans that differ in their schemas only, one that deletes, one of another table.
PLANS = [
    plan(Operation.UPSERT, TABLE),
    plan(Operation.UPSERT, TABLE),
    plan(Operation.DELETE, TABLE),
    plan(Operation.UPSERT, OTHER),
]


def bound(which: int, rows: list[tuple[int, int]]) -> BoundRows:
    """Rows of a plan: place in the batch, which is the value too, and key."""
    group = Group([sink_record({}, offset=place) for place, _ in rows], [place for place, _ in rows])
    columns: list[Sequence[Any]] = [[key for _, key in rows], [place for place, _ in rows]]
    return BoundRows(PLANS[which], group, Rows(columns[: len(PLANS[which].columns)]))


@given(st.lists(st.tuples(st.integers(0, len(PLANS) - 1), st.integers(0, 4)), max_size=40))
def test_every_key_sees_its_records_in_order(records: list[tuple[int, int]]) -> None:
    batch = []
    for which in range(len(PLANS)):
        rows = [(place, key) for place, (plan_of_record, key) in enumerate(records) if plan_of_record == which]
        if rows:
            batch.append(bound(which, rows))
    seen: dict[tuple[TableId, int], list[int]] = {}
    steps = in_order(batch)
    for step in steps:
        for place, key in zip(step.group.places, step.rows.columns[0], strict=True):
            seen.setdefault((step.plan.table.id, key), []).append(place)
    assert sorted(place for places in seen.values() for place in places) == list(range(len(records)))
    assert all(places == sorted(places) for places in seen.values())


@given(st.lists(st.integers(0, 1), min_size=1, max_size=60))
def test_plans_that_alternate_over_different_keys_are_two_statements(plans: list[int]) -> None:
    batch = []
    for which in (0, 1):
        rows = [(place, place) for place, plan_of_record in enumerate(plans) if plan_of_record == which]
        if rows:
            batch.append(bound(which, rows))
    assert len(in_order(batch)) == len(set(plans))


def test_inserts_need_no_order() -> None:
    inserts = [plan(Operation.INSERT, TABLE), plan(Operation.INSERT, TABLE)]
    group = Group([sink_record({})], [0])
    batch = [BoundRows(insert, group, Rows([[1], [1]])) for insert in inserts]
    assert in_order(batch) == batch


def test_plans_with_other_key_columns_are_written_strictly_in_order() -> None:
    by_value = WritePlan(TABLE, Operation.UPSERT, (), TABLE.columns, (), (1,), needs_all_fields=False, write=no_write)
    group = [Group([sink_record({}), sink_record({})], places) for places in ([0, 2], [1, 3])]
    batch = [
        BoundRows(PLANS[0], group[0], Rows([[1, 2], [1, 2]])),
        BoundRows(by_value, group[1], Rows([[3, 4], [3, 4]])),
    ]
    assert [list(step.group.places) for step in in_order(batch)] == [[0], [1], [2], [3]]
