"""An embedded broker in a process of its own, for any test that needs one."""

import os
import signal
import sys
from pathlib import Path

from tests.support.owned_process import OwnedProcess

__all__ = ["EmbeddedBrokerProcess"]


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
        self._process = OwnedProcess("the broker", folder.with_name(f"{folder.name}.log"))

    @property
    def bootstrap_servers(self) -> str:
        """Where it listens; it must have been started once."""
        if self._port == 0:
            raise RuntimeError("the broker was not started")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Its process id; it must be running."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote, over all starts."""
        return self._process.log

    def start(self) -> "EmbeddedBrokerProcess":
        """Start it and wait until it can be connected to."""
        read_end, write_end = os.pipe()
        command = [
            *(sys.executable, "-m", "connect_runtime.broker", "--dir", str(self.folder)),
            *("--listen", f"127.0.0.1:{self._port}", "--ready-fd", str(write_end), "--exit-with-parent"),
            *self._options,
        ]
        self._process.start(command, pass_fds=(write_end,))
        os.close(write_end)
        with os.fdopen(read_end, encoding="utf-8") as ready:
            address = ready.readline()
        if not address:
            self._process.end(signal.SIGKILL)
            raise RuntimeError(f"the broker did not start:\n{self.log}")
        self._port = int(address.rpartition(":")[2])
        return self

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._process.end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order. Does nothing when it does not run."""
        self._process.end(signal.SIGTERM)

    def orphan(self) -> int:
        """Let it notice what the end of this process would look like, and wait until it ended; its exit code."""
        return self._process.orphan()

    def pause(self) -> None:
        """Hold it up: connections stay open and nothing is answered."""
        self._process.pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._process.resume()

    def __enter__(self) -> "EmbeddedBrokerProcess":
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()
