"""Markers: the control records with which the broker says in a partition how a transaction ended.

Format: https://kafka.apache.org/documentation/#controlbatch, key `ControlRecordType`, value `EndTxnMarker`.
"""

import struct
from collections.abc import Sequence
from enum import Enum

from crc32c import crc32c

from connect_runtime.broker.log.aborted import AbortedTransaction
from connect_runtime.broker.log.batch import CONTROL, LEADER_EPOCH, TRANSACTIONAL
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.sequence import ProducerState, pack_batches, state_after_marker
from connect_runtime.broker.log.tail import StoredBatch, TailCache
from connect_runtime.broker.storage.database import INSERT_BATCH, PUT_PRODUCER, row_key
from connect_runtime.broker.storage.writer import Statement

__all__ = ["COORDINATOR_EPOCH", "AppendMarkers", "Marker", "marker_batch"]

COORDINATOR_EPOCH = 0
"""There is one coordinator, and it is never elected anew."""

_FRONT = struct.Struct(">qiibI")
_CHECKED = struct.Struct(">hiqqqhii")
_BYTES_BEFORE_CHECKED = 9
_NO_SEQUENCE = -1
_INSERT_ABORTED = "INSERT INTO aborted VALUES (?, ?, ?, ?, ?)"


class Marker(Enum):
    """How a transaction ended, by the number that its control record has."""

    ABORT = 0
    COMMIT = 1


def marker_batch(marker: Marker, base_offset: int, producer_id: int, epoch: int, now_ms: int) -> bytes:
    """The control batch of a marker, as it lies in the log."""
    key = struct.pack(">hh", 0, marker.value)
    value = struct.pack(">hi", 0, COORDINATOR_EPOCH)
    # Attributes, timestamp delta, offset delta, key, value, no headers. All these numbers are small enough for a
    # varint of one byte, which is twice the number.
    body = bytes((0, 0, 0, 2 * len(key))) + key + bytes((2 * len(value),)) + value + b"\0"
    record = bytes((2 * len(body),)) + body
    checked = _CHECKED.pack(CONTROL | TRANSACTIONAL, 0, now_ms, now_ms, producer_id, epoch, _NO_SEQUENCE, 1) + record
    front = _FRONT.pack(base_offset, len(checked) + _BYTES_BEFORE_CHECKED, LEADER_EPOCH, 2, crc32c(checked))
    return front + checked


class AppendMarkers:
    """A change that writes one marker to each of some partitions.

    Args:
        partitions: Where the transaction may have written.
        tail: Where readers find the newest batches.
        marker: How it ended.
        producer_id: Whose transaction it is.
        epoch: Epoch of the marker; producers with an older one cannot write any more.
        now_ms: The time.
    """

    def __init__(
        self,
        partitions: Sequence[PartitionLog],
        tail: TailCache,
        *,
        marker: Marker,
        producer_id: int,
        epoch: int,
        now_ms: int,
    ) -> None:
        self._partitions = [partition for partition in partitions if not partition.is_deleted]
        self._tail = tail
        self._marker = marker
        self._producer_id = producer_id
        self._epoch = epoch
        self._now_ms = now_ms
        self._undo: list[tuple[PartitionLog, ProducerState | None]] = []
        self._stored: list[tuple[PartitionLog, StoredBatch, AbortedTransaction | None]] = []

    def stage(self) -> list[Statement]:
        """Give every marker its offset, and close the transaction for what is staged later."""
        for partition in self._partitions:
            self._stage_one(partition)
        if not self._stored:
            return []
        return [
            (INSERT_BATCH, [self._batch_row(partition, stored) for partition, stored, _ in self._stored]),
            (PUT_PRODUCER, [self._producer_row(partition) for partition in self._partitions]),
            (_INSERT_ABORTED, [(partition.id, *aborted) for partition, _, aborted in self._stored if aborted]),
        ]

    def apply(self) -> None:
        """Let readers see the markers, and what they make stable."""
        for partition, stored, aborted in self._stored:
            partition.high_watermark = stored.last_offset + 1
            partition.undecided.pop(self._producer_id, None)
            if aborted is not None:
                partition.aborted.append(aborted)
            if partition.is_deleted:
                continue
            self._tail.add(partition.id, stored)
            partition.wake_readers()

    def revert(self) -> None:
        """Give the offsets back."""
        for partition, producer in reversed(self._undo):
            partition.next_offset -= 1
            if producer is None:
                partition.producers.pop(self._producer_id, None)
            else:
                partition.producers[self._producer_id] = producer

    def _stage_one(self, partition: PartitionLog) -> None:
        offset, before = partition.next_offset, partition.producers.get(self._producer_id)
        self._undo.append((partition, before))
        partition.next_offset = offset + 1
        partition.producers[self._producer_id] = state_after_marker(before, self._epoch, self._now_ms)
        data = marker_batch(self._marker, offset, self._producer_id, self._epoch, self._now_ms)
        first_offset = None if before is None else before.transaction_start
        aborted = None
        if self._marker is Marker.ABORT and first_offset is not None:
            stable_offset = partition.first_open_offset(offset + 1)
            aborted = AbortedTransaction(self._producer_id, first_offset, offset, stable_offset)
        self._stored.append((partition, StoredBatch(offset, offset, data), aborted))

    def _batch_row(self, partition: PartitionLog, stored: StoredBatch) -> tuple[int, int, int, int, bytes]:
        key = row_key(partition.id, stored.base_offset)
        return key, stored.last_offset, self._now_ms, len(stored.data), stored.data

    def _producer_row(self, partition: PartitionLog) -> tuple[int, int, int, int, bytes, None]:
        state = partition.producers[self._producer_id]
        return partition.id, self._producer_id, state.epoch, state.updated_ms, pack_batches(state), None
