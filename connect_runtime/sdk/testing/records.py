"""Records for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connect_runtime.model import NO_HEADERS, Header, Schema, SinkRecord, SourceRecord, TimestampType

__all__ = ["sink_record", "sink_records", "source_record"]


def sink_record(
    value: Any,
    *,
    schema: Schema | None = None,
    key: Any = None,
    key_schema: Schema | None = None,
    topic: str = "test",
    partition: int = 0,
    offset: int = 0,
    timestamp: int | None = None,
    headers: Iterable[Header] = NO_HEADERS,
) -> SinkRecord:
    """A record as a sink task gets it; ``timestamp`` is in epoch milliseconds."""
    return SinkRecord(
        topic=topic,
        kafka_partition=partition,
        kafka_offset=offset,
        value=value,
        value_schema=schema,
        key=key,
        key_schema=key_schema,
        timestamp=timestamp,
        timestamp_type=TimestampType.NO_TIMESTAMP if timestamp is None else TimestampType.CREATE_TIME,
        headers=tuple(headers),
        original_topic=topic,
        original_partition=partition,
    )


def sink_records(
    values: Iterable[Any],
    *,
    schema: Schema | None = None,
    topic: str = "test",
    partition: int = 0,
    first_offset: int = 0,
) -> list[SinkRecord]:
    """Records of one partition with consecutive offsets and no keys."""
    return [
        sink_record(value, schema=schema, topic=topic, partition=partition, offset=offset)
        for offset, value in enumerate(values, start=first_offset)
    ]


def source_record(
    value: Any,
    *,
    schema: Schema | None = None,
    key: Any = None,
    key_schema: Schema | None = None,
    topic: str | None = "test",
    source_partition: dict[str, Any] | None = None,
    source_offset: dict[str, Any] | None = None,
    timestamp: int | None = None,
    headers: Iterable[Header] = NO_HEADERS,
) -> SourceRecord:
    """A record as a source task makes it; partition and offset are those of a file called ``test`` unless given."""
    return SourceRecord(
        source_partition={"file": "test"} if source_partition is None else source_partition,
        source_offset={"position": 0} if source_offset is None else source_offset,
        topic=topic,
        value=value,
        value_schema=schema,
        key=key,
        key_schema=key_schema,
        timestamp=timestamp,
        headers=tuple(headers),
    )
