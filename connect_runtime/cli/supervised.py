"""A worker's line to the process that supervises it, if there is one."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread

__all__ = ["LINE_VARIABLE", "SupervisorLine"]

LINE_VARIABLE = "CONNECT_RUNTIME_SUPERVISOR_FD"
"""Tells a worker which of its file descriptors the line is."""


class SupervisorLine:
    """Tells the supervisor that the worker is up, and the worker that the supervisor is gone, however it ended.

    Args:
        line: A connected socket; ``None`` for a worker that nobody supervises.
    """

    def __init__(self, line: socket.socket | None) -> None:
        self._line = line

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> SupervisorLine:
        """The line that the environment names."""
        number = environ.get(LINE_VARIABLE)
        if number is None:
            return cls(None)
        line = socket.socket(fileno=int(number))
        line.set_inheritable(False)  # processes that the worker starts would keep it open
        return cls(line)

    def watch(self) -> None:
        """From now on end this process in order, as by SIGTERM, when the supervisor is gone."""
        if self._line is not None:
            Thread(target=_end_with, args=[self._line], name="supervisor-watch", daemon=True).start()

    def tell_url(self, url: str) -> None:
        """The worker is up and answers there."""
        if self._line is not None:
            with suppress(OSError):  # the supervisor is gone: `watch` ends this process
                self._line.sendall(f"{url}\n".encode())


def _end_with(line: socket.socket) -> None:
    with suppress(OSError):
        while line.recv(1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
