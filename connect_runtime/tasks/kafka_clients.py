"""Small wrappers that give tasks just what they need of Kafka clients."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connect_runtime.errors import ConnectError
from connect_runtime.kafka import ClientSettings, KafkaAdmin, TopicSpec, ensure_topics, topic_exists
from connect_runtime.pipeline.dead_letter import Delivered, ProducedHeaders
from connect_runtime.pipeline.topics import NewTopic
from connect_runtime.tasks.thread import daemon

__all__ = ["KafkaDeadLetterProducer", "KafkaTopicAdmin", "logged"]

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 5.0


def logged(settings: ClientSettings) -> ClientSettings:
    """The settings, once the user was told what has no effect in them."""
    for warning in settings.warnings:
        logger.warning("%s", warning)
    return settings


class KafkaTopicAdmin:
    """Looks topics up and creates them; the client is made when it is first needed.

    Args:
        make: Makes the client.
    """

    def __init__(self, make: Callable[[], KafkaAdmin]) -> None:
        self._make = make
        self._admin: KafkaAdmin | None = None

    def topic_exists(self, name: str) -> bool:
        """Whether the broker has that topic. Blocks."""
        return topic_exists(self._live(), name)

    def create_topic(self, topic: NewTopic) -> None:
        """Create a topic; that it exists already is fine. Blocks."""
        spec = TopicSpec(topic.name, topic.partitions, topic.replication_factor, dict(topic.configs))
        ensure_topics(self._live(), [spec])

    def close(self) -> None:
        """Let the client go."""
        self._admin = None

    def _live(self) -> KafkaAdmin:
        if self._admin is None:
            self._admin = self._make()
        return self._admin


class KafkaDeadLetterProducer:
    """Sends dead letters; the client, and the thread that serves it, are made when first needed.

    Args:
        make: Makes the client.
    """

    def __init__(self, make: Callable[[], Producer]) -> None:
        self._make = make
        self._producer: Producer | None = None
        self._closed = Event()
        self._refusal: ConnectError | None = None

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: ProducedHeaders,
        timestamp: int | None,
        delivered: Delivered,
    ) -> None:
        """Send one message without waiting; ``delivered`` is called from the serving thread."""

        def on_delivery(error: KafkaError | None, _: Message) -> None:
            delivered(None if error is None else self._failure(topic, error))

        producer = self._live()
        sent_headers: list[tuple[str, str | bytes | None]] = [*headers]
        at = 0 if timestamp is None else timestamp
        while (refusal := self._refused()) is None:
            try:
                producer.produce(
                    topic, value=value, key=key, headers=sent_headers, on_delivery=on_delivery, timestamp=at
                )
            except BufferError:
                self._poll(producer, 0.1)
                continue
            except KafkaException as error:
                delivered(ConnectError(f"Could not write to topic {topic}: {error}"))
            if self._refused():
                # The refusal came between the question and the answer: nobody else takes this message back.
                producer.purge()
            return
        delivered(refusal)

    def close(self) -> None:
        """Wait a few seconds for what is on its way, then let the client go."""
        self._closed.set()
        producer, self._producer = self._producer, None
        if producer is not None and not self._is_flushed(producer):
            producer.purge()
            self._poll(producer, 0)

    def _refused(self) -> ConnectError | None:
        """What the brokers said; the serving thread may hear of it at any time."""
        return self._refusal

    def _live(self) -> Producer:
        if self._producer is None:
            producer = self._producer = self._make()
            daemon("dead-letter-poll", lambda: self._serve(producer)).start()
        return self._producer

    def _serve(self, producer: Producer) -> None:
        while not self._closed.is_set():
            self._poll(producer, 0.5)

    def _is_flushed(self, producer: Producer) -> bool:
        try:
            return self._refusal is None and producer.flush(CLOSE_TIMEOUT_S) == 0
        except ConnectError:
            return False

    def _poll(self, producer: Producer, timeout_s: float) -> None:
        """Serve deliveries; once the brokers refuse the client, nothing is on its way any more."""
        try:
            producer.poll(timeout_s)
        except ConnectError as refusal:
            self._refusal = refusal
            producer.purge()

    def _failure(self, topic: str, error: KafkaError) -> ConnectError:
        return self._refusal or ConnectError(f"Could not write to topic {topic}: {error.str()}")
