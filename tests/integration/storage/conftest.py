"""The internal topics of a worker on an embedded broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.embedded_broker import EmbeddedBrokerProcess
from tests.support.internal_topics import Cluster


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBrokerProcess]:
    """A broker that stays up for all tests of a module."""
    with EmbeddedBrokerProcess(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def mortal_broker(tmp_path: Path) -> Iterator[EmbeddedBrokerProcess]:
    """A broker of the test's own, to be killed."""
    with EmbeddedBrokerProcess(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def make_cluster() -> Iterator[Callable[[EmbeddedBrokerProcess], Cluster]]:
    made: list[Cluster] = []

    def make(broker: EmbeddedBrokerProcess) -> Cluster:
        made.append(Cluster(broker.bootstrap_servers))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()


@pytest.fixture
def cluster(broker: EmbeddedBrokerProcess, make_cluster: Callable[[EmbeddedBrokerProcess], Cluster]) -> Cluster:
    return make_cluster(broker)


@pytest.fixture
def mortal_cluster(
    mortal_broker: EmbeddedBrokerProcess, make_cluster: Callable[[EmbeddedBrokerProcess], Cluster]
) -> Cluster:
    return make_cluster(mortal_broker)
