"""Threads that tasks and connectors live on, and the thread that runs a sink task's plugin calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from connect_runtime.errors import ConnectError

__all__ = ["SerialExecutor", "daemon"]

Result = TypeVar("Result")


def daemon(name: str, target: Callable[[], None]) -> Thread:
    """A thread that does not keep the process alive: a plugin that hangs must not hang the worker's exit."""
    return Thread(target=target, name=name, daemon=True)


class SerialExecutor:
    """Runs calls one after another on a daemon thread of its own, from `start` to `stop`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = daemon(name, self._run)
        self._lock = Lock()
        self._stopped = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        """Run ``call`` after those before it; the future holds its result or error, at once after `stop`."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  # the caller gets it through the future
                future.set_exception(error)

        with self._lock:
            if not self._stopped:
                self._calls.put(run)
                return future
        # Nobody would ever take it up: whoever waits for it would wait forever.
        future.set_exception(ConnectError(f"{self._name} has ended and runs no more calls"))
        return future

    def stop(self) -> None:
        """End the thread after the calls submitted so far; does not wait."""
        with self._lock:
            self._stopped = True
            self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
