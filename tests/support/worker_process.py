"""A worker in a process of its own, with an embedded broker beside it or on another, looked at from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

__all__ = ["WorkerProcess", "free_port", "free_ports", "on_broker"]

START_S = 60.0  # of which a busy machine may need most
STOP_S = 20.0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on now."""
    while True:
        first = free_port()
        with contextlib.suppress(OSError, OverflowError), contextlib.ExitStack() as probes:
            for port in range(first, first + count):
                probes.enter_context(socket.create_server(("127.0.0.1", port)))
            return first


def on_broker(bootstrap_servers: str, group_id: str) -> dict[str, str]:
    """Properties of a worker whose broker runs already: its group and its topics, which go by the group's name."""
    json = "org.apache.kafka.connect.json.JsonConverter"
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": group_id,
        **{f"{kind}.storage.topic": f"{group_id}-{kind}" for kind in ("config", "offset", "status")},
        **{f"{kind}.storage.replication.factor": "1" for kind in ("config", "offset", "status")},
        **dict.fromkeys(("key.converter", "value.converter"), json),
    }


class WorkerProcess:
    """Runs ``connect-runtime worker``. Start, kill and start again as often as wanted; ports and data stay.

    Args:
        folder: Where its configuration, log and data are.
        properties: Keys on top of those that the embedded broker and free ports need; `on_broker` has those for
            another broker.
        environment: Variables on top of this process's.
        workers: Value of ``--workers``; ``None`` for one worker that nobody supervises.
        host: Address under which others find its REST API.
        runner: Command in front of the worker's, which has to become it.
    """

    def __init__(
        self,
        folder: Path,
        properties: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        workers: int | None = None,
        host: str = "127.0.0.1",
        runner: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.rest_port = free_ports(workers or 1)
        self._options = () if workers is None else ("--workers", str(workers))
        self.broker_port = free_port()
        self.url = f"http://{host}:{self.rest_port}"
        self._runner = runner
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, "PYTHONFAULTHANDLER": "1", **(environment or {})}
        folder.mkdir(parents=True, exist_ok=True)
        keys = {
            "bootstrap.servers": f"embedded:{folder / 'broker'}",
            "embedded.listen": f"127.0.0.1:{self.broker_port}",
            "listeners": self.url,
            "offset.flush.interval.ms": "1000",
            **(properties or {}),
        }
        is_embedded = keys["bootstrap.servers"].startswith("embedded")
        self._bootstrap_servers = f"127.0.0.1:{self.broker_port}" if is_embedded else keys["bootstrap.servers"]
        self.config_file = folder / "worker.properties"
        self.config_file.write_text("".join(f"{key}={value}\n" for key, value in keys.items()), encoding="utf-8")
        self.http = httpx.Client(base_url=self.url, timeout=100.0)

    @property
    def bootstrap_servers(self) -> str:
        """Address of its broker, the embedded one or that of its properties."""
        return self._bootstrap_servers

    @property
    def log(self) -> str:
        """What it wrote, over all starts."""
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        """Its process id; it must be running."""
        if self._process is None:
            raise RuntimeError("the worker is not running")
        return self._process.pid

    def broker_pid(self) -> int:
        """Process id of its embedded broker, waiting for one that is being started again."""
        return self._await_children("connect_runtime.broker", 1)[0]

    def worker_pids(self, count: int) -> list[int]:
        """Process ids of workers that it supervises, waiting until there are so many."""
        return self._await_children("connect_runtime.cli", count)

    def start(self) -> WorkerProcess:
        """Start it and wait until REST answers; it does not go on running when that takes too long."""
        self.launch()
        try:
            self.await_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def launch(self, log_fd: int | None = None) -> None:
        """Start it.

        Args:
            log_fd: Where its log goes; ``None`` for the file that `log` reads.
        """
        command = [sys.executable, "-m", "connect_runtime.cli"]
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._runner, *command, "worker", *self._options, str(self.config_file)],
                stdin=subprocess.DEVNULL,
                stdout=log_fd or log,
                stderr=log_fd or log,
                env=self._environment,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        """Wait until REST answers."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"the worker ended with {self._process.returncode}:\n{self.log[-4000:]}")
            with contextlib.suppress(httpx.TransportError):
                if self.http.get("/").status_code == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the worker does not answer:\n{self.log[-4000:]}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it in order; its exit code.

        Args:
            number: The signal. As a terminal does, SIGINT and SIGHUP go to every process of its group.
        """
        return self._end(number)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would; its broker ends by itself."""
        self._end(signal.SIGKILL)

    def kill_broker(self) -> None:
        """End its broker with SIGKILL; the worker starts another."""
        os.kill(self.broker_pid(), signal.SIGKILL)

    def create(self, name: str, config: Mapping[str, str]) -> dict[str, Any]:
        """Create a connector; fails the test when that is refused."""
        answer = self.http.post("/connectors", json={"name": name, "config": dict(config)})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def status(self, name: str) -> dict[str, Any] | None:
        """A connector's status, ``None`` while there is none."""
        answer = self.http.get(f"/connectors/{name}/status")
        return dict(answer.json()) if answer.status_code == 200 else None

    def await_state(self, name: str, state: str, *, tasks: int = 1, timeout_s: float = 20.0) -> dict[str, Any]:
        """Wait until a connector and that many tasks have a state; the status."""
        deadline = time.monotonic() + timeout_s
        status: dict[str, Any] | None = None
        while time.monotonic() < deadline:
            status = self.status(name)
            if status is not None:
                states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
                if len(states) == tasks + 1 and set(states) == {state}:
                    return status
            time.sleep(0.05)
        raise AssertionError(f"{name} is not {state}: {status}\n{self.log[-4000:]}")

    def __enter__(self) -> WorkerProcess:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End it in order, for good."""
        try:
            self.stop()
        finally:
            self.http.close()

    @property
    def _log_path(self) -> Path:
        return self.folder / "worker.log"

    def _await_children(self, module: str, count: int) -> list[int]:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            # A child belongs to the thread that started it.
            lists = Path(f"/proc/{self.pid}/task").glob("*/children")
            children = [int(child) for each in lists for child in each.read_text(encoding="ascii").split()]
            found = [child for child in children if module in _command_line(child)]
            if len(found) == count:
                return sorted(found)
            time.sleep(0.02)
        raise RuntimeError(f"the worker has not {count} processes of {module}")

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if number in (signal.SIGINT, signal.SIGHUP):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)
            raise


def _command_line(pid: int) -> str:
    """Empty for a process that is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    return ""
