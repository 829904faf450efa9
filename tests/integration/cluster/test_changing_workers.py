"""Workers come, leave in order and are replaced one by one under load: nothing is lost, nothing is done twice."""

from __future__ import annotations

import pytest

from tests.integration.cluster.conftest import NewCluster
from tests.support.sequences import Count
from tests.support.worker_cluster import WorkerCluster

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def drained(cluster: WorkerCluster, topic: str) -> tuple[Count, Count]:
    """What the source wrote and what the sink got of it, once both are stopped."""
    cluster.stop_connectors("numbers")
    produced = cluster.sequences.produced(topic)
    cluster.await_delivery(topic, produced.records + produced.doubled)
    cluster.stop_connectors("wall")
    return produced, cluster.sequences.delivered(topic)


def test_who_joins_takes_its_part_who_leaves_hands_it_back_and_everybody_is_replaced_under_load(
    new_cluster: NewCluster, bootstrap_servers: str, topic: str
) -> None:
    cluster = new_cluster(bootstrap_servers)
    cluster.add(2)
    cluster.create("numbers", cluster.sequences.source(topic, 4))
    cluster.create("wall", cluster.sequences.sink(topic, 2))
    connectors = {"numbers": 4, "wall": 2}
    cluster.await_settled(connectors)
    cluster.await_delivery(topic, 100)

    before = cluster.await_settled(connectors)
    starts = cluster.sequences.starts()
    (newcomer,) = cluster.add()
    after = cluster.await_settled(connectors)
    moved = {who for who in after if after[who] != before[who]}
    assert len(moved) == 2
    assert {after[who] for who in moved} == {newcomer.id}
    assert cluster.sequences.starts() - starts == dict.fromkeys(moved, 1)

    before, starts = after, cluster.sequences.starts()
    newcomer.stop()
    after = cluster.await_settled(connectors)
    assert cluster.sequences.starts() - starts == dict.fromkeys(moved, 1)
    assert all(after[who] == before[who] for who in after if who not in moved)

    newcomer.start()
    for worker in cluster.workers:
        worker.stop()
        worker.start()
        cluster.await_settled(connectors)

    produced, delivered = drained(cluster, topic)
    assert produced.records > 500
    assert (produced.lost, produced.doubled, delivered.lost, delivered.doubled) == (0, 0, 0, 0)
    assert cluster.sequences.overlaps() == []
