"""Many threads that ask where a topic ends share answers, but never an answer that is older than their question."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from confluent_kafka import TopicPartition

from connect_runtime.clock import SystemClock
from connect_runtime.kafka import ConnectionWatch
from connect_runtime.storage.topic_ends import TopicEnds

THREADS, CALLS = 8, 100


class GrowingTopic:
    """A topic that grows; its answers take a while, and tell what was true when they were asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.end = 0
        self.questions = 0

    def append(self) -> int:
        with self._lock:
            self.end += 1
            return self.end

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        with self._lock:
            self.questions += 1
            end = self.end
        Event().wait(0.002)
        return [TopicPartition(asked.topic, asked.partition, end) for asked in partitions]

    def close(self) -> None:
        raise AssertionError


def test_an_answer_is_never_older_than_the_question() -> None:
    topic, clock = GrowingTopic(), SystemClock()
    ends = TopicEnds(topic, {"t": 1}, ConnectionWatch("kafka:9092"), clock)

    def ask(_: int) -> None:
        for _ in range(CALLS):
            mine = topic.append()
            (found,) = ends.last_stable_offsets("t", deadline=clock.monotonic() + 30, give_up=Event())
            assert found >= mine

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, range(THREADS)))

    assert topic.questions < THREADS * CALLS / 2
