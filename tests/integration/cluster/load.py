"""A source and a sink that work while a test does harm to the workers, and the count afterwards."""

from __future__ import annotations

from tests.support.worker_cluster import ClusterWorker, WorkerCluster

__all__ = ["CONNECTORS", "check_nothing_is_lost", "held_by", "under_load"]

CONNECTORS = {"numbers": 3, "wall": 3}
# A task counts 200 in a second at most; what it counted since its last commit is counted again. Heavily loaded machines
# take seconds to commit.
DOUBLED_PER_TASK = 2000


def under_load(cluster: WorkerCluster, topic: str) -> dict[str, str]:
    """Let a source and a sink work; who runs what."""
    cluster.create("numbers", cluster.sequences.source(topic, 3))
    cluster.create("wall", cluster.sequences.sink(topic, 3))
    cluster.await_settled(CONNECTORS)
    cluster.await_delivery(topic, 100)
    return cluster.await_settled(CONNECTORS)


def check_nothing_is_lost(cluster: WorkerCluster, topic: str, disturbed: int) -> None:
    """Stop everything and count: of tasks that were disturbed so often, some of the work may have been done twice."""
    records = cluster.sequences.got(topic)
    cluster.await_delivery(topic, records + 100)
    cluster.stop_connectors("numbers")
    produced = cluster.sequences.produced(topic)
    cluster.await_delivery(topic, produced.records + produced.doubled)
    cluster.stop_connectors("wall")
    delivered = cluster.sequences.delivered(topic)
    assert (produced.lost, delivered.lost) == (0, 0)
    assert produced.doubled <= disturbed * DOUBLED_PER_TASK
    assert delivered.doubled <= disturbed * DOUBLED_PER_TASK * 3


def held_by(worker: ClusterWorker, placement: dict[str, str]) -> set[str]:
    return {who for who, id_ in placement.items() if id_ == worker.id}
