"""Kill -9 under load: what was acknowledged is there once, and in order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, Message, Producer, TopicPartition

from tests.integration.broker.clients import code_of, consumer
from tests.support.embedded_broker import EmbeddedBrokerProcess

NewEmbeddedBroker = Callable[..., EmbeddedBrokerProcess]

_PARTITIONS = 3


class Load:
    """A producer that goes on and on, and remembers what was acknowledged."""

    def __init__(self, servers: str, topic: str, **settings: object) -> None:
        self.acked: list[tuple[int, int, bytes]] = []
        self.failed: list[KafkaError] = []
        self._topic = topic
        self._is_over = threading.Event()
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": 2, "acks": "all", **settings})
        self._thread = threading.Thread(target=self._produce)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_over.set()
        self._thread.join(60)

    def _produce(self) -> None:
        number = 0
        while not self._is_over.is_set():
            for _ in range(200):
                value = b"%08d" % number
                self._producer.produce(self._topic, value * 10, partition=number % _PARTITIONS, on_delivery=self._note)
                number += 1
            self._producer.poll(0.01)
            while len(self._producer) > 20_000:
                self._producer.poll(0.01)
        assert self._producer.flush(60) == 0

    def _note(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed.append(error)
        else:
            partition, offset = message.partition(), message.offset()
            assert partition is not None
            assert offset is not None
            self.acked.append((partition, offset, (message.value() or b"")[:8]))


def _everything(servers: str, topic: str) -> dict[tuple[int, int], bytes]:
    reader = consumer(servers, enable_partition_eof=True)
    reader.assign([TopicPartition(topic, number, 0) for number in range(_PARTITIONS)])
    found: dict[tuple[int, int], bytes] = {}
    ends = 0
    while ends < _PARTITIONS:
        for message in reader.consume(10_000, timeout=1):
            if message.error() is not None:
                assert code_of(message) == KafkaError._PARTITION_EOF
                ends += 1
            else:
                found[message.partition() or 0, message.offset() or 0] = (message.value() or b"")[:8]
    reader.close()
    return found


@pytest.mark.slow
def test_what_was_acknowledged_is_there_once_after_kill_9(new_embedded_broker: NewEmbeddedBroker) -> None:
    broker = new_embedded_broker("--set", f"num.partitions={_PARTITIONS}").start()
    moments = random.Random(7)
    with Load(broker.bootstrap_servers, "t", **{"enable.idempotence": True}) as load:
        for _ in range(6):
            time.sleep(0.3 + moments.random() * 0.5)
            broker.kill()
            broker.start()
        time.sleep(0.5)
    found = _everything(broker.bootstrap_servers, "t")
    assert load.failed == []
    assert {(partition, offset): value for partition, offset, value in load.acked}.items() <= found.items()
    assert len(set(found.values())) == len(found) == len(load.acked)
    for number in range(_PARTITIONS):
        values = [value for (partition, _), value in sorted(found.items()) if partition == number]
        assert values == sorted(values)


def test_offsets_go_on_where_they_were_after_kill_9(new_embedded_broker: NewEmbeddedBroker) -> None:
    broker = new_embedded_broker().start()
    for number in range(4):
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 0})
        offsets: list[int | None] = []
        producer.produce("t", b"%d" % number, on_delivery=lambda _, message: offsets.append(message.offset()))  # noqa: B023
        assert producer.flush(10) == 0
        assert offsets == [number]
        broker.kill()
        broker.start()
