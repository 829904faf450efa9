"""Transactions as a producer and its readers see them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from confluent_kafka import KafkaException, Producer, TopicPartition

from tests.contract.broker.transactional_clients import (
    FENCED,
    all_values,
    await_stable,
    code_of_failure,
    ends,
    new_producer,
    read,
    reader,
    write,
)

NewTopic = Callable[..., str]


def test_what_is_committed_is_read_and_what_is_aborted_is_not(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, name)
    for number in range(4):
        producer.begin_transaction()
        write(producer, topic, b"%d-a" % number, b"%d-b" % number)
        if number % 2:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"1-a", b"1-b", b"3-a", b"3-b"]
    everything = [b"%d-%c" % (number, letter) for number in range(4) for letter in b"ab"]
    assert read(servers, topic, isolation_level="read_uncommitted") == everything


def test_the_end_of_a_transaction_takes_an_offset(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, name)
    offsets = []
    for _ in range(3):
        producer.begin_transaction()
        offsets += write(producer, topic, b"a", b"b")
        producer.commit_transaction()
    assert offsets == [0, 1, 3, 4, 6, 7]
    await_stable(servers, topic)
    assert ends(servers, topic) == (9, 9)


def test_an_open_transaction_holds_back_what_comes_behind_it(servers: str, new_topic: NewTopic, name: str) -> None:
    topic = new_topic()
    first, second = new_producer(servers, f"{name}-1"), new_producer(servers, f"{name}-2")
    plain = Producer({"bootstrap.servers": servers, "linger.ms": 0})
    write(plain, topic, b"before")
    first.begin_transaction()
    second.begin_transaction()
    write(first, topic, b"first")
    write(second, topic, b"second")
    write(plain, topic, b"behind")
    second.commit_transaction()
    assert read(servers, topic) == [b"before"]
    assert ends(servers, topic)[0] == 1
    write(first, topic, b"first again")
    first.abort_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"before", b"second", b"behind"]


def test_a_waiting_reader_gets_records_when_they_are_committed(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, name)
    consumer = reader(servers, fetch_wait_max_ms=20_000, enable_partition_eof=False)
    consumer.assign([TopicPartition(topic, 0, 0)])
    producer.begin_transaction()
    write(producer, topic, b"value")
    assert consumer.consume(1, timeout=1) == []
    producer.commit_transaction()
    started = time.monotonic()
    (message,) = consumer.consume(1, timeout=60)
    assert message.value() == b"value"
    assert time.monotonic() - started < 15
    consumer.close()


def test_empty_transactions_leave_nothing(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, name)
    for _ in range(2):
        producer.begin_transaction()
        producer.commit_transaction()
        producer.begin_transaction()
        producer.abort_transaction()
    producer.begin_transaction()
    assert write(producer, topic, b"value") == [0]
    producer.commit_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"value"]


def test_a_large_transaction_is_all_or_nothing_over_its_partitions(
    servers: str, new_topic: NewTopic, name: str
) -> None:
    topic, producer = new_topic(6), new_producer(servers, name, linger_ms=5)
    for word, end in ((b"no", producer.abort_transaction), (b"yes", producer.commit_transaction)):
        producer.begin_transaction()
        for partition in range(6):
            write(producer, topic, *(b"%s-%d-%d" % (word, partition, number) for number in range(3000)))
            write(producer, topic, *(b"%s" % word for _ in range(10)), partition=partition)
        assert all_values(servers, topic, range(6)) == []
        end()
        await_stable(servers, topic, *range(6))
    values = all_values(servers, topic, range(6))
    assert len(values) == 6 * 3010
    assert all(value.startswith(b"yes") for value in values)


def test_a_producer_goes_on_after_an_abort(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, name)
    producer.begin_transaction()
    write(producer, topic, b"sent")
    producer.produce(topic, b"perhaps not sent")
    producer.abort_transaction()
    producer.begin_transaction()
    write(producer, topic, b"good")
    producer.commit_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"good"]


def test_a_successor_aborts_what_was_open_and_fences_its_predecessor(
    servers: str, new_topic: NewTopic, name: str
) -> None:
    topic, zombie = new_topic(), new_producer(servers, name)
    zombie.begin_transaction()
    write(zombie, topic, b"left open")
    successor = new_producer(servers, name)
    await_stable(servers, topic)
    assert read(servers, topic) == []
    successor.begin_transaction()
    write(successor, topic, b"good")
    assert code_of_failure(zombie.commit_transaction) in FENCED
    successor.commit_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"good"]


def test_a_fenced_producer_cannot_write(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, zombie = new_topic(), new_producer(servers, name)
    successor = new_producer(servers, name)
    zombie.begin_transaction()
    # Not with a delivery report: the fatal error would surface in it, as a SystemError.
    zombie.produce(topic, b"zombie")
    assert code_of_failure(zombie.commit_transaction) in FENCED
    successor.begin_transaction()
    write(successor, topic, b"good")
    successor.commit_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"good"]
    assert b"zombie" not in read(servers, topic, isolation_level="read_uncommitted")


def test_many_successors_at_once_leave_one_owner(servers: str, new_topic: NewTopic, name: str) -> None:
    topic, producers = new_topic(), [new_producer(servers, name)]
    threads = [threading.Thread(target=lambda: producers.append(new_producer(servers, name))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    owners = 0
    for number, producer in enumerate(producers):
        try:
            producer.begin_transaction()
            producer.produce(topic, b"%d" % number)
            producer.commit_transaction()
            owners += 1
        except KafkaException:
            continue
    await_stable(servers, topic)
    assert owners == 1
    assert len(read(servers, topic)) == 1


def test_the_broker_aborts_a_transaction_that_is_open_for_too_long(
    servers: str, new_topic: NewTopic, name: str
) -> None:
    topic = new_topic()
    producer = new_producer(servers, name, transaction_timeout_ms=1000, message_timeout_ms=1000)
    producer.begin_transaction()
    write(producer, topic, b"too late")
    await_stable(servers, topic)
    assert read(servers, topic) == []
    assert code_of_failure(producer.commit_transaction) in FENCED
    successor = new_producer(servers, name)
    successor.begin_transaction()
    write(successor, topic, b"good")
    successor.commit_transaction()
    await_stable(servers, topic)
    assert read(servers, topic) == [b"good"]


def test_records_outside_of_transactions_are_stable_at_once(servers: str, new_topic: NewTopic) -> None:
    topic = new_topic()
    write(Producer({"bootstrap.servers": servers, "enable.idempotence": True}), topic, b"a", b"b")
    assert ends(servers, topic) == (2, 2)
    assert read(servers, topic) == [b"a", b"b"]
