"""The log and the transactions of a broker on a real database, without sockets, and what a client makes of them."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from connect_runtime.broker.groups.offsets import load_offsets
from connect_runtime.broker.log.aborted import AbortedTransaction, aborted_between
from connect_runtime.broker.log.append import Append, AppendResult, NewBatch
from connect_runtime.broker.log.batch import CONTROL, read_header
from connect_runtime.broker.log.catalog import load_catalog
from connect_runtime.broker.log.cleaning import Cleaning
from connect_runtime.broker.log.markers import Marker
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.reader import LogReader, read_batches_and_aborted
from connect_runtime.broker.log.records import read_records
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.log.topic_changes import CreateTopic
from connect_runtime.broker.log.topic_config import topic_config
from connect_runtime.broker.storage.database import DATABASE_NAME, open_writer
from connect_runtime.broker.storage.writer import Change, Writer
from connect_runtime.broker.transactions.coordinator import Owner, TransactionCoordinator
from connect_runtime.broker.transactions.registry import load_transactions
from connect_runtime.broker.transactions.steps import StepTargets
from connect_runtime.broker.transactions.transaction import Move
from tests.unit.broker.batches import record_batch

_EVERYTHING = 10**9
_TRANSACTIONAL = 0x10


__all__ = ["Run", "TransactionalLog", "compact", "opened", "run_in"]


class TransactionalLog:
    """A broker's log and transactions, without the rest."""

    def __init__(self, folder: Path) -> None:
        self.connection = open_writer(folder, flush_to_disk=False)
        self.writer = Writer(self.connection, folder / DATABASE_NAME, lambda _: None)
        self.reader = LogReader(folder)
        self.now_ms = 1_000
        self.targets = StepTargets(
            registry=load_transactions(self.connection),
            catalog=load_catalog(self.connection, {}),
            committed=load_offsets(self.connection),
            tail=TailCache(10**6),
        )
        self.transactions = TransactionCoordinator(self.targets, lambda: self.now_ms)

    def partition(self, number: int = 0) -> PartitionLog:
        return self.targets.catalog.by_name["t"].partitions[number]

    async def create(self, partitions: int = 2) -> PartitionLog:
        await self.writer.submit(CreateTopic(self.targets.catalog, "t", UUID(int=1), partitions, {}))
        return self.partition()

    async def init(self, transactional_id: str = "id", producer_id: int = 7) -> Owner:
        step = self.transactions.initialize(transactional_id, 1_000, None, producer_id)
        await self.writer.submit(step)
        return transactional_id, step.result.producer_id, step.result.epoch

    async def begin(self, owner: Owner, *numbers: int) -> None:
        await self.writer.submit(self.transactions.add_partitions(owner, [("t", number) for number in numbers or (0,)]))

    def append(self, owner: Owner, sequence: int, *keys: bytes, number: int = 0) -> Append:
        data = record_batch(
            [(key, b"v") for key in keys],
            producer_id=owner[1],
            epoch=owner[2],
            sequence=sequence,
            attributes=_TRANSACTIONAL,
        )
        check = self.transactions.write_check(owner, ("t", number))
        batch = NewBatch(self.partition(number), read_header(data), data, False, check)
        return Append([batch], self.targets.tail, lambda: self.now_ms)

    def append_plain(self, *keys: bytes, **fields: int) -> Append:
        data = record_batch([(key, b"v") for key in keys], **fields)
        return Append([NewBatch(self.partition(), read_header(data), data, False)], self.targets.tail, lambda: 1)

    async def write(self, owner: Owner, sequence: int, *keys: bytes, number: int = 0) -> AppendResult:
        change = self.append(owner, sequence, *keys, number=number)
        await self.writer.submit(change)
        return change.results[0]

    async def end(self, owner: Owner, move: Move) -> None:
        await self.writer.submit(self.transactions.end(owner, move))

    async def submit(self, *changes: Change) -> list[BaseException | None]:
        """All of them in one transaction of the database."""
        return await asyncio.gather(*(self.writer.submit(change) for change in changes), return_exceptions=True)

    async def read_committed(self, number: int = 0) -> list[tuple[int, bytes]]:
        """Offset and key of what a client shows to its user; the answer is that of the tail and of the database."""
        partition = self.partition(number)
        end, start = partition.last_stable_offset, partition.log_start
        batches, aborted = await self.reader.run(read_batches_and_aborted, partition.id, start, end, _EVERYTHING)
        cached = self.targets.tail.read(partition.id, start, end, _EVERYTHING)
        if cached is not None:
            assert cached == batches
            assert aborted_between(partition.aborted, start, end) == aborted
        return _shown(batches, aborted)

    async def close(self) -> None:
        await self.writer.close()
        self.reader.close()


def _shown(batches: Iterable[bytes], aborted: Iterable[AbortedTransaction]) -> list[tuple[int, bytes]]:
    """What Kafka's clients make of a fetch: they know aborted producers from their first offset to their marker."""
    waiting = sorted(aborted, key=lambda entry: entry.first_offset)
    out: set[int] = set()
    shown: list[tuple[int, bytes]] = []
    for data in batches:
        header = read_header(data)
        while waiting and waiting[0].first_offset <= header.last_offset:
            out.add(waiting.pop(0).producer_id)
        records = read_records(data)
        if header.attributes & CONTROL:
            if struct.unpack(">hh", records[0].key or b"") == (0, Marker.ABORT.value):
                out.discard(header.producer_id)
        elif not header.attributes & _TRANSACTIONAL or header.producer_id not in out:
            shown += [(header.base_offset + record.offset_delta, record.key or b"") for record in records]
    return shown


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[TransactionalLog]:
    broker = TransactionalLog(folder)
    try:
        yield broker
    finally:
        await broker.close()


Run = Callable[[Callable[[TransactionalLog], Coroutine[Any, Any, None]]], None]


def run_in(folder: Path) -> Run:
    """Runs tests on a log in that folder; a second one finds what the first one left, as after a restart."""

    def run(test: Callable[[TransactionalLog], Coroutine[Any, Any, None]]) -> None:
        async def go() -> None:
            async with opened(folder) as broker:
                await test(broker)

        asyncio.run(go())

    return run


async def compact(broker: TransactionalLog) -> None:
    cleaning = Cleaning(
        broker.reader,
        broker.writer,
        broker.targets.tail,
        partition=broker.partition(),
        config=topic_config({"cleanup.policy": "compact"}, {}),
        now_ms=broker.now_ms,
    )
    await cleaning.run()
