"""What holds for every sink task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from connect_runtime.model import SinkRecord, TopicPartition
from connect_runtime.sdk.connector import SinkTask
from connect_runtime.sdk.testing.contexts import FakeSinkTaskContext

__all__ = ["SinkTaskContract"]


class SinkTaskContract:
    """Subclass it for a sink task and override its four fixtures.

    Attributes:
        keeps_order: Whether what was written can be read in the order in which it was put.
        is_idempotent: Whether records that are put a second time are still there only once.
    """

    keeps_order: ClassVar[bool] = True
    is_idempotent: ClassVar[bool] = False

    @pytest.fixture
    def new_task(self) -> Callable[[], SinkTask]:
        """Makes a task that was not started."""
        raise NotImplementedError("override the fixture 'new_task': return a function that makes a task")

    @pytest.fixture
    def config(self) -> Mapping[str, str]:
        """The task's configuration."""
        raise NotImplementedError("override the fixture 'config'")

    @pytest.fixture
    def records(self) -> Callable[[int], list[SinkRecord]]:
        """Makes so many new records of one partition, offsets going up from call to call."""
        raise NotImplementedError("override the fixture 'records'")

    @pytest.fixture
    def written(self) -> Callable[[], list[Any]]:
        """What is in the target now."""
        raise NotImplementedError("override the fixture 'written'")

    def expected(self, records: Sequence[SinkRecord]) -> list[Any]:
        """What ``written`` should give for these records; their values, unless overridden."""
        return [record.value for record in records]

    @pytest.fixture
    def start(self, new_task: Callable[[], SinkTask], config: Mapping[str, str]) -> Callable[[], SinkTask]:
        """Starts a new task without partitions."""

        def start_task() -> SinkTask:
            task = new_task()
            task.initialize(FakeSinkTaskContext(config))
            task.start(config)
            return task

        return start_task

    def test_what_was_flushed_is_in_the_target(
        self,
        start: Callable[[], SinkTask],
        records: Callable[[int], list[SinkRecord]],
        written: Callable[[], list[Any]],
    ) -> None:
        task, batches = start(), [records(3), records(1), records(4)]
        task.open(_partitions(batches[0]))
        for batch in batches:
            task.put(batch)
        everything = [record for batch in batches for record in batch]
        task.pre_commit(_next_offsets(everything))

        self._assert_same(written(), self.expected(everything))
        task.stop()

    def test_an_empty_batch_is_nothing(self, start: Callable[[], SinkTask], written: Callable[[], list[Any]]) -> None:
        task = start()
        task.put([])
        task.pre_commit({})

        assert written() == []
        task.stop()

    def test_no_offset_is_committed_beyond_what_was_put(
        self, start: Callable[[], SinkTask], records: Callable[[int], list[SinkRecord]]
    ) -> None:
        task, batch = start(), records(3)
        task.open(_partitions(batch))
        task.put(batch)
        offsets = _next_offsets(batch)

        for partition, offset in task.pre_commit(offsets).items():
            assert offset <= offsets[partition]
        task.stop()

    def test_records_that_come_again_after_a_restart_are_not_lost(
        self,
        start: Callable[[], SinkTask],
        records: Callable[[int], list[SinkRecord]],
        written: Callable[[], list[Any]],
    ) -> None:
        batch = records(3)
        for _ in range(2):
            task = start()
            task.open(_partitions(batch))
            task.put(batch)
            task.pre_commit(_next_offsets(batch))
            task.close(_partitions(batch))
            task.stop()
        once = self.expected(batch)

        self._assert_same(written(), once if self.is_idempotent else once + once)

    def test_partitions_come_and_go(
        self,
        start: Callable[[], SinkTask],
        records: Callable[[int], list[SinkRecord]],
        written: Callable[[], list[Any]],
    ) -> None:
        task, first, second = start(), records(2), records(2)
        for batch in (first, second):
            task.open(_partitions(batch))
            task.put(batch)
            task.pre_commit(_next_offsets(batch))
            task.close(_partitions(batch))

        self._assert_same(written(), self.expected(first + second))
        task.stop()

    def test_a_task_can_be_stopped_before_its_first_put(self, start: Callable[[], SinkTask]) -> None:
        start().stop()

    def _assert_same(self, actual: list[Any], expected: list[Any]) -> None:
        if self.keeps_order:
            assert actual == expected
        else:
            assert sorted(actual, key=repr) == sorted(expected, key=repr)


def _partitions(records: Sequence[SinkRecord]) -> list[TopicPartition]:
    return list({record.original_topic_partition for record in records})


def _next_offsets(records: Sequence[SinkRecord]) -> dict[TopicPartition, int]:
    return {record.original_topic_partition: record.kafka_offset + 1 for record in records}
