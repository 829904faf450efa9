"""What the tests of transactions do with librdkafka again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

__all__ = [
    "FENCED",
    "NO_MEMBER",
    "all_values",
    "await_stable",
    "code_of_failure",
    "ends",
    "new_producer",
    "read",
    "read_to_end",
    "reader",
    "write",
]

_PATIENCE_S = 60.0


FENCED = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})
NO_MEMBER = frozenset({KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION})


def new_producer(servers: str, transactional_id: str, **settings: object) -> Producer:
    """A producer that has taken the transactional id over."""
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "transactional.id": transactional_id,
            "linger.ms": 0,
            "log_level": 2,
            **{key.replace("_", "."): value for key, value in settings.items()},
        }
    )
    producer.init_transactions(_PATIENCE_S)
    return producer


def write(producer: Producer, topic: str, *values: bytes, partition: int = 0) -> list[int]:
    """Write values in the open transaction and wait until the broker has them; returns their offsets."""
    outcomes: list[tuple[KafkaError | None, int | None]] = []
    for value in values:
        producer.produce(
            topic,
            value,
            partition=partition,
            on_delivery=lambda error, message: outcomes.append((error, message.offset())),
        )
    assert producer.flush(_PATIENCE_S) == 0
    for error, _ in outcomes:
        if error is not None:
            raise KafkaException(error)
    return [offset for _, offset in outcomes if offset is not None]


def reader(servers: str, *, isolation_level: str = "read_committed", **settings: object) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "reads-for-itself",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 2,
            "fetch.wait.max.ms": 100,
            "isolation.level": isolation_level,
            **{key.replace("_", "."): value for key, value in settings.items()},
        }
    )


def read(servers: str, topic: str, *, partition: int = 0, isolation_level: str = "read_committed") -> list[bytes]:
    """All values that such a reader can see now in a partition, from its start."""
    consumer = reader(servers, isolation_level=isolation_level)
    consumer.assign([TopicPartition(topic, partition, 0)])
    found = read_to_end(consumer)
    consumer.close()
    return [value for _, value in found]


def read_to_end(consumer: Consumer) -> list[tuple[int, bytes]]:
    """Offset and value of what comes until a consumer of one partition is told that this is the end."""
    found: list[tuple[int, bytes]] = []
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        for message in consumer.consume(10_000, timeout=0.2):
            error = message.error()
            if error is None:
                found.append((message.offset() or 0, message.value() or b""))
            elif error.code() == KafkaError._PARTITION_EOF:
                return found
            else:
                raise KafkaException(error)
    raise AssertionError(f"the end did not come after {len(found)} records")


def ends(servers: str, topic: str, *, partition: int = 0) -> tuple[int, int]:
    """The last stable offset and the end of a partition."""
    found = []
    for isolation_level in ("read_committed", "read_uncommitted"):
        consumer = reader(servers, isolation_level=isolation_level)
        found.append(consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_PATIENCE_S)[1])
        consumer.close()
    return found[0], found[1]


def await_stable(servers: str, topic: str, *partitions: int) -> None:
    """Wait until nothing is open there: on Apache Kafka, a transaction ends a little after its producer was told so."""
    for partition in partitions or (0,):
        _wait_until(lambda partition=partition: len(set(ends(servers, topic, partition=partition))) == 1)  # type: ignore[misc]


def code_of_failure(call: Callable[[], object]) -> int:
    """The error code with which a call fails."""
    with pytest.raises(KafkaException) as failed:
        call()
    code: int = failed.value.args[0].code()
    return code


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def all_values(servers: str, topic: str, partitions: Iterable[int]) -> list[bytes]:
    """All committed values of some partitions."""
    return [value for partition in partitions for value in read(servers, topic, partition=partition)]
