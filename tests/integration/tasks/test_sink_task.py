from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import confluent_kafka as ck
import pytest
from confluent_kafka.admin import AdminClient, ConsumerGroupDescription, NewTopic

from connect_runtime.errors import ConnectError, DataError, RetriableError
from connect_runtime.model import SinkRecord, TopicPartition
from connect_runtime.pipeline import ErrorPolicy, Tolerance
from connect_runtime.storage import TargetState
from connect_runtime.tasks.sink_task import RunningSinkTask
from tests.support.running_tasks import RecordingSink, SeenStates, eventually, sink_task

TOLERANT = ErrorPolicy(tolerance=Tolerance.ALL)


def produce(bootstrap: str, topic: str, values: Sequence[str], partition: int = 0) -> None:
    producer = ck.Producer({"bootstrap.servers": bootstrap})
    for value in values:
        producer.produce(topic, value.encode(), partition=partition)
    assert producer.flush(10) == 0


def committed(bootstrap: str, group: str, topic: str, partition: int = 0) -> int:
    consumer = ck.Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    try:
        return int(consumer.committed([ck.TopicPartition(topic, partition)], timeout=10)[0].offset)
    finally:
        consumer.close()


def stopped(task: RunningSinkTask) -> None:
    task.stop()
    assert task.join(15)


def held(task: RunningSinkTask) -> list[SinkRecord]:
    """Records being put, and those that wait."""
    return [record for batch in (task._delivery._batch, task._waiting) if batch is not None for record in batch.records]


def holds(sink: RecordingSink, count: int) -> Callable[[], bool]:
    return lambda: len(sink.values) == count


def numbers(count: int, start: int = 0) -> list[str]:
    return [str(n) for n in range(start, start + count)]


def test_records_arrive_in_order_and_their_offsets_are_committed(bootstrap: str, name: str) -> None:
    produce(bootstrap, name, numbers(1000))
    sink, states = RecordingSink(), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name])
    task.start()
    eventually(lambda: len(sink.values) == 1000)
    eventually(lambda: committed(bootstrap, name, name) == 1000)
    stopped(task)
    assert sink.values == numbers(1000)
    assert states.states == ["RUNNING", "UNASSIGNED"]
    assert sink.calls[0] == "start"
    assert sink.calls[-2:] == ["close", "stop"]


def test_a_clean_stop_commits_what_was_put_and_a_new_task_goes_on_from_there(bootstrap: str, name: str) -> None:
    produce(bootstrap, name, numbers(10))
    for start in (0, 10):
        sink = RecordingSink()
        task = sink_task(bootstrap, sink, SeenStates(), group=name, topics=[name], interval_s=600)
        task.start()
        eventually(holds(sink, 10))
        stopped(task)
        assert sink.values == numbers(10, start)
        produce(bootstrap, name, numbers(10, start + 10))


def test_a_batch_that_cannot_be_delivered_now_comes_again_until_it_can(bootstrap: str, name: str) -> None:
    failures = [RetriableError("away"), RetriableError("away")]

    def fail(records: Sequence[SinkRecord]) -> None:
        if failures:
            sink.context.retry_after(0.05)
            raise failures.pop(0)

    produce(bootstrap, name, numbers(5))
    sink, states = RecordingSink(fail), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name])
    task.start()
    eventually(lambda: len(sink.values) == 5)
    produce(bootstrap, name, numbers(5, 5))
    eventually(lambda: len(sink.values) == 10)
    stopped(task)
    assert sink.values == numbers(10)
    assert states.error is None


def test_nothing_of_an_undelivered_batch_is_committed(bootstrap: str, name: str) -> None:
    def fail(records: Sequence[SinkRecord]) -> None:
        if any(record.value == "7" for record in records):
            sink.context.retry_after(0.05)
            raise RetriableError("never")

    produce(bootstrap, name, numbers(5))
    sink = RecordingSink(fail)
    task = sink_task(bootstrap, sink, SeenStates(), group=name, topics=[name], interval_s=0.2)
    task.start()
    eventually(lambda: committed(bootstrap, name, name) == 5)
    produce(bootstrap, name, numbers(5, 5))
    eventually(lambda: sink.calls.count("put 5") > 3)
    stopped(task)
    assert committed(bootstrap, name, name) == 5


