"""Worker processes of one group, for tests that do harm to them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.support.plugins.install import plugin_environment
from tests.support.sequences import Sequences
from tests.support.worker_process import WorkerProcess

__all__ = ["DELAY_S", "SESSION_S", "ClusterWorker", "WorkerCluster", "until"]

SETTLE_S = 90.0
SESSION_S = 3.0
DELAY_S = 1.5
_POLL_S = 0.1


def until(claim: Callable[[], bool], what: Callable[[], object], timeout_s: float = SETTLE_S) -> None:
    """Wait until ``claim`` holds; ``what`` tells, when it does not in time, how it is instead."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < deadline, f"not so within {timeout_s:g} s: {what()}"
        time.sleep(_POLL_S)


class ClusterWorker(WorkerProcess):
    """One of them. Its REST port stays over restarts."""

    @property
    def id(self) -> str:
        """What statuses call it."""
        return self.url.removeprefix("http://")

    @property
    def is_running(self) -> bool:
        """Whether it was started, and neither stopped nor killed."""
        return self._process is not None

    @property
    def has_ended(self) -> bool:
        """Whether it was started and ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def pause(self) -> None:
        """Hold it up (SIGSTOP), as a machine that hangs would."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    def health(self) -> tuple[int, str]:
        """Code and message of ``GET /health``."""
        answer = self.http.get("/health")
        return answer.status_code, str(answer.json()["message"])


