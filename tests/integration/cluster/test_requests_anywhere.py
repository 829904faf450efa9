"""Any worker takes any request: what leader or owner must do reaches them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.brokers import Broker
from tests.support.worker_cluster import WorkerCluster, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def bootstrap_servers(broker: Broker) -> str:
    return broker.bootstrap_servers


def await_states(cluster: WorkerCluster, expected: dict[str, str]) -> None:
    """Wait until every worker shows these states and nothing else."""

    def shown() -> list[dict[str, str]]:
        return [{who: state for who, (state, _) in cluster.statuses(worker).items()} for worker in cluster.running]

    until(lambda: all(states == expected for states in shown()), shown)


def await_starts(cluster: WorkerCluster, before: Counter[str], expected: dict[str, int]) -> None:
    """Wait until exactly these were started, so often, since then."""

    def started() -> Counter[str]:
        return cluster.sequences.starts() - before

    until(lambda: started() == expected, lambda: f"{started()}\n{cluster.log}")


def test_connectors_are_created_changed_restarted_paused_and_deleted_through_whichever_worker(
    three: WorkerCluster, topic: str
) -> None:
    sequences, leader = three.sequences, three.leader()
    followers = [worker for worker in three.workers if worker is not leader]
    names = ["first", "second", "third"]
    for worker, name in zip(three.workers, names, strict=True):
        worker.create(name, sequences.source(topic, 1))
    placement = three.await_settled(dict.fromkeys(names, 1))
    assert sorted(placement[name] for name in names) == sorted(worker.id for worker in three.workers)

    for worker, name in zip(followers, names, strict=False):
        three.create(name, sequences.source(topic, 2), on=worker)
    wanted = {names[0]: 2, names[1]: 2, names[2]: 1}
    placement = three.await_settled(wanted)

    for worker in three.workers:
        starts = sequences.starts()
        three.call("POST", f"/connectors/{names[0]}/restart", on=worker)
        three.call("POST", f"/connectors/{names[0]}/tasks/1/restart", on=worker)
        await_starts(three, starts, {names[0]: 1, f"{names[0]}-1": 1})
    assert three.await_settled(wanted) == placement

    starts = sequences.starts()
    three.call("POST", f"/connectors/{names[1]}/restart?includeTasks=true", on=followers[0])
    await_starts(three, starts, {names[1]: 1, f"{names[1]}-0": 1, f"{names[1]}-1": 1})
    assert three.await_settled(wanted) == placement

    running = {**dict.fromkeys([names[0], f"{names[0]}-0", f"{names[0]}-1"], "RUNNING"), names[2]: "STOPPED"}
    three.call("PUT", f"/connectors/{names[1]}/pause", on=followers[0])
    three.call("PUT", f"/connectors/{names[2]}/stop", on=followers[1])
    paused = dict.fromkeys([names[1], f"{names[1]}-0", f"{names[1]}-1"], "PAUSED")
    await_states(three, running | paused)
    three.call("PUT", f"/connectors/{names[1]}/resume", on=leader)
    three.call("PUT", f"/connectors/{names[2]}/resume", on=followers[0])
    three.await_settled(wanted)

    for worker, name in zip(three.workers, names, strict=True):
        three.call("DELETE", f"/connectors/{name}", on=worker)
    await_states(three, {})
    until(lambda: all(run.ended for run in sequences.runs()), sequences.runs)
    assert sequences.overlaps() == []
    produced = sequences.produced(topic)
    assert (produced.lost, produced.doubled) == (0, 0)


def test_patches_of_one_connector_through_different_workers_at_the_same_time_are_all_in_the_result(
    three: WorkerCluster, topic: str
) -> None:
    config = three.sequences.source(topic, 1)
    three.create("c", config)
    keys = {f"key.{number}": str(number) for number in range(9)}
    together = Barrier(len(keys))

    def patch(number: int) -> None:
        together.wait(30.0)
        three.call("PATCH", "/connectors/c/config", {f"key.{number}": str(number)}, on=three.workers[number % 3])

    with ThreadPoolExecutor(len(keys)) as clients:
        list(clients.map(patch, range(len(keys))))

    def shown() -> list[dict[str, str]]:
        return [three.call("GET", "/connectors/c/config", on=worker) for worker in three.workers]

    until(lambda: shown() == 3 * [{**config, "name": "c", **keys}], shown, timeout_s=30.0)
    three.await_settled({"c": 1})


def test_connectors_deleted_and_created_anew_while_work_moves_run_once_under_their_new_configuration(
    three: WorkerCluster, topic: str
) -> None:
    sequences = three.sequences
    connectors = {f"source-{letter}": 3 for letter in "abc"}
    for name in connectors:
        three.create(name, sequences.source(topic, 3))
    three.await_settled(connectors)
    with ThreadPoolExecutor(1) as starting:
        newcomer = starting.submit(three.add)
        for attempt in range(3):
            for name in ("source-a", "source-b"):
                three.call("DELETE", f"/connectors/{name}", on=three.workers[attempt])
                three.create(name, sequences.source(f"{topic}-{attempt}", 2), on=three.workers[2 - attempt])
        newcomer.result()
    connectors |= {"source-a": 2, "source-b": 2}
    three.await_settled(connectors)
    assert sequences.overlaps() == []
    for worker in three.workers:
        for name in ("source-a", "source-b"):
            shown = three.call("GET", f"/connectors/{name}", on=worker)
            assert shown["config"]["topic"] == f"{topic}-2"
            assert [task["task"] for task in shown["tasks"]] == [0, 1]
    wanted = {*connectors, *(f"{name}-{n}" for name, tasks in connectors.items() for n in range(tasks))}

    def running() -> set[str]:
        return {run.who for run in sequences.runs() if run.ended is None}

    until(lambda: running() == wanted, lambda: f"{running()} instead of {wanted}")
