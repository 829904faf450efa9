"""The fakes behave like the runtime where a plugin can tell."""

from __future__ import annotations

from itertools import count

import pytest

from connect_runtime.errors import ConnectError
from connect_runtime.model import TopicPartition
from connect_runtime.sdk import SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext
from connect_runtime.sdk.testing import (
    FakeConnectorContext,
    FakeErrantRecordReporter,
    FakeSinkTaskContext,
    FakeSourceTaskContext,
    sink_records,
)

OWNED = TopicPartition("orders", 0)


def test_the_fakes_are_contexts() -> None:
    source: SourceTaskContext = FakeSourceTaskContext({"file": "x"})
    sink: SinkTaskContext = FakeSinkTaskContext({"file": "x"}, errant_record_reporter=FakeErrantRecordReporter())
    source_connector: SourceConnectorContext = FakeConnectorContext()
    sink_connector: SinkConnectorContext = FakeConnectorContext()

    assert source.configs == sink.configs == {"file": "x"}
    source_connector.request_task_reconfiguration()
    sink_connector.raise_error(ValueError("bad"))


def test_committed_offsets_are_found_by_their_partition() -> None:
    context = FakeSourceTaskContext(offsets=[({"file": "a"}, {"position": 3})])

    assert context.offset_reader.offsets([{"file": "a"}, {"file": "b"}]) == [{"position": 3}, None]


def test_a_wait_lets_the_test_make_something_happen() -> None:
    arrived: list[float] = []
    context = FakeSourceTaskContext(on_wait=arrived.append)

    assert context.wait(0.5) is False
    context.stop()
    assert context.wait(0.25) is True
    assert arrived == context.waits == [0.5, 0.25]


def test_a_task_that_waits_for_ever_fails_its_test() -> None:
    context = FakeSourceTaskContext()

    with pytest.raises(AssertionError, match="poll should return None"):
        any(context.wait(1) for _ in count())


def test_pausing_a_foreign_partition_is_refused() -> None:
    context = FakeSinkTaskContext(assignment=[OWNED])
    context.pause([OWNED])

    with pytest.raises(ConnectError, match="other-1"):
        context.pause([TopicPartition("other", 1)])

    assert context.paused == {OWNED}


def test_a_reported_record_is_remembered_with_its_error() -> None:
    reporter = FakeErrantRecordReporter()
    (record,) = sink_records([{"a": 1}], topic="orders", first_offset=7)
    error = ValueError("bad")

    reporter.report(record, error).result(timeout=0)

    assert reporter.reported == [(record, error)]
    assert (record.original_topic_partition, record.kafka_offset) == (OWNED, 7)
