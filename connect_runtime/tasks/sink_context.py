"""The runtime as a sink task's plugin sees it. Its requests are taken up by the task's loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

from connect_runtime.errors import ConnectError
from connect_runtime.model import TopicPartition
from connect_runtime.sdk import ErrantRecordReporter

__all__ = ["RunningSinkContext"]


class RunningSinkContext:
    """Collects what the plugin asks for. Callable from any thread.

    Args:
        config: The task's configuration.
        reporter: Reporter of bad records, ``None`` for none.
    """

    def __init__(self, config: Mapping[str, str], reporter: ErrantRecordReporter | None) -> None:
        self._config = config
        self._reporter = reporter
        self._lock = Lock()
        self._rewinds: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._retry_after_s: float | None = None
        self._commit_requested = False
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._pause_changes: list[tuple[bool, list[TopicPartition]]] = []

    # -- for the plugin ------------------------------------------------------------------------------------------------

    @property
    def configs(self) -> Mapping[str, str]:
        """The task's configuration with provider variables resolved."""
        return self._config

    @property
    def errant_record_reporter(self) -> ErrantRecordReporter | None:
        """Reporter of bad records; ``None`` unless configured."""
        return self._reporter

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """Partitions this task owns now."""
        return self._assignment

    def rewind(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Consume these partitions again from these offsets."""
        with self._lock:
            self._rewinds.update(offsets)

    def retry_after(self, timeout_s: float) -> None:
        """How long to wait before the same batch comes again."""
        self._retry_after_s = timeout_s

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Stop consuming these partitions."""
        self._require_assigned(partitions)
        with self._lock:
            self._paused.update(partitions)
            self._pause_changes.append((True, list(partitions)))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """Consume these partitions again."""
        self._require_assigned(partitions)
        with self._lock:
            self._paused.difference_update(partitions)
            self._pause_changes.append((False, list(partitions)))

    def request_commit(self) -> None:
        """Ask for an offset commit soon."""
        self._commit_requested = True

    # -- for the task's loop -------------------------------------------------------------------------------------------

    @property
    def paused(self) -> frozenset[TopicPartition]:
        """Partitions that the plugin wants paused."""
        with self._lock:
            return frozenset(self._paused)

    def assigned(self, partitions: frozenset[TopicPartition]) -> None:
        """The assignment as a whole; pauses of lost partitions are forgotten."""
        with self._lock:
            self._assignment = partitions
            self._paused &= partitions

    def take_rewinds(self) -> dict[TopicPartition, int]:
        """Rewinds asked for since the last call."""
        with self._lock:
            taken, self._rewinds = self._rewinds, {}
            return taken

    def take_pause_changes(self) -> list[tuple[bool, list[TopicPartition]]]:
        """Pauses (``True``) and resumes asked for since the last call, in order."""
        with self._lock:
            taken, self._pause_changes = self._pause_changes, []
            return taken

    def take_retry_after(self) -> float | None:
        """The pause asked for, once."""
        taken, self._retry_after_s = self._retry_after_s, None
        return taken

    def take_commit_request(self) -> bool:
        """Whether a commit was asked for, once."""
        taken, self._commit_requested = self._commit_requested, False
        return taken

    def _require_assigned(self, partitions: Sequence[TopicPartition]) -> None:
        missing = [str(tp) for tp in partitions if tp not in self._assignment]
        if missing:
            raise ConnectError(f"Cannot pause or resume partitions that this task does not own: {', '.join(missing)}")
