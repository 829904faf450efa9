"""The broker dies, cannot come back, or has no space left: the worker stays up, says so, and loses nothing."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.integration.worker.processes import no_traceback
from tests.support.brokers import Broker
from tests.support.worker_process import WorkerProcess, on_broker

LINES = 20_000
# Tasks are to wait for the broker rather than stop because their worker is not seen in its group.
PATIENT = {"session.timeout.ms": "60000"}


def eventually(claim: Callable[[], bool], worker: WorkerProcess, timeout_s: float = 20.0) -> None:
    """Wait until ``claim`` holds; the test fails with the worker's log when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < deadline, worker.log[-4000:]
        time.sleep(0.02)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@contextmanager
def piping(folder: Path, keys: Mapping[str, str] | None = None) -> Iterator[tuple[WorkerProcess, Path, Path]]:
    """A worker that copies a file through a topic to another: the worker, the two files."""
    source, target = folder / "source.txt", folder / "target.txt"
    source.write_text("first\n", encoding="utf-8")
    topic = f"piped-{uuid4()}"
    with WorkerProcess(folder / "worker", {**(keys or {}), **PATIENT}) as worker:
        worker.create("in", {"connector.class": "FileStreamSource", "topic": topic, "file": str(source)})
        worker.create("out", {"connector.class": "FileStreamSink", "topics": topic, "file": str(target)})
        eventually(lambda: lines(target) == ["first"], worker)
        yield worker, source, target


@pytest.fixture
def piped(tmp_path: Path) -> Iterator[tuple[WorkerProcess, Path, Path]]:
    with piping(tmp_path) as scene:
        yield scene


def add(path: Path, first: int, count: int = LINES) -> list[str]:
    """Add numbered lines to a file."""
    added = [f"line {n} {'x' * 100}" for n in range(first, first + count)]
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in added))
    return added


def states(worker: WorkerProcess, name: str) -> list[str]:
    status = worker.status(name)
    return [] if status is None else [status["connector"]["state"], *(task["state"] for task in status["tasks"])]


def test_a_broker_that_dies_is_started_again_and_tasks_go_on(piped: tuple[WorkerProcess, Path, Path]) -> None:
    worker, source, target = piped
    before = worker.broker_pid()
    worker.kill_broker()
    expected = {"first", *add(source, 0)}
    eventually(lambda: "The embedded broker is up again" in worker.log, worker)
    assert worker.broker_pid() != before
    eventually(lambda: set(lines(target)) == expected, worker)
    assert "The embedded broker ended with SIGKILL and is started again" in worker.log
    assert states(worker, "in") == ["RUNNING", "RUNNING"]
    assert states(worker, "out") == ["RUNNING", "RUNNING"]
    assert worker.http.get("/health").json()["status"] == "healthy"
    assert no_traceback(worker.log)


def test_health_says_that_the_broker_is_away_until_it_is_back(piped: tuple[WorkerProcess, Path, Path]) -> None:
    worker, source, target = piped
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        os.kill(worker.broker_pid(), 9)
        # Its port goes to somebody else before it is started again.
        eventually(lambda: bound(squatter, worker.broker_port), worker)
        squatter.listen()
        expected = {"first", *add(source, 0)}

        def is_unhealthy() -> bool:
            answer = worker.http.get("/health")
            return answer.status_code == 500 and "The Kafka brokers cannot be used" in answer.json()["message"]

        eventually(is_unhealthy, worker)
        refusal = f"cannot listen on {worker.bootstrap_servers}: another process has this port"
        eventually(lambda: refusal in worker.log, worker)
        assert worker.http.get("/connectors").json() == ["in", "out"]
        assert states(worker, "in") == ["RUNNING", "RUNNING"]
    eventually(lambda: worker.http.get("/health").status_code == 200, worker)
    eventually(lambda: set(lines(target)) == expected, worker)
    assert no_traceback(worker.log)


def test_a_broker_elsewhere_that_dies_is_waited_for(mortal_broker: Broker, tmp_path: Path) -> None:
    with piping(tmp_path, on_broker(mortal_broker.bootstrap_servers, f"waits-{uuid4()}")) as (worker, source, target):
        mortal_broker.kill()
        expected = {"first", *add(source, 0)}
        eventually(lambda: worker.http.get("/health").status_code == 500, worker, timeout_s=40.0)
        assert "The Kafka brokers cannot be used" in worker.http.get("/health").json()["message"]
        assert worker.http.get("/connectors").json() == ["in", "out"]
        assert states(worker, "in") == ["RUNNING", "RUNNING"]
        mortal_broker.start()
        eventually(lambda: worker.http.get("/health").status_code == 200, worker, timeout_s=40.0)
        eventually(lambda: set(lines(target)) == expected, worker, timeout_s=40.0)
        assert no_traceback(worker.log)


def bound(sock: socket.socket, port: int) -> bool:
    try:
        sock.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def test_a_broker_without_space_says_so_and_goes_on_when_there_is_some(piped: tuple[WorkerProcess, Path, Path]) -> None:
    worker, source, target = piped
    broker = worker.broker_pid()
    _, most = resource.prlimit(broker, resource.RLIMIT_FSIZE)
    # No file of that process may grow any more, which is what a full disk means to it.
    resource.prlimit(broker, resource.RLIMIT_FSIZE, (1024 * 1024, most))
    expected = {"first", *add(source, 0)}
    eventually(lambda: f"the log in {worker.folder / 'broker'} cannot be written" in worker.log, worker)
    assert "free space on that disk" in worker.log
    assert worker.http.get("/health").status_code == 200
    assert states(worker, "in") == ["RUNNING", "RUNNING"]
    resource.prlimit(broker, resource.RLIMIT_FSIZE, (most, most))
    eventually(lambda: set(lines(target)) == expected, worker, timeout_s=40.0)
    assert worker.broker_pid() == broker
    assert no_traceback(worker.log)


def test_a_sink_without_space_tries_again_and_is_named_with_its_file(worker: WorkerProcess, tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_text("a\n", encoding="utf-8")
    worker.create("full-in", {"connector.class": "FileStreamSource", "topic": "full", "file": str(source)})
    worker.create("full-out", {"connector.class": "FileStreamSink", "topics": "full", "file": "/dev/full"})
    eventually(lambda: "Cannot write 2 bytes to /dev/full: No space left on device" in worker.log, worker)
    assert "Sink task full-out-0 could not deliver a batch of 1 record and tries it again in" in worker.log
    assert states(worker, "full-out") == ["RUNNING", "RUNNING"]
    assert worker.http.delete("/connectors/full-out").status_code == 204
    assert no_traceback(worker.log)
