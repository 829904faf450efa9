"""Both directions: a batch at once, and record by record as soon as one of it is bad, must come to the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.config import ConfigDef
from connect_runtime.errors import ConnectError, DataError, RetriableError
from connect_runtime.model import Header, SinkRecord, SourceColumns, SourceRecord, TopicPartition
from connect_runtime.pipeline import (
    ConsumedMessage,
    ErrorPolicy,
    Failure,
    Operations,
    Outgoing,
    SinkPipeline,
    SourcePipeline,
    Stage,
    Tolerance,
    TransformChain,
    TransformStep,
)
from connect_runtime.pipeline.places import place_of
from connect_runtime.sdk import Predicate, Transform
from tests.support.clocks import FakeClock
from tests.support.running_tasks import NoHeaders, Text


class Fake:
    """A consumed message."""

    def __init__(self, topic: str, partition: int, offset: int, value: bytes | None, headers: Any = None) -> None:
        self._parts = (topic, partition, offset, value, headers)

    def topic(self) -> str:
        return self._parts[0]

    def partition(self) -> int:
        return self._parts[1]

    def offset(self) -> int:
        return self._parts[2]

    def key(self) -> bytes | None:
        return None

    def value(self) -> bytes | None:
        return self._parts[3]

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        headers: Sequence[tuple[str, bytes | None]] | None = self._parts[4]
        return headers

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_700_000_000_000


class DropEven(Transform):
    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([])

    def configure(self, config: Mapping[str, str]) -> None: ...

    def apply(self, record: Any) -> Any:
        return None if record.value.isdigit() and int(record.value) % 2 == 0 else record


class IsShort(Predicate):
    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([])

    def configure(self, config: Mapping[str, str]) -> None: ...

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        return len(record.value) < 3


class Reports:
    def __init__(self) -> None:
        self.stages: list[Stage] = []

    def report(self, subject: object, failure: Failure) -> None:
        self.stages.append(failure.stage)


def sink_pipeline(policy: ErrorPolicy, reports: Reports, *steps: TransformStep) -> SinkPipeline:
    operations = Operations[ConsumedMessage](policy, [reports], FakeClock(), lambda: False)
    return SinkPipeline(Text(), Text(), NoHeaders(), TransformChain(steps), operations)


TOLERANT = ErrorPolicy(tolerance=Tolerance.ALL)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from(["1", "2", "300", "bad"]))))
def test_good_records_pass_in_order_and_all_offsets_move_on(rows: list[tuple[str, int, str]]) -> None:
    messages = [Fake(topic, partition, at, text.encode()) for at, (topic, partition, text) in enumerate(rows)]
    reports = Reports()
    batch = sink_pipeline(TOLERANT, reports, TransformStep("drop", DropEven())).convert(messages)
    kept = [(at, text) for at, (_, _, text) in enumerate(rows) if text == "1"]
    assert [(record.kafka_offset, record.value) for record in batch.records] == kept
    assert batch.next_offsets == {TopicPartition(t, p): at + 1 for at, (t, p, _) in enumerate(rows)}
    assert reports.stages == [Stage.VALUE_CONVERTER] * sum(text == "bad" for _, _, text in rows)


def test_headers_timestamps_and_origin_reach_the_record() -> None:
    batch = sink_pipeline(ErrorPolicy(), Reports()).convert([Fake("t", 3, 8, b"x", [("h", b"1"), ("n", None)])])
    record = batch.records[0]
    assert record.headers == (Header("h", "1"), Header("n", None))
    assert (record.timestamp, record.timestamp_type) == (1_700_000_000_000, 1)
    assert (record.original_topic_partition, record.kafka_offset) == (TopicPartition("t", 3), 8)


def test_a_tombstone_stays_one() -> None:
    assert sink_pipeline(ErrorPolicy(), Reports()).convert([Fake("t", 0, 0, None)]).records[0].value is None


def test_a_predicate_decides_where_a_transform_applies_and_negate_turns_it_round() -> None:
    messages = [Fake("t", 0, n, text) for n, text in enumerate([b"2", b"222", b"4"])]
    short = TransformStep("drop", DropEven(), IsShort())
    long = TransformStep("drop", DropEven(), IsShort(), negate=True)
    for step, left in ((short, ["222"]), (long, ["2", "4"])):
        batch = sink_pipeline(ErrorPolicy(), Reports(), step).convert(messages)
        assert [record.value for record in batch.records] == left


def test_a_bad_record_ends_it_where_none_is_tolerated_and_is_reported_first() -> None:
    reports = Reports()
    with pytest.raises(ConnectError, match="VALUE_CONVERTER"):
        sink_pipeline(ErrorPolicy(), reports).convert([Fake("t", 0, 0, b"good"), Fake("t", 0, 1, b"bad")])
    assert reports.stages == [Stage.VALUE_CONVERTER]


class Refuse(DropEven):
    """Refuses one value, and counts how often it is asked."""

    def __init__(self, value: str, error: Exception) -> None:
        self.value, self.error, self.asked = value, error, 0

    def apply(self, record: Any) -> Any:
        self.asked += 1
        if record.value == self.value:
            raise self.error
        return record


def test_a_failure_names_the_transform_and_the_record() -> None:
    steps = [TransformStep("even", DropEven()), TransformStep("odd", Refuse("3", DataError("no threes.")))]
    operations = Operations[ConsumedMessage](ErrorPolicy(), [], FakeClock(), lambda: False, place_of)
    pipeline = SinkPipeline(Text(), Text(), NoHeaders(), TransformChain(steps), operations)
    expected = (
        f"TRANSFORMATION odd with {__name__}.Refuse failed for the record at offset 8 of t-2: no threes. Correct the"
    )
    with pytest.raises(ConnectError, match=re.escape(expected)):
        pipeline.convert([Fake("t", 2, 7, b"1"), Fake("t", 2, 8, b"3")])


def test_a_predicate_that_fails_is_named_too() -> None:
    class Broken(IsShort):
        def test(self, record: SourceRecord | SinkRecord) -> bool:
            raise DataError("cannot tell")

    with pytest.raises(ConnectError, match=r"TRANSFORMATION even with .*Broken failed for a record: cannot tell"):
        sink_pipeline(ErrorPolicy(), Reports(), TransformStep("even", DropEven(), Broken())).convert(
            [Fake("t", 0, 0, b"1")]
        )


def test_only_the_transform_that_failed_is_tried_again() -> None:
    class Impatient(FakeClock):
        def monotonic(self) -> float:
            self.advance(1.0)
            return super().monotonic()

    before, busy = Refuse("never", DataError("")), Refuse("1", RetriableError("busy"))
    operations = Operations[ConsumedMessage](
        ErrorPolicy(Tolerance.ALL, retry_timeout_s=3.0), [], Impatient(), lambda: False
    )
    chain = TransformChain[SinkRecord]([TransformStep("a", before), TransformStep("b", busy)])
    batch = SinkPipeline(Text(), Text(), NoHeaders(), chain, operations).convert([Fake("t", 0, 0, b"1")])
    assert not batch.records
    assert before.asked == 2  # in the batch, and by itself
    assert busy.asked > 2


def test_a_source_record_is_placed_by_its_offset_and_not_shown() -> None:
    record = SourceRecord({"filename": "/data/a"}, {"position": 7}, "t", "secret")
    assert place_of(record) == 'the record at offset {"position":7} of {"filename":"/data/a"}'


class Picky(Text):
    def from_connect(self, topic: str, schema: object, value: Any) -> bytes | None:
        if value == "bad":
            raise ValueError("bad value")
        return super().from_connect(topic, None, value)


def source_pipeline(policy: ErrorPolicy, *steps: TransformStep) -> SourcePipeline:
    operations = Operations[SourceRecord](policy, [], FakeClock(), lambda: False)
    return SourcePipeline(Text(), Picky(), NoHeaders(), TransformChain(steps), operations)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2", "300", "bad"]))))
def test_every_source_record_is_sent_or_told_to_be_dropped(rows: list[tuple[str, str]]) -> None:
    records = [SourceRecord({}, {"n": n}, topic, text) for n, (topic, text) in enumerate(rows)]
    outgoing, dropped = source_pipeline(TOLERANT, TransformStep("drop", DropEven())).convert(records)
    sent = [(group.topic, value) for group in outgoing for value in group.values]
    assert sent == [(topic, b"1") for topic, text in rows if text == "1"]
    origins = [record for group in outgoing for record in group.origins]
    assert sorted(id(record) for record in [*origins, *dropped]) == sorted(map(id, records))


def test_columns_that_nobody_uses_are_left_out() -> None:
    outgoing, _ = source_pipeline(ErrorPolicy()).convert([SourceRecord(None, None, "t", "x")])
    group = outgoing[0]
    assert (group.keys, group.partitions, group.timestamps, group.headers) == (None, None, None, None)


def test_keys_partitions_timestamps_and_headers_are_passed_on() -> None:
    record = SourceRecord(None, None, "t", "x", key="k", kafka_partition=2, timestamp=5, headers=(Header("h", 1),))
    group = source_pipeline(ErrorPolicy()).convert([record, SourceRecord(None, None, "t", "y", timestamp=-1)])[0][0]
    assert group.keys == [b"k", None]
    assert group.partitions == [2, None]
    assert group.timestamps == [5, None]
    assert group.headers == [[("h", b"1")], None]


def test_an_impossible_timestamp_and_a_missing_topic_end_the_task_even_when_errors_are_tolerated() -> None:
    with pytest.raises(ConnectError, match="timestamp -7"):
        source_pipeline(TOLERANT).convert([SourceRecord(None, None, "t", "x", timestamp=-7)])
    with pytest.raises(ConnectError, match="no topic"):
        source_pipeline(TOLERANT).convert([SourceRecord(None, None, None, "x")])


@given(st.lists(st.sampled_from(["1", "300", "bad"]), min_size=1), st.booleans(), st.sampled_from([None, 5]))
def test_columns_are_sent_as_their_records_would_be(texts: list[str], keyed: bool, timestamp: int | None) -> None:
    keys = [f"k{text}" for text in texts] if keyed else None
    columns = SourceColumns({"p": 1}, lambda at: {"n": at}, "t", texts, None, keys, None, timestamp)
    by_column, dropped = source_pipeline(TOLERANT).convert(columns)
    by_record, dropped_records = source_pipeline(TOLERANT).convert(list(columns))
    assert len(dropped) == len(dropped_records) == texts.count("bad")
    assert flattened(by_column) == flattened(by_record)


def flattened(groups: Sequence[Outgoing]) -> list[tuple[object, ...]]:
    """Message by message, however they are grouped."""
    return [
        (
            group.topic,
            group.values[at],
            None if group.keys is None else group.keys[at],
            None if group.timestamps is None else group.timestamps[at],
        )
        for group in groups
        for at in range(len(group.values))
    ]
