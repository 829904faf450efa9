"""Reading a topic: which offsets a command means, and the records of them in order of arrival."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from confluent_kafka import Message
from confluent_kafka import TopicPartition as KafkaTopicPartition

from connect_runtime.cli.topics.cluster import Cluster, Watermarks
from connect_runtime.cli.topics.render import TopicRecord
from connect_runtime.errors import ConnectError
from connect_runtime.kafka.stored_messages import consume, is_end, messages_to_the_end
from connect_runtime.model import TimestampType, TopicPartition

__all__ = ["Start", "StartKind", "read", "span", "start_of"]


class StartKind(Enum):
    """Where in each partition reading starts."""

    BEGINNING = "beginning"
    OFFSET = "offset"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading starts; ``number`` is the offset, or how many of the newest records."""

    kind: StartKind
    number: int = 0


def start_of(*, from_beginning: bool, offset: int | None, last: int | None, default_last: int) -> Start:
    """The start that a command's options mean.

    Raises:
        ConnectError: More than one of them was given.
    """
    match from_beginning, offset, last:
        case False, None, None:
            return Start(StartKind.LAST, default_last)
        case True, None, None:
            return Start(StartKind.BEGINNING)
        case False, int(), None:
            return Start(StartKind.OFFSET, offset)
        case False, None, int():
            return Start(StartKind.LAST, last)
        case _:
            raise ConnectError("Give one of --from-beginning, --offset and --last: each says where to start")


def span(start: Start, marks: Watermarks) -> range:
    """The offsets of one partition to read; an offset past its end means its end."""
    match start.kind:
        case StartKind.BEGINNING:
            first = marks.low
        case StartKind.OFFSET:
            first = min(max(marks.low, start.number), marks.high)
        case StartKind.LAST:
            first = max(marks.low, marks.high - start.number)
    return range(first, marks.high)


def read(
    cluster: Cluster, topic: str, partitions: Sequence[int], start: Start, *, follow: bool = False
) -> Generator[TopicRecord]:
    """Records from ``start`` to the end that the topic had when reading began; with ``follow`` without end.

    Records of a partition come in its order. The newest ones (``StartKind.LAST``) come by timestamp across partitions,
    and are that many in all; otherwise partitions come as they arrive.

    Raises:
        ConnectError: The broker stopped answering, or refuses; the wanted offset is past the end of every partition.
    """
    marks = cluster.watermarks([TopicPartition(topic, partition) for partition in partitions])
    end = max(mark.high for mark in marks.values())
    if start.kind is StartKind.OFFSET and start.number > end:
        raise ConnectError(f"Offset {start.number} is past the end of '{topic}', which is {end}")
    spans = {place.partition: span(start, mark) for place, mark in marks.items()}
    with contextlib.closing(cluster.consumer(enable_partition_eof="true", fetch_wait_max_ms="100")) as consumer:
        consumer.assign([KafkaTopicPartition(topic, partition, offsets.start) for partition, offsets in spans.items()])
        messages = messages_to_the_end(consumer, spans, f"Reading {topic} from {cluster.address}")
        stored: Iterator[TopicRecord] = (_record(message) for message in messages)
        if not follow:
            stored = (record for record in stored if record.offset in spans[record.partition])
        if start.kind is StartKind.LAST:
            newest = sorted(stored, key=lambda record: (record.timestamp or 0, record.partition, record.offset))
            yield from newest[max(0, len(newest) - start.number) :]
        else:
            yield from stored
        while follow:
            yield from (_record(message) for message in consume(consumer) if not is_end(message))


def _record(message: Message) -> TopicRecord:
    kind, timestamp = message.timestamp()
    return TopicRecord(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp=None if kind == TimestampType.NO_TIMESTAMP else timestamp,
        key=message.key(),
        value=message.value(),
        headers=tuple(cast("list[tuple[str, bytes | None]]", message.headers() or [])),
    )
