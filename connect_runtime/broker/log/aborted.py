"""Which records of a partition belong to aborted transactions.

Every aborted transaction that wrote to the partition has one entry. A `read_committed` fetch is answered with the
entries that overlap what it read, and the client leaves their records out (Kafka: `AbortedTxn`, `TransactionIndex`).
"""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

__all__ = ["AbortedRanges", "AbortedTransaction", "aborted_between", "load_aborted", "read_aborted_between"]

_LOAD = (
    "SELECT partition_id, producer_id, first_offset, last_offset, stable_offset FROM aborted"
    " ORDER BY partition_id, last_offset"
)
_FROM = (
    "SELECT producer_id, first_offset, last_offset, stable_offset FROM aborted"
    " WHERE partition_id = ? AND last_offset >= ? ORDER BY last_offset"
)


class AbortedTransaction(NamedTuple):
    """One aborted transaction in one partition.

    Attributes:
        producer_id: Who wrote it.
        first_offset: Offset of its first record.
        last_offset: Offset of its marker.
        stable_offset: The last stable offset when it had ended: whatever ended later begins there or behind.
    """

    producer_id: int
    first_offset: int
    last_offset: int
    stable_offset: int


class AbortedRanges:
    """Tells of single batches whether they were aborted. Not changed any more once it is made.

    Args:
        aborted: The entries of a partition, in any order.
    """

    def __init__(self, aborted: Iterable[AbortedTransaction] = ()) -> None:
        self._ranges: dict[int, list[tuple[int, int]]] = {}
        for entry in sorted(aborted, key=_first_offset):
            self._ranges.setdefault(entry.producer_id, []).append((entry.first_offset, entry.last_offset))

    def hold(self, producer_id: int, offset: int) -> bool:
        """Whether what this producer wrote at that offset, in a transaction, was aborted."""
        ranges = self._ranges.get(producer_id)
        if ranges is None:
            return False
        index = bisect_right(ranges, offset, key=_begin) - 1
        return index >= 0 and offset <= ranges[index][1]


def aborted_between(aborted: Sequence[AbortedTransaction], start: int, end: int) -> list[AbortedTransaction]:
    """Of a partition's entries, in the order of their markers, those that reach into the offsets from `start` to `end`.

    `end` itself is not among these offsets.
    """
    first = bisect_left(aborted, start, key=_last_offset)
    return _overlapping(islice(aborted, first, None), end)


def read_aborted_between(
    connection: sqlite3.Connection, partition_id: int, start: int, end: int
) -> list[AbortedTransaction]:
    """As `aborted_between`, from the database."""
    rows = connection.execute(_FROM, (partition_id, start))
    return _overlapping((AbortedTransaction._make(row) for row in rows), end)


def load_aborted(connection: sqlite3.Connection) -> Iterable[tuple[int, AbortedTransaction]]:
    """Every entry with the id of its partition, in the order of the markers, at the start of the broker."""
    for partition_id, *entry in connection.execute(_LOAD):
        yield partition_id, AbortedTransaction._make(entry)


def _overlapping(entries: Iterable[AbortedTransaction], end: int) -> list[AbortedTransaction]:
    found: list[AbortedTransaction] = []
    for entry in entries:
        if entry.first_offset < end:
            found.append(entry)
        if entry.stable_offset >= end:
            break
    return found


def _first_offset(entry: AbortedTransaction) -> int:
    return entry.first_offset


def _last_offset(entry: AbortedTransaction) -> int:
    return entry.last_offset


def _begin(extent: tuple[int, int]) -> int:
    return extent[0]
