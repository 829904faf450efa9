"""Source offsets on their way: which are safe to commit because everything up to them was acknowledged.

Batches are held in the order of polling. Delivery reports count a batch down; the committable offsets are those of
the batches at the head of the queue that are wholly acknowledged, the newest per source partition.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from connect_runtime.model import SourceColumns, SourceRecord

__all__ = ["InFlight", "InFlightBatch", "Offsets", "newest_offsets"]

PartitionKey = frozenset[tuple[str, Any]] | None
Offsets = dict[PartitionKey, tuple[dict[str, Any] | None, dict[str, Any] | None]]
"""Source offsets by source partition: the partition as the task gave it, and its newest offset."""


class InFlightBatch:
    """One polled batch until all its messages are acknowledged. Counted down by one thread at a time."""

    __slots__ = ("offsets", "outstanding", "topics")

    def __init__(self, outstanding: int, offsets: Offsets, topics: frozenset[str]) -> None:
        self.outstanding = outstanding
        self.offsets = offsets
        self.topics = topics


class InFlight:
    """Batches of one source task that were handed to the producer; for the task's and the committer's thread."""

    def __init__(self) -> None:
        self._batches: deque[InFlightBatch] = deque()
        self._lock = Lock()

    def add(self, batch: InFlightBatch) -> None:
        """Remember a batch, before its first message is produced."""
        with self._lock:
            self._batches.append(batch)

    def take_committable(self) -> tuple[Offsets, frozenset[str]]:
        """Offsets that are safe to commit, and the topics written to; both are given out once."""
        with self._lock:
            taken = []
            while self._batches and self._batches[0].outstanding == 0:
                taken.append(self._batches.popleft())
        return _summed(taken)

    def take_all(self) -> tuple[Offsets, frozenset[str]]:
        """The same of all batches, acknowledged or not: for whoever commits them together with their messages."""
        with self._lock:
            taken, self._batches = self._batches, deque()
        return _summed(taken)

    @property
    def is_empty(self) -> bool:
        """Whether everything was acknowledged and taken."""
        return not self._batches


def _summed(batches: Iterable[InFlightBatch]) -> tuple[Offsets, frozenset[str]]:
    offsets: Offsets = {}
    topics: set[str] = set()
    for batch in batches:
        offsets.update(batch.offsets)
        topics.update(batch.topics)
    return offsets, frozenset(topics)


def newest_offsets(records: Sequence[SourceRecord]) -> Offsets:
    """The newest offset per source partition of these records."""
    last = records[-1]
    if isinstance(records, SourceColumns):
        return {partition_key(last.source_partition): (last.source_partition, last.source_offset)}
    partitions = [record.source_partition for record in records]
    # Tasks mostly reuse one partition: counting compares by identity first.
    if partitions.count(last.source_partition) == len(partitions):
        return {partition_key(last.source_partition): (last.source_partition, last.source_offset)}
    return {
        partition_key(record.source_partition): (record.source_partition, record.source_offset) for record in records
    }


def partition_key(partition: Mapping[str, Any] | None) -> PartitionKey:
    """A hashable form of a source partition."""
    return None if partition is None else frozenset(partition.items())
