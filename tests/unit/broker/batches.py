"""Record batches for tests, built from the format's definition and not with the broker's own code."""

import gzip
import struct
from collections.abc import Sequence

from crc32c import crc32c

__all__ = ["record_batch"]

Key = bytes | None
Value = bytes | None


def record_batch(
    records: Sequence[tuple[Key, Value]],
    *,
    base_offset: int = 0,
    base_timestamp: int = 1_000,
    producer_id: int = -1,
    epoch: int = -1,
    sequence: int = -1,
    attributes: int = 0,
    opaque_codec: int | None = None,
) -> bytes:
    """A batch whose record `i` has offset `base_offset + i` and timestamp `base_timestamp + i`."""
    payload = b"".join(_record(index, key, value) for index, (key, value) in enumerate(records))
    if attributes & 7 == 1:
        payload = gzip.compress(payload)
    if opaque_codec is not None:
        attributes |= opaque_codec
    checked = struct.pack(
        ">hiqqqhii",
        attributes,
        len(records) - 1,
        base_timestamp,
        base_timestamp + max(len(records) - 1, 0),
        producer_id,
        epoch,
        sequence,
        len(records),
    )
    checked += payload
    return struct.pack(">qiibI", base_offset, len(checked) + 9, 0, 2, crc32c(checked)) + checked


def _record(index: int, key: Key, value: Value) -> bytes:
    body = b"\0" + _varint(index) + _varint(index) + _field(key) + _field(value) + _varint(0)
    return _varint(len(body)) + body


def _field(content: bytes | None) -> bytes:
    return _varint(-1) if content is None else _varint(len(content)) + content


def _varint(number: int) -> bytes:
    number = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
