"""Which neighbours in a chain share one copy of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connect_runtime.config import ConfigDef
from connect_runtime.errors import DataError
from connect_runtime.pipeline import TransformChain, TransformStep
from connect_runtime.sdk import AnyRecord, SinkRecord, SourceRecord
from connect_runtime.sdk.testing import sink_record, sink_records
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.predicates import RecordIsTombstone


class Mark(PartTransform):
    """Sets a field to how many there are; refuses a record whose value says so of the field."""

    part = Part.VALUE
    passes_null = True
    edits_fields = True

    def __init__(self, field: str) -> None:
        self._field = field
        self.copies = 0
        self.configure({})

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()

    def planner(self, options: Mapping[str, Any]) -> Planner:
        del options
        return lambda schema: Plan(schema, self._copied, (self._marked,))

    def _copied(self, value: Any) -> dict[Any, Any]:
        self.copies += 1
        return dict(value)

    def _marked(self, maps: list[dict[Any, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        for fields, record in zip(maps, records, strict=True):
            if record.value.get("refused") == self._field:
                raise DataError(f"{self._field} is refused")
            fields[self._field] = len(fields)


class MarkKey(Mark):
    part = Part.KEY


class MarkLoudly(Mark):
    """Has its own way with a batch."""

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord]:
        return super().apply_batch(records)


def chain_of(*marks: Mark) -> TransformChain[SinkRecord]:
    return TransformChain([TransformStep(f"s{place}", mark) for place, mark in enumerate(marks)])


def test_neighbours_copy_a_record_once() -> None:
    marks = [Mark("a"), Mark("b"), Mark("c")]
    records = sink_records([{}, {"x": 1}])

    changed = chain_of(*marks).apply_batch(records)

    values = [record.value for record in changed if record]
    assert values == [{"a": 0, "b": 1, "c": 2}, {"x": 1, "a": 1, "b": 2, "c": 3}]
    assert [mark.copies for mark in marks] == [2, 0, 0]
    assert [record.value for record in records] == [{}, {"x": 1}]


@pytest.mark.parametrize("between", [MarkKey("k"), MarkLoudly("l")], ids=["another part", "an own apply_batch"])
def test_what_stands_between_two_works_by_itself(between: Mark) -> None:
    before, after = Mark("a"), Mark("b")
    chain_of(before, between, after).apply_batch([sink_record({}, key={})])
    assert (before.copies, after.copies) == (1, 1)


def test_a_step_with_a_predicate_works_by_itself() -> None:
    first, second, third = Mark("a"), Mark("b"), Mark("c")
    steps = [
        TransformStep("s0", first),
        TransformStep("s1", second, RecordIsTombstone(), negate=True),
        TransformStep("s2", third),
    ]
    changed = TransformChain[SinkRecord](steps).apply_batch(sink_records([{}, None]))
    assert [record and record.value for record in changed] == [{"a": 0, "b": 1, "c": 2}, None]
    assert [first.copies, second.copies, third.copies] == [1, 1, 1]


def test_an_error_is_that_of_the_first_step_that_refuses_a_record() -> None:
    chain = chain_of(Mark("a"), Mark("b"))
    records = sink_records([{"refused": "b"}, {"refused": "a"}])
    with pytest.raises(DataError, match="a is refused"):
        chain.apply_batch(records)
    assert [record.value for record in records] == [{"refused": "b"}, {"refused": "a"}]
