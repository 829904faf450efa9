from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event

import confluent_kafka as ck
import pytest

from connect_runtime.config import ConfigDef
from connect_runtime.errors import ConnectError
from connect_runtime.model import SourceRecord
from connect_runtime.pipeline import Tolerance, TransformChain, TransformStep
from connect_runtime.sdk import AnyRecord, Transform
from connect_runtime.storage import TargetState
from connect_runtime.tasks.source_task import RunningSourceTask
from tests.support.exactly_once import ExactlyOnceWorker, SteeredSource, read, texts
from tests.support.running_tasks import ListSource, SeenStates, eventually

FOREVER = {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "3600000"}
BY_CONNECTOR = {"transaction.boundary": "connector"}


class DropsText(Transform):
    """Drops records whose value is ``drop``."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([])

    def configure(self, config: Mapping[str, str]) -> None: ...

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        return None if record.value == "drop" else record


def test_each_poll_becomes_visible_together_with_its_offsets(worker: ExactlyOnceWorker, name: str) -> None:
    states = SeenStates()
    plugin = ListSource(name, [[f"r{batch * 10 + n}" for n in range(10)] for batch in range(5)])
    task = worker.task(plugin, states)
    task.start()
    try:
        assert texts(worker.bootstrap_servers, name, "r49") == [f"r{n}" for n in range(50)]
        eventually(lambda: worker.offset() == {"position": 50})
        eventually(lambda: plugin.commits > 5)
        assert worker.topics == {name}
    finally:
        task.stop()
        assert task.join(20)
    assert states.states == ["RUNNING", "UNASSIGNED"]
    keys = {message.key() for message in read(worker.bootstrap_servers, worker.offsets_topic, bool)}
    assert keys == {b'["source",{"list":1}]'}


def test_an_open_transaction_is_not_visible_and_is_committed_when_the_task_stops(
    worker: ExactlyOnceWorker, name: str
) -> None:
    states = SeenStates()
    task = worker.task(ListSource(name, [["a", "b"]]), states, FOREVER)
    task.start()
    assert texts(worker.bootstrap_servers, name, "b", isolation="read_uncommitted") == ["a", "b"]
    assert worker.offset() is None
    task.stop()
    assert task.join(20)
    assert texts(worker.bootstrap_servers, name, "b") == ["a", "b"]
    eventually(lambda: worker.offset() == {"position": 2})
    assert states.states == ["RUNNING", "UNASSIGNED"]


def test_a_pause_commits_what_is_open(worker: ExactlyOnceWorker, name: str) -> None:
    states = SeenStates()
    task = worker.task(ListSource(name, [["a", "b"]]), states, FOREVER)
    task.start()
    try:
        texts(worker.bootstrap_servers, name, "b", isolation="read_uncommitted")
        task.set_target(TargetState.PAUSED)
        eventually(lambda: states.states == ["RUNNING", "PAUSED"])
        eventually(lambda: worker.offset() == {"position": 2})
    finally:
        task.stop()
        assert task.join(20)


def test_a_task_that_fails_leaves_nothing_of_its_open_transaction(worker: ExactlyOnceWorker, name: str) -> None:
    def fail() -> None:
        raise ConnectError("the source broke")

    states = SeenStates()
    task = worker.task(ListSource(name, [["a"], ["b"]], then=fail), states, FOREVER)
    task.start()
    assert task.join(20)
    assert str(states.error) == "the source broke"
    # Aborted, not left to its timeout: what the next task writes can be read at once.
    again = worker.task(ListSource(name, [["c"]]), SeenStates())
    again.start()
    assert texts(worker.bootstrap_servers, name, "c") == ["c"]
    again.stop()
    assert again.join(20)
    assert [message.value() for message in read(worker.bootstrap_servers, worker.offsets_topic, bool)] == [
        b'{"position":1}'
    ]


def test_the_connector_commits_and_aborts_where_it_wants_to(worker: ExactlyOnceWorker, name: str) -> None:
    def within_the_batch(plugin: SteeredSource) -> Sequence[SourceRecord]:
        records = plugin.made("a", "b", "c", "d", "e")
        plugin.transactions.commit_transaction(records[1])
        plugin.transactions.abort_transaction(records[3])
        return records

    def after_the_batch(plugin: SteeredSource) -> Sequence[SourceRecord]:
        plugin.transactions.commit_transaction()
        return plugin.made("f")

    plugin = SteeredSource(name, within_the_batch, after_the_batch)
    task = worker.task(plugin, SeenStates(), BY_CONNECTOR)
    task.start()
    try:
        assert texts(worker.bootstrap_servers, name, "f") == ["a", "b", "e", "f"]
        eventually(lambda: len(plugin.told) == 6)
        assert plugin.told == [("a", True), ("b", True), ("c", False), ("d", False), ("e", True), ("f", True)]
        eventually(lambda: worker.offset() == {"position": 6})
    finally:
        task.stop()
        assert task.join(20)


def test_an_aborted_batch_is_not_read_again(worker: ExactlyOnceWorker, name: str) -> None:
    def aborted(plugin: SteeredSource) -> Sequence[SourceRecord]:
        plugin.transactions.abort_transaction()
        return plugin.made("a", "b")

    plugin = SteeredSource(name, aborted)
    task = worker.task(plugin, SeenStates(), BY_CONNECTOR)
    task.start()
    try:
        eventually(lambda: worker.offset() == {"position": 2})
    finally:
        task.stop()
        assert task.join(20)
    following = worker.task(ListSource(name, [["c"]]), SeenStates())
    following.start()
    assert texts(worker.bootstrap_servers, name, "c") == ["c"]
    following.stop()
    assert following.join(20)


def test_what_the_connector_did_not_commit_is_aborted_when_the_task_stops(worker: ExactlyOnceWorker, name: str) -> None:
    plugin = SteeredSource(name, lambda plugin: plugin.made("a"))
    task = worker.task(plugin, SeenStates(), BY_CONNECTOR)
    task.start()
    texts(worker.bootstrap_servers, name, "a", isolation="read_uncommitted")
    task.stop()
    assert task.join(20)
    assert plugin.told == []
    assert plugin.commits == 0


def test_asking_for_both_endings_fails_the_task(worker: ExactlyOnceWorker, name: str) -> None:
    def both(plugin: SteeredSource) -> Sequence[SourceRecord]:
        plugin.transactions.commit_transaction()
        plugin.transactions.abort_transaction()
        return plugin.made("a")

    states = SeenStates()
    task = worker.task(SteeredSource(name, both), states, BY_CONNECTOR)
    task.start()
    assert task.join(20)
    assert "asked both to commit and to abort" in str(states.error)


def test_a_task_has_no_say_in_transactions_unless_it_is_configured(worker: ExactlyOnceWorker, name: str) -> None:
    seen: list[object] = []

    def look(plugin: SteeredSource) -> Sequence[SourceRecord]:
        seen.append(plugin.context.transaction_context)
        return ()

    task = worker.task(SteeredSource(name, look), SeenStates())
    task.start()
    eventually(lambda: seen == [None])
    task.stop()
    assert task.join(20)


def test_a_refused_message_fails_the_task_whatever_is_tolerated(worker: ExactlyOnceWorker, name: str) -> None:
    states = SeenStates()
    task = worker.task(ListSource(name, [["a"], ["b", "x" * 2_000_000]]), states, tolerance=Tolerance.ALL)
    task.start()
    assert task.join(20)
    assert states.states == ["RUNNING", "FAILED"]
    assert "Message size too large" in str(states.error)
    eventually(lambda: worker.offset() == {"position": 1})
    assert texts(worker.bootstrap_servers, name, "a") == ["a"]


def test_the_topic_of_its_own_offsets_is_refused(worker: ExactlyOnceWorker) -> None:
    states = SeenStates()
    task = worker.task(ListSource(worker.offsets_topic, [["a"]]), states)
    task.start()
    assert task.join(20)
    assert f"write records to {worker.offsets_topic}, the topic of its own source offsets" in str(states.error)


def test_a_newer_instance_shuts_out_the_older_one(worker: ExactlyOnceWorker, name: str) -> None:
    gate = Event()

    def second(plugin: SteeredSource) -> Sequence[SourceRecord]:
        assert gate.wait(60)
        return plugin.made("zombie")

    states = SeenStates()
    zombie = worker.task(SteeredSource(name, lambda plugin: plugin.made("a"), second), states)
    zombie.start()
    assert texts(worker.bootstrap_servers, name, "a") == ["a"]
    successor = worker.task(ListSource(name, [["b"]]), SeenStates())
    successor.start()
    assert texts(worker.bootstrap_servers, name, "b") == ["a", "b"]
    gate.set()
    assert zombie.join(30)
    assert states.states == ["RUNNING", "FAILED"]
    assert f"taken over the transactional id {worker.group_id}-source-0" in str(states.error)
    successor.stop()
    assert successor.join(20)
    assert texts(worker.bootstrap_servers, name, "b") == ["a", "b"]


@pytest.mark.parametrize("boundary", ["poll", "interval"])
def test_a_task_that_is_shut_out_while_it_writes_says_by_whom_whichever_call_finds_out(
    worker: ExactlyOnceWorker, name: str, boundary: str
) -> None:
    class Hurried(SteeredSource):
        """Never waits, so that messages are refused when they are sent, and while they are under way."""

        def poll(self) -> Sequence[SourceRecord]:
            return self.made(*map(str, range(2_000)))

    config = {"transaction.boundary": boundary, "transaction.boundary.interval.ms": "60000"}
    for _ in range(3):
        states = SeenStates()
        zombie = worker.task(Hurried(name), states, config)
        zombie.start()
        eventually(lambda: bool(states.states))  # noqa: B023 - it does not outlive this round
        fencing = ck.Producer(
            {"bootstrap.servers": worker.bootstrap_servers, "transactional.id": f"{worker.group_id}-source-0"}
        )
        fencing.init_transactions(30)
        assert zombie.join(30)
        assert states.states == ["RUNNING", "FAILED"]
        assert f"taken over the transactional id {worker.group_id}-source-0" in str(states.error)


def test_offsets_behind_a_transaction_that_somebody_else_left_open_are_waited_for(
    worker: ExactlyOnceWorker, name: str
) -> None:
    first = SteeredSource(name, lambda plugin: plugin.made("a"))
    run_until_committed(worker.task(first, SeenStates()), first)
    place = read(worker.bootstrap_servers, worker.offsets_topic, bool)[0]
    hung = ck.Producer(
        {
            "bootstrap.servers": worker.bootstrap_servers,
            "transactional.id": name,
            "transaction.timeout.ms": 3000,
            "log_level": 0,
        }
    )
    hung.init_transactions(30)
    hung.begin_transaction()
    hung.produce(worker.offsets_topic, key=b'["other",{}]', value=b"{}", partition=place.partition() or 0)
    assert hung.flush(30) == 0
    second = SteeredSource(name, lambda plugin: plugin.made("a", "b")[1:])
    run_until_committed(worker.task(second, SeenStates()), second)
    seen: list[object] = []

    def look(plugin: SteeredSource) -> Sequence[SourceRecord]:
        seen.append(plugin.context.offset_reader.offset({"list": 1}))
        return ()

    third = SteeredSource(name, look)
    run_until_committed(worker.task(third, SeenStates()), third)
    assert seen == [{"position": 2}]


def run_until_committed(task: RunningSourceTask, plugin: SteeredSource) -> None:
    task.start()
    eventually(lambda: plugin.commits > 0, 60)
    task.stop()
    assert task.join(30)


def test_a_transaction_that_was_open_for_too_long_says_what_to_change(worker: ExactlyOnceWorker, name: str) -> None:
    gate = Event()

    def late(plugin: SteeredSource) -> Sequence[SourceRecord]:
        assert gate.wait(60)
        plugin.transactions.commit_transaction()
        return plugin.made("late")

    states = SeenStates()
    config = {**BY_CONNECTOR, "producer.override.transaction.timeout.ms": "1000"}
    task = worker.task(SteeredSource(name, lambda plugin: plugin.made("a"), late), states, config)
    task.start()
    texts(worker.bootstrap_servers, name, "a", isolation="read_uncommitted")
    other = ck.Producer({"bootstrap.servers": worker.bootstrap_servers})
    other.produce(name, b"b")
    other.flush(10)
    # What comes after an open transaction can be read as soon as the broker has ended it.
    assert texts(worker.bootstrap_servers, name, "b") == ["b"]
    gate.set()
    assert task.join(30)
    assert "transaction.timeout.ms=1000" in str(states.error)


def test_dropped_records_are_reported_after_the_commit_and_begin_no_transaction(
    worker: ExactlyOnceWorker, name: str
) -> None:
    plugin = SteeredSource(name, lambda plugin: plugin.made("drop"), lambda plugin: plugin.made("keep", "drop"))
    task = worker.task(plugin, SeenStates(), chain=TransformChain([TransformStep("drops", DropsText())]))
    task.start()
    try:
        assert texts(worker.bootstrap_servers, name, "keep") == ["keep"]
        eventually(lambda: len(plugin.told) == 3)
        assert plugin.told == [("drop", False), ("drop", False), ("keep", True)]
        eventually(lambda: worker.offset() == {"position": 2})
    finally:
        task.stop()
        assert task.join(20)
