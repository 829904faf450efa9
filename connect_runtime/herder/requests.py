"""Work for the herder's thread: a queue of calls whose callers wait, and calls that are due later."""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition
from typing import TypeVar

from connect_runtime.clock import Clock
from connect_runtime.errors import RequestTimeoutError

__all__ = ["RequestQueue"]

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(order=True)
class _Entry:
    at: float
    order: int
    run: Callable[[], None] = field(compare=False)
    abandon: Callable[[], None] = field(compare=False)


class RequestQueue:
    """Calls for one thread. `call`, `submit` and `wake` come from any thread, `run_due` from the one.

    Args:
        clock: Tells when delayed calls are due.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[_Entry] = []
        self._order = itertools.count()
        self._changed = Condition()
        self._woken = False
        self._closed = False
        self._stage: str | None = None

    def call(self, doing: str, work: Callable[[], Result], timeout_s: float) -> Result:
        """Have ``work`` done on the thread and wait for its result.

        Raises:
            RequestTimeoutError: It was not done in time; it may still be.
        """
        future = self.submit(doing, work)
        try:
            return future.result(timeout_s)
        except FutureTimeoutError as error:
            if future.done():
                raise
            stage = f" The worker is currently {self._stage}." if self._stage else ""
            raise RequestTimeoutError(f"Request timed out.{stage}") from error

    def submit(self, doing: str, work: Callable[[], Result], *, delay_s: float = 0.0) -> Future[Result]:
        """Have ``work`` done on the thread, not before ``delay_s`` from now."""
        future: Future[Result] = Future()

        def run() -> None:
            self._stage = f"{doing}, since {datetime.now(UTC).isoformat(timespec='milliseconds')}"
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001  # the caller gets it
                future.set_exception(error)
            finally:
                self._stage = None

        def abandon() -> None:
            future.set_exception(RequestTimeoutError("Worker is shutting down"))

        with self._changed:
            if self._closed:
                abandon()
                return future
            at = self._clock.monotonic() + delay_s
            heapq.heappush(self._entries, _Entry(at, next(self._order), run, abandon))
            self._changed.notify_all()
        return future

    def wake(self) -> None:
        """Let `run_due` return soon although no call is due."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def run_due(self, timeout_s: float) -> None:
        """Run what is due, waiting up to ``timeout_s`` for something."""
        with self._changed:
            deadline = self._clock.monotonic() + timeout_s
            while not self._woken and not self._is_due():
                now = self._clock.monotonic()
                if now >= deadline:
                    return
                until = min(deadline, self._entries[0].at) if self._entries else deadline
                self._changed.wait(max(0.0, until - now))
            self._woken = False
        while (entry := self._take_due()) is not None:
            entry.run()

    def close(self) -> None:
        """Refuse what still waits, and everything to come."""
        with self._changed:
            self._closed = True
            entries, self._entries = self._entries, []
        for entry in entries:
            entry.abandon()

    def _is_due(self) -> bool:
        return bool(self._entries) and self._entries[0].at <= self._clock.monotonic()

    def _take_due(self) -> _Entry | None:
        with self._changed:
            return heapq.heappop(self._entries) if self._is_due() else None
