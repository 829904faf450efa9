"""How a worker ends, whoever asks for it and whatever it is doing; and that nothing is repeated or lost by that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.worker.processes import no_traceback, run_cli, worker_file
from tests.support.plugins.install import plugin_environment
from tests.support.worker_process import WorkerProcess

LINES = 300_000
SOURCE = "FileStreamSource"
SINK = "FileStreamSink"


def eventually(claim: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[WorkerProcess]:
    """A worker that the test may end."""
    keys = {"task.shutdown.graceful.timeout.ms": "2000"}
    with WorkerProcess(tmp_path / "worker", keys, plugin_environment(tmp_path / "plugins")) as running:
        yield running


def count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_worker_that_is_told_to_end_commits_so_that_nothing_comes_twice(
    own: WorkerProcess, tmp_path: Path, number: signal.Signals
) -> None:
    source, target = tmp_path / "source.txt", tmp_path / "target.txt"
    source.write_text("".join(f"{n}\n" for n in range(LINES)), encoding="utf-8")
    own.create("in", {"connector.class": SOURCE, "topic": "t", "file": str(source), "batch.size": "500"})
    own.create("out", {"connector.class": SINK, "topics": "t", "file": str(target)})
    eventually(lambda: count(target) > 0, "nothing arrived")
    broker = own.broker_pid()
    began = time.monotonic()
    assert own.stop(number) == 0
    assert time.monotonic() - began < 10.0
    assert 0 < count(target) < LINES, "the test has to end it while it works"
    assert not Path(f"/proc/{broker}").exists()
    own.start()
    eventually(lambda: count(target) >= LINES, "not everything arrived", 60.0)
    own.await_state("in", "RUNNING")
    own.await_state("out", "RUNNING")
    repeated = [line for line, times in Counter(target.read_text().splitlines()).items() if times > 1]
    assert repeated == []
    assert count(target) == LINES
    assert no_traceback(own.log)


def test_a_second_signal_changes_nothing(own: WorkerProcess) -> None:
    own.create("c", {"connector.class": "ScriptedSource", "topic": "t"})
    own.await_state("c", "RUNNING")
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
        os.kill(own.pid, number)
    assert own.stop() == 0
    assert own.log.count("Stopping: tasks get to finish and commit") == 1
    assert no_traceback(own.log)


def test_a_worker_that_was_killed_takes_its_broker_along_and_comes_up_again_with_its_connectors(
    own: WorkerProcess,
) -> None:
    own.create("running", {"connector.class": "ScriptedSource"})
    own.create("paused", {"connector.class": "ScriptedSource"})
    own.await_state("running", "RUNNING")
    own.await_state("paused", "RUNNING")
    assert own.http.put("/connectors/paused/pause").status_code == 202
    own.await_state("paused", "PAUSED")
    broker = own.broker_pid()
    own.kill()
    eventually(lambda: not Path(f"/proc/{broker}").exists(), "the broker is still there", 10.0)
    began = time.monotonic()
    own.start()
    own.await_state("running", "RUNNING")
    own.await_state("paused", "PAUSED")
    assert time.monotonic() - began < 10.0


def hanging(worker: WorkerProcess, journal: Path, call: str, seen: str) -> None:
    """Create a connector that leaves a thread behind and hangs in a call, and wait until something was called."""
    config = {"connector.class": "ScriptedSource", "hang.in": call, "thread.in": "connector.start"}
    worker.create(journal.name, {**config, "journal": str(journal)})
    eventually(lambda: journal.exists() and seen in journal.read_text(), f"{journal.name}: no {seen}")


def test_plugins_that_hang_do_not_keep_the_worker_from_ending(own: WorkerProcess, tmp_path: Path) -> None:
    hanging(own, tmp_path / "poll", "task.poll", "task 0 poll")
    hanging(own, tmp_path / "task-stop", "task.stop", "task 0 poll")
    hanging(own, tmp_path / "start", "connector.start", "connector start")
    hanging(own, tmp_path / "stop", "connector.stop", "task 0 poll")
    began = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - began < 13.0
    for what in ("Task poll-0", "Task task-stop-0", "Connector start", "Connector stop"):
        assert f"{what} did not stop within" in own.log
        assert f"{what} is UNASSIGNED" in own.log
    assert "Task stop-0 did not stop" not in own.log
    assert "Worker stopped" in own.log
    assert no_traceback(own.log)


def test_a_connector_that_hangs_in_task_configs_does_not_keep_the_worker_from_ending(
    own: WorkerProcess, tmp_path: Path
) -> None:
    own.create("other", {"connector.class": "ScriptedSource"})
    own.await_state("other", "RUNNING")
    hanging(own, tmp_path / "hanging", "connector.task_configs", "connector task_configs")
    began = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - began < 13.0
    assert (
        "The herder does not end and is left behind. The worker is currently generating the tasks of hanging" in own.log
    )
    assert "Task other-0 is UNASSIGNED" in own.log
    assert no_traceback(own.log)


# -- before it is up ---------------------------------------------------------------------------------------------------


def ends(command: list[str], log: Path, *, once: Callable[[], bool]) -> int:
    """Start a worker, send it SIGTERM once something is the case, and wait; its exit code."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "connect_runtime.cli", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        eventually(once, "it did not come so far")
        process.terminate()
        return process.wait(10.0)
    finally:
        process.kill()
        process.wait()


