from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.exactly_once import ExactlyOnceWorker


@pytest.fixture(params=["apache_kafka"])
def bootstrap(request: pytest.FixtureRequest) -> str:
    """A broker that knows transactions."""
    address: str = request.getfixturevalue(request.param).bootstrap_servers
    return address


@pytest.fixture
def worker(bootstrap: str) -> Iterator[ExactlyOnceWorker]:
    made = ExactlyOnceWorker(bootstrap)
    yield made
    made.close()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for topics that no other test uses."""
    return str(request.node.name).replace("[", "-").replace("]", "")[:200]
