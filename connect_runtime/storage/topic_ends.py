"""Where the topics end right now: what reading to the end aims at."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from threading import Condition, Event
from typing import Protocol

from confluent_kafka import OFFSET_END, KafkaError, KafkaException, TopicPartition

from connect_runtime.clock import Clock
from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import ConnectionWatch, kafka_error, translate

__all__ = ["EndsConsumer", "TopicEnds"]

_TRY_S = 2.0
_PAUSE_S = 0.05
_PROBE_S = 0.5
_LOOK_S = 0.1
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
        self._turn = Condition()
        self._is_asking = False
        self._is_closed = False
        self._numbers = count()
        self._latest: dict[str, tuple[int, list[int]]] = {}

    def last_stable_offsets(self, topic: str, *, deadline: float, give_up: Event) -> list[int]:
        """Offset after the last readable record, for each partition.

        Raises:
            RetriableError: No answer before `deadline`, or `give_up` was set.
            StorageError: The topic may not be described, or `close` was called.
        """
        arrived = next(self._numbers)
        problem = "another reader waits for the broker"
        while (remaining := deadline - self._clock.monotonic()) > 0 and not give_up.is_set():
            with self._turn:
                asked, ends = self._latest.get(topic, (-1, []))
                if asked > arrived:
                    return ends
                if self._is_closed:
                    raise StorageError(f"Topic {topic} is not read any more: the worker stops")
                if self._is_asking:
                    self._turn.wait(min(remaining, _LOOK_S))
                    continue
                self._is_asking = True
            try:
                return self._ask(topic, min(remaining, _TRY_S))
            except KafkaException as exc:
                if kafka_error(exc).code() in _FINAL:
                    raise StorageError(str(translate(exc, f"Reading topic {topic}"))) from exc
                problem = kafka_error(exc).str()
                self._watch.note_failure()
            finally:
                self._end_turn()
            give_up.wait(min(remaining, _PAUSE_S))
        raise RetriableError(f"The end of topic {topic} could not be found out: {self._watch.problem or problem}")

    def probe(self) -> None:
        """Ask anything, so that the watch hears whether brokers answer; does nothing while somebody is asking."""
        with self._turn:
            if self._is_asking or self._is_closed:
                return
            self._is_asking = True
        try:
            self._ask(next(iter(self._partitions)), _PROBE_S)
        except KafkaException:
            self._watch.note_failure()
        finally:
            self._end_turn()

    def close(self) -> None:
        """Let waits end, and close the consumer as soon as nobody is asking."""
        with self._turn:
            is_first = not self._is_closed
            self._is_closed = True
            self._turn.notify_all()
            # A question is answered or fails within `_TRY_S`.
            self._turn.wait_for(lambda: not self._is_asking, 2 * _TRY_S)
        if is_first:
            self._consumer.close()

    def _ask(self, topic: str, timeout_s: float) -> list[int]:
        asked = next(self._numbers)
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
        with self._turn:
            self._latest[topic] = (asked, ends)
        return ends

    def _end_turn(self) -> None:
        with self._turn:
            self._is_asking = False
            self._turn.notify_all()
