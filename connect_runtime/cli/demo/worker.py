"""The demo's worker: ``connect-runtime worker`` in a process of its own, on the embedded broker."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from threading import Event

import httpx

from connect_runtime.errors import StartupError

__all__ = ["DemoWorker"]

_READY_S = 60.0
_STOP_S = 30.0
_TAIL = 2000


class DemoWorker:
    """Runs until the end of a ``with`` block.

    Args:
        folder: Where its configuration, log and data are.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "worker.properties"
        self.log = folder / "worker.log"
        self._data = folder / "broker"
        self._process: subprocess.Popen[bytes] | None = None
        self._rest_port = _free_port(8083)
        self._broker_port = _free_port(9092)

    @property
    def rest(self) -> str:
        """Address of its REST."""
        return f"http://127.0.0.1:{self._rest_port}"

    @property
    def bootstrap_servers(self) -> str:
        """Address of its broker."""
        return f"127.0.0.1:{self._broker_port}"

    def __enter__(self) -> DemoWorker:
        """Start it and wait until REST answers.

        Raises:
            StartupError: It ended, or does not answer.
        """
        self.file.write_text(
            f"bootstrap.servers=embedded:{self._data}\n"
            f"embedded.listen={self.bootstrap_servers}\n"
            f"listeners={self.rest}\n"
            "offset.flush.interval.ms=1000\n",
            encoding="utf-8",
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own module with our own arguments
                [sys.executable, "-m", "connect_runtime.cli", "worker", str(self.file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to the whole foreground group; the demo stops the worker itself.
                start_new_session=True,
            )
        try:
            self._await_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it in order."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def check(self) -> None:
        """See whether it lives. Raises: StartupError."""
        if self._process is not None and self._process.poll() is not None:
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-_TAIL:]
            raise StartupError(f"The demo's worker ended with code {self._process.returncode}. Its log:\n{tail}")

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _READY_S
        pause = Event()
        with httpx.Client(base_url=self.rest) as client:
            while time.monotonic() < deadline:
                self.check()
                with suppress(httpx.TransportError):
                    if client.get("/").is_success:
                        return
                pause.wait(0.02)
        raise StartupError(f"The demo's worker does not answer at {self.rest}; its log is {self.log}")


def _free_port(wish: int) -> int:
    """The port that was wished for, or any other when it is taken."""
    for port in (wish, 0):
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise StartupError("This machine has no free port")
