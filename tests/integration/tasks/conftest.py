from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedded_broker import EmbeddedBrokerProcess


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("broker") / "data"
    with EmbeddedBrokerProcess(folder) as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for topics and groups that no other test uses."""
    return str(request.node.name).replace("[", "-").replace("]", "")[:200]
