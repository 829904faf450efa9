from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from threading import Event

import pytest

from connect_runtime.model import SourceRecord
from connect_runtime.sdk import SourceTask
from tests.support.brokers import Broker
from tests.support.exactly_once import ExactlyOnceWorker, texts
from tests.support.running_tasks import SeenStates, eventually

PER_POLL = 50


class Counting(SourceTask):
    """Counts on from its stored offset until it is told to end, then says ``last``."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self.count = 0
        self.end = Event()
        self.has_ended = Event()

    def start(self, config: Mapping[str, str]) -> None:
        stored = self.context.offset_reader.offset({"list": 1})
        self._numbers = itertools.count(0 if stored is None else stored["next"])

    def poll(self) -> Sequence[SourceRecord] | None:
        self.context.wait(0.005)
        if self.has_ended.is_set():
            return None
        numbers = list(itertools.islice(self._numbers, PER_POLL))
        self.count = numbers[-1] + 1
        records = [SourceRecord({"list": 1}, {"next": n + 1}, self._topic, str(n)) for n in numbers]
        if self.end.is_set():
            self.has_ended.set()
            records.append(SourceRecord({"list": 1}, {"next": self.count}, self._topic, "last"))
        return records

    def stop(self) -> None: ...


@pytest.mark.timeout(400)
def test_a_task_outlives_its_broker_and_delivers_each_record_once(mortal_broker: Broker, name: str) -> None:
    worker = ExactlyOnceWorker(mortal_broker.bootstrap_servers)
    plugin, states = Counting(name), SeenStates()
    task = worker.task(plugin, states)
    task.start()
    try:
        eventually(lambda: plugin.count > 5 * PER_POLL, 60)
        mortal_broker.kill()
        mortal_broker.start()
        before = plugin.count
        eventually(lambda: plugin.count > before + 5 * PER_POLL, 60)
        plugin.end.set()
        found = texts(mortal_broker.bootstrap_servers, name, "last")
        assert found == [*map(str, range(plugin.count)), "last"]
        assert states.states == ["RUNNING"]
    finally:
        task.stop()
        assert task.join(60)
        worker.close()
