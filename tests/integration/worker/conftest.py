from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugins.install import plugin_environment
from tests.support.postgres import postgres, postgres_server
from tests.support.worker_process import WorkerProcess

__all__ = ["postgres", "postgres_server"]


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A worker that stays up for all tests that do it no harm."""
    folder = tmp_path_factory.mktemp("worker")
    with WorkerProcess(folder, environment=plugin_environment(folder / "plugins")) as running:
        yield running


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for connectors and topics that no other test uses."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[:100]
