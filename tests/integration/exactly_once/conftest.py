from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.brokers import Broker
from tests.support.exactly_once import ExactlyOnceWorker


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    """A broker of each kind."""
    return broker.bootstrap_servers


@pytest.fixture
def worker(bootstrap: str) -> Iterator[ExactlyOnceWorker]:
    made = ExactlyOnceWorker(bootstrap)
    yield made
    made.close()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for topics that no other test uses."""
    return str(request.node.name).replace("[", "-").replace("]", "")[:200]
