"""The embedded broker beside a worker: started before it, kept alive, stopped after it."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Event, Lock, Thread

from connect_runtime.cli.ending import how_it_ended
from connect_runtime.errors import StartupError

__all__ = ["EmbeddedBroker"]

logger = logging.getLogger(__name__)
STOP_TIMEOUT_S = 10.0
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0
COMPLAINT = "connect-runtime broker: "
LOG_LINE = re.compile(r"\S+ \S+ (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<name>\S+): (?P<text>.*)")
KEYS = {
    "--dir": "bootstrap.servers=embedded:FOLDER",
    "--listen ": "embedded.listen=",
    "add --allow-remote": "run connect-runtime broker --allow-remote by itself and name it in bootstrap.servers",
}
"""The broker's options as the worker's configuration calls them."""


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
        """Start the process, unless it is being stopped; returns at once. `await_ready` tells when it can be used.

        Raises:
            StartupError: The system does not let it start.
        """
        read_end, write_end = os.pipe()
        command = [
            *(sys.executable, "-m", "connect_runtime.broker", "--dir", str(self._folder), "--listen", self._listen),
            *("--ready-fd", str(write_end), "--exit-with-parent", *self._options),
        ]
        try:
            with self._lock:
                if self._stopping.is_set():
                    os.close(read_end)
                    return
                self._ready_fd = read_end
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
        except OSError as error:
            os.close(read_end)
            self._ready_fd = None
            raise StartupError(f"The embedded broker's process cannot be started: {error}") from error
        finally:
            os.close(write_end)

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
            logger.warning(
                "The embedded broker did not end within %g s and is killed; it loses nothing", STOP_TIMEOUT_S
            )
            process.kill()
            process.wait()

    def _read_address(self) -> str:
        process, ready_fd, self._ready_fd = self._process, self._ready_fd, None
        if process is None or ready_fd is None:
            raise StartupError("The embedded broker was not launched")
        with os.fdopen(ready_fd) as ready:
            address = ready.readline().strip()
        if not address:
            raise StartupError(
                f"The embedded broker (bootstrap.servers=embedded:{self._folder}, embedded.listen={self._listen}) "
                f"does not start: {self._complaint(process)}"
            )
        if process.stderr is not None:
            lines = process.stderr
            Thread(target=lambda: _pass_on(lines), name="embedded-broker-log", daemon=True).start()
        return address

    def _complaint(self, process: subprocess.Popen[str]) -> str:
        """Why a broker that is not ready ended, in one line."""
        try:
            _, said = process.communicate(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
        logger.debug("The embedded broker said:\n%s", said)
        lines = [line for line in said.splitlines() if line.strip()]
        text = next(
            (line for line in lines if line.startswith(COMPLAINT)),
            lines[-1] if lines else how_it_ended(process.returncode),
        )
        for option, key in KEYS.items():
            text = text.replace(option, key)
        return text.removeprefix(COMPLAINT)

    def _watch(self) -> None:
        backoff_s, complaint = FIRST_BACKOFF_S, ""
        while (process := self._process) is not None:
            process.wait()
            if self._stopping.wait(backoff_s):
                return
            if not complaint:
                logger.warning(
                    "The embedded broker ended with %s and is started again", how_it_ended(process.returncode)
                )
            try:
                self.launch()
                self._read_address()
            except StartupError as error:
                if self._stopping.is_set():
                    return
                if str(error) != complaint:
                    logger.error("%s. Trying again every few seconds", str(error).rstrip("."))
                complaint, backoff_s = str(error), min(backoff_s * 2, LONGEST_BACKOFF_S)
            else:
                logger.info("The embedded broker is up again on %s", self._listen)
                backoff_s, complaint = FIRST_BACKOFF_S, ""


def _pass_on(lines: Iterable[str]) -> None:
    """Log what the broker says as if it had been said here."""
    for line in lines:
        said = LOG_LINE.fullmatch(line.rstrip())
        if said is None:
            logger.warning("broker: %s", line.rstrip())
        else:
            logging.getLogger(said["name"]).log(logging.getLevelNamesMapping()[said["level"]], "%s", said["text"])
