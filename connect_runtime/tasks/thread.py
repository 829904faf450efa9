"""Threads that tasks and connectors live on, and the thread that runs a sink task's plugin calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

__all__ = ["SerialExecutor", "daemon"]

Result = TypeVar("Result")


def daemon(name: str, target: Callable[[], None]) -> Thread:
    """A thread that does not keep the process alive: a plugin that hangs must not hang the worker's exit."""
    return Thread(target=target, name=name, daemon=True)


class SerialExecutor:
    """Runs calls one after another on a daemon thread of its own."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = daemon(name, self._run)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        """Run ``call`` after those before it; the future holds its result or error."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  # the caller gets it through the future
                future.set_exception(error)

        self._calls.put(run)
        return future

    def call(self, call: Callable[[], Result]) -> Result:
        """Run ``call`` and wait for its result. Blocks."""
        return self.submit(call).result()

    def stop(self) -> None:
        """End the thread after the calls submitted so far; does not wait."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
