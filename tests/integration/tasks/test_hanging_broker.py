"""Sink tasks whose broker hangs: it keeps its connections and answers nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from threading import Event

import confluent_kafka as ck
import pytest

from connect_runtime.errors import ConnectError
from connect_runtime.model import SinkRecord
from tests.support.brokers import Broker
from tests.support.running_tasks import RecordingSink, SeenStates, eventually, sink_task

# Less than the minute after which a client gives up a request.
SOON_S = 30.0
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def hanging(mortal_broker: Broker) -> Iterator[Callable[[], None]]:
    """Lets the broker hang from then on; clients that were left behind end before it does."""
    yield mortal_broker.pause
    mortal_broker.resume()
    eventually(lambda: not any(thread.name.startswith("kafka-") for thread in threading.enumerate()), 90)


def produce(broker: Broker, topic: str, values: Sequence[str]) -> None:
    producer = ck.Producer({"bootstrap.servers": broker.bootstrap_servers})
    for value in values:
        producer.produce(topic, value.encode())
    assert producer.flush(10) == 0


class BreakableSink(RecordingSink):
    """Fails from when it is told to, also without records."""

    def __init__(self) -> None:
        super().__init__()
        self.is_broken = False
        self.has_records = Event()

    def put(self, records: Sequence[SinkRecord]) -> None:
        if self.is_broken:
            raise ConnectError("broken")
        if records:
            self.has_records.set()
            super().put(records)


def test_a_task_that_is_to_stop_while_its_broker_hangs_ends_soon(
    mortal_broker: Broker, hanging: Callable[[], None], name: str
) -> None:
    produce(mortal_broker, name, ["a", "b"])
    sink, states = RecordingSink(), SeenStates()
    task = sink_task(mortal_broker.bootstrap_servers, sink, states, group=name, topics=[name], interval_s=60.0)
    task.start()
    eventually(lambda: sink.values == ["a", "b"], SOON_S)
    hanging()
    task.stop()
    assert task.join(SOON_S)
    assert sink.calls[-3:] == ["flush", "close", "stop"]
    assert states.states == ["RUNNING", "UNASSIGNED"]


def test_a_task_that_fails_while_its_broker_hangs_says_so_soon(
    mortal_broker: Broker, hanging: Callable[[], None], name: str
) -> None:
    produce(mortal_broker, name, ["a", "b"])
    sink, states = BreakableSink(), SeenStates()
    sink.gate.clear()
    task = sink_task(mortal_broker.bootstrap_servers, sink, states, group=name, topics=[name], interval_s=0.1)
    task.start()
    assert sink.has_records.wait(SOON_S)
    hanging()
    sink.gate.set()
    # Closing a consumer waits for commits that are not answered.
    eventually(lambda: task._commit_began is not None, SOON_S)
    sink.is_broken = True
    eventually(lambda: states.states == ["RUNNING", "FAILED"], SOON_S)
    assert task.join(SOON_S)
    assert sink.calls[-1] == "stop"
