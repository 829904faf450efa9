"""Brokers of both kinds - the embedded one and Apache Kafka - under one face.

A test that asks for the fixtures `broker`, `mortal_broker` or `new_broker` runs on each kind: what only one of the two
passes is a bug. What is about one kind asks for its own fixtures, e.g. `embedded_broker`. The root conftest makes this
module a plugin, which is how tests come by the fixtures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.apache_kafka import ApacheKafka, ApacheKafkaCluster
from tests.support.embedded_broker import EmbeddedBrokerProcess

__all__ = ["Broker", "NewBroker"]

_KINDS = ("embedded", "kafka")
# As of `tests.support.apache_kafka`: retention and compaction that tests can wait for.
_QUICK = {
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.backoff.ms": "200",
    "log.initial.task.delay.ms": "200",
    "log.retention.check.interval.ms": "200",
}
_numbers = count(1)


class Broker(Protocol):
    """A broker in a process of its own. Start, kill, pause and start it again; address and data stay."""

    @property
    def bootstrap_servers(self) -> str: ...
    @property
    def pid(self) -> int: ...
    @property
    def log(self) -> str: ...
    def start(self) -> Broker: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


NewBroker = Callable[..., Broker]


def embedded(folder: Path, settings: Mapping[str, str]) -> EmbeddedBrokerProcess:
    """An embedded broker with settings as an Apache Kafka has them, not started yet."""
    options = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return EmbeddedBrokerProcess(folder, *options)


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBrokerProcess]:
    """The embedded broker of this run, for all tests that do it no harm; they keep apart by names."""
    with embedded(tmp_path_factory.mktemp("embedded-broker") / "data", _QUICK) as running:
        yield running


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """The Apache Kafka of this run, for all tests that do it no harm; they keep apart by names."""
    with ApacheKafka(tmp_path_factory.mktemp("apache-kafka") / "data") as running:
        yield running


@pytest.fixture(params=_KINDS)
def broker(request: pytest.FixtureRequest) -> Broker:
    """A broker of each kind that other tests use too, under other names."""
    running: Broker = request.getfixturevalue("embedded_broker" if request.param == "embedded" else "apache_kafka")
    return running


@pytest.fixture(scope="session")
def mortal_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """The Apache Kafka behind `mortal_broker`; not started yet, since starts take seconds."""
    kafka = ApacheKafka(tmp_path_factory.mktemp("mortal-kafka") / "data")
    yield kafka
    kafka.kill()


@pytest.fixture(params=_KINDS)
def mortal_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A running broker of each kind that no other test uses at the same time, to be killed; names keep tests apart."""
    if request.param == "embedded":
        with embedded(tmp_path / "mortal-broker", _QUICK) as running:
            yield running
    else:
        kafka: ApacheKafka = request.getfixturevalue("mortal_kafka")
        yield kafka if kafka.is_running else kafka.start()


@pytest.fixture(params=_KINDS)
def new_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewBroker]:
    """Makes brokers of each kind with settings of their own, not started yet; `mortal_broker` is faster."""
    with ExitStack() as stack:

        def make(settings: Mapping[str, str] | None = None) -> Broker:
            folder = tmp_path / f"broker-{next(_numbers)}" / "data"
            is_embedded = request.param == "embedded"
            made: Broker = embedded(folder, settings or {}) if is_embedded else ApacheKafka(folder, settings)
            stack.callback(made.kill)
            return made

        yield make


@pytest.fixture
def new_embedded_broker(tmp_path: Path) -> Iterator[Callable[..., EmbeddedBrokerProcess]]:
    """Makes embedded brokers, not started yet; takes command line options."""
    with ExitStack() as stack:

        def make(*options: str) -> EmbeddedBrokerProcess:
            made = EmbeddedBrokerProcess(tmp_path / f"broker-{next(_numbers)}", *options)
            stack.callback(made.stop)
            return made

        yield make


@pytest.fixture
def new_apache_kafka(tmp_path: Path) -> Iterator[Callable[..., ApacheKafka]]:
    """Makes an Apache Kafka, not started yet, for a test that does something to it; arguments as of `ApacheKafka`."""
    with ExitStack() as stack:

        def make(*arguments: Any, **options: Any) -> ApacheKafka:
            made = ApacheKafka(tmp_path / f"kafka-{next(_numbers)}" / "data", *arguments, **options)
            stack.callback(made.kill)
            return made

        yield make


@pytest.fixture
def new_kafka_cluster(tmp_path: Path) -> Iterator[Callable[..., ApacheKafkaCluster]]:
    """Makes a cluster of Apache Kafka, not started yet; arguments as of `ApacheKafkaCluster`."""
    with ExitStack() as stack:

        def make(*arguments: Any, **options: Any) -> ApacheKafkaCluster:
            made = ApacheKafkaCluster(tmp_path / f"kafka-{next(_numbers)}", *arguments, **options)
            stack.callback(made.stop)
            return made

        yield make
