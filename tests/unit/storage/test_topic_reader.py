"""Positions and listeners behind one consumer."""

from __future__ import annotations

from threading import Event

import pytest
from confluent_kafka import KafkaError, Message, TopicPartition

from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import ConnectionWatch
from connect_runtime.storage.log import LogRecord
from connect_runtime.storage.topic_reader import TopicReader
from tests.support.clocks import FakeClock


class Topic:
    """A consumer that gives out what the test queued."""

    def __init__(self) -> None:
        self.assigned: list[tuple[str, int, int]] = []
        self._queue: list[Message] = []

    def queue(self, topic: str, partition: int, offset: int, *, key: bytes = b"k", value: bytes | None = b"v") -> None:
        self._queue.append(Message(topic, partition, offset, key, value, timestamp=(1, 1234)))

    def queue_error(self, topic: str, partition: int, offset: int, code: int) -> None:
        self._queue.append(Message(topic, partition, offset, error=KafkaError(code)))

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = [(found.topic, found.partition, found.offset) for found in partitions]

    def poll(self, timeout: float) -> Message | None:
        return self._queue.pop(0) if self._queue else None

    def consume(self, num_messages: int, timeout: float) -> list[Message]:
        taken, self._queue = self._queue[:num_messages], self._queue[num_messages:]
        return taken


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def reader() -> TopicReader:
    clock = FakeClock()
    return TopicReader({"a": 2, "b": 1}, ConnectionWatch("kafka:9092", clock=clock), clock)


def reach(reader: TopicReader, topic: str, *targets: int) -> None:
    """Raise unless the targets are reached already."""
    reader.wait_for(topic, targets, deadline=0, give_up=Event())


def test_all_partitions_are_read_from_offset_zero(reader: TopicReader, topic: Topic) -> None:
    reader.assign_all(topic)

    assert topic.assigned == [("a", 0, 0), ("a", 1, 0), ("b", 0, 0)]


def test_records_reach_the_listener_of_their_topic(reader: TopicReader, topic: Topic) -> None:
    records: list[LogRecord] = []
    reader.listen("a", records.append)
    topic.queue("a", 1, 5)
    topic.queue("b", 0, 0)
    topic.queue("a", 0, 3, value=None)
    reader.step(topic, 0)

    assert records == [LogRecord(1, 5, b"k", b"v", 1234), LogRecord(0, 3, b"k", None, 1234)]
    assert (reader.positions("a"), reader.positions("b")) == ([4, 6], [1])


def test_an_empty_value_is_not_a_tombstone(reader: TopicReader, topic: Topic) -> None:
    records: list[LogRecord] = []
    reader.listen("b", records.append)
    topic.queue("b", 0, 0, value=b"")
    reader.step(topic, 0)

    assert [record.value for record in records] == [b""]


def test_nothing_need_be_reached_in_an_empty_topic(reader: TopicReader) -> None:
    reach(reader, "a", 0, 0)


def test_every_partition_has_to_reach_its_target(reader: TopicReader, topic: Topic) -> None:
    topic.queue("a", 0, 4)
    reader.step(topic, 0)

    reach(reader, "a", 5, 0)
    with pytest.raises(RetriableError, match="Topic a was not read to its end: partition 1 stands at 0 of 1"):
        reach(reader, "a", 5, 1)


def test_the_end_of_a_partition_passes_over_what_cannot_be_seen(reader: TopicReader, topic: Topic) -> None:
    topic.queue("b", 0, 4)
    topic.queue_error("b", 0, 9, KafkaError._PARTITION_EOF)
    reader.step(topic, 0)

    reach(reader, "b", 9)


def test_a_topic_that_began_anew_is_followed_back(reader: TopicReader, topic: Topic) -> None:
    topic.queue("b", 0, 40)
    topic.queue("b", 0, 0)
    reader.step(topic, 0)

    with pytest.raises(RetriableError):
        reach(reader, "b", 41)


def test_a_passing_error_fails_nobody(reader: TopicReader, topic: Topic) -> None:
    topic.queue_error("b", 0, 0, KafkaError._TRANSPORT)
    reader.step(topic, 0)

    with pytest.raises(RetriableError):
        reach(reader, "b", 1)


def test_a_topic_that_may_not_be_read_fails_until_it_may(reader: TopicReader, topic: Topic) -> None:
    topic.queue_error("b", 0, 0, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    reader.step(topic, 0)
    with pytest.raises(StorageError, match=r"Reading topic b failed: .*ACL"):
        reach(reader, "b", 1)
    with pytest.raises(RetriableError):
        reach(reader, "a", 1, 0)

    topic.queue("b", 0, 0)
    reader.step(topic, 0)
    reach(reader, "b", 1)


def test_a_reader_that_ended_fails_every_wait(reader: TopicReader) -> None:
    reader.fail(RuntimeError("a bug"))

    with pytest.raises(StorageError, match="Topic a is not read any more: a bug"):
        reach(reader, "a", 1, 0)


def test_giving_up_ends_a_wait(reader: TopicReader) -> None:
    give_up = Event()
    give_up.set()

    with pytest.raises(RetriableError):
        reader.wait_for("b", [1], deadline=1e9, give_up=give_up)


def test_records_wait_for_a_listener_that_comes_late_and_for_no_other(reader: TopicReader, topic: Topic) -> None:
    records: list[LogRecord] = []
    topic.queue("a", 0, 0)
    topic.queue("b", 0, 0)
    reader.step(topic, 0)

    reader.listen("b", records.append)
    topic.queue("b", 0, 1)
    reader.step(topic, 0)
    reader.fall_silent("b")
    topic.queue("b", 0, 2)
    reader.step(topic, 0)

    assert [record.offset for record in records] == [0, 1]
    reach(reader, "b", 3)
