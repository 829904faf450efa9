"""Messages that a topic holds already, read by offsets: no group is joined, nothing is committed or created."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from connect_runtime.clock import SystemClock
from connect_runtime.errors import ConnectError, NotFoundError
from connect_runtime.kafka.errors import translate

__all__ = ["STORED_MESSAGES_CONF", "consume", "is_end", "last_messages", "messages_to_the_end"]

STORED_MESSAGES_CONF = {"enable.partition.eof": "true", "fetch.wait.max.ms": "100", "allow.auto.create.topics": "false"}
"""What a consumer's properties must say for these functions."""

_PATIENCE_S = 10.0
"""How long a broker may send nothing although messages are known to be there."""

_BATCH = 500


def last_messages(consumer: Consumer, topic: str, count: int, timeout_s: float = _PATIENCE_S) -> list[Message]:
    """The newest messages of a topic by timestamp, at most so many, oldest first. Blocks.

    Raises:
        NotFoundError: There is no such topic.
        ConnectError: The broker does not answer, or refuses.
    """
    doing = f"Reading the last messages of topic {topic}"
    try:
        # All topics: asking for one by name may create it.
        found = consumer.list_topics(timeout=timeout_s).topics.get(topic)
        if found is None:
            raise NotFoundError(f"There is no topic {topic}: it is read as it is, and not created")
        partitions = [TopicPartition(topic, number) for number in sorted(found.partitions)]
        marks = [consumer.get_watermark_offsets(partition, timeout=timeout_s) for partition in partitions]
    except KafkaException as exc:
        raise translate(exc, doing) from exc
    if any(mark is None for mark in marks):
        raise ConnectError(f"{doing}: no broker answered within {timeout_s:g} s")
    spans = {
        partition.partition: range(max(low, high - count), high)
        for partition, (low, high) in zip(partitions, marks, strict=True)
    }
    consumer.assign([TopicPartition(topic, number, offsets.start) for number, offsets in spans.items()])
    stored = [message for message in messages_to_the_end(consumer, spans, doing) if _is_within(message, spans)]
    stored.sort(key=lambda message: (message.timestamp()[1], message.partition(), message.offset()))
    return stored[max(0, len(stored) - count) :]


def messages_to_the_end(consumer: Consumer, spans: Mapping[int, range], doing: str) -> Iterator[Message]:
    """Messages until each partition has reached the end of its span, and of what came with the last of them.

    The last offsets of a partition may hold no message (compacted, aborted, transaction marks); then its end shows in a
    later message or in the event that there is no more.

    Args:
        consumer: Assigned to the beginnings of the spans.
        spans: Offsets to read by partition.
        doing: Begins the message of an error.

    Raises:
        ConnectError: The broker stopped answering, or refuses.
    """
    clock = SystemClock()
    unfinished = {partition: offsets.stop for partition, offsets in spans.items() if offsets}
    deadline = clock.monotonic() + _PATIENCE_S
    while unfinished:
        messages = consume(consumer)
        if messages:
            deadline = clock.monotonic() + _PATIENCE_S
        elif clock.monotonic() > deadline:
            raise ConnectError(f"{doing}: nothing came for {_PATIENCE_S:g} s although the topic holds more records")
        for message in messages:
            partition, position = message.partition() or 0, message.offset() or 0
            if not is_end(message):
                position += 1
                yield message
            if position >= unfinished.get(partition, math.inf):
                del unfinished[partition]


def consume(consumer: Consumer) -> list[Message]:
    """What comes within a moment, ends of partitions too. Raises: ConnectError."""
    messages = consumer.consume(_BATCH, timeout=0.1)
    for message in messages:
        error = message.error()
        if error is not None and not is_end(message):
            raise ConnectError(f"Cannot read {message.topic()}-{message.partition()}: {error.str()}")
    return messages


def is_end(message: Message) -> bool:
    """Whether this is the event that a partition has no more."""
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001  # the client's own name


def _is_within(message: Message, spans: Mapping[int, range]) -> bool:
    return (message.offset() or 0) in spans[message.partition() or 0]
