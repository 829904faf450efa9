"""A worker is killed in the middle of transactions; whoever reads committed records sees each line once, in order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.exactly_once import texts
from tests.support.worker_process import WorkerProcess

SEED = random.randrange(1_000_000)
KILLS = 2
PART = 400

NewWorker = Callable[[str], WorkerProcess]


@pytest.fixture
def new_worker(tmp_path: Path) -> Iterator[NewWorker]:
    """Makes a worker with exactly-once support on a broker, not started yet."""
    with ExitStack() as stack:

        def make(bootstrap: str) -> WorkerProcess:
            group = f"{tmp_path.name}-{SEED}"
            keys = {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "exactly.once.source.support": "enabled",
                "key.converter": "org.apache.kafka.connect.storage.StringConverter",
                "value.converter": "org.apache.kafka.connect.storage.StringConverter",
                "task.shutdown.graceful.timeout.ms": "15000",
            }
            for kind in ("config", "offset", "status"):
                keys[f"{kind}.storage.topic"] = f"{group}-{kind}"
                keys[f"{kind}.storage.replication.factor"] = "1"
            worker = WorkerProcess(tmp_path / "worker", keys)
            stack.callback(worker.close)
            return worker

        yield make


class Lines:
    """A file that grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def add(self, number: int) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(f"line {n}\n" for n in range(self.count, self.count + number))
        self.count += number

    @property
    def all(self) -> list[str]:
        return [f"line {n}" for n in range(self.count)]


def source(lines: Lines, topic: str, interval_ms: int) -> dict[str, str]:
    return {
        "connector.class": "FileStreamSource",
        "file": str(lines.path),
        "topic": topic,
        "batch.size": "20",
        "transaction.boundary": "interval",
        "transaction.boundary.interval.ms": str(interval_ms),
    }


@pytest.mark.timeout(300)
def test_lines_of_a_transaction_that_a_kill_left_open_are_seen_once(
    bootstrap: str, name: str, new_worker: NewWorker, tmp_path: Path
) -> None:
    lines = Lines(tmp_path / "lines.txt")
    lines.add(PART)
    worker = new_worker(bootstrap).start()
    worker.create("lines", source(lines, name, interval_ms=3_600_000))
    assert texts(bootstrap, name, lines.all[-1], isolation="read_uncommitted") == lines.all
    worker.kill()
    lines.add(PART)
    worker.start()
    sent = texts(bootstrap, name, lines.all[-1], isolation="read_uncommitted")
    assert sent == lines.all[:PART] + lines.all, "the second worker began anew"
    assert worker.http.put("/connectors/lines/pause").is_success
    worker.await_state("lines", "PAUSED")
    assert texts(bootstrap, name, lines.all[-1]) == lines.all


@pytest.mark.timeout(300)
def test_lines_are_seen_once_and_in_order_however_often_the_worker_is_killed(
    bootstrap: str, name: str, new_worker: NewWorker, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    lines = Lines(tmp_path / "lines.txt")
    lines.add(PART)
    worker = new_worker(bootstrap).start()
    worker.create("lines", source(lines, name, interval_ms=100))
    for _ in range(KILLS):
        end = time.monotonic() + chance.uniform(0.5, 2.0)
        while time.monotonic() < end:
            lines.add(PART)
            time.sleep(0.05)
        worker.kill()
        worker.start()
    worker.await_state("lines", "RUNNING")
    lines.add(PART)
    assert texts(bootstrap, name, lines.all[-1]) == lines.all, f"seed {SEED}"
