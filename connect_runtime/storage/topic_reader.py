"""Reads the internal topics from their beginning, and then whatever comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Condition, Event, Lock
from typing import Protocol

from confluent_kafka import KafkaError, Message, TopicPartition

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError, RetriableError, StorageError
from connect_runtime.kafka import ConnectionWatch, is_retriable, translate
from connect_runtime.storage.log import LogRecord, RecordListener

__all__ = ["ReadingConsumer", "TopicReader"]

_BATCH = 500
_LOOK_S = 0.1


class ReadingConsumer(Protocol):
    """What is needed of a ``confluent_kafka.Consumer``."""

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Read these partitions and no others."""
        ...

    def poll(self, timeout: float) -> Message | None:
        """Wait for one message or event."""
        ...

    def consume(self, num_messages: int, timeout: float) -> list[Message]:
        """Take what is there."""
        ...


class _Topic:
    """One topic's listener. Records that come before there is one are kept for it."""

    def __init__(self, name: str, partitions: int) -> None:
        self.name = name
        self.positions = [0] * partitions
        self.failure: ConnectError | None = None
        self._lock = Lock()
        self._listener: RecordListener | None = None
        self._backlog: list[LogRecord] | None = []

    def listen(self, listener: RecordListener) -> None:
        with self._lock:
            for record in self._backlog or ():
                listener(record)
            self._backlog = None
            self._listener = listener

    def fall_silent(self) -> None:
        with self._lock:
            self._backlog = self._listener = None

    def deliver(self, record: LogRecord) -> None:
        with self._lock:
            if self._backlog is not None:
                self._backlog.append(record)
            elif self._listener is not None:
                self._listener(record)


class TopicReader:
    """Positions and listeners of several topics behind one consumer.

    `step` belongs to the reader's thread; everything else may be called from any.

    Args:
        partitions: Number of partitions by topic.
        watch: Told when records arrive.
        clock: Source of deadlines.
    """

    def __init__(self, partitions: Mapping[str, int], watch: ConnectionWatch, clock: Clock) -> None:
        self._topics = {name: _Topic(name, number) for name, number in partitions.items()}
        self._watch = watch
        self._clock = clock
        self._moved = Condition()
        self._failure: Exception | None = None

    def assign_all(self, consumer: ReadingConsumer) -> None:
        """Have `consumer` read every partition from offset 0.

        All at once: partitions added to a running consumer wait a second for their first fetch. Offset 0 rather than
        the symbolic beginning, which costs a query of half a second.
        """
        consumer.assign(
            [
                TopicPartition(topic.name, number, 0)
                for topic in self._topics.values()
                for number in range(len(topic.positions))
            ]
        )

    def step(self, consumer: ReadingConsumer, timeout_s: float) -> None:
        """Wait for something to arrive, give it to the listeners and note how far that was."""
        first = consumer.poll(timeout_s)
        if first is None:
            return
        for message in (first, *consumer.consume(_BATCH, 0)):
            self._take(message)
        with self._moved:
            self._moved.notify_all()

    def fail(self, error: Exception) -> None:
        """Let every wait end: nothing is read any more."""
        with self._moved:
            self._failure = error
            self._moved.notify_all()

    def listen(self, topic: str, listener: RecordListener) -> None:
        """Give all records of a topic, from the first, to `listener`."""
        self._topics[topic].listen(listener)

    def fall_silent(self, topic: str) -> None:
        """Give no more records of a topic to anybody."""
        self._topics[topic].fall_silent()

    def positions(self, topic: str) -> list[int]:
        """Offset after the last record delivered, for each partition."""
        return list(self._topics[topic].positions)

    def wait_for(self, topic: str, targets: Sequence[int], *, deadline: float, give_up: Event) -> None:
        """Return when the positions of a topic have reached `targets`.

        Raises:
            RetriableError: They had not by `deadline`, or `give_up` was set.
            StorageError: The topic cannot be read.
        """
        found = self._topics[topic]
        with self._moved:
            while any(position < target for position, target in zip(found.positions, targets, strict=True)):
                if self._failure is not None:
                    raise StorageError(f"Topic {topic} is not read any more: {self._failure}") from self._failure
                if found.failure is not None:
                    raise StorageError(str(found.failure))
                remaining = deadline - self._clock.monotonic()
                if remaining <= 0 or give_up.is_set():
                    raise RetriableError(_shortfall(found, targets, self._watch.problem))
                self._moved.wait(min(remaining, _LOOK_S))

    def _take(self, message: Message) -> None:
        topic = self._topics.get(message.topic() or "")
        error = message.error()
        if topic is None:
            return
        number, offset = message.partition() or 0, message.offset() or 0
        if error is None:
            topic.deliver(LogRecord(number, offset, message.key(), message.value(), message.timestamp()[1]))
            topic.positions[number] = offset + 1
            topic.failure = None
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
            # Counts control records, aborted and compacted ones, of which nothing else is heard.
            topic.positions[number] = offset
            topic.failure = None
        elif not is_retriable(error):
            topic.failure = translate(error, f"Reading topic {topic.name}")


def _shortfall(topic: _Topic, targets: Sequence[int], problem: str | None) -> str:
    number, position, target = next(
        (number, position, target)
        for number, (position, target) in enumerate(zip(topic.positions, targets, strict=True))
        if position < target
    )
    because = f": {problem}" if problem is not None else ""
    return f"Topic {topic.name} was not read to its end: partition {number} stands at {position} of {target}{because}"
