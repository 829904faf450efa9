"""Signals that ask the process to end: SIGTERM, Ctrl-C, and the end of its terminal."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["StopRequested", "StopSignals"]


class StopRequested(BaseException):
    """A signal came while something was under way that is not worth finishing. No error, like `KeyboardInterrupt`."""


class StopSignals:
    """Notes that a signal came. Belongs to the main thread, on which Python runs signal handlers.

    Handlers take no lock: the main thread may hold any when one runs. They write to a pipe that `wait` reads.
    """

    def __init__(self) -> None:
        self._came = False
        self._interrupts = False
        self._wake_fd, self._write_fd = os.pipe()
        os.set_blocking(self._write_fd, False)

    def install(self) -> None:
        """Take the signals from now on; another one while the process ends changes nothing."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # Under nohup it is ignored, and has to stay so.
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            signal.signal(signal.SIGHUP, self._on_signal)

    def wait(self, timeout_s: float) -> bool:
        """Wait for a signal; whether one has come."""
        if not self._came:
            select.select([self._wake_fd], [], [], timeout_s)
        return self._came

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """A block that a signal ends at once.

        Raises:
            StopRequested: A signal came, before or in the block.
        """
        self._interrupts = True
        try:
            if self._came:
                raise StopRequested
            yield
        finally:
            self._interrupts = False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        is_first, self._came = not self._came, True
        if not is_first:
            return
        os.write(self._write_fd, b"!")
        if self._interrupts:
            raise StopRequested
