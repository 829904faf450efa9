"""Compacting one partition, beside the producers: read and decide on a reading thread, write a piece at a time."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass, field

from connect_runtime.broker.log.aborted import AbortedRanges
from connect_runtime.broker.log.batch import CONTROL, read_header
from connect_runtime.broker.log.compaction import Newest, compact_batch, note_newest
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.reader import LogReader
from connect_runtime.broker.log.records import with_records
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.log.topic_config import TopicConfig
from connect_runtime.broker.storage.database import row_key
from connect_runtime.broker.storage.writer import Statement, Writer

__all__ = ["Cleaning"]

_PIECE_BYTES = 2 * 1024 * 1024
_PIECE_ROWS = 500
_MOST_KEYS = 2_000_000
_REST_SHARE = 1.0

_DIRT = "SELECT coalesce(sum(size), 0) FROM batch WHERE key >= ? AND key < ?"
_TOO_YOUNG = "SELECT min(key) FROM batch WHERE key >= ? AND key < ? AND max_timestamp > ?"
_PIECE = "SELECT key, size, tombstones_due, data FROM batch WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
_REWRITE = "UPDATE batch SET data = ?, size = ?, tombstones_due = ? WHERE key = ?"
_POSTPONE = "UPDATE batch SET tombstones_due = ? WHERE key = ?"
_DELETE = "DELETE FROM batch WHERE key = ?"
_DELETE_ABORTED = "DELETE FROM aborted WHERE partition_id = ? AND last_offset = ?"


@dataclass(slots=True)
class _Piece:
    """A part of the log that was looked at: what to write, where it ended, when its tombstones fall due."""

    rewritten: list[tuple[bytes, int, int | None, int]] = field(default_factory=list)
    postponed: list[tuple[int | None, int]] = field(default_factory=list)
    deleted: list[tuple[int]] = field(default_factory=list)
    deleted_markers: set[int] = field(default_factory=set)
    next_key: int | None = None
    due_ms: int | None = None


class _WritePiece:
    def __init__(self, partition: PartitionLog, piece: _Piece, tail: TailCache) -> None:
        self._partition = partition
        self._piece = piece
        self._tail = tail

    def stage(self) -> list[Statement]:
        return [
            (_REWRITE, self._piece.rewritten),
            (_POSTPONE, self._piece.postponed),
            (_DELETE, self._piece.deleted),
            (_DELETE_ABORTED, [(self._partition.id, offset) for offset in self._piece.deleted_markers]),
        ]

    def apply(self) -> None:
        if self._piece.rewritten or self._piece.deleted:
            self._tail.forget(self._partition.id)
        markers = self._piece.deleted_markers
        if markers:
            self._partition.aborted = [entry for entry in self._partition.aborted if entry.last_offset not in markers]

    def revert(self) -> None:
        pass


class _Finish:
    def __init__(self, partition: PartitionLog, cleaned_to: int, due_ms: int | None) -> None:
        self._partition = partition
        self._cleaned_to = cleaned_to
        self._due_ms = due_ms

    def stage(self) -> list[Statement]:
        row = (self._cleaned_to, self._due_ms, self._cleaned_to, self._partition.id)
        return [("UPDATE partition SET cleaned_to = ?, sweep_at = ?, log_end = max(log_end, ?) WHERE id = ?", [row])]

    def apply(self) -> None:
        self._partition.cleaned_to = self._cleaned_to
        self._partition.sweep_at_ms = self._due_ms

    def revert(self) -> None:
        pass


class Cleaning:
    """One run of compaction over one partition. For the loop's thread.

    Args:
        reader: Reads and decides.
        writer: Writes.
        tail: Is told when the log changed behind its end.
        partition: What to compact.
        config: Its topic's settings.
        now_ms: The time of the run.
    """

    def __init__(
        self,
        reader: LogReader,
        writer: Writer,
        tail: TailCache,
        *,
        partition: PartitionLog,
        config: TopicConfig,
        now_ms: int,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._tail = tail
        self._partition = partition
        self._config = config
        self._now_ms = now_ms
        self._newest = Newest()

    async def is_worthwhile(self) -> bool:
        """Whether enough was written since the last run, or tombstones fall due."""
        partition = self._partition
        if partition.sweep_at_ms is not None and partition.sweep_at_ms <= self._now_ms:
            return True
        end = partition.last_stable_offset
        if partition.cleaned_to >= end:
            return False
        clean, dirty = await self._reader.run(_dirt, partition.id, partition.cleaned_to, end)
        return dirty > 0 and dirty >= self._config.min_dirty_ratio * (clean + dirty)

    async def run(self) -> None:
        """Compact what is stable: of an open transaction nobody knows yet which records will count.

        Raises:
            StorageError: The log cannot be written now. What was written until then is correct.
        """
        end = self._partition.last_stable_offset
        self._newest.aborted = AbortedRanges(self._partition.aborted)
        if self._config.min_compaction_lag_ms > 0:
            young_ms = self._now_ms - self._config.min_compaction_lag_ms
            end = await self._reader.run(_first_younger, self._partition.id, end, young_ms)
            if end <= self._partition.cleaned_to and self._partition.sweep_at_ms is None:
                return
        end = await self._note_newest(end)
        due_ms = await self._drop_superseded(end)
        await self._writer.submit(_Finish(self._partition, max(end, self._partition.cleaned_to), due_ms))

    async def _note_newest(self, end: int) -> int:
        key: int | None = row_key(self._partition.id, self._partition.cleaned_to)
        behind = row_key(self._partition.id, end)
        while key is not None:
            if len(self._newest.offsets) > _MOST_KEYS:
                return key - row_key(self._partition.id, 0)
            started = time.monotonic()
            key = await self._reader.run(_note_piece, key, behind, self._newest)
            await _rest(started)
        return end

    async def _drop_superseded(self, end: int) -> int | None:
        key: int | None = row_key(self._partition.id, 0)
        due_ms: int | None = None
        while key is not None and not self._partition.is_deleted:
            started = time.monotonic()
            piece = await self._reader.run(self._compact_piece, key, row_key(self._partition.id, end))
            if piece.rewritten or piece.postponed or piece.deleted:
                await self._writer.submit(_WritePiece(self._partition, piece, self._tail))
            due_ms = _earlier(due_ms, piece.due_ms)
            key = piece.next_key
            await _rest(started)
        return due_ms

    def _compact_piece(self, connection: sqlite3.Connection, key: int, behind: int) -> _Piece:
        piece = _Piece()
        end_of_log = self._partition.high_watermark
        for at, data, due_ms in _batches(connection, key, behind, piece):
            compacted = compact_batch(data, self._newest, due_ms, self._now_ms, self._config.delete_retention_ms)
            if compacted.tombstones_due_ms is not None and compacted.tombstones_due_ms > self._now_ms:
                piece.due_ms = _earlier(piece.due_ms, compacted.tombstones_due_ms)
            content = compacted.data
            header = read_header(data)
            is_marker = header.attributes & CONTROL != 0
            if content is None and header.last_offset == end_of_log - 1:
                # The last batch stays, empty: it is what takes a reader to the end of the log. A marker does so, too.
                content = data if is_marker else with_records(data, ())
            if content is None:
                piece.deleted.append((at,))
                if is_marker:
                    piece.deleted_markers.add(header.base_offset)
            elif content != data:
                piece.rewritten.append((content, len(content), compacted.tombstones_due_ms, at))
            elif compacted.tombstones_due_ms != due_ms:
                piece.postponed.append((compacted.tombstones_due_ms, at))
        return piece


def _batches(
    connection: sqlite3.Connection, key: int, behind: int, piece: _Piece
) -> list[tuple[int, bytes, int | None]]:
    """Batches from `key` on, up to the size of a piece; `piece.next_key` is set when there are more."""
    found: list[tuple[int, bytes, int | None]] = []
    total = 0
    for at, size, due_ms, data in connection.execute(_PIECE, (key, behind, _PIECE_ROWS)):
        found.append((at, data, due_ms))
        total += size
        if total >= _PIECE_BYTES or len(found) == _PIECE_ROWS:
            piece.next_key = at + 1
            break
    return found


def _note_piece(connection: sqlite3.Connection, key: int, behind: int, newest: Newest) -> int | None:
    piece = _Piece()
    note_newest(newest, [data for _, data, _ in _batches(connection, key, behind, piece)])
    return piece.next_key


def _dirt(connection: sqlite3.Connection, partition_id: int, cleaned_to: int, end: int) -> tuple[int, int]:
    first, middle, behind = (row_key(partition_id, offset) for offset in (0, cleaned_to, end))
    (clean,) = connection.execute(_DIRT, (first, middle)).fetchone()
    (dirty,) = connection.execute(_DIRT, (middle, behind)).fetchone()
    return clean, dirty


def _first_younger(connection: sqlite3.Connection, partition_id: int, end: int, young_ms: int) -> int:
    first = row_key(partition_id, 0)
    (key,) = connection.execute(_TOO_YOUNG, (first, row_key(partition_id, end), young_ms)).fetchone()
    return end if key is None else int(key) - first


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((time_ms for time_ms in (one, other) if time_ms is not None), default=None)


async def _rest(started: float) -> None:
    """Leave the processor to others for as long as the piece took: compaction is never in a hurry."""
    await asyncio.sleep((time.monotonic() - started) * _REST_SHARE)
