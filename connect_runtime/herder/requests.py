"""Work for the herder's thread: a queue of calls whose callers wait, and calls that are due later."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition
from typing import TypeVar

from connect_runtime.clock import Clock
from connect_runtime.errors import RequestTimeoutError

__all__ = ["RequestQueue"]

Result = TypeVar("Result")


@dataclass(order=True)
class _Entry:
    at: float
    order: int
    run: Callable[[], None] = field(compare=False)
    abandon: Callable[[], None] = field(compare=False)


class RequestQueue:
    """Calls for one thread. `call`, `submit`, `wake` and `close` come from any thread, the rest from the one.

    Args:
        clock: Tells when delayed calls are due, and the instants in messages.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[_Entry] = []
        self._order = itertools.count()
        self._changed = Condition()
        self._woken = False
        self._closed = False
        self._stage: str | None = None

    @property
    def stage(self) -> str | None:
        """What the thread is doing or has done last, and since when, as a sentence; ``None`` before anything."""
        return self._stage

    def call(self, doing: str, work: Callable[[], Result], timeout_s: float) -> Result:
        """Have ``work`` done on the thread and wait for its result.

        Raises:
            RequestTimeoutError: It was not done in time; it may still be.
        """
        future = self.submit(doing, work)
        try:
            return future.result(timeout_s)
        except FutureTimeoutError as error:
            if future.done():  # the work's own error, or a result that came at the last moment
                return future.result()
            raise RequestTimeoutError(" ".join(filter(None, ["Request timed out.", self._stage]))) from error

    def submit(self, doing: str, work: Callable[[], Result], *, delay_s: float = 0.0) -> Future[Result]:
        """Have ``work`` done on the thread, not before ``delay_s`` from now."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                with self.doing(doing):
                    future.set_result(work())
            except BaseException as error:  # noqa: BLE001  # the caller gets it, also a plugin's sys.exit()
                future.set_exception(error)

        def abandon() -> None:
            future.set_exception(RequestTimeoutError("Worker is shutting down"))

        with self._changed:
            is_open = not self._closed
            if is_open:
                at = self._clock.monotonic() + delay_s
                heapq.heappush(self._entries, _Entry(at, next(self._order), run, abandon))
                self._changed.notify_all()
        if not is_open:
            abandon()
        return future

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """While in the block, `stage` says that the thread is doing ``what``."""
        before = self._stage
        self._stage = f"The worker is currently {what}, since {self._now()}."
        try:
            yield
        finally:
            is_nested = before is not None and before.startswith("The worker is currently")
            self._stage = before if is_nested else f"The worker was last {what}, until {self._now()}."

    def wake(self) -> None:
        """Let `run_due` return soon although no call is due."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def idle(self, timeout_s: float) -> None:
        """Run nothing, for up to ``timeout_s`` or until `wake` or `close` is called."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken, timeout_s)
            self._woken = False

    def run_due(self, timeout_s: float) -> None:
        """Run what is due, waiting up to ``timeout_s`` for something; what comes meanwhile waits for the next time."""
        with self._changed:
            deadline = self._clock.monotonic() + timeout_s
            while not self._woken and not self._is_due():
                now = self._clock.monotonic()
                if now >= deadline:
                    return
                until = min(deadline, self._entries[0].at) if self._entries else deadline
                self._changed.wait(max(0.0, until - now))
            self._woken = False
            newest = next(self._order)
        while (entry := self._take_due(newest)) is not None:
            entry.run()

    def close(self) -> None:
        """Refuse what still waits, and everything to come; `run_due` returns soon."""
        with self._changed:
            self._closed = self._woken = True
            entries, self._entries = self._entries, []
            self._changed.notify_all()
        for entry in entries:
            entry.abandon()

    def _is_due(self) -> bool:
        return bool(self._entries) and self._entries[0].at <= self._clock.monotonic()

    def _take_due(self, newest: int) -> _Entry | None:
        with self._changed:
            return heapq.heappop(self._entries) if self._is_due() and self._entries[0].order < newest else None

    def _now(self) -> str:
        instant = datetime.fromtimestamp(self._clock.epoch_ms() / 1000, UTC)
        return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
