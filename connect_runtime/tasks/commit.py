"""Committing source offsets, at least once: on a timer, for all source tasks of the worker on one thread."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Sequence
from threading import Condition, Lock
from typing import Any, Protocol

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.tasks.in_flight import Offsets
from connect_runtime.tasks.thread import daemon

__all__ = ["Committer", "OffsetCommit", "OffsetWriter"]

logger = logging.getLogger(__name__)


class OffsetWriter(Protocol):
    """The one thing that is needed of the offset store here."""

    def write(
        self,
        connector: str,
        offsets: Sequence[tuple[dict[str, Any] | None, dict[str, Any] | None]],
        *,
        timeout_s: float,
    ) -> None:
        """Write source offsets and wait until they are durable.

        Raises:
            ConnectError: They could not be written in time, or are not made of primitive values.
        """
        ...


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


class OffsetCommit:
    """Commits the offsets of one source task. `commit` may be called from any thread, one at a time takes effect.

    Args:
        task_id: The task.
        store: Where offsets go.
        committer: Calls for commits on a timer.
        timeout_s: Limit for one commit.
        on_topics: Told of topics that were written to.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        store: OffsetWriter,
        committer: Committer,
        timeout_s: float,
        on_topics: Callable[[frozenset[str]], None],
    ) -> None:
        self._task_id = task_id
        self._store = store
        self._committer = committer
        self._timeout_s = timeout_s
        self._on_topics = on_topics
        self._ticket: int | None = None
        self._pending: Offsets = {}
        self._lock = Lock()

    def begin(self, commit: Callable[[], None]) -> None:
        """Have ``commit`` called on the timer from now on."""
        self._ticket = self._committer.schedule(commit)

    def end(self) -> None:
        """No more calls on the timer."""
        if self._ticket is not None:
            self._committer.unschedule(self._ticket)
            self._ticket = None

    def commit(self, offsets: Offsets, topics: frozenset[str]) -> bool:
        """Write these offsets and those that could not be written before; whether everything is durable now."""
        with self._lock:
            if topics:
                self._on_topics(topics)
            self._pending.update(offsets)
            if not self._pending:
                return True
            try:
                self._store.write(self._task_id.connector, list(self._pending.values()), timeout_s=self._timeout_s)
            except ConnectError as error:
                logger.warning(
                    "Source task %s could not commit its offsets; they are kept and tried again: %s",
                    self._task_id,
                    error,
                )
                return False
            self._pending = {}
            return True
