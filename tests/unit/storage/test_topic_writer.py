"""Writing to the internal topics, waited for or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException, Message

from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.storage.topic_writer import TopicWriter
from tests.support.clocks import FakeClock

TIMED_OUT = KafkaError(KafkaError._MSG_TIMED_OUT)
FORBIDDEN = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)
Settle = Callable[[KafkaError | None, Message], None]


class Topic:
    """A producer whose queue the test empties; each poll takes 0.1 s."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._next_offset = 0
        self.queue: list[tuple[bytes | None, bytes | None, Settle]] = []
        self.capacity = 100
        self.outcomes: list[KafkaError | None] = []
        self.is_dead = False
        self.refusal: KafkaError | None = None
        self.written: list[tuple[bytes | None, bytes | None]] = []

    def produce(self, topic: str, value: bytes | None, key: bytes | None, *, on_delivery: Settle) -> None:
        if self.refusal is not None:
            raise KafkaException(self.refusal)
        if len(self.queue) >= self.capacity:
            raise BufferError("Local: Queue full")
        self.queue.append((key, value, on_delivery))

    def poll(self, timeout: float) -> int:
        self._clock.advance(0.1)
        while self.queue and not self.is_dead:
            key, value, settle = self.queue.pop(0)
            error = self.outcomes.pop(0) if self.outcomes else None
            offset = -1001
            if error is None:
                offset, self._next_offset = self._next_offset, self._next_offset + 1
                self.written.append((key, value))
            settle(error, Message("t", 0, offset, key, value, error=error))
        return 0

    def flush(self, timeout: float) -> int:
        self.poll(timeout)
        return len(self.queue)

    def purge(self) -> None:
        self.queue.clear()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def topic(clock: FakeClock) -> Topic:
    return Topic(clock)


@pytest.fixture
def writer(topic: Topic, clock: FakeClock) -> TopicWriter:
    return TopicWriter(topic, clock)


def wanted() -> bool:
    return True


def test_send_returns_when_all_records_are_acknowledged(writer: TopicWriter, topic: Topic) -> None:
    writer.send("t", [(b"a", b"1"), (b"b", None)], timeout_s=1)

    assert topic.written == [(b"a", b"1"), (b"b", None)]
    assert writer.ends("t") == {0: 2}
    assert writer.ends("other") == {}


def test_send_of_nothing_returns_at_once(writer: TopicWriter) -> None:
    writer.send("t", [], timeout_s=0)


def test_send_without_acknowledgement_ends_in_time(writer: TopicWriter, topic: Topic, clock: FakeClock) -> None:
    topic.is_dead = True
    begin = clock.monotonic()

    with pytest.raises(RetriableError, match="Topic t did not acknowledge a write within 2 s"):
        writer.send("t", [(b"a", b"1")], timeout_s=2)
    assert 2 <= clock.monotonic() - begin < 2.5


@pytest.mark.parametrize(("error", "kind"), [(TIMED_OUT, RetriableError), (FORBIDDEN, StorageError)])
def test_a_failed_record_fails_the_call_by_kind(
    error: KafkaError, kind: type[Exception], writer: TopicWriter, topic: Topic
) -> None:
    topic.outcomes = [None, error]

    with pytest.raises(kind, match="Writing to topic t failed"):
        writer.send("t", [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")], timeout_s=1)
    assert writer.ends("t") == {0: 2}


def test_a_record_that_the_client_refuses_fails_the_call(writer: TopicWriter, topic: Topic) -> None:
    topic.refusal = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)

    with pytest.raises(StorageError, match="the record is too large"):
        writer.send("t", [(b"a", b"1")], timeout_s=1)


def test_a_full_queue_is_waited_for(writer: TopicWriter, topic: Topic) -> None:
    topic.capacity = 1

    writer.send("t", [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")], timeout_s=5)
    assert [key for key, _ in topic.written] == [b"a", b"b", b"c"]
    topic.is_dead = True
    with pytest.raises(RetriableError, match="takes no more writes"):
        writer.send("t", [(b"a", b"1"), (b"b", b"2")], timeout_s=1)


def test_send_soon_waits_for_nothing(writer: TopicWriter, topic: Topic, clock: FakeClock) -> None:
    topic.is_dead = True
    begin = clock.monotonic()

    writer.send_soon("t", b"a", b"1", still_wanted=wanted)

    assert clock.monotonic() == begin
    topic.is_dead = False
    writer.serve()
    assert topic.written == [(b"a", b"1")]
    assert writer.ends("t") == {0: 1}


def test_a_write_that_failed_for_now_is_repeated_a_second_later(
    writer: TopicWriter, topic: Topic, clock: FakeClock
) -> None:
    topic.outcomes = [TIMED_OUT, TIMED_OUT]
    writer.send_soon("t", b"a", b"1", still_wanted=wanted)
    for _ in range(3):
        writer.serve()
    assert (topic.queue, topic.written) == ([], [])

    for _ in range(30):
        writer.serve()
    assert topic.written == [(b"a", b"1")]


def test_a_write_that_is_not_wanted_any_more_is_not_repeated(
    writer: TopicWriter, topic: Topic, clock: FakeClock
) -> None:
    topic.outcomes = [TIMED_OUT]
    writer.send_soon("t", b"a", b"1", still_wanted=lambda: False)
    for _ in range(30):
        writer.serve()

    assert (topic.queue, topic.written) == ([], [])


def test_a_write_that_finds_the_queue_full_is_repeated(writer: TopicWriter, topic: Topic, clock: FakeClock) -> None:
    topic.capacity = 0
    writer.send_soon("t", b"a", b"1", still_wanted=wanted)
    topic.capacity = 1
    clock.advance(1)
    writer.serve()
    writer.serve()

    assert topic.written == [(b"a", b"1")]


@pytest.mark.parametrize("is_refused_at_once", [True, False])
def test_a_refused_write_is_logged_and_dropped(
    is_refused_at_once: bool, writer: TopicWriter, topic: Topic, caplog: pytest.LogCaptureFixture
) -> None:
    if is_refused_at_once:
        topic.refusal = FORBIDDEN
    topic.outcomes = [FORBIDDEN]
    writer.send_soon("t", b"a", b"1", still_wanted=wanted)
    for _ in range(30):
        writer.serve()

    assert topic.written == []
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_what_is_queued_gets_a_chance_before_closing(writer: TopicWriter, topic: Topic) -> None:
    writer.send_soon("t", b"a", b"1", still_wanted=wanted)
    assert writer.flush(1)
    topic.is_dead = True
    writer.send_soon("t", b"b", b"2", still_wanted=wanted)
    assert not writer.flush(1)
    writer.close()

    assert (topic.written, topic.queue) == ([(b"a", b"1")], [])
