"""The first five bytes of a message: a zero, and the id of its schema."""

from __future__ import annotations

import struct
from typing import Final

from connect_runtime.sdk import DataError

__all__ = ["HEAD_SIZE", "head_of", "schema_id_of"]

HEAD_SIZE: Final = 5
_HEAD: Final = struct.Struct(">bi")
_MAGIC: Final = 0
_LOOKS_LIKE: Final = (
    (b"Obj\x01", "an Avro container file"),
    (b"\xc3\x01", "Avro's single-object encoding"),
    (b"{", "JSON text: JsonConverter reads it"),
    (b"[", "JSON text: JsonConverter reads it"),
    (b'"', "JSON text: JsonConverter reads it"),
    (b"\x01", "a message whose schema id is a GUID, which is not supported"),
)


def head_of(schema_id: int) -> bytes:
    """The bytes before the payload of a schema."""
    return _HEAD.pack(_MAGIC, schema_id)


def schema_id_of(data: bytes, topic: str) -> int:
    """The schema's id.

    Raises:
        DataError: The message has another format; says what it looks like.
    """
    schema_id = _HEAD.unpack_from(data)[1] if len(data) >= HEAD_SIZE and data[0] == _MAGIC else None
    if schema_id is None:
        raise DataError(
            f"Unknown magic byte in a message of topic {topic}: it was not written with a schema registry, whose "
            f"messages start with a zero byte and four bytes of schema id. It looks like {_likeness(data)}"
        )
    if schema_id < 0:
        raise DataError(f"A message of topic {topic} names {schema_id} as the id of its schema: no registry gives such")
    return int(schema_id)


def _likeness(data: bytes) -> str:
    if not data:
        return "an empty message"
    for start, likeness in _LOOKS_LIKE:
        if data.startswith(start):
            return likeness
    if data[0] == _MAGIC:
        return f"a message of {len(data)} bytes, cut off"
    try:
        is_text = data.decode().isprintable()
    except UnicodeDecodeError:
        is_text = False
    return "text: StringConverter reads it" if is_text else "bytes: ByteArrayConverter reads them"
