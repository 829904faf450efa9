"""Committed offsets: in memory for reading, in the database before they are acknowledged."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connect_runtime.broker.storage.writer import Statement

__all__ = [
    "CommitClock",
    "CommitOffsets",
    "CommitPendingOffsets",
    "CommittedOffset",
    "CommittedOffsets",
    "DeleteOffsets",
    "TopicPartition",
    "load_offsets",
]

_PUT = "INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?, ?, ?, ?)"
_PUT_UNLESS_NEWER = (
    "INSERT INTO group_offset VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " committed_offset = excluded.committed_offset, leader_epoch = excluded.leader_epoch,"
    " metadata = excluded.metadata, committed_at = excluded.committed_at"
    " WHERE excluded.committed_at >= group_offset.committed_at"
)
_DELETE = "DELETE FROM group_offset WHERE group_id = ? AND topic = ? AND partition = ?"

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """How far a group has read one partition.

    Attributes:
        offset: Offset of the next record to read.
        leader_epoch: Leader epoch the client knew, -1 when it said none.
        metadata: The client's own text.
        committed_ms: When the client sent it.
    """

    offset: int
    leader_epoch: int
    metadata: str
    committed_ms: int


class CommitClock:
    """Tells when offsets were committed, in milliseconds, and never the same time twice: which one is newer is certain.

    Args:
        clock_ms: The time.
    """

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._last_ms = 0

    def now_ms(self) -> int:
        """The time, later than all before."""
        self._last_ms = max(self._clock_ms(), self._last_ms + 1)
        return self._last_ms


CommittedOffsets = dict[str, dict[TopicPartition, CommittedOffset]]
"""Offsets by group id and partition. Owned by the loop's thread."""


class CommitOffsets:
    """A change that commits offsets of one group."""

    def __init__(
        self,
        committed: CommittedOffsets,
        group_id: str,
        offsets: Mapping[TopicPartition, CommittedOffset],
    ) -> None:
        self._committed = committed
        self._group_id = group_id
        self._offsets = offsets

    def stage(self) -> list[Statement]:
        """Write them."""
        rows = _rows(self._group_id, self._offsets)
        return [(_PUT, rows)] if rows else []

    def apply(self) -> None:
        """Let them be fetched."""
        self._committed.setdefault(self._group_id, {}).update(self._offsets)

    def revert(self) -> None:
        """Nothing was changed yet."""


class CommitPendingOffsets:
    """A change that commits what a transaction sent, except where the group has committed something newer meanwhile."""

    def __init__(
        self, committed: CommittedOffsets, offsets: Mapping[str, Mapping[TopicPartition, CommittedOffset]]
    ) -> None:
        self._committed = committed
        self._offsets = offsets

    def stage(self) -> list[Statement]:
        """Write them."""
        rows = [row for group_id, of_group in self._offsets.items() for row in _rows(group_id, of_group)]
        return [(_PUT_UNLESS_NEWER, rows)] if rows else []

    def apply(self) -> None:
        """Let them be fetched."""
        for group_id, of_group in self._offsets.items():
            for partition, offset in of_group.items():
                there = self._committed.setdefault(group_id, {})
                if partition not in there or there[partition].committed_ms <= offset.committed_ms:
                    there[partition] = offset

    def revert(self) -> None:
        """Nothing was changed yet."""


class DeleteOffsets:
    """A change that forgets offsets: of some groups, for some partitions of each."""

    def __init__(self, committed: CommittedOffsets, doomed: Mapping[str, Sequence[TopicPartition]]) -> None:
        self._committed = committed
        self._doomed = doomed

    def stage(self) -> list[Statement]:
        """Delete the rows."""
        rows = [
            (group_id, topic, partition)
            for group_id, partitions in self._doomed.items()
            for topic, partition in partitions
        ]
        return [(_DELETE, rows)] if rows else []

    def apply(self) -> None:
        """Forget them."""
        for group_id, partitions in self._doomed.items():
            kept = self._committed.get(group_id, {})
            for partition in partitions:
                kept.pop(partition, None)
            if not kept:
                self._committed.pop(group_id, None)

    def revert(self) -> None:
        """Nothing was changed yet."""


def load_offsets(connection: sqlite3.Connection) -> CommittedOffsets:
    """Read all committed offsets at the start of the broker."""
    committed: CommittedOffsets = {}
    rows = connection.execute(
        "SELECT group_id, topic, partition, committed_offset, leader_epoch, metadata, committed_at FROM group_offset"
    )
    for group_id, topic, partition, *offset in rows:
        committed.setdefault(group_id, {})[topic, partition] = CommittedOffset(*offset)
    return committed


def _rows(group_id: str, offsets: Mapping[TopicPartition, CommittedOffset]) -> list[tuple[str | int, ...]]:
    return [
        (group_id, topic, partition, offset.offset, offset.leader_epoch, offset.metadata, offset.committed_ms)
        for (topic, partition), offset in offsets.items()
    ]
