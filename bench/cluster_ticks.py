"""What one round of the control plane costs, by the number of connectors: without brokers, processor time only."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from connect_runtime.herder.reconcile import Spec, reconcile
from connect_runtime.model import ConnectorTaskId
from tests.support.fake_group import FakeGroup, FakeWorker

__all__ = ["TickCost", "measure_tick_costs"]

WORKERS = 3
TASKS = 3
IDLE_TICKS = 200
CHANGES = 10


class TickCost(NamedTuple):
    """Processor time of rounds of one worker out of three.

    Attributes:
        connectors: How many connectors of three tasks each the cluster has.
        idle_ms: A round in which nothing changed; there are five a second.
        leader_ms: What a change of one connector costs the leader: decide, publish, read, compare.
        follower_ms: What it costs a follower: read, compare.
    """

    connectors: int
    idle_ms: float
    leader_ms: float
    follower_ms: float


def measure_tick_costs(sizes: list[int]) -> list[TickCost]:
    """Costs for clusters of these sizes."""
    return [_measured(size) for size in sizes]


def _measured(connectors: int) -> TickCost:
    group = FakeGroup()
    workers = [group.worker(f"w{number}").join() for number in range(WORKERS)]
    _settle(workers)
    leader, follower = workers[0], workers[1]
    for number in range(connectors):
        _configure(leader, f"connector-with-a-name-{number}")
    _settle(workers)
    idle = _cpu_ms(partial(_idle_rounds, leader)) / IDLE_TICKS
    costs = {worker.name: 0.0 for worker in workers}
    for number in range(CHANGES):
        # Reading is what every worker does at once when something is written; here it counts as the writer's.
        costs[leader.name] += _cpu_ms(partial(_configure, leader, f"another-{number}")) / len(workers)
        for _ in range(4):
            for worker in workers:
                costs[worker.name] += _cpu_ms(partial(_round, worker))
    return TickCost(connectors, idle, costs[leader.name] / CHANGES, costs[follower.name] / CHANGES)


def _configure(worker: FakeWorker, name: str) -> None:
    worker.configs.put_connector(name, {"name": name, "connector.class": "FileStreamSource", "topic": "t"})
    worker.configs.put_task_configs(name, [{"task.class": "FileSourceTask", "n": str(n)} for n in range(TASKS)])


def _settle(workers: list[FakeWorker]) -> None:
    for _ in range(6):
        for worker in workers:
            worker.tick()


def _round(worker: FakeWorker) -> None:
    """A worker's round, with the comparison that its herder makes when something has changed."""
    before = worker.runs
    worker.tick()
    if worker.runs is before:
        return
    configs = worker.configs.snapshot()
    connectors = {name: Spec(1, configs.target_state(name)) for name in worker.runs.connectors}
    tasks: dict[ConnectorTaskId, Spec] = {
        task: Spec(configs.task_revision(task.connector), configs.target_state(task.connector))
        for task in worker.runs.tasks
    }
    reconcile(connectors, connectors, tasks, tasks)


def _idle_rounds(worker: FakeWorker) -> None:
    for _ in range(IDLE_TICKS):
        worker.membership.tick()
        worker.membership.share(worker.configs.snapshot())


def _cpu_ms(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return (time.process_time() - before) * 1000
