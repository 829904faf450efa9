"""Reading batches and their bounds from the database, on threads of its own."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from connect_runtime.broker.log.aborted import AbortedTransaction, read_aborted_between
from connect_runtime.broker.log.batch import read_header
from connect_runtime.broker.storage.database import OFFSET_BITS, open_reader, row_key

__all__ = ["LogReader", "partition_bounds", "read_batches", "read_batches_and_aborted"]

T = TypeVar("T")

_THREADS = 2
_HOLDER = "SELECT key FROM batch WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1"
_SIZES = "SELECT key, last_offset, size FROM batch WHERE key >= ? AND key < ? ORDER BY key"
_DATA = "SELECT data FROM batch WHERE key >= ? AND key <= ? ORDER BY key"


class LogReader:
    """Runs reading functions with a connection, off the loop's thread.

    Args:
        folder: The broker's folder; the database must exist when the first read comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="broker-reader")

    async def run(self, read: Callable[..., T], *arguments: Any) -> T:
        """Call `read(connection, *arguments)` on a reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, read, arguments)

    def close(self) -> None:
        """Wait for the reads under way and close the connections."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def _call(self, read: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._folder)
            self._connections.append(connection)
        return read(connection, *arguments)


def read_batches(
    connection: sqlite3.Connection, partition_id: int, offset: int, end: int, max_bytes: int
) -> list[bytes]:
    """Batches from the one that holds `offset` (or the next one) up to `end`, at least one, within `max_bytes`."""
    low = row_key(partition_id, 0)
    holder = connection.execute(_HOLDER, (low, row_key(partition_id, offset))).fetchone()
    first, last, size = None, None, 0
    for key, last_offset, batch_size in connection.execute(
        _SIZES, (low if holder is None else holder[0], row_key(partition_id, end))
    ):
        if last_offset < offset:
            continue
        size += batch_size
        if last is not None and size > max_bytes:
            break
        first = key if first is None else first
        last = key
    if last is None:
        return []
    return [row[0] for row in connection.execute(_DATA, (first, last))]


def read_batches_and_aborted(
    connection: sqlite3.Connection, partition_id: int, offset: int, end: int, max_bytes: int
) -> tuple[list[bytes], list[AbortedTransaction]]:
    """As `read_batches`, with the aborted transactions among them, both as of one moment.

    Compaction removes the marker and the entry of an aborted transaction at once; a reader that had only one of the
    two would leave out records that are committed, or keep records that are not.
    """
    connection.execute("BEGIN")
    try:
        batches = read_batches(connection, partition_id, offset, end, max_bytes)
        behind = read_header(batches[-1]).last_offset + 1 if batches else offset
        return batches, read_aborted_between(connection, partition_id, offset, behind)
    finally:
        connection.execute("COMMIT")


def partition_bounds(partition_id: int) -> tuple[int, int]:
    """The keys between which a partition's batches lie: from the first, up to but without the second."""
    return row_key(partition_id, 0), (partition_id + 1) << OFFSET_BITS
