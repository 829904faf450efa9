"""Offsets of consumer groups inside transactions, and who may send them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from tests.contract.broker.transactional_clients import (
    NO_MEMBER,
    await_stable,
    code_of_failure,
    new_producer,
    read,
    write,
)

NewTopic = Callable[..., str]
NewMember = Callable[..., Consumer]


@pytest.fixture
def new_member(servers: str) -> Iterator[NewMember]:
    """Makes a consumer that is in a group as workers are: classic protocol, cooperative-sticky, one topic."""
    with ExitStack() as stack:

        def make(group: str, topic: str | None = None) -> Consumer:
            consumer = Consumer(
                {
                    "bootstrap.servers": servers,
                    "group.id": group,
                    "log_level": 2,
                    "partition.assignment.strategy": "cooperative-sticky",
                    "auto.offset.reset": "earliest",
                    "enable.auto.commit": False,
                    "isolation.level": "read_committed",
                    "session.timeout.ms": 6000,
                    "heartbeat.interval.ms": 300,
                }
            )
            stack.callback(consumer.close)
            if topic is not None:
                consumer.subscribe([topic])
            return consumer

        yield make


def _await(consumers: list[Consumer], condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the group did not get there"
        for consumer in consumers:
            consumer.poll(0.1)


def _send(producer: Producer, consumer: Consumer, topic: str, offset: int) -> None:
    producer.send_offsets_to_transaction([TopicPartition(topic, 0, offset)], consumer.consumer_group_metadata(), 30)


def _committed(consumer: Consumer, topic: str, timeout_s: float = 30.0) -> int:
    (found,) = consumer.committed([TopicPartition(topic, 0)], timeout_s)
    if found.error is not None:
        raise KafkaException(found.error)
    return found.offset


def test_offsets_are_committed_with_their_transaction_or_not_at_all(
    servers: str, new_topic: NewTopic, new_member: NewMember, name: str
) -> None:
    topic, producer, consumer = new_topic(), new_producer(servers, name), new_member(name)
    producer.begin_transaction()
    write(producer, topic, b"no")
    _send(producer, consumer, topic, 7)
    producer.abort_transaction()
    assert _committed(consumer, topic) == -1001
    producer.begin_transaction()
    write(producer, topic, b"yes")
    _send(producer, consumer, topic, 8)
    _send(producer, consumer, topic, 9)
    producer.commit_transaction()
    assert _committed(consumer, topic) == 9
    await_stable(servers, topic)
    assert read(servers, topic) == [b"yes"]


def test_an_offset_in_an_open_transaction_is_not_shown_to_who_wants_stable_ones(
    servers: str, new_topic: NewTopic, new_member: NewMember, name: str
) -> None:
    topic, producer, consumer = new_topic(), new_producer(servers, name), new_member(name)
    consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
    producer.begin_transaction()
    _send(producer, consumer, topic, 7)
    assert code_of_failure(lambda: _committed(consumer, topic, 1.0)) in {
        KafkaError._TIMED_OUT,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
    producer.abort_transaction()
    assert _committed(consumer, topic) == 3


def test_a_transaction_of_offsets_only_needs_no_topic(
    servers: str, new_topic: NewTopic, new_member: NewMember, name: str
) -> None:
    topic, producer, consumer = new_topic(), new_producer(servers, name), new_member(name)
    for offset in (5, 6):
        producer.begin_transaction()
        _send(producer, consumer, topic, offset)
        producer.commit_transaction()
        assert _committed(consumer, topic) == offset


def test_a_member_reads_transforms_and_writes_exactly_once(
    servers: str, new_topic: NewTopic, new_member: NewMember, name: str
) -> None:
    source, target = new_topic(), new_topic()
    write(Producer({"bootstrap.servers": servers, "log_level": 2}), source, *(b"%d" % number for number in range(100)))
    producer, done = new_producer(servers, name), 0
    for is_good in (True, False, True, True):
        consumer = new_member(name, source)
        taken = [message.value() or b"" for message in consumer.consume(25, timeout=30)]
        producer.begin_transaction()
        write(producer, target, *taken)
        producer.send_offsets_to_transaction(
            consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 30
        )
        if is_good:
            producer.commit_transaction()
            done += len(taken)
        else:
            producer.abort_transaction()
        consumer.unsubscribe()
        consumer.close()
    await_stable(servers, target)
    assert done > 0
    assert read(servers, target) == [b"%d" % number for number in range(done)]


def test_a_member_that_was_replaced_cannot_publish(
    servers: str, new_topic: NewTopic, new_member: NewMember, name: str
) -> None:
    # How a worker's leader publishes (membership, rules 5 and 6): the zombie's producer is not fenced yet when the
    # group has already gone on without it.
    topic = new_topic()
    zombie = new_member(name, topic)
    _await([zombie], zombie.assignment)
    producer = new_producer(servers, name)
    metadata = zombie.consumer_group_metadata()
    zombie.unsubscribe()
    _await([zombie], lambda: not zombie.assignment())
    successor = new_member(name, topic)
    _await([successor], successor.assignment)
    producer.begin_transaction()
    write(producer, topic, b"of the zombie")

    def publish() -> None:
        producer.send_offsets_to_transaction([TopicPartition(topic, 0, 1)], metadata, 30)

    assert code_of_failure(publish) in NO_MEMBER
    producer.abort_transaction()
    new_leader = new_producer(servers, name)
    new_leader.begin_transaction()
    write(new_leader, topic, b"of the successor")
    _send(new_leader, successor, topic, 1)
    new_leader.commit_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"of the successor"]


def test_a_member_of_an_older_generation_cannot_publish(
    servers: str, new_topic: NewTopic, new_member: NewMember, name: str
) -> None:
    topic = new_topic(2)
    first = new_member(name, topic)
    _await([first], first.assignment)
    old = first.consumer_group_metadata()
    second = new_member(name, topic)
    _await([first, second], lambda: first.assignment() and second.assignment())
    producer = new_producer(servers, name)
    producer.begin_transaction()

    def publish() -> None:
        producer.send_offsets_to_transaction([TopicPartition(topic, 0, 1)], old, 30)

    assert code_of_failure(publish) == KafkaError.ILLEGAL_GENERATION
    producer.abort_transaction()
    producer.begin_transaction()
    _send(producer, first, topic, 1)
    producer.commit_transaction()
    assert _committed(first, topic) == 1