def test_a_worker_that_is_told_to_end_while_its_broker_starts_ends(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    code = ends(["worker", str(worker_file(tmp_path))], log, once=(tmp_path / "broker").exists)
    assert code == 0
    assert log.read_text().count("\n") <= 3
    assert no_traceback(log.read_text())


def test_a_worker_that_is_told_to_end_while_no_broker_answers_ends(tmp_path: Path) -> None:
    keys = {f"{kind}.storage.topic": kind for kind in ("config", "offset", "status")}
    keys |= {"group.id": "g", "key.converter": "JsonConverter", "value.converter": "JsonConverter"}
    log = tmp_path / "worker.log"
    file = worker_file(tmp_path, bootstrap_servers="127.0.0.1:1", **keys)
    code = ends(["worker", str(file)], log, once=lambda: "No Kafka broker can be reached" in log.read_text())
    assert code == 0
    assert "Stopped before the worker was up" in log.read_text()
    assert no_traceback(log.read_text())


# -- standalone, and doing nothing -------------------------------------------------------------------------------------


def test_a_standalone_worker_runs_the_connectors_of_its_files_and_goes_on_where_it_was(tmp_path: Path) -> None:
    source, target = tmp_path / "source.txt", tmp_path / "target.txt"
    source.write_text("a\nb\n", encoding="utf-8")
    reading = tmp_path / "reading.properties"
    reading.write_text(f"name=in\nconnector.class={SOURCE}\ntopic=t\nfile={source}\n", encoding="utf-8")
    writing = tmp_path / "writing.json"
    writing.write_text(
        f'{{"name": "out", "config": {{"connector.class": "{SINK}", "topics": "t", "file": "{target}"}}}}',
        encoding="utf-8",
    )
    command = ["standalone", str(worker_file(tmp_path)), str(reading), str(writing)]
    log = tmp_path / "worker.log"
    assert ends(command, log, once=lambda: count(target) == 2) == 0
    assert "Created connector in of" in log.read_text()
    with source.open("a", encoding="utf-8") as file:
        file.write("c\n")
    assert ends(command, log, once=lambda: count(target) == 3) == 0
    assert target.read_text() == "a\nb\nc\n"
    assert log.read_text().count("Connector in is RUNNING") == 1, "a connector is started once"
    assert no_traceback(log.read_text())


def test_a_damaged_offsets_file_is_not_overwritten(tmp_path: Path) -> None:
    offsets = tmp_path / "offsets"
    offsets.write_text("no offsets", encoding="utf-8")
    ended = run_cli("standalone", worker_file(tmp_path, offset_storage_file_filename=str(offsets)))
    assert ended.code == 3
    assert f"The offsets file {offsets} is damaged or something else" in ended.output
    assert offsets.read_text() == "no offsets"
    assert no_traceback(ended.output)


def test_an_idle_worker_and_its_broker_use_next_to_no_processor_time(worker: WorkerProcess) -> None:
    pids = (worker.pid, worker.broker_pid())
    before = sum(map(ticks, pids))
    time.sleep(3.0)
    used_s = (sum(map(ticks, pids)) - before) / os.sysconf("SC_CLK_TCK")
    assert used_s < 0.3, f"{used_s} s of processor time in 3 s"


def ticks(pid: int) -> int:
    """Clock ticks of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
