"""Removing batches that nobody can read any more, a piece at a time."""

import sqlite3

from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.reader import LogReader, partition_bounds
from connect_runtime.broker.log.sequence import ProducerState
from connect_runtime.broker.storage.database import row_key
from connect_runtime.broker.storage.writer import Statement, Writer

__all__ = ["ForgetProducers", "sweep_before", "sweep_deleted"]

_PIECE_BYTES = 8 * 1024 * 1024
_PIECE_ROWS = 2000
_VACUUM_PAGES = 2000
_DEAD = "SELECT key, size FROM batch WHERE key >= ? AND key < ? AND last_offset < ? ORDER BY key LIMIT ?"
_DELETED = "SELECT id FROM partition WHERE topic_id IS NULL"
_BEHIND_ALL = 2**62


class _Execute:
    """A change that is nothing but statements."""

    def __init__(self, *statements: Statement) -> None:
        self._statements = list(statements)

    def stage(self) -> list[Statement]:
        return self._statements

    def apply(self) -> None:
        pass

    def revert(self) -> None:
        pass


class ForgetProducers:
    """A change that forgets the sequence numbers of producers that were idle for long."""

    def __init__(self, partition: PartitionLog, idle_since_ms: int) -> None:
        self._partition = partition
        self._idle_since_ms = idle_since_ms
        self._idle: list[int] = []

    def stage(self) -> list[Statement]:
        """Find them, and delete their rows."""
        self._idle = [producer_id for producer_id, state in self._partition.producers.items() if self._is_idle(state)]
        rows = [(self._partition.id, producer_id) for producer_id in self._idle]
        return [("DELETE FROM producer WHERE partition_id = ? AND producer_id = ?", rows)] if rows else []

    def apply(self) -> None:
        """Forget those that did not write meanwhile."""
        for producer_id in self._idle:
            state = self._partition.producers.get(producer_id)
            if state is not None and self._is_idle(state):
                del self._partition.producers[producer_id]

    def revert(self) -> None:
        """Nothing was changed yet."""

    def _is_idle(self, state: ProducerState) -> bool:
        return state.updated_ms < self._idle_since_ms and state.transaction_start is None


async def sweep_before(reader: LogReader, writer: Writer, partition_id: int, log_start: int) -> int:
    """Delete the batches that end before `log_start`; returns how many.

    Raises:
        StorageError: They cannot be deleted now.
    """
    first, behind = partition_bounds(partition_id)
    behind = min(behind, row_key(partition_id, log_start)) if log_start < _BEHIND_ALL else behind
    swept = 0
    while dead := await reader.run(_next_piece, first, behind, log_start):
        await writer.submit(_Execute(("DELETE FROM batch WHERE key = ?", [(key,) for key in dead])))
        swept += len(dead)
    if swept:
        await writer.submit(_Execute((f"PRAGMA incremental_vacuum({_VACUUM_PAGES})", None)))
    return swept


async def sweep_deleted(reader: LogReader, writer: Writer) -> None:
    """Delete what is left of deleted topics.

    Raises:
        StorageError: It cannot be deleted now.
    """
    for partition_id in await reader.run(_deleted_partitions):
        await sweep_before(reader, writer, partition_id, _BEHIND_ALL)
        row = [(partition_id,)]
        await writer.submit(
            _Execute(
                ("DELETE FROM producer WHERE partition_id = ?", row),
                ("DELETE FROM aborted WHERE partition_id = ?", row),
                ("DELETE FROM partition WHERE id = ?", row),
            )
        )


def _deleted_partitions(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute(_DELETED)]


def _next_piece(connection: sqlite3.Connection, first: int, behind: int, log_start: int) -> list[int]:
    keys: list[int] = []
    size = 0
    for key, batch_size in connection.execute(_DEAD, (first, behind, log_start, _PIECE_ROWS)):
        keys.append(key)
        size += batch_size
        if size >= _PIECE_BYTES:
            break
    return keys
