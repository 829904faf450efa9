"""Writes to the internal topics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Lock
from typing import Protocol

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message

from connect_runtime.clock import Clock
from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import is_retriable, kafka_error, translate
from connect_runtime.storage.log import KeyedRecord

__all__ = ["NobodyWrites", "TopicWriter", "WritingProducer"]

_log = logging.getLogger(__name__)

_SERVE_S = 0.01
_RETRY_S = 1.0


class WritingProducer(Protocol):
    """What is needed of a ``confluent_kafka.Producer``."""

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        *,
        on_delivery: Callable[[KafkaError | None, Message], None],
    ) -> None:
        """Queue one message."""
        ...

    def poll(self, timeout: float) -> int:
        """Wait for acknowledgements."""
        ...

    def flush(self, timeout: float) -> int:
        """Wait for all acknowledgements."""
        ...

    def purge(self) -> None:
        """Drop what is queued."""
        ...


class NobodyWrites:
    """In place of a producer where topics are only read."""

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        *,
        on_delivery: Callable[[KafkaError | None, Message], None],
    ) -> None:
        """Refuse."""
        del value, key, on_delivery
        raise StorageError(f"Topic {topic} is only read here")

    def poll(self, timeout: float) -> int:
        """There is nothing to wait for."""
        del timeout
        return 0

    def flush(self, timeout: float) -> int:
        """There is nothing to wait for."""
        del timeout
        return 0

    def purge(self) -> None:
        """There is nothing to drop."""


class _Attempt(msgspec.Struct, frozen=True):
    """One record that nobody waits for."""

    topic: str
    key: bytes
    value: bytes | None
    still_wanted: Callable[[], bool]


class _Receipt:
    """Counts the acknowledgements of one call of `TopicWriter.send`."""

    def __init__(self, records: int) -> None:
        self._lock = Lock()
        self._missing = records
        self.error: KafkaError | None = None
        self.complete = Event()

    def note(self, error: KafkaError | None) -> None:
        with self._lock:
            self._missing -= 1
            self.error = self.error or error
            if self._missing == 0:
                self.complete.set()


class TopicWriter:
    """Sends records in order, with or without waiting for them. Thread safe.

    Args:
        producer: A producer for nothing else, with one request under way at most so that retries keep the order.
        clock: Source of deadlines.
    """

    def __init__(self, producer: WritingProducer, clock: Clock) -> None:
        self._producer = producer
        self._clock = clock
        self._lock = Lock()
        self._ends: dict[str, dict[int, int]] = {}
        self._postponed: list[tuple[float, _Attempt]] = []

    def ends(self, topic: str) -> dict[int, int]:
        """Offset after the last record that was acknowledged to this writer, by partition."""
        with self._lock:
            return dict(self._ends.get(topic, {}))

    def note_end(self, topic: str, partition: int, end: int) -> None:
        """Another producer of this worker has written up to the offset before ``end``."""
        with self._lock:
            ends = self._ends.setdefault(topic, {})
            ends[partition] = max(end, ends.get(partition, 0))

    def send(self, topic: str, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        """Write records and wait until all are acknowledged.

        Raises:
            RetriableError: Not acknowledged in time; the records may still arrive.
            StorageError: A record was refused.
        """
        deadline = self._clock.monotonic() + timeout_s
        receipt = _Receipt(len(records))
        for key, value in records:
            self._produce(topic, key, value, receipt, deadline)
        while records and not receipt.complete.is_set():
            if (remaining := deadline - self._clock.monotonic()) <= 0:
                raise RetriableError(f"Topic {topic} did not acknowledge a write within {timeout_s:g} s")
            self._producer.poll(min(_SERVE_S, remaining))
        if receipt.error is not None:
            raise _write_error(receipt.error, topic)

    def send_soon(self, topic: str, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        """Queue one record; repeated until it is acknowledged or no longer wanted."""
        self._try(_Attempt(topic, key, value, still_wanted))

    def serve(self) -> None:
        """Take in acknowledgements and repeat what failed a while ago; to be called again and again by one thread."""
        self._producer.poll(0)
        if not self._postponed:
            return
        now = self._clock.monotonic()
        with self._lock:
            due = [attempt for when, attempt in self._postponed if when <= now]
            self._postponed = [(when, attempt) for when, attempt in self._postponed if when > now]
        for attempt in due:
            if attempt.still_wanted():
                self._try(attempt)

    def flush(self, timeout_s: float) -> bool:
        """Wait for acknowledgements; whether all have come. Blocks."""
        return self._producer.flush(timeout_s) == 0

    def close(self) -> None:
        """Let go of what is still queued."""
        self._producer.purge()
        self._producer.poll(0)

    def _produce(self, topic: str, key: bytes, value: bytes | None, receipt: _Receipt, deadline: float) -> None:
        def settle(error: KafkaError | None, message: Message) -> None:
            self._note_end(error, message)
            receipt.note(error)

        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=settle)
            except BufferError as exc:
                if self._clock.monotonic() >= deadline:
                    raise RetriableError(
                        f"Topic {topic} takes no more writes: those before are not acknowledged"
                    ) from exc
                self._producer.poll(_SERVE_S)
            except KafkaException as exc:
                raise _write_error(kafka_error(exc), topic) from exc
            else:
                return

    def _try(self, attempt: _Attempt) -> None:
        try:
            self._producer.produce(
                attempt.topic, attempt.value, attempt.key, on_delivery=partial(self._settle, attempt)
            )
        except BufferError:
            self._postpone(attempt)
        except KafkaException as exc:
            _log_refusal(attempt, kafka_error(exc))

    def _settle(self, attempt: _Attempt, error: KafkaError | None, message: Message) -> None:
        self._note_end(error, message)
        if error is None:
            return
        if is_retriable(error):
            self._postpone(attempt)
        else:
            _log_refusal(attempt, error)

    def _postpone(self, attempt: _Attempt) -> None:
        with self._lock:
            self._postponed.append((self._clock.monotonic() + _RETRY_S, attempt))

    def _note_end(self, error: KafkaError | None, message: Message) -> None:
        topic, number, offset = message.topic(), message.partition(), message.offset()
        if error is not None or topic is None or number is None or offset is None:
            return
        self.note_end(topic, number, offset + 1)


def _write_error(error: KafkaError, topic: str) -> RetriableError | StorageError:
    found = translate(error, f"Writing to topic {topic}")
    return found if isinstance(found, RetriableError) else StorageError(str(found))


def _log_refusal(attempt: _Attempt, error: KafkaError) -> None:
    _log.error(
        "A record was refused by an internal topic and is lost",
        extra={"topic": attempt.topic, "key": repr(attempt.key), "error": error.str()},
    )
