"""The log on a real database, without sockets: append, read, sweep, compact, and what happens when writing fails."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.log.append import Append, AppendResult, NewBatch
from connect_runtime.broker.log.batch import read_header
from connect_runtime.broker.log.catalog import Catalog, load_catalog
from connect_runtime.broker.log.cleaning import Cleaning
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.reader import LogReader, read_batches
from connect_runtime.broker.log.records import read_records
from connect_runtime.broker.log.sweeping import sweep_before, sweep_deleted
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.log.topic_changes import CreateTopic, DeleteTopic, MoveLogStart
from connect_runtime.broker.log.topic_config import topic_config
from connect_runtime.broker.storage.database import DATABASE_NAME, open_writer
from connect_runtime.broker.storage.writer import Writer
from tests.unit.broker.batches import record_batch

Run = Callable[[Callable[["Log"], Coroutine[Any, Any, None]]], None]
_EVERYTHING = 10**9


@dataclass
class Log:
    folder: Path
    connection: sqlite3.Connection
    writer: Writer
    reader: LogReader
    tail: TailCache
    catalog: Catalog
    faults: list[sqlite3.Error | None]

    async def create(self, name: str = "t", partitions: int = 1) -> PartitionLog:
        await self.writer.submit(CreateTopic(self.catalog, name, UUID(int=len(name)), partitions, {}))
        return self.catalog.by_name[name].partitions[0]

    def append(self, partition: PartitionLog, *batches: bytes) -> list[asyncio.Future[AppendResult]]:
        return [asyncio.ensure_future(self._append(partition, data)) for data in batches]

    async def _append(self, partition: PartitionLog, data: bytes) -> AppendResult:
        change = Append([NewBatch(partition, read_header(data), data, False)], self.tail, lambda: 1_000)
        await self.writer.submit(change)
        return change.results[0]

    async def read(self, partition: PartitionLog, offset: int = 0, max_bytes: int = _EVERYTHING) -> list[bytes]:
        return await self.reader.run(read_batches, partition.id, offset, partition.high_watermark, max_bytes)


@contextlib.asynccontextmanager
async def _open(folder: Path, tail_bytes: int = 10**6) -> AsyncIterator[Log]:
    connection = open_writer(folder, flush_to_disk=False)
    faults: list[sqlite3.Error | None] = []
    writer = Writer(connection, folder / DATABASE_NAME, faults.append)
    catalog = load_catalog(connection, {})
    log = Log(folder, connection, writer, LogReader(folder), TailCache(tail_bytes), catalog, faults)
    try:
        yield log
    finally:
        await writer.close()
        log.reader.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_on_a_log(test: Callable[[Log], Coroutine[Any, Any, None]]) -> None:
        async def go() -> None:
            async with _open(tmp_path) as log:
                await test(log)

        asyncio.run(go())

    return run_on_a_log


def _batch(*keys: bytes, **fields: int) -> bytes:
    return record_batch([(key, b"v") for key in keys], **fields)


def _offsets(batches: list[bytes]) -> list[tuple[int, int]]:
    return [(read_header(data).base_offset, read_header(data).last_offset) for data in batches]


def test_batches_are_given_offsets_in_the_order_of_their_coming(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        results = await asyncio.gather(*log.append(partition, _batch(b"a"), _batch(b"b", b"c"), _batch(b"d")))
        assert [result.base_offset for result in results] == [0, 1, 3]
        assert _offsets(await log.read(partition)) == [(0, 0), (1, 2), (3, 3)]
        assert partition.high_watermark == 4

    run(test)


@pytest.mark.parametrize(("offset", "first"), [(0, 0), (1, 1), (2, 1), (3, 3)])
def test_reading_starts_with_the_batch_that_holds_the_offset(run: Run, offset: int, first: int) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        await asyncio.gather(*log.append(partition, _batch(b"a"), _batch(b"b", b"c"), _batch(b"d")))
        assert _offsets(await log.read(partition, offset))[0][0] == first
        cached = log.tail.read(partition.id, offset, _EVERYTHING, _EVERYTHING)
        assert cached == await log.read(partition, offset)

    run(test)


def test_reading_stops_before_too_many_bytes_but_returns_one_batch(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        await asyncio.gather(*log.append(partition, *(_batch(b"a") for _ in range(5))))
        size = len(_batch(b"a"))
        assert len(await log.read(partition, 0, max_bytes=1)) == 1
        assert len(await log.read(partition, 1, max_bytes=3 * size)) == 3
        assert len(log.tail.read(partition.id, 0, _EVERYTHING, 1) or ()) == 1
        assert len(log.tail.read(partition.id, 1, _EVERYTHING, 3 * size) or ()) == 3

    run(test)


def test_partitions_do_not_see_each_other(run: Run) -> None:
    async def test(log: Log) -> None:
        await log.create("two", partitions=2)
        first, second = log.catalog.by_name["two"].partitions
        await asyncio.gather(*log.append(first, _batch(b"a")), *log.append(second, _batch(b"b"), _batch(b"c")))
        assert len(await log.read(first)) == 1
        assert len(await log.read(second)) == 2

    run(test)


def test_a_log_is_found_again_after_a_restart(tmp_path: Path) -> None:
    async def write() -> None:
        async with _open(tmp_path) as log:
            partition = await log.create()
            batch = _batch(b"a", b"b", producer_id=7, epoch=0, sequence=0)
            await asyncio.gather(*log.append(partition, batch))

    async def look() -> None:
        async with _open(tmp_path) as log:
            (partition,) = log.catalog.by_name["t"].partitions
            assert (partition.next_offset, partition.high_watermark) == (2, 2)
            assert _offsets(await log.read(partition)) == [(0, 1)]
            (again,) = await asyncio.gather(
                *log.append(partition, _batch(b"a", b"b", producer_id=7, epoch=0, sequence=0))
            )
            assert again.base_offset == 0
            assert partition.high_watermark == 2

    asyncio.run(write())
    asyncio.run(look())


def test_a_refused_batch_does_not_touch_the_others(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        good, gap, next_one = await asyncio.gather(
            *log.append(
                partition,
                _batch(b"a", producer_id=1, epoch=0, sequence=0),
                _batch(b"b", producer_id=1, epoch=0, sequence=5),
                _batch(b"c", producer_id=1, epoch=0, sequence=1),
            )
        )
        assert (good.base_offset, next_one.base_offset) == (0, 1)
        assert gap.refusal is not None
        assert gap.refusal.code is ErrorCode.out_of_order_sequence_number

    run(test)


def test_a_full_disk_refuses_and_writing_goes_on_when_there_is_space(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        await asyncio.gather(*log.append(partition, _batch(b"a", producer_id=1, epoch=0, sequence=0)))
        (pages,) = log.connection.execute("PRAGMA page_count").fetchone()
        log.connection.execute(f"PRAGMA max_page_count = {pages + 1}").fetchall()
        big = record_batch([(b"k", b"v" * 500_000)], producer_id=1, epoch=0, sequence=1)
        results = await asyncio.gather(*log.append(partition, big, big), return_exceptions=True)
        assert [type(result) for result in results] == [StorageError, StorageError]
        assert "full" in str(results[0])
        assert (partition.next_offset, partition.high_watermark) == (1, 1)
        log.connection.execute("PRAGMA max_page_count = 1000000").fetchall()
        (result,) = await asyncio.gather(*log.append(partition, big))
        assert result.base_offset == 1
        assert [fault is None for fault in log.faults if fault][:1] == [False]
        assert log.faults[-1] is None

    run(test)


def test_a_topic_is_created_once(run: Run) -> None:
    async def test(log: Log) -> None:
        results = await asyncio.gather(log.create(), log.create(), return_exceptions=True)
        assert sum(isinstance(result, ApiError) for result in results) == 1

    run(test)


def test_the_end_of_a_log_is_kept_when_all_its_batches_are_gone(tmp_path: Path) -> None:
    async def empty() -> None:
        async with _open(tmp_path) as log:
            partition = await log.create()
            await asyncio.gather(*log.append(partition, _batch(b"a"), _batch(b"b")))
            await log.writer.submit(MoveLogStart([(partition, 2)], log.tail))
            assert await sweep_before(log.reader, log.writer, partition.id, 2) == 2
            assert await log.read(partition) == []

    async def look() -> None:
        async with _open(tmp_path) as log:
            (partition,) = log.catalog.by_name["t"].partitions
            assert (partition.log_start, partition.next_offset) == (2, 2)

    asyncio.run(empty())
    asyncio.run(look())


def test_a_deleted_topic_is_swept_and_its_name_is_free(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        await asyncio.gather(*log.append(partition, _batch(b"a")))
        await log.writer.submit(DeleteTopic(log.catalog, log.catalog.by_name["t"], {}))
        successor = await log.create()
        assert (successor.high_watermark, partition.is_deleted) == (0, True)
        await sweep_deleted(log.reader, log.writer)
        for table, count in (("batch", 0), ("partition", 1)):
            assert log.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)

    run(test)


async def _compact(log: Log, partition: PartitionLog, now_ms: int = 0, **settings: str) -> bool:
    config = topic_config({"cleanup.policy": "compact", **settings}, {})
    cleaning = Cleaning(log.reader, log.writer, log.tail, partition=partition, config=config, now_ms=now_ms)
    is_worthwhile = await cleaning.is_worthwhile()
    if is_worthwhile:
        await cleaning.run()
    return is_worthwhile


def test_compaction_runs_when_enough_is_dirty(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        await asyncio.gather(*log.append(partition, *(_batch(b"k") for _ in range(10)), _batch(b"l")))
        assert await _compact(log, partition)
        assert _offsets(await log.read(partition)) == [(9, 9), (10, 10)]
        assert not await _compact(log, partition)
        await asyncio.gather(*log.append(partition, _batch(b"m")))
        assert not await _compact(log, partition)
        await asyncio.gather(*log.append(partition, _batch(b"k")))
        assert await _compact(log, partition)
        assert _offsets(await log.read(partition)) == [(10, 10), (11, 11), (12, 12)]
        assert log.tail.read(partition.id, 0, _EVERYTHING, _EVERYTHING) is None

    run(test)


def test_the_last_batch_stays_when_its_records_go(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        await asyncio.gather(*log.append(partition, _batch(b"k"), record_batch([(b"k", None)])))
        assert await _compact(log, partition, now_ms=0, **{"delete.retention.ms": "100"})
        assert _offsets(await log.read(partition)) == [(1, 1)]
        assert not await _compact(log, partition, now_ms=99, **{"delete.retention.ms": "100"})
        assert await _compact(log, partition, now_ms=100, **{"delete.retention.ms": "100"})
        (last,) = await log.read(partition)
        assert (read_header(last).record_count, read_header(last).last_offset) == (0, 1)
        assert read_records(last) == []

    run(test)


def test_young_records_are_not_compacted(run: Run) -> None:
    async def test(log: Log) -> None:
        partition = await log.create()
        old, young = _batch(b"k", base_timestamp=1_000), _batch(b"k", base_timestamp=5_000)
        await asyncio.gather(*log.append(partition, old, old, young, young))
        assert await _compact(log, partition, now_ms=6_000, **{"min.compaction.lag.ms": "2000"})
        assert _offsets(await log.read(partition)) == [(1, 1), (2, 2), (3, 3)]

    run(test)


def test_the_tail_cache_keeps_to_its_budget(tmp_path: Path) -> None:
    async def test() -> None:
        async with _open(tmp_path, tail_bytes=2_000) as log:
            partition = await log.create()
            for _ in range(200):
                await asyncio.gather(*log.append(partition, _batch(b"k")))
            assert log.tail.read(partition.id, 0, _EVERYTHING, _EVERYTHING) is None
            newest = log.tail.read(partition.id, 199, _EVERYTHING, _EVERYTHING)
            assert newest == await log.read(partition, 199)

    asyncio.run(test())
