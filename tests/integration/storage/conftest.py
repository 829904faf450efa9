"""The internal topics of a worker on each kind of broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.brokers import Broker
from tests.support.internal_topics import Cluster


@pytest.fixture
def make_cluster() -> Iterator[Callable[[Broker], Cluster]]:
    made: list[Cluster] = []

    def make(broker: Broker) -> Cluster:
        made.append(Cluster(broker.bootstrap_servers))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()


@pytest.fixture
def cluster(broker: Broker, make_cluster: Callable[[Broker], Cluster]) -> Cluster:
    return make_cluster(broker)


@pytest.fixture
def mortal_cluster(mortal_broker: Broker, make_cluster: Callable[[Broker], Cluster]) -> Cluster:
    return make_cluster(mortal_broker)
