"""Messages of a topic to sink records: convert, then transform.

The good path handles a batch at once. When anything in it raises, the batch is done again record by record, and only
then does the error policy judge each failure: one bad record costs a second pass, never the speed of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Any, Protocol

from connect_runtime.model import NO_HEADERS, Header, Headers, Schema, SinkRecord, TopicPartition
from connect_runtime.pipeline.chain import TransformChain
from connect_runtime.pipeline.stepwise import transformed
from connect_runtime.pipeline.tolerance import Operations, Skipped, Stage
from connect_runtime.sdk import Converter, HeaderConverter

__all__ = ["ConsumedMessage", "SinkBatch", "SinkPipeline"]


class ConsumedMessage(Protocol):
    """The parts of a consumed Kafka message that are read here."""

    def topic(self) -> str:
        """Topic it came from."""
        ...

    def partition(self) -> int:
        """Partition it came from."""
        ...

    def offset(self) -> int:
        """Its offset."""
        ...

    def key(self) -> bytes | None:
        """Key bytes."""
        ...

    def value(self) -> bytes | None:
        """Value bytes."""
        ...

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Headers in order, ``None`` when there are none."""
        ...

    def timestamp(self) -> tuple[int, int]:
        """Type and epoch milliseconds."""
        ...


@dataclass(frozen=True, slots=True)
class SinkBatch:
    """Records for one ``put`` and how far consuming them moves each partition.

    Attributes:
        records: Records that passed; fewer than were consumed when some were filtered or skipped.
        next_offsets: Next offset to consume per original partition, whatever became of the records.
    """

    records: Sequence[SinkRecord]
    next_offsets: dict[TopicPartition, int]

    def followed_by(self, other: SinkBatch) -> SinkBatch:
        """Both batches as one."""
        return SinkBatch([*self.records, *other.records], self.next_offsets | other.next_offsets)

    def without(self, partitions: frozenset[TopicPartition]) -> SinkBatch:
        """The batch less everything from these partitions."""
        kept = [record for record in self.records if record.original_topic_partition not in partitions]
        return SinkBatch(kept, {tp: offset for tp, offset in self.next_offsets.items() if tp not in partitions})


class SinkPipeline:
    """Turns messages into sink records. Used by one thread, the task's."""

    def __init__(
        self,
        key: Converter,
        value: Converter,
        header: HeaderConverter,
        chain: TransformChain[SinkRecord],
        operations: Operations[ConsumedMessage],
    ) -> None:
        self._key = key
        self._value = value
        self._header = header
        self._chain = chain
        self._operations = operations

    def convert(self, messages: Sequence[ConsumedMessage], only: TopicPartition | None = None) -> SinkBatch:
        """Records of these messages, in order.

        Args:
            messages: What was consumed.
            only: The partition that all of them came from, if the caller knows that there is but one.

        Raises:
            ConnectError: A record is bad and ``errors.tolerance`` is ``none``.
        """
        if only is not None and messages:
            # Most tasks own one partition: asking each message for it would be a tenth of the work.
            offsets = [message.offset() for message in messages]
            records: Sequence[SinkRecord] = self._convert_run(only.topic, messages, repeat(only.partition), offsets)
            return SinkBatch(records, {only: offsets[-1] + 1})
        records = []
        next_offsets: dict[TopicPartition, int] = {}
        for topic, run in _runs_by_topic(messages):
            partitions = [message.partition() for message in run]
            offsets = [message.offset() for message in run]
            for partition, offset in dict(zip(partitions, offsets, strict=True)).items():
                next_offsets[TopicPartition(topic, partition)] = offset + 1
            converted = self._convert_run(topic, run, partitions, offsets)
            records = [*records, *converted] if records else converted
        return SinkBatch(records, next_offsets)

    def close(self) -> None:
        """Release converters and transforms."""
        self._chain.close()
        self._key.close()
        self._value.close()
        self._header.close()

    def _convert_run(
        self, topic: str, run: Sequence[ConsumedMessage], partitions: Iterable[int], offsets: Sequence[int]
    ) -> Sequence[SinkRecord]:
        try:
            key_schemas, keys = self._key.to_connect_batch(topic, [message.key() for message in run])
            value_schemas, values = self._value.to_connect_batch(topic, [message.value() for message in run])
            raw_headers = [message.headers() for message in run]
            headers = [self._headers(topic, raw) for raw in raw_headers] if any(raw_headers) else repeat(NO_HEADERS)
            kinds, stamps = zip(*[message.timestamp() for message in run], strict=True)
            # One call from C per record: this is the hottest line of a sink task.
            records = list(
                map(
                    SinkRecord,
                    repeat(topic),
                    partitions,
                    offsets,
                    values,
                    value_schemas,
                    keys,
                    key_schemas,
                    stamps,
                    kinds,
                    headers,
                    repeat(topic),
                    partitions,
                )
            )
            if self._chain.is_empty:
                return records
            return [record for record in self._chain.apply_batch(records) if record is not None]
        except Exception:  # noqa: BLE001  # plugin calls end here; the pass below finds and judges each failure
            singles = (self._convert_one(message) for message in run)
            return [record for record in singles if record is not None]

    def _convert_one(self, message: ConsumedMessage) -> SinkRecord | None:
        run, topic = self._operations.run, message.topic()
        key = run(Stage.KEY_CONVERTER, self._key, message, lambda: self._key.to_connect(topic, message.key()))
        if isinstance(key, Skipped):
            return None
        value = run(Stage.VALUE_CONVERTER, self._value, message, lambda: self._value.to_connect(topic, message.value()))
        if isinstance(value, Skipped):
            return None
        headers = run(Stage.HEADER_CONVERTER, self._header, message, lambda: self._headers(topic, message.headers()))
        if isinstance(headers, Skipped):
            return None
        record = _record(message, key, value, headers)
        kept = transformed(self._chain, record, message, self._operations)
        return None if isinstance(kept, Skipped) else kept

    def _headers(self, topic: str, raw: Sequence[tuple[str, bytes | None]] | None) -> Headers:
        if not raw:
            return NO_HEADERS
        convert = self._header.to_connect_header
        headers = []
        for name, data in raw:
            schema, value = convert(topic, name, data)
            headers.append(Header(name, value, schema))
        return tuple(headers)


def _record(
    message: ConsumedMessage, key: tuple[Schema | None, Any], value: tuple[Schema | None, Any], headers: Headers
) -> SinkRecord:
    topic, partition = message.topic(), message.partition()
    kind, at = message.timestamp()
    return SinkRecord(
        topic, partition, message.offset(), value[1], value[0], key[1], key[0], at, kind, headers, topic, partition
    )


def _runs_by_topic(messages: Sequence[ConsumedMessage]) -> list[tuple[str, Sequence[ConsumedMessage]]]:
    topics = [message.topic() for message in messages]
    if not topics:
        return []
    if topics.count(topics[0]) == len(topics):
        return [(topics[0], messages)]
    return [
        (topic, [message for _, message in run])
        for topic, run in groupby(zip(topics, messages, strict=True), key=lambda pair: pair[0])
    ]
