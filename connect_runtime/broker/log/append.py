"""Appending the batches of one produce request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.batch import NO_PRODUCER, TRANSACTIONAL, BatchHeader, with_append_time, with_base_offset
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.sequence import (
    Appended,
    ProducerState,
    check_transaction,
    find_duplicate,
    next_state,
    pack_batches,
    sequence_after,
)
from connect_runtime.broker.log.tail import StoredBatch, TailCache
from connect_runtime.broker.storage.database import INSERT_BATCH, PUT_PRODUCER, row_key
from connect_runtime.broker.storage.writer import Statement

__all__ = ["Append", "AppendResult", "NewBatch"]


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A checked batch on its way into a partition.

    Attributes:
        partition: Where it goes.
        header: Its header.
        data: Its bytes.
        uses_append_time: Whether the broker's time replaces the records' own.
        check_transaction: Raises `ApiError` unless the batch belongs to an open transaction, as the changes before it
            leave that; None for a batch that is not transactional.
    """

    partition: PartitionLog
    header: BatchHeader
    data: bytes
    uses_append_time: bool
    check_transaction: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What became of one batch.

    Attributes:
        base_offset: Offset of its first record, -1 when it was refused.
        append_time_ms: The broker's time that its records carry, None when they carry their own.
        refusal: Why it was refused, None when it is in the log.
    """

    base_offset: int
    append_time_ms: int | None = None
    refusal: ApiError | None = None


class Append:
    """A change that appends batches, each judged by itself: one that is refused does not touch the others.

    Args:
        batches: The batches, at most one per partition.
        tail: Where readers find the newest batches.
        clock_ms: The time.

    Attributes:
        results: One per batch, in their order, once staged.
    """

    def __init__(self, batches: Sequence[NewBatch], tail: TailCache, clock_ms: Callable[[], int]) -> None:
        self.results: list[AppendResult] = []
        self._batches = batches
        self._tail = tail
        self._clock_ms = clock_ms
        self._undo: list[tuple[PartitionLog, int, int, ProducerState | None]] = []
        self._stored: list[tuple[PartitionLog, StoredBatch]] = []
        self._begun: list[tuple[PartitionLog, int, int]] = []
        self._batch_rows: list[tuple[int, int, int, int, bytes]] = []
        self._producer_rows: list[tuple[int, int, int, int, bytes, int | None]] = []

    def stage(self) -> list[Statement]:
        """Give every batch its offsets."""
        now_ms = self._clock_ms()
        self.results = [self._stage_one(batch, now_ms) for batch in self._batches]
        statements: list[Statement] = []
        if self._batch_rows:
            statements.append((INSERT_BATCH, self._batch_rows))
        if self._producer_rows:
            statements.append((PUT_PRODUCER, self._producer_rows))
        return statements

    def apply(self) -> None:
        """Let readers see the batches."""
        for partition, producer_id, first_offset in self._begun:
            partition.undecided[producer_id] = first_offset
        for partition, stored in self._stored:
            partition.high_watermark = stored.last_offset + 1
            if partition.is_deleted:
                continue
            self._tail.add(partition.id, stored)
            partition.wake_readers()

    def revert(self) -> None:
        """Give the offsets and sequence numbers back."""
        for partition, next_offset, producer_id, producer in reversed(self._undo):
            partition.next_offset = next_offset
            if producer is None:
                partition.producers.pop(producer_id, None)
            else:
                partition.producers[producer_id] = producer

    def _stage_one(self, batch: NewBatch, now_ms: int) -> AppendResult:
        partition, header = batch.partition, batch.header
        if partition.is_deleted:
            return AppendResult(-1, refusal=ApiError(ErrorCode.unknown_topic_or_partition))
        producer = partition.producers.get(header.producer_id)
        if header.producer_id != NO_PRODUCER:
            try:
                if batch.check_transaction is not None:
                    batch.check_transaction()
                check_transaction(producer, is_transactional=header.attributes & TRANSACTIONAL != 0)
                duplicate = find_duplicate(producer, header.producer_epoch, header.base_sequence, header.record_count)
            except ApiError as refusal:
                return AppendResult(-1, refusal=refusal)
            if duplicate is not None:
                return AppendResult(duplicate.base_offset)
        base_offset = partition.next_offset
        self._undo.append((partition, base_offset, header.producer_id, producer))
        self._store(batch, base_offset, now_ms)
        if header.producer_id != NO_PRODUCER:
            self._remember(batch, producer, base_offset, now_ms)
        return AppendResult(base_offset, now_ms if batch.uses_append_time else None)

    def _store(self, batch: NewBatch, base_offset: int, now_ms: int) -> None:
        data, max_timestamp = with_base_offset(batch.data, base_offset), batch.header.max_timestamp
        if batch.uses_append_time:
            data, max_timestamp = with_append_time(data, now_ms), now_ms
        last_offset = base_offset + batch.header.last_offset_delta
        batch.partition.next_offset = last_offset + 1
        self._batch_rows.append((row_key(batch.partition.id, base_offset), last_offset, max_timestamp, len(data), data))
        self._stored.append((batch.partition, StoredBatch(base_offset, last_offset, data)))

    def _remember(self, batch: NewBatch, producer: ProducerState | None, base_offset: int, now_ms: int) -> None:
        header = batch.header
        last_sequence = sequence_after(header.base_sequence, header.record_count - 1)
        appended = Appended(header.base_sequence, last_sequence, base_offset)
        is_transactional = header.attributes & TRANSACTIONAL != 0
        state = next_state(producer, header.producer_epoch, appended, now_ms, is_transactional=is_transactional)
        if is_transactional and state.transaction_start == base_offset:
            self._begun.append((batch.partition, header.producer_id, base_offset))
        batch.partition.producers[header.producer_id] = state
        self._producer_rows.append(
            (batch.partition.id, header.producer_id, state.epoch, now_ms, pack_batches(state), state.transaction_start)
        )
