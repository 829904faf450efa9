"""Whoever leads is killed or held up while it writes: what was answered is kept, and no two decide."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import httpx
import pytest

from tests.support.worker_cluster import ClusterWorker, WorkerCluster, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PARTS = 20


@dataclass
class Changes:
    """What was asked of one connector: each change sets all of many keys to its number."""

    answered: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


def parts(number: int) -> dict[str, str]:
    return {f"part.{n}": str(number) for n in range(PARTS)}


def shown_parts(config: Mapping[str, str]) -> set[str]:
    return {value for key, value in config.items() if key.startswith("part.")}


def change_until(over: Event, worker: ClusterWorker, name: str, config: Mapping[str, str]) -> Changes:
    """Change a connector through one worker again and again."""
    changes = Changes()
    with httpx.Client(base_url=worker.url, timeout=100.0) as http:
        for number in itertools.count():
            if over.is_set():
                return changes
            try:
                answer = http.put(f"/connectors/{name}/config", json={**config, **parts(number)})
            except httpx.TransportError:
                changes.unknown.append(number)
                time.sleep(0.2)
            else:
                (changes.answered if answer.is_success else changes.refused).append(number)
                if not answer.is_success:
                    assert answer.status_code in {409, 500}, answer.text
                    time.sleep(0.1)
    raise AssertionError("unreachable")


@pytest.mark.parametrize("fault", ["killed", "held up"])
def test_of_changes_sent_to_all_workers_while_the_leader_fails_the_answered_ones_are_kept_and_none_by_half(
    three: WorkerCluster, topic: str, fault: str
) -> None:
    leader = three.leader()
    followers = [worker for worker in three.workers if worker is not leader]
    names = dict(zip(three.workers, ("first", "second", "third"), strict=True))
    config = three.sequences.source(topic, 1)
    over = Event()
    with ThreadPoolExecutor(3) as clients:
        sent = {worker: clients.submit(change_until, over, worker, names[worker], config) for worker in three.workers}
        try:
            until(lambda: three.sequences.starts()[f"{names[leader]}-0"] >= 2, lambda: three.log)
            if fault == "killed":
                leader.kill()
            else:
                leader.pause()
            until(lambda: any("leads the group" in worker.log for worker in followers), lambda: three.log)
            successor = next(worker for worker in followers if "leads the group" in worker.log)
            until(lambda: "Assignment" in successor.log, lambda: three.log)
            if fault == "held up":
                leader.resume()
            time.sleep(1.0)
        finally:
            if fault == "held up":
                leader.resume()
            over.set()
    changes = {names[worker]: future.result() for worker, future in sent.items()}
    three.await_settled(dict.fromkeys(names.values(), 1))

    for name, made in changes.items():
        assert made.answered
        shown = [three.call("GET", f"/connectors/{name}/config", on=worker) for worker in three.running]
        assert all(each == shown[0] for each in shown)
        (number,) = shown_parts(shown[0])
        last = made.answered[-1]
        assert int(number) == last or int(number) in (n for n in [*made.unknown, *made.refused] if n > last), (
            f"{name} is at change {number}; {made}"
        )
    tasks = {f"{name}-0" for name in names.values()}

    def running() -> set[str]:
        return {run.who for run in three.sequences.runs() if run.ended is None}

    # The last change may just be on its way from the connector to its task.
    until(lambda: running() >= tasks, lambda: f"{running()}\n{three.log}")
