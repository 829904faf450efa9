from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import confluent_kafka as ck
import pytest

from connect_runtime.errors import BadRequestError, ConflictError, NotFoundError
from connect_runtime.herder.fencing import ZombieFencing
from connect_runtime.kafka import ClientFactory
from connect_runtime.plugins.plugin import Plugin
from connect_runtime.plugins.registry import PluginRegistry
from connect_runtime.storage import ConfigStore, MemoryLog
from tests.support.fake_plugins import WeatherSinkConnector, WeatherSourceConnector


class Deaf:
    """Hears of nothing."""

    def on_config_change(self) -> None: ...
    def on_restart_request(self, request: object) -> None: ...
    def on_logger_level(self, namespace: str, level: str) -> None: ...
    def on_session_key(self, key: object) -> None: ...


class Leader:
    """The configuration of a cluster, fencing over it, and producers of tasks."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self.configs = ConfigStore(MemoryLog())
        self.configs.start(Deaf())
        registry = PluginRegistry([Plugin(WeatherSourceConnector, "1"), Plugin(WeatherSinkConnector, "1")])
        self.meanwhile: Callable[[], None] = lambda: None
        self.records = 0
        self.fencing = ZombieFencing(
            self.configs,
            ClientFactory({"bootstrap.servers": bootstrap}),
            lambda: registry,
            lambda config: {key: value for key, value in config.items() if value is not None},
            group,
            self._on_herder,
        )

    def _on_herder(self, work: Callable[[], None]) -> None:
        self.meanwhile()
        self.records += 1
        work()

    def configure(self, tasks: int) -> None:
        if not self.configs.snapshot().contains("rain"):
            self.configs.put_connector("rain", {"name": "rain", "connector.class": "WeatherSource"})
        self.configs.put_task_configs("rain", [{"task": str(n)} for n in range(tasks)])

    def producer(self, number: int) -> ck.Producer:
        """The producer of a task, in the middle of a transaction."""
        producer = ck.Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "transactional.id": f"{self._group}-rain-{number}",
                "error_cb": lambda _: None,
                "log_level": 0,
            }
        )
        producer.init_transactions(30)
        producer.begin_transaction()
        producer.produce(f"{self._group}-rain", b"rain")
        producer.flush(30)
        return producer


@pytest.fixture
def leader(bootstrap: str, name: str) -> Leader:
    return Leader(bootstrap, name[:50])


def is_shut_out(producer: ck.Producer) -> bool:
    try:
        producer.commit_transaction(30)
    except ck.KafkaException as error:
        return bool(error.args[0].fatal())
    return False


def test_producers_of_all_older_tasks_are_shut_out(leader: Leader) -> None:
    leader.configure(2)
    leader.fencing.fence("rain")
    old = [leader.producer(0), leader.producer(1)]
    leader.configure(1)
    assert leader.configs.snapshot().is_fencing_pending("rain")
    leader.fencing.fence("rain")
    assert [is_shut_out(producer) for producer in old] == [True, True]
    assert not leader.configs.snapshot().is_fencing_pending("rain")
    assert leader.configs.snapshot().fencing_count("rain") == 1


def test_the_first_tasks_and_one_task_after_another_shut_nobody_out(leader: Leader) -> None:
    leader.configure(1)
    producer = leader.producer(0)
    leader.fencing.fence("rain")
    leader.configure(1)
    leader.fencing.fence("rain")
    assert leader.records == 2
    assert not is_shut_out(producer)


def test_nothing_is_done_twice_for_the_same_tasks(leader: Leader) -> None:
    leader.configure(2)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(leader.fencing.fence, "rain") for _ in range(8)]:
            done.result()
    producer = leader.producer(1)
    leader.fencing.fence("rain")
    assert leader.records == 1
    assert not is_shut_out(producer)


def test_tasks_that_change_meanwhile_are_a_conflict(leader: Leader) -> None:
    leader.configure(2)
    leader.fencing.fence("rain")
    leader.configure(1)
    leader.meanwhile = lambda: leader.configure(3)
    with pytest.raises(ConflictError, match="rain got new tasks"):
        leader.fencing.fence("rain")
    assert leader.configs.snapshot().is_fencing_pending("rain")
    leader.meanwhile = lambda: None
    leader.fencing.fence("rain")
    assert leader.configs.snapshot().fencing_count("rain") == 3


def test_only_tasks_of_sources_that_exist_are_fenced(leader: Leader) -> None:
    with pytest.raises(NotFoundError, match="Connector rain not found"):
        leader.fencing.fence("rain")
    leader.configs.put_connector("sun", {"name": "sun", "connector.class": "WeatherSink"})
    with pytest.raises(BadRequestError, match="sun is a sink"):
        leader.fencing.fence("sun")
