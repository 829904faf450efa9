"""The embedded broker beside a worker: started before it, kept alive, stopped after it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Lock, Thread

from connect_runtime.errors import StartupError

__all__ = ["EmbeddedBroker"]

logger = logging.getLogger(__name__)
STOP_TIMEOUT_S = 10.0
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0


class EmbeddedBroker:
    """Runs the broker's process and starts it again, on the same address, when it ends by itself.

    The process ends with this one, however that ends: it watches the pipe that is its standard input.

    Args:
        folder: The broker's folder.
        listen: ``HOST:PORT``; port 0 takes a free one, the same again at later starts.
        options: Further command line options of the broker.
    """

    def __init__(self, folder: Path, listen: str, options: Sequence[str] = ()) -> None:
        self._folder = folder
        self._listen = listen
        self._options = list(options)
        self._process: subprocess.Popen[str] | None = None
        self._ready_fd: int | None = None
        self._lock = Lock()
        self._stopping = Event()
        self._watcher = Thread(target=self._watch, name="embedded-broker-watch", daemon=True)

    def launch(self) -> None:
        """Start the process; returns at once. `await_ready` tells when it can be used."""
        read_end, write_end = os.pipe()
        command = [
            *(sys.executable, "-m", "connect_runtime.broker", "--dir", str(self._folder), "--listen", self._listen),
            *("--ready-fd", str(write_end), "--exit-with-parent", *self._options),
        ]
        with self._lock:
            self._process = subprocess.Popen(  # noqa: S603  # our own module with our own arguments
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(write_end,),
                text=True,
                # Ctrl-C goes to the whole foreground group: the broker must outlive the worker's last commits.
                start_new_session=True,
            )
        os.close(write_end)
        self._ready_fd = read_end

    def await_ready(self) -> str:
        """Wait until the broker answers; its ``HOST:PORT``.

        Raises:
            StartupError: It did not start; the message is the broker's.
        """
        address = self._read_address()
        self._listen = address
        self._watcher.start()
        return address

    def stop(self) -> None:
        """End the process and wait for it; may be called again."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _read_address(self) -> str:
        process = self._process
        if process is None or self._ready_fd is None:
            raise StartupError("The embedded broker was not launched")
        with os.fdopen(self._ready_fd) as ready:
            address = ready.readline().strip()
        self._ready_fd = None
        if address:
            self._forward_log(process)
            return address
        _, complaint = process.communicate(timeout=STOP_TIMEOUT_S)
        raise StartupError(complaint.strip() or f"The embedded broker ended with code {process.returncode}")

    def _forward_log(self, process: subprocess.Popen[str]) -> None:
        """Pass on what the broker says, line by line."""

        def forward() -> None:
            if process.stderr is not None:
                for line in process.stderr:
                    logger.warning("broker: %s", line.rstrip())

        Thread(target=forward, name="embedded-broker-log", daemon=True).start()

    def _watch(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not self._stopping.is_set():
            process = self._process
            if process is None:
                return
            code = process.wait()
            if self._stopping.wait(backoff_s):
                return
            logger.error("The embedded broker ended with code %s and is started again on %s", code, self._listen)
            try:
                self.launch()
                self._read_address()
                backoff_s = FIRST_BACKOFF_S
            except StartupError as error:
                logger.error("The embedded broker does not start: %s", error)
                backoff_s = min(backoff_s * 2, LONGEST_BACKOFF_S)
