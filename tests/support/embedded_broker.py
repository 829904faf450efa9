"""An embedded broker in a process of its own, for any test that needs one."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

__all__ = ["EmbeddedBrokerProcess"]

_START_S = 20.0
_STOP_S = 10.0


class EmbeddedBrokerProcess:
    """Runs `python -m connect_runtime.broker` on a folder. Start, kill and start again as often as wanted.

    The first start takes any free port; later ones take the same again, so that clients find the broker back. The
    broker also ends when the process of the test does.

    Args:
        folder: The broker's folder.
        options: More command line options, for example `("--set", "num.partitions=3")`.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where it listens; it must have been started once."""
        if self._port == 0:
            raise RuntimeError("the broker was not started")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Its process id; it must be running."""
        if self._process is None:
            raise RuntimeError("the broker is not running")
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote to standard error, over all starts."""
        return self._log_path.read_text(encoding="utf-8")

    def start(self) -> "EmbeddedBrokerProcess":
        """Start it and wait until it can be connected to."""
        read_end, write_end = os.pipe()
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "connect_runtime.broker", "--dir", str(self.folder)),
                    *("--listen", f"127.0.0.1:{self._port}", "--ready-fd", str(write_end), "--exit-with-parent"),
                    *self._options,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(write_end,),
            )
        os.close(write_end)
        with os.fdopen(read_end, encoding="utf-8") as ready:
            address = ready.readline()
        if not address:
            self._process.wait(_START_S)
            self._close()
            raise RuntimeError(f"the broker did not start:\n{self.log}")
        self._port = int(address.rpartition(":")[2])
        return self

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order. Does nothing when it does not run."""
        self._end(signal.SIGTERM)

    def __enter__(self) -> "EmbeddedBrokerProcess":
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def _log_path(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_S)
            raise
        finally:
            self._close()

    def _close(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
