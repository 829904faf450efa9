"""What runs in the background: retention, compaction, sweeping, forgetting idle producers, ending late transactions."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator

from connect_runtime.broker.errors import StorageError
from connect_runtime.broker.log.catalog import Topic
from connect_runtime.broker.log.cleaning import Cleaning
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.reader import partition_bounds
from connect_runtime.broker.log.retention import BatchExtent, start_after_retention
from connect_runtime.broker.log.sweeping import ForgetProducers, sweep_before, sweep_deleted
from connect_runtime.broker.log.topic_changes import MoveLogStart
from connect_runtime.broker.log.topic_config import TopicConfig
from connect_runtime.broker.node import Node
from connect_runtime.broker.storage.database import OFFSET_BITS

__all__ = ["Housekeeping"]

_log = logging.getLogger(__name__)
_EXTENTS = "SELECT key, last_offset, size, max_timestamp FROM batch WHERE key >= ? AND key < ? ORDER BY key"
_TOTAL = "SELECT coalesce(sum(size), 0) FROM batch WHERE key >= ? AND key < ?"
_OFFSET_MASK = (1 << OFFSET_BITS) - 1


class Housekeeping:
    """Goes over all partitions again and again. One task on the loop; the work itself is done by reader and writer.

    Args:
        node: What it keeps in order.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._swept_to: dict[int, int] = {}

    async def run(self) -> None:
        """One round after the other, until cancelled."""
        await asyncio.gather(
            self._repeat(self.clean, 0.0, self._node.config.cleaner_interval_s),
            self._repeat(self.retain, self._node.config.retention_delay_s, self._node.config.retention_interval_s),
            self._repeat(self.end_late_transactions, 0.0, self._node.config.transaction_sweep_interval_s),
        )

    async def clean(self) -> None:
        """Look at every partition once: compact it, sweep what cannot be read, forget idle producers.

        Raises:
            StorageError: The log cannot be written now.
        """
        await sweep_deleted(self._node.reader, self._node.writer)
        await self._node.writer.submit(
            self._node.transactions.forget_idle(self._node.config.transactional_id_expiration_s)
        )
        for topic, partition in self._node.catalog.partitions():
            if partition.is_deleted:
                continue
            await self._sweep(partition)
            if topic.config.is_compacted:
                await self._compact(topic, partition)
            if partition.producers:
                idle_since_ms = self._node.clock_ms() - round(self._node.config.producer_id_expiration_s * 1000)
                await self._node.writer.submit(ForgetProducers(partition, idle_since_ms))

    async def retain(self) -> None:
        """Look at every partition once: move its start behind what is too old or too much.

        Raises:
            StorageError: The log cannot be written now.
        """
        for topic, partition in self._node.catalog.partitions():
            if topic.config.is_deleted_by_age and not partition.is_deleted:
                await self._retain(topic, partition)

    async def end_late_transactions(self) -> None:
        """Abort every transaction that is open for longer than its producer said it would be.

        Raises:
            StorageError: The log cannot be written now.
        """
        for step in self._node.transactions.timed_out():
            await self._node.writer.submit(step)

    async def _repeat(self, work: Callable[[], Awaitable[None]], delay_s: float, interval_s: float) -> None:
        await asyncio.sleep(delay_s)
        while True:
            try:
                await work()
            except (StorageError, sqlite3.Error) as exc:
                _log.warning("%s could not finish, it will try again: %s", work.__name__, exc)
            await asyncio.sleep(interval_s)

    async def _retain(self, topic: Topic, partition: PartitionLog) -> None:
        if partition.log_start >= partition.high_watermark:
            return
        start = await self._node.reader.run(
            _retained_start, partition.id, partition.log_start, topic.config, self._node.clock_ms()
        )
        start = min(start, partition.last_stable_offset)
        if start > partition.log_start:
            await self._node.writer.submit(MoveLogStart([(partition, start)], self._node.tail))

    async def _sweep(self, partition: PartitionLog) -> None:
        if self._swept_to.get(partition.id) == partition.log_start:
            return
        log_start = partition.log_start
        await sweep_before(self._node.reader, self._node.writer, partition.id, log_start)
        self._swept_to[partition.id] = log_start

    async def _compact(self, topic: Topic, partition: PartitionLog) -> None:
        node = self._node
        cleaning = Cleaning(
            node.reader,
            node.writer,
            node.tail,
            partition=partition,
            config=topic.config,
            now_ms=node.clock_ms(),
        )
        if await cleaning.is_worthwhile():
            await cleaning.run()


def _retained_start(
    connection: sqlite3.Connection, partition_id: int, log_start: int, config: TopicConfig, now_ms: int
) -> int:
    bounds = partition_bounds(partition_id)
    total = 0
    if config.retention_bytes >= 0:
        (total,) = connection.execute(_TOTAL, bounds).fetchone()
    return start_after_retention(_extents(connection, bounds), total, log_start, config, now_ms)


def _extents(connection: sqlite3.Connection, bounds: tuple[int, int]) -> Iterator[BatchExtent]:
    for key, last_offset, size, max_timestamp in connection.execute(_EXTENTS, bounds):
        yield BatchExtent(key & _OFFSET_MASK, last_offset, size, max_timestamp)
