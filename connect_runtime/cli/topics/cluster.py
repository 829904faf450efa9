"""A Kafka cluster as the ``topics`` commands see it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as KafkaTopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    ConfigSource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from connect_runtime.errors import ConnectError
from connect_runtime.kafka import (
    ClientSettings,
    admin_settings,
    consumer_settings,
    kafka_error,
    producer_settings,
    translate,
)
from connect_runtime.model import TopicPartition

__all__ = ["Cluster", "Partition", "Watermarks"]

_Answer = TypeVar("_Answer")
_CLIENT_ID = "connect-runtime-topics"


class Partition(NamedTuple):
    """One partition as metadata shows it; ``leader`` is a broker's id, -1 when there is none."""

    id: int
    leader: int

    @property
    def has_leader(self) -> bool:
        """Whether it can be read, and has offsets to ask for."""
        return self.leader >= 0


class Watermarks(NamedTuple):
    """First offset of a partition, and the one after its last."""

    low: int
    high: int

    @property
    def rows(self) -> int:
        """Records between the two; at most that many in a compacted topic."""
        return self.high - self.low


class Cluster:
    """Asks a Kafka cluster; every call blocks, at most ``timeout_s``. Used from one thread.

    Args:
        properties: Kafka client properties in Java's or librdkafka's names, ``bootstrap.servers`` among them.
        timeout_s: How long a cluster may take to answer before it counts as unreachable.
    """

    def __init__(self, properties: Mapping[str, str], *, timeout_s: float = 5.0) -> None:
        self._properties = dict(properties)
        self._timeout_s = timeout_s
        self._last_error: KafkaError | None = None
        self._admin = self._client(AdminClient, admin_settings({}, self._with_prefix("admin.override."), _CLIENT_ID))

    @property
    def address(self) -> str:
        """The bootstrap servers that were given."""
        return self._properties["bootstrap.servers"]

    def topics(self) -> dict[str, list[Partition]]:
        """Every topic with its partitions, by name.

        Raises:
            ConnectError: No broker answers.
        """
        metadata = self._ask(lambda: self._admin.list_topics(timeout=self._timeout_s))
        return {
            name: [Partition(partition.id, partition.leader) for _, partition in sorted(topic.partitions.items())]
            for name, topic in sorted(metadata.topics.items())
        }

    def partitions(self, topic: str) -> list[Partition]:
        """The partitions of one topic.

        Raises:
            ConnectError: There is no such topic, or no broker answers.
        """
        topics = self.topics()
        if topic not in topics:
            near = difflib.get_close_matches(topic, topics, n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else "List topics with: connect-runtime topics list"
            raise ConnectError(f"There is no topic '{topic}' on {self.address}. {hint}")
        return topics[topic]

    def choose_partitions(self, topic: str, wanted: int | None) -> list[int]:
        """Ids of the partitions to work on: the wanted one, or with ``None`` all.

        Raises:
            ConnectError: There is no such topic or partition, it has no leader, or no broker answers.
        """
        existing = self.partitions(topic)
        chosen = [one for one in existing if wanted in {None, one.id}]
        if not chosen:
            raise ConnectError(
                f"Topic '{topic}' has no partition {wanted}; its partitions are 0 to {len(existing) - 1}"
            )
        leaderless = ", ".join(str(one.id) for one in chosen if not one.has_leader)
        if leaderless:
            raise ConnectError(
                f"Partition {leaderless} of topic '{topic}' has no leader: the brokers that hold it are away"
            )
        return [one.id for one in chosen]

    def watermarks(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Watermarks]:
        """First and next offsets of partitions, which must have leaders.

        Raises:
            ConnectError: No broker answers.
        """
        low = self._offsets(partitions, OffsetSpec.earliest())
        high = self._offsets(partitions, OffsetSpec.latest())
        return {partition: Watermarks(low[partition], high[partition]) for partition in partitions}

    def topic_settings(self, topic: str) -> dict[str, str]:
        """The settings that were given to a topic, without those it has by default.

        Raises:
            ConnectError: The broker does not answer, or refuses.
        """
        resource = ConfigResource(ResourceType.TOPIC, topic)
        futures = self._admin.describe_configs([resource], request_timeout=self._timeout_s)
        entries = self._ask(lambda: futures[resource].result(self._timeout_s))
        given = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        return {name: str(entry.value) for name, entry in sorted(entries.items()) if entry.source == given}

    def create_topic(self, topic: str, partitions: int) -> None:
        """Create a topic with the cluster's own defaults.

        Raises:
            ConnectError: It exists, its name is refused, or no broker answers.
        """
        futures = self._admin.create_topics(
            [NewTopic(topic, num_partitions=partitions)], request_timeout=self._timeout_s
        )
        self._ask(lambda: futures[topic].result(self._timeout_s))

    def consumer(self, **defaults: str) -> Consumer:
        """A consumer on this cluster; the caller closes it. ``defaults`` are librdkafka's, with ``_`` for a dot."""
        # The client insists on a group; nothing is committed under it.
        settings = consumer_settings({}, self._with_prefix("consumer.override."), _CLIENT_ID, _CLIENT_ID)
        return self._client(Consumer, settings, **defaults)

    def producer(self, **defaults: str) -> Producer:
        """A producer on this cluster; the caller flushes it. ``defaults`` are librdkafka's, with ``_`` for a dot."""
        return self._client(
            Producer, producer_settings({}, self._with_prefix("producer.override."), _CLIENT_ID), **defaults
        )

    def _with_prefix(self, prefix: str) -> dict[str, str | None]:
        return {prefix + key: value for key, value in self._properties.items()}

    def _client(
        self, factory: Callable[[dict[str, Any]], _Answer], settings: ClientSettings, **defaults: str
    ) -> _Answer:
        wanted = {name.replace("_", "."): value for name, value in defaults.items()}
        try:
            return factory({**settings.conf, **wanted, "log_level": 0, "error_cb": self._remember_error})
        except (KafkaException, ValueError) as exc:
            raise ConnectError(f"The Kafka client refuses its settings (--property): {_text(exc)}") from exc

    def _remember_error(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001  # the client's name for its own codes
            self._last_error = error

    def _offsets(self, partitions: Sequence[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
        if not partitions:
            return {}
        wanted = {KafkaTopicPartition(topic, partition): spec for topic, partition in partitions}
        futures = self._admin.list_offsets(wanted, request_timeout=self._timeout_s)
        found = self._ask(lambda: [(asked, future.result(self._timeout_s)) for asked, future in futures.items()])
        answers = {TopicPartition(asked.topic, asked.partition): answer.offset for asked, answer in found}
        # The client answers with a negative offset, and no error, when the broker did not answer in time.
        late = [str(partition) for partition, offset in answers.items() if offset < 0]
        if late:
            raise ConnectError(f"No offsets of {', '.join(late)} from {self.address} within {self._timeout_s:g} s")
        return answers

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        try:
            return question()
        except (KafkaException, TimeoutError) as exc:
            self._admin.poll(0)
            if isinstance(exc, TimeoutError) or kafka_error(exc).code() in _UNREACHABLE:
                raise ConnectError(self._unreachable()) from exc
            raise translate(exc, f"Asking {self.address}") from exc

    def _unreachable(self) -> str:
        cause = f" ({self._last_error.str()})" if self._last_error is not None else ""
        return (
            f"No Kafka broker answered at {self.address} within {self._timeout_s:g} s{cause}.\n"
            "Check the address (--bootstrap-server HOST:PORT) and that the broker runs; "
            "a broker for this machine starts with: connect-runtime broker --dir DIR"
        )


_UNREACHABLE = (
    KafkaError._TRANSPORT,  # noqa: SLF001  # the client's names for its own codes
    KafkaError._TIMED_OUT,  # noqa: SLF001
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
    KafkaError._RESOLVE,  # noqa: SLF001
)


def _text(exc: KafkaException | ValueError) -> str:
    return kafka_error(exc).str() if isinstance(exc, KafkaException) else str(exc)
