"""Asking where topics end."""

from __future__ import annotations

from threading import Event

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import ConnectionWatch
from connect_runtime.storage.topic_ends import TopicEnds
from tests.support.clocks import FakeClock


class Broker:
    """Answers, or fails, as the test wants; each question takes a second."""

    def __init__(self, clock: FakeClock, *answers: list[int] | KafkaError) -> None:
        self._clock = clock
        self._answers = list(answers)
        self.questions: list[list[int]] = []
        self.is_closed = False

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        assert timeout > 0
        self._clock.advance(1)
        self.questions.append([partition.offset for partition in partitions])
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, KafkaError):
            raise KafkaException(answer)
        found = [
            TopicPartition(asked.topic, asked.partition, end) for asked, end in zip(partitions, answer, strict=True)
        ]
        return list(reversed(found))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def watch(clock: FakeClock) -> ConnectionWatch:
    return ConnectionWatch("kafka:9092", clock=clock)


def ask(broker: Broker, watch: ConnectionWatch, clock: FakeClock, *, within_s: float = 10) -> list[int]:
    give_up = Event()
    ends = TopicEnds(broker, {"t": 2}, watch, clock)
    return ends.last_stable_offsets("t", deadline=clock.monotonic() + within_s, give_up=give_up)


def test_one_question_serves_all_partitions(clock: FakeClock, watch: ConnectionWatch) -> None:
    broker = Broker(clock, [7, 9])

    assert ask(broker, watch, clock) == [7, 9]
    assert broker.questions == [[-1, -1]]


@pytest.mark.parametrize(
    "failure",
    [KafkaError(KafkaError._UNKNOWN_PARTITION), KafkaError(KafkaError._TIMED_OUT), KafkaError(KafkaError._TRANSPORT)],
)
def test_a_question_is_repeated_while_there_is_no_leader(
    failure: KafkaError, clock: FakeClock, watch: ConnectionWatch
) -> None:
    assert ask(Broker(clock, failure, failure, [7, 9]), watch, clock) == [7, 9]


def test_an_answer_that_lacks_a_partition_is_none(clock: FakeClock, watch: ConnectionWatch) -> None:
    assert ask(Broker(clock, [7, -1], [7, 9]), watch, clock) == [7, 9]


def test_without_an_answer_in_time_the_reason_is_told(clock: FakeClock, watch: ConnectionWatch) -> None:
    broker = Broker(clock, KafkaError(KafkaError._UNKNOWN_PARTITION, "Unknown partition"))

    with pytest.raises(RetriableError, match="The end of topic t could not be found out: Unknown partition"):
        ask(broker, watch, clock, within_s=3)
    assert len(broker.questions) == 3


def test_a_topic_that_may_not_be_described_is_final(clock: FakeClock, watch: ConnectionWatch) -> None:
    broker = Broker(clock, KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    with pytest.raises(StorageError, match=r"Reading topic t failed: .*ACL"):
        ask(broker, watch, clock)
    assert len(broker.questions) == 1


def test_giving_up_asks_nothing_more(clock: FakeClock, watch: ConnectionWatch) -> None:
    give_up = Event()
    give_up.set()
    broker = Broker(clock, [7, 9])

    with pytest.raises(RetriableError):
        TopicEnds(broker, {"t": 2}, watch, clock).last_stable_offsets("t", deadline=1e9, give_up=give_up)
    assert broker.questions == []


def test_answers_and_failures_reach_the_watch(clock: FakeClock, watch: ConnectionWatch) -> None:
    watch.note_error(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    ends = TopicEnds(Broker(clock, KafkaError(KafkaError._TRANSPORT), [7, 9]), {"t": 2}, watch, clock)

    ends.probe()
    assert watch.problem is not None
    ends.probe()
    assert watch.problem is None


def test_nothing_is_asked_after_closing(clock: FakeClock, watch: ConnectionWatch) -> None:
    broker = Broker(clock, [7, 9])
    ends = TopicEnds(broker, {"t": 2}, watch, clock)
    ends.close()
    ends.close()
    ends.probe()

    with pytest.raises(StorageError, match="the worker stops"):
        ends.last_stable_offsets("t", deadline=1e9, give_up=Event())
    assert (broker.questions, broker.is_closed) == ([], True)
