from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.apache_kafka import ApacheKafka
from tests.support.plugins.install import plugin_environment
from tests.support.postgres import postgres, postgres_server
from tests.support.worker_process import WorkerProcess, on_broker

__all__ = ["postgres", "postgres_server"]


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A worker with an embedded broker that stays up for all tests that do it no harm."""
    folder = tmp_path_factory.mktemp("worker")
    with WorkerProcess(folder, environment=plugin_environment(folder / "plugins")) as running:
        yield running


@pytest.fixture(scope="session")
def kafka_worker(tmp_path_factory: pytest.TempPathFactory, apache_kafka: ApacheKafka) -> Iterator[WorkerProcess]:
    """A worker on Apache Kafka that stays up for all tests that do it no harm."""
    folder = tmp_path_factory.mktemp("kafka-worker")
    keys = on_broker(apache_kafka.bootstrap_servers, "kafka-worker")
    with WorkerProcess(folder, keys, plugin_environment(folder / "plugins")) as running:
        yield running


@pytest.fixture(params=["embedded", "kafka"])
def either_worker(request: pytest.FixtureRequest) -> WorkerProcess:
    """Each test that asks for it runs with each kind of broker."""
    running: WorkerProcess = request.getfixturevalue("worker" if request.param == "embedded" else "kafka_worker")
    return running


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for connectors and topics that no other test uses."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[:100]
