"""Brokers hang: they keep their connections, so that nothing but overdue answers tells of it. Part of `make chaos`."""

from __future__ import annotations

import time

import pytest

from tests.integration.cluster.conftest import NewCluster
from tests.integration.cluster.load import CONNECTORS, check_nothing_is_lost, under_load
from tests.support.brokers import Broker
from tests.support.worker_cluster import until

# Less than the minute after which a client gives up by default. Writes take 10 s at most, and what comes before them.
ANSWERED_S = 40.0
STOPPED_S = 45.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_workers_whose_broker_hangs_answer_and_say_so_and_stop_in_time(
    new_cluster: NewCluster, mortal_broker: Broker, topic: str
) -> None:
    cluster = new_cluster(mortal_broker.bootstrap_servers)
    cluster.add(2)
    under_load(cluster, topic)
    leader = cluster.leader()
    other = next(worker for worker in cluster.workers if worker is not leader)

    mortal_broker.pause()
    try:
        began = time.monotonic()
        answer = leader.http.put("/connectors/numbers/config", json=cluster.sequences.source(topic, 3))
        assert answer.status_code in (409, 500)
        assert time.monotonic() - began < ANSWERED_S
        until(
            lambda: all(run.ended for run in cluster.sequences.runs()),
            lambda: f"{cluster.sequences.runs()}\n{cluster.log}",
        )
        until(
            lambda: all(_is_told(*worker.health()) for worker in cluster.workers),
            lambda: [worker.health() for worker in cluster.workers],
        )
        began = time.monotonic()
        other.stop()
        assert time.monotonic() - began < STOPPED_S
    finally:
        mortal_broker.resume()
    cluster.await_settled(CONNECTORS)
    until(lambda: leader.health()[0] == 200, lambda: cluster.log)
    check_nothing_is_lost(cluster, topic, disturbed=6)


def _is_told(code: int, message: str) -> bool:
    return code == 500 and "brokers cannot be used" in message
