"""Source partitions and offsets of a file: how far it was read, and how to know that it is still the same file.

The partition is ``{"filename": <file as configured>}``; the offset's ``position`` is the number of bytes before the
next line, as Kafka Connect's FileStreamSource stores it. Two members are ours; Connect ignores them:

- ``fingerprint``: CRC-32 of the first bytes that were read, at most `FINGERPRINT_BYTES`. It outlives renames, copies to
  another disk and edits behind it, none of which an inode does.
- ``sample``: bytes that a CSV file's types were inferred from, so that a restart infers the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connect_runtime.sdk import ConnectError

__all__ = ["BEGINNING", "FINGERPRINT_BYTES", "Start", "check_altered", "fingerprint", "offset_maps", "partition_map"]

FILENAME = "filename"
POSITION = "position"
FINGERPRINT = "fingerprint"
SAMPLE = "sample"
FINGERPRINT_BYTES = 1024


class Start(NamedTuple):
    """Where to go on reading.

    Attributes:
        position: Bytes that were read before.
        fingerprint: Of those bytes; ``None`` when nobody knows.
        sample: Bytes that types were inferred from; ``None`` when none were.
    """

    position: int
    fingerprint: int | None = None
    sample: int | None = None

    @classmethod
    def of(cls, offset: Mapping[str, Any] | None) -> Start:
        """What a stored offset says, the beginning when there is none.

        Raises:
            ConnectError: The position is not a number of bytes.
        """
        if offset is None:
            return BEGINNING
        position, mark, sample = offset.get(POSITION), offset.get(FINGERPRINT), offset.get(SAMPLE)
        if position is None:
            return BEGINNING
        _check_position(position)
        return cls(position, mark if isinstance(mark, int) else None, sample if isinstance(sample, int) else None)


BEGINNING = Start(0)


def partition_map(file: str) -> dict[str, Any]:
    """Source partition of a file."""
    return {FILENAME: file}


def fingerprint(head: bytes) -> int:
    """Fingerprint of a file that begins with ``head``, as far as that was read."""
    return zlib.crc32(head[:FINGERPRINT_BYTES])


def offset_maps(ends: Sequence[int], head: bytes, sample: int | None) -> list[dict[str, Any]]:
    """Source offsets of records that end at these positions.

    Args:
        ends: Positions after each record, rising.
        head: The file's first bytes: `FINGERPRINT_BYTES`, or all that were read.
        sample: Bytes that types were inferred from, ``None`` for none.
    """
    if ends and ends[0] < FINGERPRINT_BYTES:
        marks = [{POSITION: end, FINGERPRINT: fingerprint(head[:end])} for end in ends]
        return marks if sample is None else [{**mark, SAMPLE: sample} for mark in marks]
    mark = fingerprint(head)
    if sample is None:
        return [{"position": end, "fingerprint": mark} for end in ends]  # literal keys: this is the hot path
    return [{"position": end, "fingerprint": mark, "sample": sample} for end in ends]


def check_altered(offsets: Mapping[frozenset[tuple[str, Any]], Mapping[str, Any] | None]) -> None:
    """Check offsets that a user wants to store.

    Raises:
        ConnectError: A partition has no ``filename``, or an offset no ``position`` that is a number of bytes.
    """
    for pairs, offset in offsets.items():
        partition = dict(pairs)
        if FILENAME not in partition:
            raise ConnectError(
                f'The partition {partition} has no \'{FILENAME}\': write it as {{"{FILENAME}": "/path/to/file"}}'
            )
        if offset is None:
            continue
        if POSITION not in offset:
            raise ConnectError(
                f"The offset {dict(offset)} has no '{POSITION}': write it as {{\"{POSITION}\": <bytes to skip>}}"
            )
        _check_position(offset[POSITION])


def _check_position(position: object) -> None:
    if not isinstance(position, int) or isinstance(position, bool) or position < 0:
        raise ConnectError(f"The offset's '{POSITION}' is {position!r}: it has to be a number of bytes, 0 or more")
