"""The dead letter queue of a sink connector: records it could not handle, as consumed, on a topic of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import trace_text
from connect_runtime.pipeline.consume import ConsumedMessage
from connect_runtime.pipeline.tolerance import Failure, class_name

__all__ = ["DeadLetterProducer", "DeadLetterQueue"]

logger = logging.getLogger(__name__)
PREFIX = "__connect.errors."
Delivered = Callable[[Exception | None], None]
ProducedHeaders = list[tuple[str, bytes | None]]


class DeadLetterProducer(Protocol):
    """The one thing that is needed of a producer here."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: ProducedHeaders,
        timestamp: int | None,
        delivered: Delivered,
    ) -> None:
        """Send one message; ``delivered`` is called once, from any thread, with the error or ``None``."""
        ...


class DeadLetterQueue:
    """Sends failed records to the dead letter topic. Callable from any thread.

    Args:
        topic: The dead letter topic, which exists.
        task_id: Task whose records these are.
        producer: Sends the messages.
        context_headers: Whether to tell in headers what failed where.
    """

    def __init__(
        self, topic: str, task_id: ConnectorTaskId, producer: DeadLetterProducer, *, context_headers: bool
    ) -> None:
        self._topic = topic
        self._task_id = task_id
        self._producer = producer
        self._context_headers = context_headers

    def report(self, subject: ConsumedMessage, failure: Failure) -> None:
        """Send one record without waiting; a failure to do so is logged."""
        self.send(subject, failure).add_done_callback(_log_failure)

    def send(self, subject: ConsumedMessage, failure: Failure) -> Future[None]:
        """Send one record; the future is done when it is durable, or holds the error."""
        done: Future[None] = Future()

        def delivered(error: Exception | None) -> None:
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        headers = list(subject.headers() or ())
        if self._context_headers:
            headers += context_headers(self._task_id, subject, failure)
        kind, at = subject.timestamp()
        self._producer.send(self._topic, subject.key(), subject.value(), headers, at if kind > 0 else None, delivered)
        return done


def context_headers(task_id: ConnectorTaskId, subject: ConsumedMessage, failure: Failure) -> ProducedHeaders:
    """Headers that tell what failed where; the names are Kafka Connect's."""
    message = str(failure.error)
    texts: Sequence[tuple[str, str | None]] = (
        ("topic", subject.topic()),
        ("partition", str(subject.partition())),
        ("offset", str(subject.offset())),
        ("connector.name", task_id.connector),
        ("task.id", str(task_id.task)),
        ("stage", failure.stage.value),
        ("class.name", failure.executing_class),
        ("exception.class.name", class_name(failure.error)),
        ("exception.message", message or None),
        ("exception.stacktrace", trace_text(failure.error)),
    )
    return [(PREFIX + name, None if text is None else text.encode(errors="replace")) for name, text in texts]


def _log_failure(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        logger.error("Could not write a record to the dead letter queue: %s", error)
