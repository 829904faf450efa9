"""The newest batches of every partition, in memory, for consumers that are close to the end."""

from bisect import bisect_right
from collections import deque
from typing import NamedTuple

__all__ = ["StoredBatch", "TailCache"]

_ENTRY_BYTES = 250
"""What an entry costs beside its data, so that a million tiny batches do not escape the budget."""


class StoredBatch(NamedTuple):
    """A batch with its place in the log."""

    base_offset: int
    last_offset: int
    data: bytes


class _Tail:
    """Batches of one partition without a gap, `begin` being the first that is still kept."""

    __slots__ = ("batches", "begin")

    def __init__(self) -> None:
        self.batches: list[StoredBatch] = []
        self.begin = 0


class TailCache:
    """Keeps at most a budget of bytes over all partitions; the oldest batch goes first. For the loop's thread only."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._used = 0
        self._tails: dict[int, _Tail] = {}
        self._order: deque[tuple[int, _Tail]] = deque()

    def add(self, partition_id: int, batch: StoredBatch) -> None:
        """Put the partition's newest batch in; it must follow the one put in before."""
        tail = self._tails.get(partition_id)
        if tail is None:
            tail = self._tails[partition_id] = _Tail()
        tail.batches.append(batch)
        self._order.append((partition_id, tail))
        self._used += len(batch.data) + _ENTRY_BYTES
        while self._used > self._max_bytes:
            self._drop_oldest()

    def read(self, partition_id: int, offset: int, end: int, max_bytes: int) -> list[bytes] | None:
        """Batches from the one that holds `offset` up to `end`, at least one if there is any, within `max_bytes`.

        None when `offset` lies before the cached part (or nothing is cached): the log must be asked.
        """
        tail = self._tails.get(partition_id)
        if tail is None:
            return None
        index = bisect_right(tail.batches, offset, lo=tail.begin, key=_base_offset) - 1
        if index < tail.begin:
            return None
        if tail.batches[index].last_offset < offset:
            index += 1
        found: list[bytes] = []
        size = 0
        for place in range(index, len(tail.batches)):
            batch = tail.batches[place]
            size += len(batch.data)
            if batch.base_offset >= end or (found and size > max_bytes):
                break
            found.append(batch.data)
        return found

    def forget(self, partition_id: int) -> None:
        """Drop what is cached of a partition, because the log was changed behind its end."""
        tail = self._tails.pop(partition_id, None)
        if tail is not None:
            self._used -= sum(len(batch.data) + _ENTRY_BYTES for batch in tail.batches[tail.begin :])
            tail.batches.clear()
            tail.begin = 0

    def _drop_oldest(self) -> None:
        partition_id, tail = self._order.popleft()
        if self._tails.get(partition_id) is not tail or tail.begin >= len(tail.batches):
            return
        batch = tail.batches[tail.begin]
        self._used -= len(batch.data) + _ENTRY_BYTES
        tail.batches[tail.begin] = StoredBatch(batch.base_offset, batch.last_offset, b"")
        tail.begin += 1
        if tail.begin * 2 > len(tail.batches) and tail.begin > 64:  # noqa: PLR2004 - trimming pays only in bulk
            del tail.batches[: tail.begin]
            tail.begin = 0


def _base_offset(batch: StoredBatch) -> int:
    return batch.base_offset
