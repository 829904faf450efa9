"""Workers that are killed, held up or cut off from the brokers: others go on with their work and nothing is lost."""

from __future__ import annotations

import time

import pytest

from tests.integration.cluster.conftest import NewCluster
from tests.integration.cluster.load import CONNECTORS, check_nothing_is_lost, held_by, under_load
from tests.support.worker_cluster import DELAY_S, SESSION_S, ClusterWorker, WorkerCluster, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def chosen(cluster: WorkerCluster, victim: str) -> ClusterWorker:
    """The leader, or any follower."""
    leader = cluster.leader()
    return leader if victim == "leader" else next(worker for worker in cluster.workers if worker is not leader)


@pytest.mark.parametrize("victim", ["leader", "follower"])
def test_the_others_take_over_from_a_killed_worker_and_their_own_tasks_go_on(
    three: WorkerCluster, topic: str, victim: str
) -> None:
    before = under_load(three, topic)
    leader, killed = three.leader(), chosen(three, victim)
    starts = three.sequences.starts()
    killed.kill()
    three.await_settled(CONNECTORS)
    assert three.sequences.starts() - starts == dict.fromkeys(held_by(killed, before), 1)
    assert (three.leader() is not leader) == (victim == "leader")
    killed.start()
    three.await_settled(CONNECTORS)
    check_nothing_is_lost(three, topic, disturbed=2)


def test_a_worker_killed_and_started_again_at_once_has_its_tasks_back_and_no_other_is_disturbed(
    new_cluster: NewCluster, bootstrap_servers: str, topic: str
) -> None:
    cluster = new_cluster(
        bootstrap_servers, properties={"scheduled.rebalance.max.delay.ms": str(round(SESSION_S * 40_000))}
    )
    cluster.add(3)
    before = under_load(cluster, topic)
    starts = cluster.sequences.starts()
    killed = cluster.workers[1]
    killed.kill()
    killed.start()
    assert cluster.await_settled(CONNECTORS) == before
    until(
        lambda: cluster.sequences.starts() - starts == dict.fromkeys(held_by(killed, before), 1),
        lambda: cluster.sequences.starts() - starts,
    )
    check_nothing_is_lost(cluster, topic, disturbed=2)


@pytest.mark.parametrize("victim", ["leader", "follower"])
def test_a_worker_that_was_held_up_stops_its_tasks_on_waking_because_others_run_them(
    three: WorkerCluster, topic: str, victim: str
) -> None:
    before = under_load(three, topic)
    held_up = chosen(three, victim)
    pid, starts = held_up.pid, three.sequences.starts()
    lost = held_by(held_up, before)
    held_up.pause()
    until(lambda: three.sequences.starts() - starts == dict.fromkeys(lost, 1), lambda: f"{lost}\n{three.log}")
    woken_at = time.monotonic()
    held_up.resume()
    until(
        lambda: all(run.ended for run in three.sequences.runs() if run.pid == pid and run.began < woken_at),
        lambda: f"{three.sequences.runs()}\n{three.log}",
    )
    three.await_settled(CONNECTORS)
    assert held_up.health()[0] == 200
    check_nothing_is_lost(three, topic, disturbed=2)


def test_a_worker_held_up_for_less_than_its_session_is_not_missed(
    new_cluster: NewCluster, bootstrap_servers: str, topic: str
) -> None:
    cluster = new_cluster(bootstrap_servers, properties={"session.timeout.ms": "20000"})
    cluster.add(2)
    before = under_load(cluster, topic)
    starts = cluster.sequences.starts()
    for worker in cluster.workers:
        worker.pause()
        time.sleep(DELAY_S)
        worker.resume()
    assert cluster.await_settled(CONNECTORS) == before
    assert cluster.sequences.starts() == starts
    check_nothing_is_lost(cluster, topic, disturbed=0)
