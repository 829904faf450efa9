from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

import pytest
from confluent_kafka import (
    OFFSET_END,
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_LOG_APPEND_TIME,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from tests.integration.broker.clients import code_of, consume, consumer, produce, produce_one
from tests.support.brokers import Broker, NewBroker

NewTopic = Callable[..., str]


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_compression_comes_back_as_it_went_in(broker: Broker, new_topic: NewTopic, codec: str) -> None:
    topic = new_topic()
    values = [b"%05d" % number * 20 for number in range(500)]
    assert set(produce(broker.bootstrap_servers, topic, values, compression_type=codec)) == {None}
    messages = consume(broker.bootstrap_servers, topic, 500)
    assert [message.value() for message in messages] == values
    assert [message.offset() for message in messages] == list(range(500))


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_every_kind_of_acknowledgement(broker: Broker, new_topic: NewTopic, acks: str) -> None:
    topic = new_topic()
    assert produce(broker.bootstrap_servers, topic, [b"a", b"b"], acks=acks) == [None, None]
    assert len(consume(broker.bootstrap_servers, topic, 2)) == 2


def test_an_idempotent_producer(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    values = [b"%06d" % number for number in range(20_000)]
    assert set(produce(broker.bootstrap_servers, topic, values, enable_idempotence=True)) == {None}
    messages = consume(broker.bootstrap_servers, topic, 20_000)
    assert [message.value() for message in messages] == values


def test_key_headers_and_the_producers_time_are_kept(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(retention_ms="-1")
    headers = [("h", b"1"), ("h", None), ("ä", b"\xff")]
    produce_one(broker.bootstrap_servers, topic, None, key=b"k", headers=headers, timestamp=1_234_567)
    (message,) = consume(broker.bootstrap_servers, topic, 1)
    assert (message.key(), message.value(), message.headers()) == (b"k", None, headers)
    assert message.timestamp() == (TIMESTAMP_CREATE_TIME, 1_234_567)


def test_a_topic_can_carry_the_brokers_time(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(message_timestamp_type="LogAppendTime")
    before = time.time() * 1000
    produce_one(broker.bootstrap_servers, topic, b"v", timestamp=1)
    (message,) = consume(broker.bootstrap_servers, topic, 1)
    kind, timestamp = message.timestamp()
    assert kind == TIMESTAMP_LOG_APPEND_TIME
    assert before - 1000 < timestamp < before + 10_000


def test_a_waiting_fetch_is_answered_as_soon_as_a_record_comes(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    reader = consumer(broker.bootstrap_servers, fetch_wait_max_ms=20_000, fetch_min_bytes=1)
    reader.assign([TopicPartition(topic, 0, 0)])
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 0})
    took = []
    for _ in range(20):
        reader.poll(0.05)
        started = time.monotonic()
        producer.produce(topic, b"v")
        producer.poll(0)
        assert reader.poll(5) is not None
        took.append(time.monotonic() - started)
    reader.close()
    assert statistics.median(took) < 0.05


def test_a_fetch_waits_for_its_least_bytes_or_its_time(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    produce_one(broker.bootstrap_servers, topic, b"v")
    reader = consumer(broker.bootstrap_servers, fetch_wait_max_ms=700, fetch_min_bytes=100_000)
    reader.assign([TopicPartition(topic, 0, 0)])
    started = time.monotonic()
    assert reader.poll(5) is not None
    assert time.monotonic() - started > 0.6
    reader.close()


def test_watermarks_ends_and_positions_of_a_committed_reader(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    partition = TopicPartition(topic, 0, 0)
    reader = consumer(broker.bootstrap_servers, isolation_level="read_committed", enable_partition_eof=True)
    assert reader.get_watermark_offsets(partition, timeout=5, cached=False) == (0, 0)
    produce(broker.bootstrap_servers, topic, [b"v"] * 7)
    assert reader.get_watermark_offsets(partition, timeout=5, cached=False) == (0, 7)
    reader.assign([partition])
    events = [reader.poll(5) for _ in range(8)]
    assert [event is not None and event.error() is None for event in events] == [True] * 7 + [False]
    last = events[-1]
    assert last is not None
    assert code_of(last) == KafkaError._PARTITION_EOF
    assert last.offset() == 7
    reader.close()


def test_offsets_are_found_by_time(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(retention_ms="-1")
    for timestamp in (1_000, 2_000, 3_000):
        produce_one(broker.bootstrap_servers, topic, b"v", timestamp=timestamp)
    reader = consumer(broker.bootstrap_servers)

    def at(timestamp: int) -> int:
        (found,) = reader.offsets_for_times([TopicPartition(topic, 0, timestamp)], timeout=5)
        return int(found.offset)

    assert [at(0), at(1_000), at(1_001), at(3_000)] == [0, 0, 1, 2]
    assert at(3_001) == OFFSET_END
    reader.close()


def test_a_record_that_is_too_large_is_refused(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(max_message_bytes="10000")
    outcomes = produce(broker.bootstrap_servers, topic, [b"x" * 20_000, b"y"], linger_ms=0, batch_num_messages=1)
    assert [error and error.code() for error in outcomes] == [KafkaError.MSG_SIZE_TOO_LARGE, None]


def test_a_compacted_topic_wants_keys(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(cleanup_policy="compact")
    errors: list[KafkaError | None] = []
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 0})
    producer.produce(topic, b"v", on_delivery=lambda error, _: errors.append(error))
    producer.flush(10)
    assert [error and error.code() for error in errors] == [KafkaError.INVALID_RECORD]


def test_an_offset_that_is_not_there_is_out_of_range(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    produce(broker.bootstrap_servers, topic, [b"v"] * 3)
    reader = consumer(broker.bootstrap_servers, auto_offset_reset="error")
    reader.assign([TopicPartition(topic, 0, 99)])
    assert code_of(reader.poll(5)) == KafkaError._AUTO_OFFSET_RESET
    reader.close()


def test_topics_come_into_being_when_they_are_produced_to(broker: Broker, new_name: str) -> None:
    assert produce(broker.bootstrap_servers, new_name, [b"v"]) == [None]


def test_topics_do_not_when_that_is_switched_off(new_broker: NewBroker) -> None:
    broker = new_broker({"auto.create.topics.enable": "false"}).start()
    outcomes = produce(broker.bootstrap_servers, "absent", [b"v"], topic_metadata_propagation_max_ms=500)
    assert [error and error.code() for error in outcomes] == [KafkaError.UNKNOWN_TOPIC_OR_PART]


def test_many_partitions_are_read_together(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(50)
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 5})
    for number in range(5_000):
        producer.produce(topic, b"%d" % number, partition=number % 50)
    assert producer.flush(30) == 0
    reader = consumer(broker.bootstrap_servers)
    reader.assign([TopicPartition(topic, number, 0) for number in range(50)])
    seen: set[bytes] = set()
    deadline = time.monotonic() + 20
    while len(seen) < 5_000 and time.monotonic() < deadline:
        seen.update(message.value() or b"" for message in reader.consume(5_000, timeout=0.5))
    reader.close()
    assert len(seen) == 5_000


def test_producers_and_consumers_side_by_side_lose_nothing(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()

    def write(number: int) -> None:
        produce(broker.bootstrap_servers, topic, [b"%d-%d" % (number, index) for index in range(3_000)])

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    messages = consume(broker.bootstrap_servers, topic, 12_000)
    for writer in writers:
        writer.join(30)
    assert len({message.value() for message in messages}) == 12_000
    assert [message.offset() for message in messages] == list(range(12_000))


def test_deleted_records_are_gone(broker: Broker, admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic()
    produce(broker.bootstrap_servers, topic, [b"%d" % number for number in range(10)])
    partition = TopicPartition(topic, 0, 4)
    assert admin.delete_records([partition])[partition].result(10).low_watermark == 4
    reader = consumer(broker.bootstrap_servers)
    assert reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=5, cached=False) == (4, 10)
    reader.assign([TopicPartition(topic, 0, 0)])
    message = reader.poll(5)
    assert message is not None
    assert message.offset() == 4
    reader.close()


def test_records_of_a_compacted_topic_cannot_be_deleted(
    broker: Broker, admin: AdminClient, new_topic: NewTopic
) -> None:
    topic = new_topic(cleanup_policy="compact")
    produce(broker.bootstrap_servers, topic, [b"v"])
    partition = TopicPartition(topic, 0, 1)
    with pytest.raises(KafkaException) as refused:
        admin.delete_records([partition])[partition].result(10)
    assert refused.value.args[0].code() == KafkaError.POLICY_VIOLATION
