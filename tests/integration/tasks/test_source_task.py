from __future__ import annotations

import sys
from pathlib import Path

import confluent_kafka as ck
import pytest

from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import TargetState
from tests.support.running_tasks import ListSource, SeenStates, empty_offsets, eventually, source_task


def texts(bootstrap: str, topic: str, count: int) -> list[str]:
    consumer = ck.Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: list[str] = []

    def read() -> bool:
        found.extend((m.value() or b"").decode() for m in consumer.consume(100, 0.2) if m.error() is None)
        return len(found) >= count

    try:
        eventually(read)
    finally:
        consumer.close()
    return found


def test_records_arrive_in_order_and_their_offsets_are_committed_while_the_task_runs(bootstrap: str, name: str) -> None:
    states, store = SeenStates(), empty_offsets()
    plugin = ListSource(name, [[f"r{batch * 10 + n}" for n in range(10)] for batch in range(5)])
    task = source_task(bootstrap, plugin, states, store)
    task.start()
    try:
        assert texts(bootstrap, name, 50) == [f"r{n}" for n in range(50)]
        eventually(lambda: store.read("source", [{"list": 1}]) == [{"position": 50}])
        assert plugin.commits > 0
    finally:
        task.stop()
        assert task.join(10)
    assert states.states == ["RUNNING", "UNASSIGNED"]
    assert plugin.stopped


def test_a_task_that_fails_still_commits_what_was_acknowledged(bootstrap: str, name: str) -> None:
    def fail() -> None:
        raise ConnectError("the source broke")

    states, store = SeenStates(), empty_offsets()
    plugin = ListSource(name, [["a", "b"]], then=fail)
    task = source_task(bootstrap, plugin, states, store, interval_s=60)
    task.start()
    assert task.join(10)
    assert states.states == ["RUNNING", "FAILED"]
    assert str(states.error) == "the source broke"
    assert store.read("source", [{"list": 1}]) == [{"position": 2}]
    assert plugin.stopped


def test_a_refused_message_fails_the_task_and_its_offset_is_not_committed(bootstrap: str, name: str) -> None:
    states, store = SeenStates(), empty_offsets()
    task = source_task(bootstrap, ListSource(name, [["ok"], ["x" * 2_000_000]]), states, store)
    task.start()
    assert task.join(10)
    assert states.states == ["RUNNING", "FAILED"]
    assert "Message size too large" in str(states.error)
    assert store.read("source", [{"list": 1}]) == [{"position": 1}]


def test_a_paused_task_polls_no_more_until_it_is_resumed(bootstrap: str, name: str) -> None:
    states, store = SeenStates(), empty_offsets()
    polls: list[int] = []
    task = source_task(bootstrap, ListSource(name, [], then=lambda: polls.append(1)), states, store)
    task.start()
    try:
        eventually(lambda: len(polls) > 1)
        task.set_target(TargetState.PAUSED)
        eventually(lambda: states.states[-1] == "PAUSED")
        before = len(polls)
        assert not task.join(0.3)
        assert len(polls) == before
        task.set_target(TargetState.STARTED)
        eventually(lambda: states.states[-1] == "RUNNING" and len(polls) > before)
    finally:
        task.stop()
        assert task.join(10)


def test_a_cancelled_task_is_unassigned_at_once_and_reports_and_commits_nothing_more(bootstrap: str, name: str) -> None:
    states, store = SeenStates(), empty_offsets()
    task = source_task(bootstrap, ListSource(name, [["a"]]), states, store, interval_s=60)
    task.start()
    eventually(lambda: states.states == ["RUNNING"])
    task.cancel()
    assert states.states == ["RUNNING", "UNASSIGNED"]
    assert task.join(10)
    assert states.states == ["RUNNING", "UNASSIGNED"]
    assert store.read("source", [{"list": 1}]) == [None]


@pytest.mark.parametrize("asked", [TargetState.PAUSED])
def test_a_task_that_begins_paused_is_not_started(bootstrap: str, name: str, asked: TargetState) -> None:
    states, store = SeenStates(), empty_offsets()
    plugin = ListSource(name, [["a"]])
    task = source_task(bootstrap, plugin, states, store)
    task.set_target(asked)
    task.start()
    eventually(lambda: states.states == ["PAUSED"])
    assert not hasattr(plugin, "context")
    task.stop()
    assert task.join(10)
    assert not plugin.stopped
    assert task.task_id == ConnectorTaskId("source", 0)


def client_threads() -> int:
    """Threads of Kafka clients in this process."""
    return sum(comm.read_text(encoding="utf-8").startswith("rdk:") for comm in Path("/proc/self/task").glob("*/comm"))


def test_a_task_that_ended_keeps_no_producer(bootstrap: str, name: str) -> None:
    def fail() -> None:
        raise ConnectError("the source broke")

    before = client_threads()
    states, store = SeenStates(), empty_offsets()
    task = source_task(bootstrap, ListSource(name, [["a"]], then=fail), states, store)
    assert client_threads() > before
    task.start()
    assert task.join(10)
    assert states.states == ["RUNNING", "FAILED"]
    eventually(lambda: client_threads() <= before)


def test_a_plugin_that_ends_its_thread_fails_its_task(bootstrap: str, name: str) -> None:
    states, store = SeenStates(), empty_offsets()
    task = source_task(bootstrap, ListSource(name, [], then=lambda: sys.exit("enough")), states, store)
    task.start()
    assert task.join(10)
    assert states.states == ["RUNNING", "FAILED"]


def test_a_refused_topic_is_named_in_the_failure(bootstrap: str, name: str) -> None:
    states, store = SeenStates(), empty_offsets()
    task = source_task(bootstrap, ListSource("no/topic", [["a"]]), states, store)
    task.start()
    assert task.join(10)
    assert states.states == ["RUNNING", "FAILED"]
    assert "Writing to topic no/topic failed" in str(states.error)
