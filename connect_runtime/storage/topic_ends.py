"""Where the topics end right now: what reading to the end aims at."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from threading import Event, Lock
from typing import Protocol

from confluent_kafka import OFFSET_END, KafkaError, KafkaException, TopicPartition

from connect_runtime.clock import Clock
from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import ConnectionWatch, kafka_error, translate

__all__ = ["EndsConsumer", "TopicEnds"]

_TRY_S = 2.0
_PAUSE_S = 0.05
_PROBE_S = 0.5
_FINAL = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED})


class EndsConsumer(Protocol):
    """What is needed of a ``confluent_kafka.Consumer``."""

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        """Offsets by timestamps."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...


class TopicEnds:
    """Asks the brokers for last stable offsets through a consumer that never fetches.

    On a consumer that fetches, the question would wait behind the long poll. A caller whose question arrives while
    another one is under way may use the answer of the next, which is asked after it came; so many callers cost two
    questions. Thread safe.

    Args:
        consumer: A ``read_committed`` consumer for nothing else.
        partitions: Number of partitions by topic.
        watch: Told when brokers answer.
        clock: Source of deadlines.
    """

    def __init__(
        self, consumer: EndsConsumer, partitions: Mapping[str, int], watch: ConnectionWatch, clock: Clock
    ) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._watch = watch
        self._clock = clock
        self._lock = Lock()
        self._tickets = count()
        self._latest: dict[str, tuple[int, list[int]]] = {}
        self._closed = Event()

    def last_stable_offsets(self, topic: str, *, deadline: float, give_up: Event) -> list[int]:
        """Offset after the last readable record, for each partition.

        Raises:
            RetriableError: No answer before `deadline`, or `give_up` was set.
            StorageError: The topic may not be described, or `close` was called.
        """
        ticket = next(self._tickets)
        problem = "another reader waits for the broker"
        while not give_up.is_set() and (remaining := deadline - self._clock.monotonic()) > 0:
            if not self._lock.acquire(timeout=min(remaining, _TRY_S)):
                continue
            try:
                if self._closed.is_set():
                    raise StorageError(f"Topic {topic} is not read any more: the worker stops")
                asked, ends = self._latest.get(topic, (-1, []))
                if asked > ticket:
                    return ends
                return self._ask(topic, min(remaining, _TRY_S))
            except KafkaException as exc:
                if kafka_error(exc).code() in _FINAL:
                    raise StorageError(str(translate(exc, f"Reading topic {topic}"))) from exc
                problem = kafka_error(exc).str()
                self._watch.note_failure()
            finally:
                self._lock.release()
            give_up.wait(min(remaining, _PAUSE_S))
        raise RetriableError(f"The end of topic {topic} could not be found out: {self._watch.problem or problem}")

    def probe(self) -> None:
        """Ask anything, so that the watch hears whether brokers answer; does nothing while somebody is asking."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._closed.is_set():
                return
            self._ask(next(iter(self._partitions)), _PROBE_S)
        except KafkaException:
            self._watch.note_failure()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the consumer."""
        with self._lock:
            if not self._closed.is_set():
                self._closed.set()
                self._consumer.close()

    def _ask(self, topic: str, timeout_s: float) -> list[int]:
        asked = next(self._tickets)
        wanted = [TopicPartition(topic, number, OFFSET_END) for number in range(self._partitions[topic])]
        # As timestamps go, -1 asks for the end; unlike watermarks it takes one request for all partitions.
        answers = self._consumer.offsets_for_times(wanted, timeout_s)
        for answer in answers:
            if answer.error is not None:
                raise KafkaException(answer.error)
            if answer.offset < 0:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "no answer in time"))  # noqa: SLF001 - its name
        self._watch.note_success()
        ends = [answer.offset for answer in sorted(answers, key=lambda answer: answer.partition)]
        self._latest[topic] = (asked, ends)
        return ends
