"""Source records to messages for a topic: transform, then convert. Two paths, as on the sink side (`consume`)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec

from connect_runtime.errors import ConnectError
from connect_runtime.model import SourceColumns, SourceRecord
from connect_runtime.pipeline.chain import TransformChain
from connect_runtime.pipeline.stepwise import transformed
from connect_runtime.pipeline.tolerance import Operations, Skipped, Stage
from connect_runtime.sdk import Converter, HeaderConverter

__all__ = ["NO_TOPIC", "Outgoing", "SourcePipeline", "checked_timestamp"]

NO_TOPIC = "A source record has no topic: set one in the connector or with a transform"
RawHeaderList = list[tuple[str, bytes | None]]


class Outgoing(msgspec.Struct, gc=False):
    """Messages for one topic, in order; the sequences have one entry for each message.

    Attributes:
        topic: Where they go.
        origins: The records they were made of, before transforms.
        keys: Key bytes; ``None`` altogether when no message has a key.
        values: Value bytes.
        partitions: Partition asked for; ``None`` altogether when no record asks.
        timestamps: Epoch milliseconds; ``None`` altogether when no record has one.
        headers: Headers; ``None`` altogether when no message has any.
    """

    topic: str
    origins: Sequence[SourceRecord]
    keys: Sequence[bytes | None] | None
    values: Sequence[bytes | None]
    partitions: Sequence[int | None] | None
    timestamps: Sequence[int | None] | None
    headers: Sequence[RawHeaderList | None] | None


class SourcePipeline:
    """Turns source records into messages. Used by one thread, the task's."""

    def __init__(
        self,
        key: Converter,
        value: Converter,
        header: HeaderConverter,
        chain: TransformChain[SourceRecord],
        operations: Operations[SourceRecord],
    ) -> None:
        self._key = key
        self._value = value
        self._header = header
        self._chain = chain
        self._operations = operations

    @property
    def operations(self) -> Operations[SourceRecord]:
        """How failures are judged."""
        return self._operations

    def convert(self, records: Sequence[SourceRecord]) -> tuple[list[Outgoing], list[SourceRecord]]:
        """Messages of these records in order, and the records that were dropped.

        Raises:
            ConnectError: A record is bad and ``errors.tolerance`` is ``none``.
        """
        try:
            return self._convert_batch(records)
        except Exception:  # noqa: BLE001  # plugin calls end here; the pass below finds and judges each failure
            return self._convert_one_by_one(records)

    def close(self) -> None:
        """Release converters and transforms."""
        self._chain.close()
        self._key.close()
        self._value.close()
        self._header.close()

    def _convert_batch(self, records: Sequence[SourceRecord]) -> tuple[list[Outgoing], list[SourceRecord]]:
        if self._chain.is_empty:
            if isinstance(records, SourceColumns):
                return [self._of_columns(records)], []
            return self._outgoing(records, records), []
        changed = self._chain.apply_batch(records)
        kept = [(origin, record) for origin, record in zip(records, changed, strict=True) if record is not None]
        dropped = [origin for origin, record in zip(records, changed, strict=True) if record is None]
        return self._outgoing([origin for origin, _ in kept], [record for _, record in kept]), dropped

    def _of_columns(self, columns: SourceColumns) -> Outgoing:
        count, topic = len(columns), columns.topic
        keys = None
        if columns.keys is not None:
            keys = self._key.from_connect_batch(topic, [columns.key_schema] * count, columns.keys)
        at = None if columns.timestamp is None else checked_timestamp(columns[0])
        values = self._value.from_connect_batch(topic, [columns.value_schema] * count, columns.values)
        return Outgoing(topic, columns, keys, values, None, None if at is None else [at] * count, None)

    def _outgoing(self, origins: Sequence[SourceRecord], records: Sequence[SourceRecord]) -> list[Outgoing]:
        topics = [record.topic for record in records]
        if not topics:
            return []
        if topics.count(topics[0]) == len(topics):
            return [self._for_topic(topics[0], origins, records)]
        outgoing = []
        for topic, run in groupby(zip(topics, origins, records, strict=True), key=lambda item: item[0]):
            items = list(run)
            outgoing.append(self._for_topic(topic, [item[1] for item in items], [item[2] for item in items]))
        return outgoing

    def _for_topic(
        self, topic: str | None, origins: Sequence[SourceRecord], records: Sequence[SourceRecord]
    ) -> Outgoing:
        if topic is None:
            raise ConnectError(NO_TOPIC)
        values = self._value.from_connect_batch(
            topic, [record.value_schema for record in records], [record.value for record in records]
        )
        raw_keys = [record.key for record in records]
        key_schemas = [record.key_schema for record in records]
        keys = None
        if not (_all_none(raw_keys) and _all_none(key_schemas)):
            keys = self._key.from_connect_batch(topic, key_schemas, raw_keys)
        partitions = [record.kafka_partition for record in records]
        timestamps = [record.timestamp for record in records]
        headers = [record.headers for record in records]
        return Outgoing(
            topic,
            origins,
            keys,
            values,
            None if _all_none(partitions) else partitions,
            None if _all_none(timestamps) else [checked_timestamp(record) for record in records],
            [self._raw_headers(topic, record) for record in records] if any(headers) else None,
        )

    def _convert_one_by_one(self, records: Sequence[SourceRecord]) -> tuple[list[Outgoing], list[SourceRecord]]:
        outgoing: list[Outgoing] = []
        dropped: list[SourceRecord] = []
        for record in records:
            one = self._convert_one(record)
            if one is None:
                dropped.append(record)
            else:
                outgoing.append(one)
        return outgoing, dropped

    def _convert_one(self, origin: SourceRecord) -> Outgoing | None:
        run = self._operations.run
        record = transformed(self._chain, origin, origin, self._operations)
        if record is None or isinstance(record, Skipped):
            return None
        topic = record.topic or ""
        headers = run(Stage.HEADER_CONVERTER, self._header, origin, lambda: self._raw_headers(topic, record))
        if isinstance(headers, Skipped):
            return None
        key = run(
            Stage.KEY_CONVERTER, self._key, origin, lambda: self._key.from_connect(topic, record.key_schema, record.key)
        )
        if isinstance(key, Skipped):
            return None
        value = run(
            Stage.VALUE_CONVERTER,
            self._value,
            origin,
            lambda: self._value.from_connect(topic, record.value_schema, record.value),
        )
        if isinstance(value, Skipped):
            return None
        if record.topic is None:
            raise ConnectError(NO_TOPIC)
        at = checked_timestamp(record)
        return Outgoing(topic, [origin], [key], [value], [record.kafka_partition], [at], [headers])

    def _raw_headers(self, topic: str, record: SourceRecord) -> RawHeaderList | None:
        convert = self._header.from_connect_header
        return [(h.key, convert(topic, h.key, h.schema, h.value)) for h in record.headers] or None


def _all_none(items: list[Any]) -> bool:
    return items.count(None) == len(items)


def checked_timestamp(record: SourceRecord) -> int | None:
    """A record's timestamp as it is sent, ``None`` for the time of sending. Raises: ConnectError when it is none."""
    timestamp = record.timestamp
    if timestamp is None or timestamp >= 0:
        return timestamp
    if timestamp == -1:
        return None
    raise ConnectError(
        f"Invalid record timestamp {timestamp} for topic {record.topic}: it must be epoch milliseconds, 0 or more"
    )
