"""Reading to the end on a real broker: nothing that was acknowledged before is missing after."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest
from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka import TopicPartition as KafkaTopicPartition
from confluent_kafka.admin import AdminClient

from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import ClientFactory
from connect_runtime.storage import InternalTopics, Log, LogRecord
from tests.support.brokers import Broker
from tests.support.internal_topics import Cluster
from tests.support.running_tasks import eventually

HAMMER_S = 3.0


class Delivered:
    """Newest value by key, and whether every partition came in order without repetition."""

    def __init__(self) -> None:
        self.values: dict[bytes | None, bytes | None] = {}
        self.count = 0
        self.disorder: list[LogRecord] = []
        self._offsets: dict[int, int] = {}

    def __call__(self, record: LogRecord) -> None:
        if record.offset <= self._offsets.get(record.partition, -1):
            self.disorder.append(record)
        self._offsets[record.partition] = record.offset
        self.values[record.key] = record.value
        self.count += 1

    def number(self, key: bytes) -> int:
        return int(self.values.get(key) or b"-1")


class Writer:
    """Another worker, with a producer of its own. `acknowledged` has the newest number by key."""

    def __init__(self, servers: str, topic: str) -> None:
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": 0, "partitioner": "murmur2_random"})
        self._topic = topic
        self.acknowledged: dict[bytes, int] = {}

    def write(self, key: bytes, number: int) -> None:
        outcome: Future[None] = Future()

        def settle(error: KafkaError | None, _: Message) -> None:
            assert error is None
            outcome.set_result(None)

        self._producer.produce(self._topic, str(number).encode(), key, on_delivery=settle)
        while not outcome.done():
            self._producer.poll(0.05)
        self.acknowledged[key] = number


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def until(end: float, work: Callable[[int], None], wait_s: float) -> int:
    """Repeat `work` with growing numbers until `end`, with random pauses up to `wait_s`."""
    chance, number, pause = random.Random(7), 0, Event()
    while monotonic() < end:
        number += 1
        work(number)
        if chance.random() < 0.5:
            pause.wait(chance.random() * wait_s)
    return number


def test_no_read_misses_what_was_acknowledged_before_it(cluster: Cluster, pool: ThreadPoolExecutor) -> None:
    topics, end = cluster.open(), monotonic() + HAMMER_S
    work: list[Future[int]] = []
    seen = {}
    for name in cluster.specs.names:
        log, delivered, writer = topics.log(name), Delivered(), Writer(cluster.worker["bootstrap.servers"], name)
        log.start(delivered)
        seen[name] = delivered

        def write(number: int, writer: Writer = writer) -> None:
            writer.write(b"key-%d" % (number % 20), number)

        def read(_: int, log: Log = log, delivered: Delivered = delivered, writer: Writer = writer) -> None:
            before = dict(writer.acknowledged)
            log.read_to_end(timeout_s=10)
            missing = {key: number for key, number in before.items() if delivered.number(key) < number}
            assert missing == {}

        work += [pool.submit(until, end, step, pause) for step, pause in ((write, 0.05), (read, 0.02), (read, 0.02))]

    reads = [future.result(30) for future in work]

    assert min(reads) > 3
    assert [delivered.disorder for delivered in seen.values()] == [[], [], []]


def test_ones_own_writes_are_there_after_reading_to_the_end(cluster: Cluster, pool: ThreadPoolExecutor) -> None:
    log, delivered = cluster.open().log(cluster.specs.offset.name), Delivered()
    log.start(delivered)

    def write_and_read(key: bytes) -> None:
        for number in range(1, 11):
            log.send([(key, str(number).encode())], timeout_s=10)
            log.read_to_end(timeout_s=10)
            assert delivered.number(key) == number

    for future in [pool.submit(write_and_read, b"own-%d" % n) for n in range(4)]:
        future.result(60)

    assert delivered.disorder == []


def test_a_worker_that_starts_reads_everything_once_and_in_order(cluster: Cluster) -> None:
    first = cluster.open().log(cluster.specs.offset.name)
    first.start(Delivered())
    # Each has a key of its own: the broker compacts while the test runs.
    first.send([(b"key-%d" % n, str(n).encode()) for n in range(2000)], timeout_s=30)

    delivered = Delivered()
    cluster.open().log(cluster.specs.offset.name).start(delivered)

    assert delivered.count == 2000
    assert delivered.disorder == []
    assert [delivered.number(b"key-%d" % n) for n in range(2000)] == list(range(2000))


def test_records_of_a_log_that_is_started_late_have_waited_for_it(cluster: Cluster) -> None:
    topics = cluster.open()
    configs, statuses = topics.log(cluster.specs.config.name), topics.log(cluster.specs.status.name)
    early, late = Delivered(), Delivered()
    configs.start(early)
    statuses.send([(b"k", b"1")], timeout_s=10)
    statuses.read_to_end(timeout_s=10)

    statuses.start(late)

    assert (late.values, early.values) == ({b"k": b"1"}, {})


def test_a_topic_whose_records_are_all_deleted_has_an_end_too(cluster: Cluster) -> None:
    name = cluster.specs.config.name
    log = cluster.open().log(name)
    log.start(Delivered())
    log.send([(b"k", b"1"), (b"k", b"2")], timeout_s=10)
    admin = AdminClient({"bootstrap.servers": cluster.worker["bootstrap.servers"]})
    beyond = KafkaTopicPartition(name, 0, 2)
    cluster.set_topic(name, cleanup_policy="delete")  # records of a compacted topic cannot be deleted
    eventually(lambda: admin.delete_records([beyond])[beyond].exception(10) is None)
    cluster.set_topic(name, cleanup_policy="compact")

    delivered = Delivered()
    later = cluster.open().log(name)
    later.start(delivered)
    later.read_to_end(timeout_s=10)
    assert delivered.values == {}
    later.send([(b"k", b"3")], timeout_s=10)
    later.read_to_end(timeout_s=10)
    assert delivered.values == {b"k": b"3"}


def test_a_tombstone_is_delivered_as_none(cluster: Cluster) -> None:
    log, delivered = cluster.open().log(cluster.specs.config.name), Delivered()
    log.start(delivered)

    log.send([(b"k", b""), (b"k", None)], timeout_s=10)
    log.read_to_end(timeout_s=10)

    assert delivered.values == {b"k": None}
    assert delivered.count == 2


def test_many_readers_at_once_share_their_questions(cluster: Cluster, pool: ThreadPoolExecutor) -> None:
    log, delivered = cluster.open().log(cluster.specs.offset.name), Delivered()
    log.start(delivered)
    log.send([(b"k", b"1")], timeout_s=10)

    for future in [pool.submit(log.read_to_end, timeout_s=10) for _ in range(200)]:
        future.result(10)

    assert delivered.values == {b"k": b"1"}


def test_giving_up_ends_a_read_that_waits(mortal_cluster: Cluster, mortal_broker: Broker) -> None:
    log = mortal_cluster.open().log(mortal_cluster.specs.config.name)
    log.start(Delivered())
    mortal_broker.kill()
    give_up = Event()
    give_up.set()
    begin = monotonic()

    with pytest.raises(RetriableError):
        log.read_to_end(timeout_s=60, give_up=give_up)

    assert monotonic() - begin < 5


def test_a_stopped_log_delivers_nothing_any_more(cluster: Cluster) -> None:
    topics = cluster.open()
    configs, statuses = topics.log(cluster.specs.config.name), topics.log(cluster.specs.status.name)
    stopped, going = Delivered(), Delivered()
    configs.start(stopped)
    statuses.start(going)
    configs.stop()
    configs.stop()
    configs.send([(b"k", b"1")], timeout_s=10)
    statuses.send([(b"k", b"1")], timeout_s=10)
    statuses.read_to_end(timeout_s=10)

    assert (stopped.values, going.values) == ({}, {b"k": b"1"})
    topics.stop()
    topics.stop()


def test_a_topic_that_does_not_exist_is_reported(cluster: Cluster) -> None:
    topics = InternalTopics(ClientFactory(cluster.worker), ["nowhere"], client_id="id", metadata_timeout_s=0.5)

    with pytest.raises(StorageError, match="Topic nowhere cannot be read"):
        topics.log("nowhere").start(Delivered())
    topics.stop()


def test_only_topics_that_are_read_have_a_log(cluster: Cluster) -> None:
    with pytest.raises(ValueError, match="orders is none of the topics"):
        cluster.open().log("orders")


def test_a_listener_that_fails_ends_the_reader_loudly(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    topics = cluster.open()
    log = topics.log(cluster.specs.config.name)

    def fail(_: LogRecord) -> None:
        raise RuntimeError("a bug")

    log.start(fail)
    log.send([(b"k", b"1")], timeout_s=10)

    with pytest.raises(StorageError, match="is not read any more: a bug"):
        log.read_to_end(timeout_s=10)
    assert topics.problem is not None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
