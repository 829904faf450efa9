"""Records on their way between another system and a topic (Kafka Connect's ``SourceRecord`` and ``SinkRecord``)."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from connect_runtime.model.headers import NO_HEADERS, Headers
from connect_runtime.model.ids import TopicPartition
from connect_runtime.model.schema import Schema

__all__ = ["SinkRecord", "SourceRecord", "TimestampType"]


class TimestampType(IntEnum):
    """Who set a record's timestamp; the numbers are the Kafka client's."""

    NO_TIMESTAMP = 0
    CREATE_TIME = 1
    LOG_APPEND_TIME = 2


class SourceRecord(msgspec.Struct, gc=False):
    """A record that a source task read.

    Attributes:
        source_partition: Where it came from, string keys and primitive values; ``None`` for no tracking.
        source_offset: Position after it in that partition; ``None`` removes the stored one.
        topic: Where it goes.
        value: Value, ``None`` for a tombstone; a ``dict`` for a struct.
        value_schema: Its schema, ``None`` for schemaless data.
        key: Key or ``None``.
        key_schema: Its schema or ``None``.
        kafka_partition: Partition to write to, ``None`` to let the key decide.
        timestamp: Epoch milliseconds, ``None`` for the time of sending.
        headers: Headers in order.
    """

    source_partition: dict[str, Any] | None
    source_offset: dict[str, Any] | None
    topic: str | None
    value: Any = None
    value_schema: Schema | None = None
    key: Any = None
    key_schema: Schema | None = None
    kafka_partition: int | None = None
    timestamp: int | None = None
    headers: Headers = NO_HEADERS


class SinkRecord(msgspec.Struct, gc=False):
    """A record on its way to a sink task.

    ``original_*`` are where it was consumed, whatever transforms do to the rest; offsets are tracked by them.

    Attributes:
        topic: Topic as transforms left it.
        kafka_partition: Partition as transforms left it.
        kafka_offset: Offset it was consumed at.
        value: Value, ``None`` for a tombstone; a ``dict`` for a struct.
        value_schema: Its schema, ``None`` for schemaless data.
        key: Key or ``None``.
        key_schema: Its schema or ``None``.
        timestamp: Epoch milliseconds or ``None``.
        timestamp_type: Who set the timestamp.
        headers: Headers in order.
        original_topic: Topic it was consumed from.
        original_partition: Partition it was consumed from.
    """

    topic: str
    kafka_partition: int
    kafka_offset: int
    value: Any
    value_schema: Schema | None
    key: Any
    key_schema: Schema | None
    timestamp: int | None
    timestamp_type: int
    headers: Headers
    original_topic: str
    original_partition: int

    @property
    def original_topic_partition(self) -> TopicPartition:
        """Where it was consumed."""
        return TopicPartition(self.original_topic, self.original_partition)
