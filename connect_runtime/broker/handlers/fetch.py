"""Fetch: answers at once when there is enough to read, else as soon as there is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.handlers.epochs import check_leader_epoch
from connect_runtime.broker.log.aborted import AbortedTransaction, aborted_between
from connect_runtime.broker.log.batch import read_header
from connect_runtime.broker.log.catalog import Topic
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.reader import read_batches, read_batches_and_aborted
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["fetch"]

_READ_COMMITTED = 1


@dataclass(frozen=True, slots=True)
class _Wish:
    """One partition of a fetch request: what is wanted, or why it cannot be had."""

    topic: Topic | None
    number: int
    partition: PartitionLog | None
    offset: int
    max_bytes: int
    refusal: ApiError | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for a wish; aborted transactions in it are told to `read_committed` readers only."""

    records: bytes = b""
    aborted: Sequence[AbortedTransaction] = ()
    refusal: ApiError | None = None


class _Patience:
    """How long a fetch waits. That it is over is noted by the timer itself: the loop's clock may be behind it."""

    def __init__(self, seconds: float, wake: asyncio.Event) -> None:
        self.is_over = seconds <= 0
        self._wake = wake
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end)

    def cancel(self) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        self._wake.set()


async def fetch(node: Node, request: Any, _client: Client) -> Answer:
    """Read from every partition asked for.

    Fetch sessions are not kept: an answer without a session id has the client send whole requests.
    """
    if getattr(request, "session_id", 0) != 0 and getattr(request, "session_epoch", -1) > 0:
        return {"error_code": ErrorCode.fetch_session_id_not_found, "responses": []}
    wishes = [(asked, [_wish(node, asked, part) for part in asked.partitions]) for asked in request.topics]
    flat = [wish for _, of_topic in wishes for wish in of_topic]
    reads = await _read_until_enough(node, request, flat)
    answers = []
    for asked, of_topic in wishes:
        name, uuid = _name_and_uuid(asked)
        partitions = [_partition_answer(wish, reads[id(wish)]) for wish in of_topic]
        answers.append({"topic": name, "topic_id": uuid, "partitions": partitions})
    return {"error_code": ErrorCode.none, "session_id": 0, "responses": answers}


def _wish(node: Node, asked: Any, part: Any) -> _Wish:
    try:
        topic = node.catalog.topic(*_name_and_uuid(asked))
        partition = node.catalog.partition(topic, part.partition)
        check_leader_epoch(getattr(part, "current_leader_epoch", -1))
    except ApiError as refusal:
        return _Wish(None, part.partition, None, part.fetch_offset, 0, refusal)
    return _Wish(topic, part.partition, partition, part.fetch_offset, part.partition_max_bytes)


async def _read_until_enough(node: Node, request: Any, wishes: list[_Wish]) -> dict[int, _Read]:
    appended = asyncio.Event()
    patience = _Patience(request.max_wait.total_seconds(), appended)
    partitions = [wish.partition for wish in wishes if wish.partition is not None]
    for partition in partitions:
        partition.readers.add(appended)
    try:
        while True:
            appended.clear()
            reads = await _read_all(node, request, wishes)
            size = sum(len(read.records) for read in reads.values())
            is_refused = any(read.refusal is not None for read in reads.values())
            if size >= request.min_bytes or is_refused or patience.is_over:
                return reads
            await appended.wait()
    finally:
        patience.cancel()
        for partition in partitions:
            partition.readers.discard(appended)


async def _read_all(node: Node, request: Any, wishes: list[_Wish]) -> dict[int, _Read]:
    room = min(getattr(request, "max_bytes", node.config.max_fetch_bytes), node.config.max_fetch_bytes)
    is_committed_only = request.isolation_level == _READ_COMMITTED
    reads: dict[int, _Read] = {}
    is_first = True
    for wish in wishes:
        read = await _read_one(node, wish, room, is_committed_only=is_committed_only, must_progress=is_first)
        reads[id(wish)] = read
        room -= len(read.records)
        is_first = is_first and not read.records
    return reads


async def _read_one(node: Node, wish: _Wish, room: int, *, is_committed_only: bool, must_progress: bool) -> _Read:
    partition = wish.partition
    if partition is None:
        return _Read(refusal=wish.refusal)
    if partition.is_deleted:
        return _Read(refusal=ApiError(ErrorCode.unknown_topic_or_partition))
    if not partition.log_start <= wish.offset <= partition.high_watermark:
        return _Read(refusal=ApiError(ErrorCode.offset_out_of_range))
    end = partition.last_stable_offset if is_committed_only else partition.high_watermark
    max_bytes = min(wish.max_bytes, room)
    if wish.offset >= end or (max_bytes <= 0 and not must_progress):
        return _Read()
    if is_committed_only and partition.aborted:
        batches, aborted = await _read_with_aborted(node, partition, wish.offset, end, max_bytes)
    else:
        batches, aborted = await _read_batches(node, partition, wish.offset, end, max_bytes), ()
    if not must_progress and batches and len(batches[0]) > max_bytes:
        return _Read()
    return _Read(batches[0] if len(batches) == 1 else b"".join(batches), aborted)


async def _read_batches(node: Node, partition: PartitionLog, offset: int, end: int, max_bytes: int) -> list[bytes]:
    batches = node.tail.read(partition.id, offset, end, max_bytes)
    if batches is None:
        return await node.reader.run(read_batches, partition.id, offset, end, max_bytes)
    return batches


async def _read_with_aborted(
    node: Node, partition: PartitionLog, offset: int, end: int, max_bytes: int
) -> tuple[list[bytes], Sequence[AbortedTransaction]]:
    batches = node.tail.read(partition.id, offset, end, max_bytes)
    if batches is None:
        return await node.reader.run(read_batches_and_aborted, partition.id, offset, end, max_bytes)
    if not batches:
        return batches, ()
    return batches, aborted_between(partition.aborted, offset, read_header(batches[-1]).last_offset + 1)


def _partition_answer(wish: _Wish, read: _Read) -> Answer:
    partition = wish.partition
    if read.refusal is not None or partition is None:
        code = read.refusal.code if read.refusal is not None else ErrorCode.unknown_server_error
        return {
            "partition_index": wish.number,
            "error_code": code,
            "high_watermark": -1,
            "last_stable_offset": -1,
            "log_start_offset": -1 if partition is None else partition.log_start,
            "aborted_transactions": None,
            "records": b"",
        }
    return {
        "partition_index": wish.number,
        "error_code": ErrorCode.none,
        "high_watermark": partition.high_watermark,
        "last_stable_offset": partition.last_stable_offset,
        "log_start_offset": partition.log_start,
        "aborted_transactions": [_aborted(entry) for entry in read.aborted] if read.aborted else (),
        "records": read.records,
    }


def _aborted(entry: AbortedTransaction) -> Answer:
    return {"producer_id": entry.producer_id, "first_offset": entry.first_offset}


def _name_and_uuid(asked: Any) -> tuple[str | None, UUID | None]:
    return getattr(asked, "topic", None), getattr(asked, "topic_id", None)
