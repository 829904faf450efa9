"""Consumed records as text: for reading, as JSON lines, as hex."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

import orjson

__all__ = ["Format", "TopicRecord", "render"]


_PRINTABLE = bytes(code if chr(code).isprintable() and chr(code).isascii() else ord(".") for code in range(256))


class Format(Enum):
    """How records are shown."""

    TEXT = "text"
    JSON = "json"
    HEX = "hex"


class TopicRecord(NamedTuple):
    """One record as it is on the topic; ``timestamp`` is epoch milliseconds, ``None`` when the broker kept none."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def render(record: TopicRecord, format_: Format) -> str:
    """One record as text without a final line end; one line except as hex."""
    match format_:
        case Format.TEXT:
            return _as_text(record)
        case Format.JSON:
            return _as_json(record)
        case Format.HEX:
            return _as_hex(record)


def _as_text(record: TopicRecord) -> str:
    parts = [_head(record)]
    if record.key is not None:
        parts.append(f"key={_readable(record.key)}")
    parts.append(_readable(record.value))
    if record.headers:
        parts.append("headers: " + ", ".join(f"{name}={_readable(value)}" for name, value in record.headers))
    return "  ".join(parts)


def _head(record: TopicRecord) -> str:
    place = f"{record.partition}:{record.offset}"
    return place if record.timestamp is None else f"{place}  {_iso(record.timestamp)}"


def _readable(data: bytes | None) -> str:
    """Text as it is, except that it stays on one line; enveloped JSON without its envelope; other bytes as hex."""
    if data is None:
        return "null"
    envelope = _envelope(data)
    if envelope is not None:
        return f"{orjson.dumps(envelope['payload']).decode()} (schema: {_schema_name(envelope['schema'])})"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"0x{data.hex()}"
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _envelope(data: bytes) -> Mapping[str, Any] | None:
    if not (data.startswith(b"{") and b'"payload"' in data):
        return None
    value = _parsed(data)
    return value if isinstance(value, dict) and value.keys() == {"schema", "payload"} else None


def _schema_name(schema: object) -> str:
    if not isinstance(schema, dict):
        return "none"
    return str(schema.get("name") or schema.get("type"))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _as_json(record: TopicRecord) -> str:
    return orjson.dumps(
        {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "key": _json_value(record.key),
            "value": _json_value(record.value),
            "headers": [[name, _json_value(value)] for name, value in record.headers],
        }
    ).decode()


def _json_value(data: bytes | None) -> object:
    """The value itself when it is JSON, else its text, else ``{"hex": ...}``."""
    if data is None:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def _parsed(data: bytes) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _as_hex(record: TopicRecord) -> str:
    parts = [("key", record.key), ("value", record.value), *((f"header {name}", data) for name, data in record.headers)]
    lines = [_head(record)]
    for title, data in parts:
        lines.append(f"  {title}: {'null' if data is None else f'{len(data)} bytes'}")
        lines += [f"    {line}" for line in _dump(data or b"")]
    return "\n".join(lines)


def _dump(data: bytes) -> list[str]:
    width = 16
    chunks = [(at, data[at : at + width]) for at in range(0, len(data), width)]
    return [
        f"{at:06x}  {chunk.hex(' '):<{width * 3 - 1}}  {chunk.translate(_PRINTABLE).decode()}" for at, chunk in chunks
    ]


def _iso(timestamp_ms: int) -> str:
    try:
        return (
            datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )
    except (ValueError, OverflowError):
        return f"{timestamp_ms} ms"
