from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.apache_kafka import ApacheKafka
from tests.support.worker_cluster import WorkerCluster

NewCluster = Callable[..., WorkerCluster]
# A hang takes clients minutes to live through: that is for `make chaos`.
collect_ignore = [] if "CONNECT_RUNTIME_CHAOS_KILLS" in os.environ else ["test_hanging_brokers.py"]


@pytest.fixture
def new_cluster(tmp_path: Path) -> Iterator[NewCluster]:
    """Makes a cluster without workers; arguments are the brokers' address and options of `WorkerCluster`."""
    with ExitStack() as stack:

        def make(bootstrap_servers: str, **options: Any) -> WorkerCluster:
            group_id = f"cluster-{uuid4().hex[:8]}"
            cluster = WorkerCluster(tmp_path / group_id, bootstrap_servers, group_id, **options)
            stack.callback(cluster.close)
            return cluster

        yield make


@pytest.fixture
def bootstrap_servers(apache_kafka: ApacheKafka) -> str:
    """The brokers that most tests are content with; some modules have a fixture of the same name for both kinds."""
    return apache_kafka.bootstrap_servers


@pytest.fixture
def three(new_cluster: NewCluster, bootstrap_servers: str) -> WorkerCluster:
    """Three workers."""
    cluster = new_cluster(bootstrap_servers)
    cluster.add(3)
    return cluster


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses."""
    return f"numbers-{uuid4().hex[:8]}"
