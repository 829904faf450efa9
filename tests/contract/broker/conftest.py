"""The brokers that a worker may meet. What is tested here holds on each of them, or the embedded broker is wrong."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.embedded_broker import EmbeddedBrokerProcess

_numbers = itertools.count(1)
_RUN = os.urandom(3).hex()
_EMBEDDED_SETTINGS = (
    "group.min.session.timeout.ms=1000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms=100",
)


class Running(Protocol):
    """A broker that a test talks to as a client."""

    @property
    def bootstrap_servers(self) -> str: ...


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBrokerProcess]:
    folder = tmp_path_factory.mktemp("embedded-broker") / "data"
    options = [part for setting in _EMBEDDED_SETTINGS for part in ("--set", setting)]
    with EmbeddedBrokerProcess(folder, *options) as broker:
        yield broker


@pytest.fixture(scope="session", params=["embedded", "apache"])
def broker(request: pytest.FixtureRequest) -> Running:
    running: Running = request.getfixturevalue("embedded_broker" if request.param == "embedded" else "apache_kafka")
    return running


@pytest.fixture(scope="session")
def admin(broker: Running) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap_servers})


@pytest.fixture
def name() -> str:
    """For a topic, a group, a transactional id: no other test has it."""
    return f"name-{_RUN}-{next(_numbers)}"


@pytest.fixture
def new_topic(admin: AdminClient) -> Callable[..., str]:
    """Creates a topic with partitions and settings, returns its name."""

    def create(partitions: int = 1, **settings: str) -> str:
        topic = f"topic-{_RUN}-{next(_numbers)}"
        config = {key.replace("_", "."): value for key, value in settings.items()}
        admin.create_topics([NewTopic(topic, partitions, 1, config=config)])[topic].result(30)
        return topic

    return create
