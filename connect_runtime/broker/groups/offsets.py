"""Committed offsets: in memory for reading, in the database before they are acknowledged."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connect_runtime.broker.storage.writer import Statement

__all__ = ["CommitOffsets", "CommittedOffset", "CommittedOffsets", "DeleteOffsets", "load_offsets"]

_PUT = "INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM group_offset WHERE group_id = ? AND topic = ? AND partition = ?"

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """How far a group has read one partition.

    Attributes:
        offset: Offset of the next record to read.
        leader_epoch: Leader epoch the client knew, -1 when it said none.
        metadata: The client's own text.
    """

    offset: int
    leader_epoch: int
    metadata: str


CommittedOffsets = dict[str, dict[TopicPartition, CommittedOffset]]
"""Offsets by group id and partition. Owned by the loop's thread."""


class CommitOffsets:
    """A change that commits offsets of one group."""

    def __init__(
        self,
        committed: CommittedOffsets,
        group_id: str,
        offsets: Mapping[TopicPartition, CommittedOffset],
        now_ms: int,
    ) -> None:
        self._committed = committed
        self._group_id = group_id
        self._offsets = offsets
        self._now_ms = now_ms

    def stage(self) -> list[Statement]:
        """Write them."""
        rows = [
            (self._group_id, topic, partition, offset.offset, offset.leader_epoch, offset.metadata, self._now_ms)
            for (topic, partition), offset in self._offsets.items()
        ]
        return [(_PUT, rows)] if rows else []

    def apply(self) -> None:
        """Let them be fetched."""
        self._committed.setdefault(self._group_id, {}).update(self._offsets)

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
        "SELECT group_id, topic, partition, committed_offset, leader_epoch, metadata FROM group_offset"
    )
    for group_id, topic, partition, offset, leader_epoch, metadata in rows:
        committed.setdefault(group_id, {})[topic, partition] = CommittedOffset(offset, leader_epoch, metadata)
    return committed
