"""A worker that reaches neither brokers nor the other workers, while it goes on running."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.integration.cluster.conftest import NewCluster
from tests.integration.cluster.load import check_nothing_is_lost, held_by, under_load
from tests.support.apache_kafka import ApacheKafka, Listener
from tests.support.network_namespace import NetworkNamespace, network_namespace
from tests.support.services import require_tool
from tests.support.worker_cluster import ClusterWorker, WorkerCluster, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def namespace() -> Iterator[NetworkNamespace]:
    with network_namespace() as made:
        yield made


@pytest.fixture
def cluster(
    namespace: NetworkNamespace, new_apache_kafka: Callable[..., ApacheKafka], new_cluster: NewCluster
) -> Iterator[WorkerCluster]:
    """Three workers, the first of which lives in the namespace and leads. They wait longer than stopping may take."""
    broker = new_apache_kafka(listener=Listener(host=namespace.outside))
    broker.start()
    made = new_cluster(broker.bootstrap_servers, properties={"scheduled.rebalance.max.delay.ms": "10000"})
    made.add(host=namespace.inside, runner=namespace.runner)
    made.add(2, host=namespace.outside)
    yield made
    made.close()


def health_inside(namespace: NetworkNamespace, worker: ClusterWorker) -> tuple[int, str]:
    """What a worker that cannot be reached from outside says of itself."""
    curl = require_tool("curl", "apt-get install curl")
    shown = namespace.run(curl, "-s", "-m", "30", "-w", "\n%{http_code}", f"{worker.url}/health")
    body, _, code = shown.rpartition("\n")
    return int(code), str(json.loads(body)["message"])


def test_the_leader_cut_off_from_the_brokers_stops_its_tasks_while_others_lead_and_run_them(
    cluster: WorkerCluster, namespace: NetworkNamespace, topic: str
) -> None:
    before = under_load(cluster, topic)
    cut_off = cluster.workers[0]
    assert cluster.leader() is cut_off
    pid, starts, lost = cut_off.pid, cluster.sequences.starts(), held_by(cut_off, before)
    namespace.cut()
    until(
        lambda: all(run.ended for run in cluster.sequences.runs() if run.pid == pid),
        lambda: f"{cluster.sequences.runs()}\n{cluster.log}",
    )
    until(
        lambda: cluster.sequences.starts() - starts == dict.fromkeys(lost, 1),
        lambda: f"{cluster.sequences.starts() - starts}\n{cluster.log}",
    )
    code, message = health_inside(namespace, cut_off)
    assert code == 500
    assert "brokers cannot be used" in message or "has not been seen in its group" in message
    assert cluster.sequences.overlaps() == []
    namespace.mend()
    cluster.await_settled({"numbers": 3, "wall": 3})
    assert cut_off.health()[0] == 200
    check_nothing_is_lost(cluster, topic, disturbed=2)
