"""A record batch (message format 2) as an opaque blob with a header of 61 bytes.

Format: https://kafka.apache.org/documentation/#recordbatch. Base offset and leader epoch lie before
the checksummed part, so that a broker may fill them in without touching the rest.
"""

import struct
from typing import NamedTuple

from crc32c import crc32c

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError

__all__ = [
    "CODEC_MASK",
    "CONTROL",
    "HEADER_BYTES",
    "LEADER_EPOCH",
    "LOG_APPEND_TIME",
    "NO_PRODUCER",
    "TRANSACTIONAL",
    "BatchHeader",
    "check_batch",
    "read_header",
    "with_append_time",
    "with_base_offset",
]

HEADER_BYTES = 61
NO_PRODUCER = -1
LEADER_EPOCH = 0

_HEADER = struct.Struct(">qiibIhiqqqhii")
_FRONT = struct.Struct(">qiib")
_LENGTH_FROM = 12
_MAGIC_AT = 16
_CHECKSUM_AT = 17
_CHECKED_FROM = 21
_MAX_TIMESTAMP_AT = 35
_MAGIC = 2

CODEC_MASK = 0x07
LOG_APPEND_TIME = 0x08
TRANSACTIONAL = 0x10
CONTROL = 0x20


class BatchHeader(NamedTuple):
    """The fields of a batch header, as they lie in the bytes. Timestamps are milliseconds."""

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    checksum: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def last_offset(self) -> int:
        """Offset of the batch's last place, whether or not a record is still there."""
        return self.base_offset + self.last_offset_delta


def read_header(data: bytes) -> BatchHeader:
    """Read the header of a batch that is known to be well-formed."""
    return BatchHeader._make(_HEADER.unpack_from(data))


def check_batch(data: bytes | None, max_bytes: int) -> BatchHeader:
    """Check what a producer sent for one partition, and read its header.

    Raises:
        ApiError: With the protocol's code for what is wrong.
    """
    if not data:
        raise ApiError(ErrorCode.invalid_record, "the request carries no record batch for the partition")
    if len(data) > _MAGIC_AT and data[_MAGIC_AT] < _MAGIC:
        raise ApiError(
            ErrorCode.invalid_record,
            f"message format {data[_MAGIC_AT]} is not supported, only {_MAGIC}",
        )
    if len(data) < HEADER_BYTES:
        raise ApiError(ErrorCode.corrupt_message, f"a record batch of {len(data)} bytes is shorter than its header")
    header = read_header(data)
    _check_size(header, len(data), max_bytes)
    if crc32c(memoryview(data)[_CHECKED_FROM:]) != header.checksum:
        raise ApiError(ErrorCode.corrupt_message, "the record batch does not match its checksum")
    _check_content(header)
    return header


def with_base_offset(data: bytes, offset: int) -> bytes:
    """The batch with its base offset and our leader epoch filled in."""
    return b"".join(
        (_FRONT.pack(offset, len(data) - _LENGTH_FROM, LEADER_EPOCH, _MAGIC), memoryview(data)[_CHECKSUM_AT:])
    )


def with_append_time(data: bytes, now_ms: int) -> bytes:
    """The batch with all its records' timestamps replaced by the broker's time (`LogAppendTime`)."""
    patched = bytearray(data)
    (attributes,) = struct.unpack_from(">h", patched, _CHECKED_FROM)
    struct.pack_into(">h", patched, _CHECKED_FROM, attributes | LOG_APPEND_TIME)
    struct.pack_into(">q", patched, _MAX_TIMESTAMP_AT, now_ms)
    struct.pack_into(">I", patched, _CHECKSUM_AT, crc32c(memoryview(patched)[_CHECKED_FROM:]))
    return bytes(patched)


def _check_size(header: BatchHeader, size: int, max_bytes: int) -> None:
    if header.magic != _MAGIC:
        raise ApiError(ErrorCode.corrupt_message, f"there is no message format {header.magic}")
    if header.length + _LENGTH_FROM < size and header.length + _LENGTH_FROM >= HEADER_BYTES:
        raise ApiError(ErrorCode.invalid_record, "a produce request carries one record batch per partition, not more")
    if header.length + _LENGTH_FROM != size:
        raise ApiError(ErrorCode.corrupt_message, "the record batch is not as long as its header says")
    if size > max_bytes:
        raise ApiError(
            ErrorCode.message_too_large, f"the record batch has {size} bytes, max.message.bytes is {max_bytes}"
        )


def _check_content(header: BatchHeader) -> None:
    if header.record_count <= 0 or header.last_offset_delta != header.record_count - 1:
        raise ApiError(ErrorCode.invalid_record, "the record batch's count and last offset do not agree")
    if header.attributes & CONTROL:
        raise ApiError(ErrorCode.invalid_record, "control records are the broker's to write")
    if header.attributes & TRANSACTIONAL and header.producer_id == NO_PRODUCER:
        raise ApiError(ErrorCode.invalid_record, "a transactional record batch has a producer id")
