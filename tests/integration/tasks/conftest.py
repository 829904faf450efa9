from __future__ import annotations

import pytest

from tests.support.brokers import Broker


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    return broker.bootstrap_servers


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for topics and groups that no other test uses."""
    return str(request.node.name).replace("[", "-").replace("]", "")[:200]