class WorkerCluster:
    """Workers with short time-outs, on brokers that a test brings along.

    Attributes:
        group_id: Their ``group.id``.
        workers: All that were ever added, in this order.
        sequences: Configurations of connectors whose records can be counted, and the counts.

    Args:
        folder: A folder of its own.
        bootstrap_servers: The brokers.
        group_id: Unlike that of any other cluster on these brokers.
        properties: Keys on top of the short time-outs.
        replication_factor: Of the internal topics.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        group_id: str,
        properties: Mapping[str, str] | None = None,
        *,
        replication_factor: int = 1,
    ) -> None:
        self.group_id = group_id
        self.workers: list[ClusterWorker] = []
        self.sequences = Sequences(folder / "sequences", bootstrap_servers)
        self._folder = folder
        self._environment = plugin_environment(folder / "plugins")
        self._properties = {
            "bootstrap.servers": bootstrap_servers,
            "group.id": group_id,
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter",
            "offset.storage.partitions": "3",
            "status.storage.partitions": "1",
            "session.timeout.ms": str(round(SESSION_S * 1000)),
            "heartbeat.interval.ms": "500",
            "scheduled.rebalance.max.delay.ms": str(round(DELAY_S * 1000)),
            "offset.flush.interval.ms": "500",
            "consumer.session.timeout.ms": "6000",
            "consumer.heartbeat.interval.ms": "1000",
            "consumer.metadata.max.age.ms": "1000",
        }
        for kind in ("config", "offset", "status"):
            self._properties[f"{kind}.storage.topic"] = f"{group_id}-{kind}"
            self._properties[f"{kind}.storage.replication.factor"] = str(replication_factor)
        self._properties.update(properties or {})

    @property
    def running(self) -> list[ClusterWorker]:
        """Workers that were started, and neither stopped nor killed."""
        return [worker for worker in self.workers if worker.is_running]

    def add(self, count: int = 1, **options: Any) -> list[ClusterWorker]:
        """Start workers, and wait until they have their place in the group; options are those of `WorkerProcess`."""
        added = [
            ClusterWorker(self._folder / f"worker-{number}", self._properties, self._environment, **options)
            for number in range(len(self.workers), len(self.workers) + count)
        ]
        self.workers += added
        for worker in added:
            worker.launch()
        for worker in added:
            worker.await_ready()
        until(lambda: all(worker.health()[0] == httpx.codes.OK for worker in added), lambda: self.log)
        return added

    def call(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        on: ClusterWorker | None = None,
        again_on: Sequence[int] = (409,),
        timeout_s: float = SETTLE_S,
    ) -> Any:
        """Have something done, and what is answered.

        Args:
            method: As of HTTP.
            path: With the query.
            json: The body.
            on: Who is asked; the first that runs unless given.
            again_on: Answers on which to ask again; as a rule only that the cluster rebalances.
            timeout_s: For how long.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            answer = (on or self.running[0]).http.request(method, path, json=json)
            if answer.is_success:
                return answer.json() if answer.content else None
            is_awaited = answer.status_code in again_on and time.monotonic() < deadline
            assert is_awaited, f"{method} {path}: {answer.status_code} {answer.text}\n{self.log}"
            time.sleep(_POLL_S)

    def create(self, name: str, config: Mapping[str, str], *, on: ClusterWorker | None = None) -> None:
        """Create or change a connector."""
        self.call("PUT", f"/connectors/{name}/config", dict(config), on=on)

    def statuses(self, on: ClusterWorker | None = None) -> dict[str, tuple[str, str]]:
        """State and worker of every connector (``NAME``) and task (``NAME-N``), as one worker sees them."""
        found: dict[str, tuple[str, str]] = {}
        for name, shown in self.call("GET", "/connectors?expand=status", on=on).items():
            status = shown["status"]
            found[name] = status["connector"]["state"], status["connector"]["worker_id"]
            found.update({f"{name}-{task['id']}": (task["state"], task["worker_id"]) for task in status["tasks"]})
        return found

    def await_settled(self, connectors: Mapping[str, int], *, timeout_s: float = SETTLE_S) -> dict[str, str]:
        """Wait until all is RUNNING on workers that are up, as evenly as can be; the worker of each.

        Args:
            connectors: Tasks of each connector that there has to be.
            timeout_s: How long to wait.
        """
        ids = {worker.id for worker in self.running}
        expected = set(connectors) | {f"{name}-{n}" for name, tasks in connectors.items() for n in range(tasks)}

        def is_settled() -> bool:
            with contextlib.suppress(httpx.TransportError):
                seen = [self.statuses(on=worker) for worker in self.running]
                return all(statuses == seen[0] for statuses in seen) and _is_settled(seen[0], expected, ids)
            return False

        until(is_settled, lambda: f"{self._seen()} of {sorted(ids)}\n{self.log}", timeout_s)
        return {who: worker for who, (_, worker) in self.statuses().items()}

    def leader(self) -> ClusterWorker:
        """Who published the newest assignment, by what the workers logged."""
        newest = {worker: _last_assignment(worker.log) for worker in self.running}
        return max(newest, key=lambda worker: newest[worker])

    def stop_connectors(self, *names: str) -> None:
        """Stop connectors and wait until all their tasks are gone, with their last commits."""
        for name in names:
            self.call("PUT", f"/connectors/{name}/stop")
        until(
            lambda: (
                all(self.statuses()[name][0] == "STOPPED" for name in names)
                and not any(who.rpartition("-")[0] in names for who in self.statuses())
            ),
            lambda: f"{self._seen()}\n{self.log}",
        )

    def await_delivery(self, topic: str, records: int) -> None:
        """Wait until sinks got so many different records of a topic."""
        until(
            lambda: self.sequences.got(topic) >= records,
            lambda: f"{self.sequences.got(topic)} of {records} records\n{self.log}",
        )

    @property
    def log(self) -> str:
        """Ends of all logs, without what was asked through REST."""
        ends = (f"--- {worker.id} running={worker.is_running}\n{_end_of(worker.log)}" for worker in self.workers)
        return "\n".join(ends)

    def close(self) -> None:
        """End all at once."""
        for worker in self.workers:
            worker.kill()
            worker.http.close()

    def _seen(self) -> object:
        try:
            return self.statuses()
        except (httpx.TransportError, AssertionError) as error:
            return error


def _end_of(log: str) -> str:
    return "\n".join([line for line in log.splitlines() if "(connect_runtime.access)" not in line][-30:])


def _is_settled(statuses: Mapping[str, tuple[str, str]], expected: set[str], workers: set[str]) -> bool:
    if statuses.keys() != expected or any(state != "RUNNING" for state, _ in statuses.values()):
        return False
    tasks = [worker for who, (_, worker) in statuses.items() if who.rpartition("-")[2].isdecimal()]
    connectors = [worker for who, (_, worker) in statuses.items() if not who.rpartition("-")[2].isdecimal()]
    return all(_is_spread(each, workers) for each in (tasks, connectors))


def _is_spread(held_by: Sequence[str], workers: set[str]) -> bool:
    counts = Counter(dict.fromkeys(workers, 0))
    counts.update(held_by)
    return counts.keys() == workers and max(counts.values()) - min(counts.values()) <= 1


def _last_assignment(log: str) -> int:
    """Generation of the last assignment that was published, -1 for none."""
    _, found, rest = log.rpartition("Assignment ")
    return int(rest.partition(":")[0]) if found else -1
