"""The records inside a batch. Produce and fetch do without them, except for key checks on compacted topics."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from crc32c import crc32c

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.batch import CODEC_MASK, HEADER_BYTES, LOG_APPEND_TIME, BatchHeader, read_header
from connect_runtime.broker.log.codecs import UndecodableError, decompress

__all__ = ["RecordView", "check_keys", "find_by_timestamp", "read_records", "with_records"]

_CHECKED_FROM = 21
_COUNT_AT = 57


class RecordView(NamedTuple):
    """One record, as far as the broker cares.

    Attributes:
        offset_delta: Its offset, counted from the batch's base offset.
        timestamp_delta: Its timestamp, counted from the batch's base timestamp.
        key: Its key, None when it has none.
        is_tombstone: Whether its value is null.
        raw: Its bytes as they lie in the (uncompressed) batch.
    """

    offset_delta: int
    timestamp_delta: int
    key: bytes | None
    is_tombstone: bool
    raw: bytes


def read_records(data: bytes) -> list[RecordView]:
    """The records of a batch.

    Raises:
        UndecodableError: The batch is compressed in a way that cannot be read here, or it is damaged inside.
    """
    header = read_header(data)
    payload = decompress(header.attributes & CODEC_MASK, data[HEADER_BYTES:])
    records: list[RecordView] = []
    at = 0
    try:
        for _ in range(header.record_count):
            record, at = _read_record(payload, at)
            records.append(record)
    except IndexError as exc:
        raise UndecodableError("the records are longer than their batch") from exc
    if at != len(payload):
        raise UndecodableError("the records do not fill their batch")
    return records


def check_keys(data: bytes, header: BatchHeader) -> None:
    """Refuse a batch for a compacted topic that has a record without a key. A batch that stays opaque passes.

    Raises:
        ApiError: INVALID_RECORD.
    """
    try:
        records = read_records(data)
    except UndecodableError as exc:
        if header.attributes & CODEC_MASK:
            return
        raise ApiError(ErrorCode.corrupt_message, str(exc)) from exc
    if any(record.key is None for record in records):
        raise ApiError(ErrorCode.invalid_record, "Compacted topic cannot accept message without key.")


def find_by_timestamp(data: bytes, timestamp_ms: int) -> tuple[int, int] | None:
    """Offset and timestamp of the batch's first record that is not older, None when all are.

    An opaque batch answers with its first offset: never too late.
    """
    header = read_header(data)
    if header.attributes & LOG_APPEND_TIME:
        return (header.base_offset, header.max_timestamp) if header.max_timestamp >= timestamp_ms else None
    try:
        records = read_records(data)
    except UndecodableError:
        return (header.base_offset, header.max_timestamp) if header.max_timestamp >= timestamp_ms else None
    for record in records:
        timestamp = header.base_timestamp + record.timestamp_delta
        if timestamp >= timestamp_ms:
            return header.base_offset + record.offset_delta, timestamp
    return None


def with_records(data: bytes, kept: Sequence[RecordView]) -> bytes:
    """The batch with only some of its records, at their old offsets, uncompressed.

    The batch keeps its first and last offset, even where no record is left there; it may be left without any record,
    which tells readers to go on behind it.
    """
    batch = bytearray(data[:HEADER_BYTES])
    batch += b"".join(record.raw for record in kept)
    (attributes,) = struct.unpack_from(">h", batch, _CHECKED_FROM)
    struct.pack_into(">i", batch, 8, len(batch) - 12)
    struct.pack_into(">h", batch, _CHECKED_FROM, attributes & ~CODEC_MASK)
    struct.pack_into(">i", batch, _COUNT_AT, len(kept))
    struct.pack_into(">I", batch, 17, crc32c(memoryview(batch)[_CHECKED_FROM:]))
    return bytes(batch)


def _read_record(payload: bytes, start: int) -> tuple[RecordView, int]:
    length, body = _varint(payload, start)
    timestamp_delta, at = _varint(payload, body + 1)
    offset_delta, at = _varint(payload, at)
    key_length, at = _varint(payload, at)
    key = payload[at : at + key_length] if key_length >= 0 else None
    value_length, _ = _varint(payload, at + max(key_length, 0))
    end = body + length
    if length < 0 or end > len(payload):
        raise IndexError(end)
    return RecordView(offset_delta, timestamp_delta, key, value_length < 0, payload[start:end]), end


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    byte = payload[at]
    at += 1
    value = byte & 0x7F
    shift = 7
    while byte & 0x80:
        byte = payload[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
    return (value >> 1) ^ -(value & 1), at
