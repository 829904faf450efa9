"""What holds for every source task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from connect_runtime.model import SourceRecord
from connect_runtime.model.validate import validate
from connect_runtime.sdk.connector import SourceTask
from connect_runtime.sdk.testing.contexts import FakeSourceTaskContext

__all__ = ["SourceTaskContract", "poll_records"]

_MOST_IDLE_POLLS = 100
_PRIMITIVES = (str, int, float, bool, type(None))


def poll_records(task: SourceTask, count: int) -> list[SourceRecord]:
    """Poll a started task until it gave ``count`` records.

    Raises:
        AssertionError: It gave nothing 100 times in a row.
    """
    records: list[SourceRecord] = []
    idle = 0
    while len(records) < count:
        polled = task.poll()
        idle = 0 if polled else idle + 1
        records.extend(polled or ())
        assert idle < _MOST_IDLE_POLLS, f"{len(records)} of {count} records after {idle} polls that gave nothing"
    return records


class SourceTaskContract:
    """Subclass it for a source task and override its three fixtures.

    Attributes:
        resumes: Whether a new task goes on behind a committed offset.
        keeps_order: Whether records of one source partition come in the order in which they were made.
    """

    resumes: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True

    @pytest.fixture
    def new_task(self) -> Callable[[], SourceTask]:
        """Makes a task that was not started."""
        raise NotImplementedError("override the fixture 'new_task': return a function that makes a task")

    @pytest.fixture
    def config(self) -> Mapping[str, str]:
        """The task's configuration, one task for everything that there is."""
        raise NotImplementedError("override the fixture 'config'")

    @pytest.fixture
    def produce(self) -> Callable[[int], list[Any]]:
        """Makes so many more records in the other system; the values they should be read as."""
        raise NotImplementedError("override the fixture 'produce'")

    @pytest.fixture
    def start(self, new_task: Callable[[], SourceTask], config: Mapping[str, str]) -> Callable[..., SourceTask]:
        """Starts a new task on a context, a fresh one unless given."""

        def start_task(context: FakeSourceTaskContext | None = None) -> SourceTask:
            task = new_task()
            task.initialize(context or FakeSourceTaskContext(config))
            task.start(config)
            return task

        return start_task

    def test_what_is_there_is_read(self, start: Callable[..., SourceTask], produce: Callable[[int], list[Any]]) -> None:
        expected = produce(5)
        task = start()

        self._assert_same([record.value for record in poll_records(task, 5)], expected)
        task.stop()

    def test_what_comes_later_is_read(
        self, start: Callable[..., SourceTask], produce: Callable[[int], list[Any]]
    ) -> None:
        produce(2)
        task = start()
        poll_records(task, 2)
        expected = produce(3)

        self._assert_same([record.value for record in poll_records(task, 3)], expected)
        task.stop()

    def test_records_say_where_they_came_from_and_go(
        self, start: Callable[..., SourceTask], produce: Callable[[int], list[Any]]
    ) -> None:
        produce(3)
        task = start()
        for record in poll_records(task, 3):
            assert record.topic
            for part in (record.source_partition, record.source_offset):
                assert part is None or all(type(name) is str for name in part)
                assert part is None or all(isinstance(value, _PRIMITIVES) for value in part.values())
        task.stop()

    def test_values_are_what_their_schemas_say(
        self, start: Callable[..., SourceTask], produce: Callable[[int], list[Any]]
    ) -> None:
        produce(3)
        task = start()
        for record in poll_records(task, 3):
            for schema, value in ((record.key_schema, record.key), (record.value_schema, record.value)):
                if schema is not None:
                    validate(schema, value)
        task.stop()

    def test_a_new_task_goes_on_behind_the_committed_offset(
        self,
        start: Callable[..., SourceTask],
        produce: Callable[[int], list[Any]],
        config: Mapping[str, str],
    ) -> None:
        if not self.resumes:
            return
        expected = produce(5)
        first = start()
        second = poll_records(first, 5)[1]
        first.stop()
        assert second.source_partition is not None
        assert second.source_offset is not None
        context = FakeSourceTaskContext(config, offsets=[(second.source_partition, second.source_offset)])
        task = start(context)

        self._assert_same([record.value for record in poll_records(task, 3)], expected[2:])
        task.stop()

    def test_an_idle_task_ends_its_poll_when_it_is_stopped(
        self, start: Callable[..., SourceTask], produce: Callable[[int], list[Any]], config: Mapping[str, str]
    ) -> None:
        produce(1)
        context = FakeSourceTaskContext(config, on_wait=lambda _: context.stop())
        task = start(context)
        poll_records(task, 1)

        assert not task.poll()
        task.stop()

    def test_a_task_can_be_stopped_before_its_first_poll(self, start: Callable[..., SourceTask]) -> None:
        start().stop()

    def _assert_same(self, actual: list[Any], expected: list[Any]) -> None:
        if self.keeps_order:
            assert actual == expected
        else:
            assert sorted(actual, key=repr) == sorted(expected, key=repr)
