"""Brokers that are killed while workers read and write."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Event
from time import monotonic

import pytest

from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import InternalTopics, OffsetStore, State, StatusStore, TaskStatusRecord
from tests.support.brokers import Broker
from tests.support.internal_topics import Cluster

TIMEOUT_S = 150.0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def wait_until(claim: Callable[[], bool]) -> None:
    deadline, pause = monotonic() + TIMEOUT_S, Event()
    while not claim():
        assert monotonic() < deadline
        pause.wait(0.02)


def offsets(topics: InternalTopics, cluster: Cluster) -> OffsetStore:
    store = OffsetStore(topics.log(cluster.specs.offset.name), read_timeout_s=TIMEOUT_S)
    store.start()
    return store


class Load:
    """Writers and readers of offsets that go on until `finished`; each connector has one offset that only grows."""

    def __init__(self, writing: OffsetStore, reading: OffsetStore) -> None:
        self._writing = writing
        self._reading = reading
        self.acknowledged: dict[str, int] = {}
        self.finished = Event()

    def write(self, connector: str) -> None:
        number = 0
        while not self.finished.is_set():
            number += 1
            with suppress(RetriableError):
                self._writing.write(connector, [({"f": 1}, {"p": number})], timeout_s=1)
                self.acknowledged[connector] = number

    def read(self) -> int:
        reads = 0
        while not self.finished.is_set():
            before = dict(self.acknowledged)
            for connector, number in before.items():
                (found,) = self._reading.read(connector, [{"f": 1}])
                assert found is not None
                assert found["p"] >= number
                reads += 1
        return reads

    def has_advanced(self, before: dict[str, int]) -> bool:
        return all(self.acknowledged[name] > number + 2 for name, number in before.items())


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_missing_while_the_broker_is_killed_again_and_again(
    mortal_broker: Broker, mortal_cluster: Cluster, pool: ThreadPoolExecutor
) -> None:
    writing, reading = (offsets(mortal_cluster.open(), mortal_cluster) for _ in range(2))
    load = Load(writing, reading)
    writers = [pool.submit(load.write, name) for name in ("c0", "c1")]
    readers = [pool.submit(load.read) for _ in range(2)]
    wait_until(lambda: len(load.acknowledged) == 2)

    for _ in range(3):
        Event().wait(0.5)
        mortal_broker.kill()
        Event().wait(0.5)
        before = dict(load.acknowledged)
        mortal_broker.start()
        wait_until(partial(load.has_advanced, before))
    load.finished.set()

    for writer in writers:
        writer.result(TIMEOUT_S)
    assert min(reader.result(TIMEOUT_S) for reader in readers) > 10
    for connector, number in load.acknowledged.items():
        (found,) = reading.read(connector, [{"f": 1}])
        assert found is not None
        assert found["p"] >= number


def test_an_outage_is_one_line_and_its_end_another(
    mortal_broker: Broker, mortal_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    topics = mortal_cluster.open()
    store = offsets(topics, mortal_cluster)
    assert topics.problem is None
    caplog.clear()

    mortal_broker.kill()
    wait_until(lambda: topics.problem is not None)
    assert "Connection refused" in (topics.problem or "") or "Disconnected" in (topics.problem or "")
    Event().wait(1)
    mortal_broker.start()
    wait_until(lambda: topics.problem is None)
    store.write("c", [({"f": "x"}, {"p": 1})], timeout_s=TIMEOUT_S)

    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]


def test_calls_end_in_time_while_the_broker_is_away_and_work_again_after(
    mortal_broker: Broker, mortal_cluster: Cluster
) -> None:
    topics = mortal_cluster.open()
    store, log = offsets(topics, mortal_cluster), topics.log(mortal_cluster.specs.config.name)
    log.start(lambda _: None)
    mortal_broker.kill()
    begin = monotonic()

    with pytest.raises(RetriableError, match=r"did not acknowledge a write within 0\.3 s"):
        store.write("c", [({"f": "x"}, {"p": 1})], timeout_s=0.3)
    with pytest.raises(RetriableError, match=r"could not be found out|was not read to its end"):
        log.read_to_end(timeout_s=0.3)
    assert monotonic() - begin < 4

    mortal_broker.start()
    log.read_to_end(timeout_s=TIMEOUT_S)
    store.write("c", [({"f": "x"}, {"p": 2})], timeout_s=TIMEOUT_S)
    assert store.read("c", [{"f": "x"}]) == [{"p": 2}]


def test_statuses_reported_during_an_outage_are_shown_at_once_and_written_after_it(
    mortal_broker: Broker, mortal_cluster: Cluster
) -> None:
    def statuses() -> StatusStore:
        store = StatusStore(mortal_cluster.open().log(mortal_cluster.specs.status.name))
        store.start()
        return store

    mine, theirs = statuses(), statuses()
    task = ConnectorTaskId("c", 0)
    mortal_broker.kill()
    begin = monotonic()
    for state in (State.RUNNING, State.PAUSED, State.FAILED):
        mine.put_task(task, TaskStatusRecord(state, "me:1", 1))
    assert monotonic() - begin < 1
    found = mine.task(task)
    assert found is not None
    assert found.state is State.FAILED
    assert theirs.task(task) is None

    mortal_broker.start()
    wait_until(lambda: theirs.task(task) == TaskStatusRecord(State.FAILED, "me:1", 1))


def test_stopping_does_not_hang_while_the_broker_is_away(mortal_broker: Broker, mortal_cluster: Cluster) -> None:
    topics = mortal_cluster.open()
    offsets(topics, mortal_cluster)
    StatusStore(topics.log(mortal_cluster.specs.status.name)).put_task(
        ConnectorTaskId("c", 0), TaskStatusRecord(State.RUNNING, "me:1", 1)
    )
    mortal_broker.kill()
    begin = monotonic()

    topics.stop()

    assert monotonic() - begin < 4


def test_starting_without_a_broker_fails_with_a_reason(mortal_broker: Broker, mortal_cluster: Cluster) -> None:
    mortal_broker.kill()
    impatient = InternalTopics(
        mortal_cluster.clients, [mortal_cluster.specs.config.name], client_id="id", metadata_timeout_s=0.5
    )

    with pytest.raises(ConnectError, match=r"cannot be read: ."):
        impatient.log(mortal_cluster.specs.config.name).start(lambda _: None)
    impatient.stop()
