"""Sources that deliver exactly once do so whatever becomes of the workers that run them."""

from __future__ import annotations

import time

import pytest

from tests.integration.cluster.conftest import NewCluster
from tests.support.brokers import Broker
from tests.support.sequences import Count
from tests.support.worker_cluster import WorkerCluster, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CONNECTORS = {"numbers": 3}


@pytest.fixture
def bootstrap_servers(broker: Broker) -> str:
    return broker.bootstrap_servers


def await_progress(cluster: WorkerCluster, topic: str, records: int) -> None:
    """Wait until the source has written so many further records."""
    wanted = cluster.sequences.produced(topic).records + records
    until(lambda: cluster.sequences.produced(topic).records >= wanted, lambda: cluster.log)


def test_a_killed_and_a_held_up_worker_leave_no_gap_and_nothing_double(
    new_cluster: NewCluster, bootstrap_servers: str, topic: str
) -> None:
    cluster = new_cluster(bootstrap_servers, properties={"exactly.once.source.support": "enabled"})
    cluster.add(3)
    sequences = cluster.sequences
    cluster.create("numbers", sequences.source(topic, 3))
    cluster.await_settled(CONNECTORS)
    await_progress(cluster, topic, 100)

    killed, held_up = cluster.leader(), cluster.workers[-1]
    if killed is held_up:
        held_up = cluster.workers[0]
    killed.kill()
    cluster.await_settled(CONNECTORS)
    await_progress(cluster, topic, 100)

    pid, starts = held_up.pid, sequences.starts()
    lost = {run.who for run in sequences.runs() if run.pid == pid and run.ended is None}
    held_up.pause()
    until(lambda: sequences.starts() - starts == dict.fromkeys(lost, 1), lambda: f"{lost}\n{cluster.log}")
    await_progress(cluster, topic, 100)
    woken_at = time.monotonic()
    held_up.resume()
    until(
        lambda: all(run.ended for run in sequences.runs() if run.pid == pid and run.began < woken_at),
        lambda: f"{sequences.runs()}\n{cluster.log}",
    )
    killed.start()
    cluster.await_settled(CONNECTORS)
    await_progress(cluster, topic, 100)
    cluster.create("numbers", sequences.source(topic, 3, batch_size="7"))
    await_progress(cluster, topic, 100)
    cluster.await_settled(CONNECTORS)
    cluster.stop_connectors("numbers")
    produced = sequences.produced(topic)
    assert produced == Count(produced.records, lost=0, doubled=0)
