"""Several workers on one machine under one command: how they start, are started again, and end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from connect_runtime.cli.worker_process import WorkerProcess as SupervisedWorker
from connect_runtime.clock import SystemClock
from tests.integration.worker.processes import no_traceback, run_cli, worker_file
from tests.support.worker_process import WorkerProcess, free_port, free_ports


def eventually(claim: Callable[[], bool], what: str, timeout_s: float = 40.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def answers(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
    return False


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[WorkerProcess]:
    """Two workers that are up."""
    with WorkerProcess(tmp_path / "pair", workers=2) as running:
        eventually(lambda: up_lines(running) == 2, "not both are up")
        yield running


def up_lines(pair: WorkerProcess) -> int:
    return pair.log.count(" answers on ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_worker_answers_on_its_port_and_all_end_in_order(pair: WorkerProcess, number: signal.Signals) -> None:
    assert answers(pair.rest_port)
    assert answers(pair.rest_port + 1)
    for n in (0, 1):
        assert f"Worker {n + 1} answers on http://127.0.0.1:{pair.rest_port + n}/" in pair.log
    pids = [*pair.worker_pids(2), pair.broker_pid()]
    assert pair.stop(number) == 0
    assert all(map(gone, pids))
    lines = pair.log.splitlines()
    for n in (1, 2):
        assert sum(line.startswith(f"worker {n} | ") and "Worker stopped" in line for line in lines) == 1
    assert "All workers stopped" in lines[-1]
    assert "started again" not in pair.log
    assert no_traceback(pair.log)


def test_a_second_signal_changes_nothing(pair: WorkerProcess) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        os.kill(pair.pid, number)
    assert pair.stop(signal.SIGINT) == 0
    assert pair.log.count("Worker stopped") == 2
    assert no_traceback(pair.log)


def test_a_worker_that_is_killed_is_started_again_on_its_port_and_leaves_the_other_alone(pair: WorkerProcess) -> None:
    before = pair.worker_pids(2)
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: up_lines(pair) == 3, "it is not up again")
    after = pair.worker_pids(2)
    assert len(set(before) & set(after)) == 1
    assert answers(pair.rest_port)
    assert answers(pair.rest_port + 1)
    assert "ended with SIGKILL and is started again in 0.5 s" in pair.log


def test_a_worker_that_was_told_to_end_is_started_again_too(pair: WorkerProcess) -> None:
    os.kill(pair.worker_pids(2)[0], signal.SIGTERM)
    eventually(lambda: up_lines(pair) == 3, "it is not up again")
    assert "ended with exit code 0 and is started again" in pair.log


def test_workers_and_broker_end_with_a_supervisor_that_is_killed(pair: WorkerProcess) -> None:
    pids = [*pair.worker_pids(2), pair.broker_pid()]
    pair.kill()
    eventually(lambda: all(map(gone, pids)), "somebody is still there")


def test_workers_end_with_a_supervisor_that_is_killed_before_they_are_up(tmp_path: Path) -> None:
    keys = {f"{kind}.storage.topic": kind for kind in ("config", "offset", "status")}
    keys |= {"group.id": "g", "key.converter": "JsonConverter", "value.converter": "JsonConverter"}
    pair = WorkerProcess(tmp_path, {**keys, "bootstrap.servers": f"127.0.0.1:{free_port()}"}, workers=2)
    pair.launch()
    eventually(lambda: pair.log.count("No Kafka broker can be reached") >= 2, "they did not come so far")
    pids = pair.worker_pids(2)
    pair.kill()
    eventually(lambda: all(map(gone, pids)), "somebody is still there")


def test_a_worker_that_does_not_end_in_time_is_killed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "connect_runtime.cli.worker_process")
    loaded_by = tmp_path / "worker.properties"
    os.mkfifo(loaded_by)  # it hangs while it reads this
    worker = SupervisedWorker(1, loaded_by, os.environ, SystemClock())
    worker.start()
    with loaded_by.open("w"):
        children = Path(f"/proc/{os.getpid()}/task")
        pid = next(
            int(pid)
            for each in children.glob("*/children")
            for pid in each.read_text().split()
            if reads(pid, loaded_by)
        )
        os.kill(pid, signal.SIGSTOP)
        eventually(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T", "it runs on")
        worker.stop()
        worker.join(0.5)
    assert gone(pid)
    assert worker.failure is None
    assert "Worker 1 did not end in time and is killed" in caplog.text


def reads(pid: str, file: Path) -> bool:
    """Whether a process is the worker of that file; other tests of this run have workers too."""
    return str(file) in Path(f"/proc/{pid}/cmdline").read_text()


def test_nobody_who_reads_the_log_does_not_stop_the_workers(tmp_path: Path) -> None:
    pair = WorkerProcess(tmp_path, workers=1)
    read_end, write_end = os.pipe()
    os.close(read_end)
    pair.launch(log_fd=write_end)
    os.close(write_end)
    try:
        pair.await_ready()
        pid = pair.worker_pids(1)[0]
        assert pair.stop() == 0
        assert gone(pid)
    finally:
        pair.close()


# -- that cannot start -------------------------------------------------------------------------------------------------


def test_a_configuration_that_no_worker_can_start_with_ends_all_after_three_tries(tmp_path: Path) -> None:
    ended = run_cli("worker", "--workers", "2", worker_file(tmp_path, key_converter="JsonConvertor"), timeout_s=90.0)
    assert ended.code == 2, ended.output
    assert "ended 3 times before it was up, the last time with exit code 2" in ended.output.splitlines()[-1]
    assert "Did you mean JsonConverter?" in ended.output.splitlines()[-1]
    assert "Traceback" not in ended.output


def test_a_worker_whose_port_is_taken_takes_the_others_down(tmp_path: Path) -> None:
    first = free_ports(2)
    with socket.create_server(("127.0.0.1", first + 1)):
        file = worker_file(tmp_path, listeners=f"http://127.0.0.1:{first}")
        ended = run_cli("worker", "--workers", "2", file, timeout_s=90.0)
    assert ended.code == 2, ended.output
    last = ended.output.splitlines()[-1]
    assert "Error: Worker 2 ended 3 times before it was up" in last
    assert f"REST API cannot listen on 127.0.0.1:{first + 1}: the port is in use" in last
    assert "worker 1 | " in ended.output
    assert not answers(first)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"listeners": "http://127.0.0.1:8083,http://127.0.0.1:8084"}, "ports 8083 and 8084 are too close"),
        ({"offset_flush_interval_ms": "soon"}, "Invalid value soon"),
        ({"embedded_listen": "nonsense"}, "embedded.listen=nonsense"),
    ],
)
def test_what_is_wrong_for_all_is_said_once(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    ended = run_cli("worker", "--workers", "2", worker_file(tmp_path, **keys))
    assert ended.code == 2, ended.output
    assert said in ended.output
    assert ended.output.count("\n") == 1, ended.output