def test_poison_records_go_to_the_dead_letter_queue_before_the_commit(bootstrap: str, name: str) -> None:
    def fail(records: Sequence[SinkRecord]) -> None:
        if any(record.value == "13" for record in records):
            raise DataError("unlucky")

    produce(bootstrap, name, [*numbers(20), "bad", "last"])
    policy = ErrorPolicy(tolerance=Tolerance.ALL, dead_letter_topic=f"{name}-dlq", dead_letter_context_headers=True)
    sink, states = RecordingSink(fail), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name], policy=policy)
    task.start()
    eventually(lambda: "last" in sink.values)
    eventually(lambda: committed(bootstrap, name, name) == 22)
    stopped(task)
    assert sink.values == [n for n in numbers(20) if n != "13"] + ["last"]
    letters = dead_letters(bootstrap, f"{name}-dlq", 2)
    stages = {value: headers["__connect.errors.stage"] for value, headers in letters.items()}
    assert stages == {"bad": "VALUE_CONVERTER", "13": "TASK_PUT"}
    assert letters["13"]["__connect.errors.offset"] == "13"
    assert letters["13"]["__connect.errors.exception.message"] == "unlucky"


def dead_letters(bootstrap: str, topic: str, count: int) -> dict[str, dict[str, str]]:
    consumer = ck.Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: dict[str, dict[str, str]] = {}

    def read() -> bool:
        for message in consumer.consume(10, 0.2):
            headers: Any = message.headers() or []
            found[(message.value() or b"").decode()] = {key: value.decode() for key, value in headers}
        return len(found) >= count

    try:
        eventually(read)
    finally:
        consumer.close()
    return found


def test_a_bad_record_fails_the_task_and_the_batches_before_it_are_committed(bootstrap: str, name: str) -> None:
    produce(bootstrap, name, numbers(5))
    sink, states = RecordingSink(), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name], interval_s=600)
    task.start()
    eventually(lambda: len(sink.values) == 5)
    produce(bootstrap, name, ["good", "bad"])
    assert task.join(15)
    assert states.states == ["RUNNING", "FAILED"]
    assert "VALUE_CONVERTER" in str(states.error)
    assert committed(bootstrap, name, name) == 5
    assert sink.calls[-1] == "stop"


def test_a_paused_sink_keeps_its_partitions_and_consumes_nothing(bootstrap: str, name: str) -> None:
    produce(bootstrap, name, numbers(5))
    sink, states = RecordingSink(), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name])
    task.start()
    eventually(lambda: len(sink.values) == 5)
    task.set_target(TargetState.PAUSED)
    eventually(lambda: states.states[-1] == "PAUSED")
    assert committed(bootstrap, name, name) == 5
    produce(bootstrap, name, numbers(5, 5))
    assert not task.join(1.0)
    assert sink.values == numbers(5)
    assert sink.owned == {TopicPartition(name, 0)}
    task.set_target(TargetState.STARTED)
    eventually(lambda: len(sink.values) == 10)
    stopped(task)


def test_a_slow_put_does_not_keep_the_next_batch_from_being_fetched_nor_reorder_it(bootstrap: str, name: str) -> None:
    sink = RecordingSink()
    task = sink_task(bootstrap, sink, SeenStates(), group=name, topics=[name])
    produce(bootstrap, name, ["zeroth"])
    task.start()
    eventually(lambda: sink.values == ["zeroth"])
    sink.gate.clear()
    produce(bootstrap, name, ["first"])
    # It is being put now, or waits behind an empty put.
    eventually(lambda: "first" in [record.value for record in held(task)])
    produce(bootstrap, name, ["second", "third"])
    eventually(lambda: task._waiting is not None and len(task._waiting.records) > 0)
    assert sink.values == ["zeroth"]
    sink.gate.set()
    eventually(lambda: len(sink.values) == 4)
    stopped(task)
    assert sink.values == ["zeroth", "first", "second", "third"]


@pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
def test_two_tasks_share_the_partitions_and_nothing_is_lost_when_one_leaves(
    bootstrap: str, name: str, strategy: str
) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, 4)])[name].result(10)
    overrides = {"partition.assignment.strategy": strategy}
    sinks = [RecordingSink(), RecordingSink()]
    tasks = [sink_task(bootstrap, sink, SeenStates(), group=name, topics=[name], overrides=overrides) for sink in sinks]
    for task in tasks:
        task.start()
    eventually(lambda: all(len(sink.owned) == 2 for sink in sinks), 30)
    for partition in range(4):
        produce(bootstrap, name, numbers(50, partition * 50), partition)
    eventually(lambda: sum(len(sink.values) for sink in sinks) >= 200)
    stopped(tasks[0])
    eventually(lambda: len(sinks[1].owned) == 4, 30)
    for partition in range(4):
        produce(bootstrap, name, numbers(50, 200 + partition * 50), partition)
    eventually(lambda: sum(len(sink.values) for sink in sinks) >= 400)
    stopped(tasks[1])
    assert sorted(int(value) for sink in sinks for value in sink.values) == list(range(400))


@pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
def test_what_a_task_hands_over_to_another_that_joins_is_committed_and_comes_once(
    bootstrap: str, name: str, strategy: str, caplog: pytest.LogCaptureFixture
) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, 2)])[name].result(10)
    overrides = {"partition.assignment.strategy": strategy}
    sinks = [RecordingSink(), RecordingSink()]
    tasks = [
        sink_task(bootstrap, sink, SeenStates(), group=name, topics=[name], overrides=overrides, interval_s=60.0)
        for sink in sinks
    ]
    for partition in range(2):
        produce(bootstrap, name, numbers(50, partition * 50), partition)
    tasks[0].start()
    eventually(lambda: len(sinks[0].values) == 100)
    tasks[1].start()
    eventually(lambda: all(len(sink.owned) == 1 for sink in sinks), 30)
    for partition in range(2):
        produce(bootstrap, name, numbers(50, 100 + partition * 50), partition)
    eventually(lambda: sum(len(sink.values) for sink in sinks) >= 200)
    for task in tasks:
        stopped(task)
    assert sorted(int(value) for sink in sinks for value in sink.values) == list(range(200))
    assert not [record for record in caplog.records if "could not commit" in record.message]


def test_a_plugin_can_ask_for_records_again(bootstrap: str, name: str) -> None:
    produce(bootstrap, name, numbers(5))
    sink = RecordingSink()
    task = sink_task(bootstrap, sink, SeenStates(), group=name, topics=[name])
    task.start()
    eventually(lambda: len(sink.values) == 5)
    sink.context.rewind({TopicPartition(name, 0): 3})
    eventually(lambda: len(sink.values) == 7)
    stopped(task)
    assert sink.values == [*numbers(5), "3", "4"]


def test_a_failing_pre_commit_brings_the_records_since_the_last_commit_again(bootstrap: str, name: str) -> None:
    class FailsOnce(RecordingSink):
        failed = False

        def flush(self, offsets: object) -> None:
            if not self.failed:
                self.failed = True
                raise ValueError("disk full")

    produce(bootstrap, name, numbers(5))
    sink, states = FailsOnce(), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name], interval_s=0.5)
    task.start()
    eventually(lambda: len(sink.values) == 10)
    eventually(lambda: committed(bootstrap, name, name) == 5)
    stopped(task)
    assert sink.values == [*numbers(5), *numbers(5)]
    assert states.error is None


def test_a_broken_put_fails_the_task(bootstrap: str, name: str) -> None:
    def fail(records: Sequence[SinkRecord]) -> None:
        raise ValueError("a bug")

    produce(bootstrap, name, numbers(1))
    sink, states = RecordingSink(fail), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name], policy=TOLERANT)
    task.start()
    assert task.join(15)
    assert "unrecoverable exception: a bug" in str(states.error)
    assert sink.calls[-1] == "stop"


def group(bootstrap: str, name: str) -> ConsumerGroupDescription:
    """A consumer group as the broker sees it."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    described: ConsumerGroupDescription = admin.describe_consumer_groups([name])[name].result(10)
    return described


class SlowStart(RecordingSink):
    """Fails to start, once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gate.clear()

    def start(self, config: Mapping[str, str]) -> None:
        self.gate.wait(30)
        raise ConnectError("the database is away")


def test_a_task_that_fails_to_start_after_it_was_given_partitions_fails_and_leaves_its_group(
    bootstrap: str, name: str
) -> None:
    produce(bootstrap, name, ["a"])
    sink, states = SlowStart(), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name])
    task.start()
    # The group gives out its partitions while the plugin is still starting: nobody takes note of that yet.
    eventually(lambda: group(bootstrap, name).state is ck.ConsumerGroupState.STABLE)
    sink.gate.set()
    assert task.join(15)
    assert states.states == ["FAILED"]
    assert str(states.error) == "the database is away"
    assert sink.calls == ["stop"]
    assert not group(bootstrap, name).members


class SinkThatHangs(RecordingSink):
    """Hangs in the first put after it was given partitions; one without records may come before."""

    def open(self, partitions: Collection[TopicPartition]) -> None:
        self.gate.clear()
        super().open(partitions)


def test_a_task_given_up_while_its_plugin_hangs_leaves_its_group_at_once(bootstrap: str, name: str) -> None:
    produce(bootstrap, name, ["a"])
    sink, states = SinkThatHangs(), SeenStates()
    task = sink_task(bootstrap, sink, states, group=name, topics=[name])
    task.start()
    eventually(lambda: "open" in sink.calls)
    task.stop()
    assert not task.join(0.5)
    task.cancel()
    assert task.join(10)
    assert states.states == ["RUNNING", "UNASSIGNED"]
    assert not group(bootstrap, name).members
    sink.gate.set()
    eventually(lambda: sink.calls[-1] == "stop")
    assert committed(bootstrap, name, name) < 0
