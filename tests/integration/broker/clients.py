"""What tests do with librdkafka again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

__all__ = ["code_of", "consume", "consumer", "produce", "produce_one", "wait_until"]


def produce(servers: str, topic: str, values: Iterable[bytes], **settings: object) -> list[KafkaError | None]:
    """Produce values to partition 0, return what became of each, in order."""
    outcomes: dict[int, KafkaError | None] = {}
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 5, **_dotted(settings)})
    count = 0
    for number, value in enumerate(values):

        def note(error: KafkaError | None, _message: Message, number: int = number) -> None:
            outcomes[number] = error

        producer.produce(topic, value, key=value[:5], partition=0, on_delivery=note)
        count += 1
    assert producer.flush(30) == 0
    return [outcomes[number] for number in range(count)]


def produce_one(servers: str, topic: str, value: bytes | None, **fields: Any) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 0})
    producer.produce(topic, value, **fields)
    assert producer.flush(10) == 0


def consumer(servers: str, group: str = "some-group", **settings: object) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 500,
            "fetch.wait.max.ms": 100,
            **_dotted(settings),
        }
    )


def consume(servers: str, topic: str, count: int, *, offset: int = 0, fetch_wait_max_ms: int = 100) -> list[Message]:
    """Read `count` records of partition 0."""
    reader = consumer(servers, fetch_wait_max_ms=fetch_wait_max_ms)
    reader.assign([TopicPartition(topic, 0, offset)])
    messages: list[Message] = []
    deadline = time.monotonic() + 20
    while len(messages) < count and time.monotonic() < deadline:
        messages += [message for message in reader.consume(count, timeout=0.5) if message.error() is None]
    reader.close()
    assert len(messages) >= count, f"{len(messages)} of {count} came"
    return messages


def code_of(message: Message | None) -> int | None:
    """The error code of what a consumer's poll returned, None for a record or for nothing."""
    error = None if message is None else message.error()
    return None if error is None else error.code()


def wait_until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until `condition()` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _dotted(settings: dict[str, object]) -> dict[str, object]:
    return {key.replace("_", "."): value for key, value in settings.items()}
