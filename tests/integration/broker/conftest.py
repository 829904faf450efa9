from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.embedded_broker import EmbeddedBrokerProcess

_numbers = itertools.count(1)
_RUN = os.urandom(3).hex()


class Running(Protocol):
    """A broker that a test talks to as a client."""

    @property
    def bootstrap_servers(self) -> str: ...


@dataclass(frozen=True)
class ApacheKafka:
    """A broker that was there before: the same tests pass on it, or the embedded broker is wrong."""

    bootstrap_servers: str


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A broker for all tests of a file; they keep out of each other's way by names.

    It is the embedded one, or the Apache Kafka at `CONNECT_RUNTIME_TEST_KAFKA` (with the settings below).
    """
    kafka = os.environ.get("CONNECT_RUNTIME_TEST_KAFKA")
    if kafka:
        yield ApacheKafka(kafka)
        return
    folder = tmp_path_factory.mktemp("broker") / "data"
    settings = [
        "group.min.session.timeout.ms=1000",
        "log.cleaner.backoff.ms=200",
        "log.initial.task.delay.ms=200",
        "log.retention.check.interval.ms=200",
    ]
    options = [part for setting in settings for part in ("--set", setting)]
    with EmbeddedBrokerProcess(folder, *options) as process:
        yield process


@pytest.fixture
def new_broker(tmp_path: Path) -> Iterator[Callable[..., EmbeddedBrokerProcess]]:
    """Makes a broker, not started yet, for a test that does something to it."""
    made: list[EmbeddedBrokerProcess] = []

    def make(*options: str) -> EmbeddedBrokerProcess:
        made.append(EmbeddedBrokerProcess(tmp_path / f"data-{len(made)}", *options))
        return made[-1]

    yield make
    for process in made:
        process.stop()


@pytest.fixture
def new_name() -> str:
    """A name for a topic or group that no other test has."""
    return f"name-{_RUN}-{next(_numbers)}"


@pytest.fixture
def admin(broker: Running) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap_servers})


@pytest.fixture
def new_topic(admin: AdminClient, new_name: str) -> Callable[..., str]:
    """Creates a topic with partitions and settings, returns its name."""

    def create(partitions: int = 1, **settings: str) -> str:
        name = f"{new_name}-{next(_numbers)}"
        config = {key.replace("_", "."): value for key, value in settings.items()}
        admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(10)
        return name

    return create
