"""The timer on which source offsets are committed: for all source tasks of the worker on one thread."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from threading import Condition

from connect_runtime.clock import Clock
from connect_runtime.tasks.thread import daemon

__all__ = ["Committer"]

logger = logging.getLogger(__name__)


class Committer:
    """Calls tasks' commits every interval, on one thread.

    Args:
        interval_s: Pause between two commits of one task.
        clock: For the schedule.
    """

    def __init__(self, interval_s: float, clock: Clock) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._due: list[tuple[float, int]] = []
        self._commits: dict[int, Callable[[], None]] = {}
        self._next_ticket = 0
        self._changed = Condition()
        self._running = False
        self._thread = daemon("SourceTaskOffsetCommitter-1", self._run)

    def start(self) -> None:
        """Start the thread."""
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """End the thread; does not wait for a commit that is under way."""
        with self._changed:
            self._running = False
            self._changed.notify_all()

    def schedule(self, commit: Callable[[], None]) -> int:
        """Call ``commit`` every interval; the ticket ends it."""
        with self._changed:
            ticket = self._next_ticket
            self._next_ticket += 1
            self._commits[ticket] = commit
            heapq.heappush(self._due, (self._clock.monotonic() + self._interval_s, ticket))
            self._changed.notify_all()
            return ticket

    def unschedule(self, ticket: int) -> None:
        """No more calls for that ticket, but for one that is under way."""
        with self._changed:
            self._commits.pop(ticket, None)

    def _run(self) -> None:
        while self._running:
            commit = self._await_due()
            if commit is None:
                continue
            try:
                commit()
            except Exception:
                logger.exception("A commit of source offsets failed; it is tried again in %s s", self._interval_s)

    def _await_due(self) -> Callable[[], None] | None:
        with self._changed:
            now = self._clock.monotonic()
            if not self._due:
                self._changed.wait()
                return None
            at, ticket = self._due[0]
            if at > now:
                self._changed.wait(at - now)
                return None
            heapq.heappop(self._due)
            commit = self._commits.get(ticket)
            if commit is not None:
                heapq.heappush(self._due, (now + self._interval_s, ticket))
            return commit
