"""Small wrappers that give tasks just what they need of Kafka clients."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import NewTopic as KafkaNewTopic

from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.pipeline.dead_letter import Delivered, ProducedHeaders
from connect_runtime.pipeline.topics import NewTopic
from connect_runtime.tasks.thread import daemon

__all__ = ["KafkaDeadLetterProducer", "KafkaTopicAdmin"]

ADMIN_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 5.0
RETRIABLE = frozenset(
    {KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError.REQUEST_TIMED_OUT}  # noqa: SLF001  # the client's public constants
)


class KafkaTopicAdmin:
    """Looks topics up and creates them; the client is made when it is first needed.

    Args:
        make: Makes the client.
    """

    def __init__(self, make: Callable[[], AdminClient]) -> None:
        self._make = make
        self._client: AdminClient | None = None

    def topic_exists(self, name: str) -> bool:
        """Whether the broker has that topic. Blocks."""
        try:
            topics = self._admin().list_topics(timeout=ADMIN_TIMEOUT_S).topics
        except KafkaException as error:
            raise _translated(error, f"look up topic {name}") from error
        return name in topics and topics[name].error is None

    def create_topic(self, topic: NewTopic) -> None:
        """Create a topic; that it exists already is fine. Blocks."""
        request = KafkaNewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=topic.replication_factor,
            config=dict(topic.configs),
        )
        future: Future[None] = self._admin().create_topics([request], operation_timeout=ADMIN_TIMEOUT_S)[topic.name]
        try:
            future.result(ADMIN_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise _translated(error, f"create topic {topic.name}") from error
        except TimeoutError as error:
            raise RetriableError(f"Could not create topic {topic.name} within {ADMIN_TIMEOUT_S} s") from error

    def ensure(self, name: str, partitions: int, replication_factor: int) -> None:
        """Create a topic unless it exists. Blocks."""
        if not self.topic_exists(name):
            self.create_topic(NewTopic(name, partitions, replication_factor, {}))

    def close(self) -> None:
        """Let the client go."""
        self._client = None

    def _admin(self) -> AdminClient:
        if self._client is None:
            self._client = self._make()
        return self._client


class KafkaDeadLetterProducer:
    """Sends dead letters; the client, and the thread that serves it, are made when first needed.

    Args:
        make: Makes the client.
    """

    def __init__(self, make: Callable[[], Producer]) -> None:
        self._make = make
        self._producer: Producer | None = None
        self._closed = False

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
            delivered(None if error is None else ConnectError(f"Could not write to topic {topic}: {error.str()}"))

        producer = self._live()
        sent_headers: list[tuple[str, str | bytes | None]] = [*headers]
        at = 0 if timestamp is None else timestamp
        while True:
            try:
                producer.produce(
                    topic, value=value, key=key, headers=sent_headers, on_delivery=on_delivery, timestamp=at
                )
            except BufferError:
                producer.poll(0.1)
                continue
            except KafkaException as error:
                delivered(ConnectError(f"Could not write to topic {topic}: {error}"))
            return

    def close(self) -> None:
        """Wait a few seconds for what is on its way, then let the client go."""
        self._closed = True
        if self._producer is not None:
            self._producer.flush(CLOSE_TIMEOUT_S)

    def _live(self) -> Producer:
        if self._producer is None:
            self._producer = self._make()
            daemon("dead-letter-poll", self._serve).start()
        return self._producer

    def _serve(self) -> None:
        while not self._closed and self._producer is not None:
            self._producer.poll(0.5)


def _translated(error: KafkaException, doing: str) -> ConnectError:
    cause = error.args[0]
    kind = RetriableError if cause.retriable() or cause.code() in RETRIABLE else ConnectError
    return kind(f"Could not {doing}: {cause.str()}")
