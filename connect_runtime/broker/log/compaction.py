"""Compaction: which records of a log are superseded by newer ones of the same key.

First a pass over the part that was not compacted yet notes the newest offset of every key; then a pass over the whole
log drops what is older than that. A batch that cannot be read here (see `codecs`) is kept as it is, and so are
tombstones behind it, since it may hold a value that they delete.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from connect_runtime.broker.log.aborted import AbortedRanges
from connect_runtime.broker.log.batch import CONTROL, TRANSACTIONAL, BatchHeader, read_header
from connect_runtime.broker.log.codecs import UndecodableError
from connect_runtime.broker.log.records import RecordView, read_records, with_records

__all__ = ["Compacted", "Newest", "compact_batch", "note_newest"]

_DIGEST_BYTES = 16


@dataclass(slots=True)
class Newest:
    """The newest offset of every key in a part of a log, for one run of compaction on one thread at a time.

    Attributes:
        offsets: Offset by digest of the key.
        first_opaque: Base offset of the first batch met that cannot be read, None when all could.
        aborted: The aborted transactions of the log.
    """

    aborted: AbortedRanges = field(default_factory=AbortedRanges)
    offsets: dict[bytes, int] = field(default_factory=dict)
    first_opaque: int | None = None


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compaction makes of one batch.

    Attributes:
        data: The batch without superseded records, None when no record is left.
        is_changed: Whether `data` differs from what was there.
        tombstones_due_ms: When tombstones left in it may go, None when there are none.
    """

    data: bytes | None
    is_changed: bool
    tombstones_due_ms: int | None


def note_newest(newest: Newest, batches: Iterable[bytes]) -> None:
    """Take batches, in the order of the log, into account."""
    for data in batches:
        header = read_header(data)
        base_offset = header.base_offset
        if _is_useless(header, newest.aborted):
            continue
        try:
            records = read_records(data)
        except UndecodableError:
            _note_opaque(newest, base_offset)
            continue
        for record in records:
            if record.key is not None:
                newest.offsets[_digest(record.key)] = base_offset + record.offset_delta


def compact_batch(
    data: bytes, newest: Newest, tombstones_due_ms: int | None, now_ms: int, delete_retention_ms: int
) -> Compacted:
    """Drop superseded records from a batch, and its tombstones when they have been readable for long enough.

    The batches of a log are to be given in their order. What a transaction wrote that was aborted goes, and so do
    markers: readers know aborted records by the entries in the answers to their fetches (see `aborted`), and once the
    records are gone nobody needs the marker.

    Args:
        data: The batch.
        newest: The newest offset of keys; must cover everything that was not compacted before.
        tombstones_due_ms: When this batch's tombstones may go, None when compaction sees it for the first time.
        now_ms: The time.
        delete_retention_ms: How long tombstones stay from their first compaction on.
    """
    header = read_header(data)
    base_offset = header.base_offset
    if _is_useless(header, newest.aborted):
        return Compacted(None, is_changed=True, tombstones_due_ms=None)
    try:
        records = read_records(data)
    except UndecodableError:
        _note_opaque(newest, base_offset)
        return Compacted(data, is_changed=False, tombstones_due_ms=None)
    may_hide_values = newest.first_opaque is not None and newest.first_opaque < base_offset
    are_tombstones_due = tombstones_due_ms is not None and tombstones_due_ms <= now_ms and not may_hide_values
    kept = [
        record
        for record in records
        if not _is_superseded(record, base_offset, newest.offsets) and not (record.is_tombstone and are_tombstones_due)
    ]
    due = None
    if any(record.is_tombstone for record in kept):
        due = now_ms + delete_retention_ms if tombstones_due_ms is None else tombstones_due_ms
    if len(kept) == len(records):
        return Compacted(data, is_changed=False, tombstones_due_ms=due)
    return Compacted(with_records(data, kept) if kept else None, is_changed=True, tombstones_due_ms=due)


def _is_useless(header: BatchHeader, aborted: AbortedRanges) -> bool:
    if not header.attributes & TRANSACTIONAL:
        return False
    return header.attributes & CONTROL != 0 or aborted.hold(header.producer_id, header.base_offset)


def _note_opaque(newest: Newest, base_offset: int) -> None:
    if newest.first_opaque is None or base_offset < newest.first_opaque:
        newest.first_opaque = base_offset


def _is_superseded(record: RecordView, base_offset: int, offsets: Mapping[bytes, int]) -> bool:
    # A record without a key, from before the topic was compacted, has nothing that it could be the newest of.
    if record.key is None:
        return True
    return offsets.get(_digest(record.key), -1) > base_offset + record.offset_delta


def _digest(key: bytes) -> bytes:
    return key if len(key) <= _DIGEST_BYTES - 1 else blake2b(key, digest_size=_DIGEST_BYTES).digest()
