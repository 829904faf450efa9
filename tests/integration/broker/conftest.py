from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.embedded_broker import EmbeddedBrokerProcess

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBrokerProcess]:
    """A broker for all tests of a file; they keep out of each other's way by names."""
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
    return f"name-{next(_numbers)}"


@pytest.fixture
def admin(broker: EmbeddedBrokerProcess) -> AdminClient:
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
