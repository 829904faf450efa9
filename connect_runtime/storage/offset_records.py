"""Records of the offsets topic: ``["connector",{source partition}]`` -> ``{source offset}``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from connect_runtime.converters.internal_json import dumps_internal, loads_internal
from connect_runtime.errors import DataError

__all__ = [
    "OffsetKey",
    "canonical_partition",
    "decode_offset_key",
    "decode_offset_value",
    "encode_offset_key",
    "encode_offset_value",
]

_INT64 = range(-(2**63), 2**63)


class OffsetKey(NamedTuple):
    """What an offset record is about; a partition of ``None`` is written by connectors that have none."""

    connector: str
    partition: dict[str, Any] | None


def encode_offset_key(connector: str, partition: Mapping[str, Any] | None) -> bytes:
    """Key bytes, members in the order of `partition`. Raises: DataError."""
    _check(connector, "source partition", partition)
    return dumps_internal([connector, None if partition is None else dict(partition)])


def encode_offset_value(connector: str, offset: Mapping[str, Any] | None) -> bytes | None:
    """Value bytes; ``None`` is a tombstone. Raises: DataError."""
    _check(connector, "source offset", offset)
    return None if offset is None else dumps_internal(dict(offset))


def decode_offset_key(data: bytes) -> OffsetKey:
    """Tell what an offset record is about. Raises: DataError."""
    match loads_internal(data):
        case [str(connector), dict() | None as partition]:
            return OffsetKey(connector, partition)
        case _:
            raise DataError("the key is not a JSON array of a connector name and a source partition")


def decode_offset_value(data: bytes) -> dict[str, Any] | None:
    """Decode a source offset. Raises: DataError."""
    match loads_internal(data):
        case dict() | None as offset:
            return offset
        case _:
            raise DataError("the value is not a JSON object")


def canonical_partition(partition: Mapping[str, Any] | None) -> bytes:
    """Bytes that are equal for partitions with the same members in whatever order.

    ``1``, ``1.0`` and ``true`` remain different; bytes equal their Base64 text, as which they come back from the topic.
    """
    return dumps_internal(None if partition is None else {name: partition[name] for name in sorted(partition)})


def _check(connector: str, what: str, members: object) -> None:
    if members is None:
        return
    if not isinstance(members, Mapping):
        raise DataError(f"Connector {connector} gave a {what} of type {type(members).__name__}; it must be a mapping")
    for name, value in members.items():
        if not isinstance(name, str):
            raise DataError(f"Connector {connector} gave a {what} with the key {name!r}; keys must be text")
        if (problem := _problem(value)) is not None:
            raise DataError(
                f"Connector {connector} gave a {what} whose member {name!r} is {problem}; "
                "values must be null, boolean, a 64-bit number, text or bytes"
            )


def _problem(value: object) -> str | None:
    match value:
        case None | bool() | str() | bytes() | bytearray():
            return None
        case int():
            return None if value in _INT64 else f"the number {value}, which does not fit into 64 bits"
        case float():
            return None if math.isfinite(value) else f"the number {value}, which JSON cannot hold"
        case _:
            return f"of type {type(value).__name__}"
