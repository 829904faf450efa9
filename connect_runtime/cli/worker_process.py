"""The process of one of several workers: started, listened to, started again, stopped."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import IO

from connect_runtime.cli.ending import how_it_ended
from connect_runtime.cli.restarts import Restarts
from connect_runtime.cli.supervised import LINE_VARIABLE
from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError, ExitCode, StartupError

__all__ = ["WorkerProcess"]

logger = logging.getLogger(__name__)
LAST_LINES = 30
LAST_WORDS_S = 2.0
COMPLAINT = "Error: "


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int
    up_s: float | None
    complaint: str


class WorkerProcess:
    """Runs ``connect-runtime worker``, and starts it again when it ends by itself.

    The process ends with this one, however that ends. What it says is passed on to standard error.

    Args:
        number: Counts from 1; stands before all that the worker says.
        config_file: The worker's file.
        environ: Its environment.
        clock: Tells how long it was up.
    """

    def __init__(self, number: int, config_file: Path, environ: Mapping[str, str], clock: Clock) -> None:
        self._number = number
        self._command = [sys.executable, "-m", "connect_runtime.cli", "worker", str(config_file)]
        self._environ = dict(environ)
        self._clock = clock
        self._process: subprocess.Popen[str] | None = None
        self._failure: ConnectError | None = None
        self._lock = Lock()
        self._stopping = Event()
        self._thread = Thread(target=self._supervise, name=f"worker-{number}-watch", daemon=True)

    @property
    def failure(self) -> ConnectError | None:
        """Why the worker is not started again, ``None`` while it runs or will run."""
        return self._failure

    def start(self) -> None:
        """Start the process soon; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the process to end in order; returns at once, `join` waits."""
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def join(self, timeout_s: float) -> None:
        """Wait until the process has ended; one that takes longer is killed."""
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            return
        logger.warning("Worker %d did not end in time and is killed", self._number)
        with self._lock:
            if self._process is not None:
                self._process.kill()
        self._thread.join()

    def _supervise(self) -> None:
        restarts = Restarts()
        while not self._stopping.wait(restarts.backoff_s):
            try:
                ended = self._run()
            except OSError as error:
                ended = _Ended(ExitCode.USAGE, None, f"its process cannot be started: {error}")
            if self._stopping.is_set():
                return
            restarts = restarts.after(ended.up_s)
            if restarts.is_hopeless:
                self._failure = self._verdict(restarts, ended)
                return
            what = f"Worker {self._number} ended with {how_it_ended(ended.code)}"
            logger.warning("%s and is started again in %g s", what, restarts.backoff_s)

    def _run(self) -> _Ended:
        """Run the process until it ends."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = self._launched(theirs)
            said: deque[str] = deque(maxlen=LAST_LINES)
            output = Thread(target=self._pass_on, args=[process.stdout, said], name="worker-output", daemon=True)
            output.start()
            up_since_s = self._await_up(ours)
            code = process.wait()
        up_s = None if up_since_s is None else self._clock.monotonic() - up_since_s
        output.join(LAST_WORDS_S)
        return _Ended(code, up_s, _complaint(said))

    def _launched(self, line: socket.socket) -> subprocess.Popen[str]:
        with self._lock:
            process = self._process = subprocess.Popen(  # noqa: S603  # our own program, and a file that the user named
                self._command,
                env={**self._environ, LINE_VARIABLE: str(line.fileno())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(line.fileno(),),
                encoding="utf-8",
                errors="replace",
                # Ctrl-C goes to the whole foreground group: it is for this process to say when workers end.
                start_new_session=True,
            )
            if self._stopping.is_set():
                process.terminate()
        return process

    def _await_up(self, line: socket.socket) -> float | None:
        """When the worker came up; ``None`` when it ended before."""
        with line.makefile(encoding="utf-8") as told:
            url = told.readline().strip()
        if not url:
            return None
        logger.info("Worker %d answers on %s", self._number, url)
        return self._clock.monotonic()

    def _pass_on(self, output: IO[str], said: deque[str]) -> None:
        with output:
            for line in output:
                said.append(line.rstrip("\n"))
                with suppress(OSError):  # nobody reads any more; the worker must not block for that
                    sys.stderr.write(f"worker {self._number} | {said[-1]}\n")

    def _verdict(self, restarts: Restarts, ended: _Ended) -> StartupError:
        known = ended.code in {code.value for code in ExitCode if code is not ExitCode.OK}
        return StartupError(
            f"Worker {self._number} ended {restarts.failed_starts} times before it was up, the last time with "
            f"{how_it_ended(ended.code)}: {ended.complaint}",
            exit_code=ExitCode(ended.code) if known else ExitCode.USAGE,
        )


def _complaint(said: Iterable[str]) -> str:
    """What a process that ended gave as its reason, else the last that it said."""
    lines = [line for line in said if line.strip()]
    starts = [n for n, line in enumerate(lines) if line.startswith(COMPLAINT)]
    if starts:
        return "\n".join(lines[starts[-1] :]).removeprefix(COMPLAINT)
    return lines[-1] if lines else "it said nothing"
