"""A process that a test starts, looks at, and ends or holds up as it likes."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support import ends_with_parent

__all__ = ["OwnedProcess", "ending_with_parent"]

_STOP_S = 30.0


def ending_with_parent(*command: str) -> list[str]:
    """The command that runs ``command``, with the same process id, until its standard input ends."""
    return [sys.executable, "-S", str(ends_with_parent.__file__), *command]


class OwnedProcess:
    """Runs one program, as often as wanted, one at a time. Used by one thread at a time.

    The program's standard input is a pipe that ends when the process of the test does; what the program does then is up
    to it, see `ending_with_parent`.

    Args:
        name: What errors call it, e.g. ``"the broker"``.
        log_path: The file that gets what it writes to standard error and standard output.
    """

    def __init__(self, name: str, log_path: Path) -> None:
        self._name = name
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id; it must be running."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself since it was started."""
        return self._process is not None and self._process.poll() is not None

    @property
    def log(self) -> str:
        """What it wrote, over all starts."""
        return self._log_path.read_text(encoding="utf-8", errors="replace") if self._log_path.exists() else ""

    def start(self, command: Sequence[str], *, pass_fds: tuple[int, ...] = ()) -> None:
        """Start it and return at once.

        Args:
            command: Program and arguments.
            pass_fds: Open files that it inherits.
        """
        if self._process is not None:
            raise RuntimeError(f"{self._name} runs already")
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=pass_fds)

    def end(self, number: signal.Signals) -> None:
        """Send a signal that ends it and wait until it has. Does nothing when it does not run."""
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.send_signal(signal.SIGCONT)  # a paused one would not notice
        self._await_end()

    def orphan(self) -> int:
        """End its standard input, as the end of this process would, and wait until it has ended; its exit code."""
        _close_stdin(self._running())
        return self._await_end()

    def pause(self) -> None:
        """Hold it up, as a machine that hangs would."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._running().send_signal(signal.SIGCONT)

    def _await_end(self) -> int:
        process = self._running()
        try:
            return process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_S)
            raise
        finally:
            self._process = None
            _close_stdin(process)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self._name} is not running")
        return self._process


def _close_stdin(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
