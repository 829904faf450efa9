"""Workers of Kafka Connect and of this runtime that share a group id, internal topics and connectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.apache_kafka import ApacheKafka
from tests.support.java_connect import JavaConnectWorker, cluster_properties
from tests.support.worker_process import WorkerProcess


@pytest.fixture
def properties(apache_kafka: ApacheKafka) -> dict[str, str]:
    """Those of every worker, whoever made it."""
    return cluster_properties(apache_kafka.bootstrap_servers, f"takeover-{uuid4().hex[:8]}")


@pytest.fixture
def new_java(tmp_path: Path, properties: dict[str, str]) -> Iterator[Callable[..., JavaConnectWorker]]:
    """Makes a worker of Kafka Connect, not started yet; arguments are further properties, with ``_`` for ``.``."""
    with ExitStack() as stack:

        def make(**keys: str) -> JavaConnectWorker:
            worker = JavaConnectWorker(tmp_path / f"java-{uuid4().hex[:4]}", {**properties, **_dotted(keys)})
            stack.callback(worker.close)
            return worker

        yield make


@pytest.fixture
def new_ours(tmp_path: Path, properties: dict[str, str]) -> Iterator[Callable[..., WorkerProcess]]:
    """Makes a worker of ours, not started yet; arguments as of ``new_java``."""
    with ExitStack() as stack:

        def make(**keys: str) -> WorkerProcess:
            worker = WorkerProcess(tmp_path / f"ours-{uuid4().hex[:4]}", {**properties, **_dotted(keys)})
            stack.callback(worker.close)
            return worker

        yield make


def _dotted(keys: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "."): value for name, value in keys.items()}
