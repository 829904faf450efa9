"""Topics and cluster facts: the few admin calls that the runtime makes.

None of them talks to a group coordinator: such calls can crash the process while a broker is away.
"""

# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata, ConfigResource, NewTopic

from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.kafka.errors import kafka_error, translate

__all__ = [
    "KafkaAdmin",
    "TopicDescription",
    "TopicSpec",
    "broker_count",
    "cluster_id",
    "describe_topics",
    "ensure_topics",
    "topic_configs",
    "topic_exists",
]

_TIMEOUT_S = 30.0

_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.SASL_AUTHENTICATION_FAILED})
_UNREACHABLE = frozenset(
    {KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE}
)


class TopicSpec(msgspec.Struct, frozen=True):
    """A topic to be created; -1 leaves partitions or replication factor to the broker."""

    name: str
    partitions: int = -1
    replication_factor: int = -1
    configs: dict[str, str] = {}


class TopicDescription(msgspec.Struct, frozen=True):
    """A topic that exists."""

    name: str
    partitions: int


class KafkaAdmin:
    """Admin calls to one cluster, from any thread.

    Each call opens a client and closes it: such calls are rare, and an idle client costs threads.

    Args:
        open_client: Makes a client that reports its connection problems to the given callback.
        bootstrap_servers: Where it connects to, for messages.
    """

    def __init__(
        self, open_client: Callable[[Callable[[KafkaError], None]], AdminClient], bootstrap_servers: str
    ) -> None:
        self._open_client = open_client
        self.bootstrap_servers = bootstrap_servers

    @contextmanager
    def client(self, doing: str) -> Iterator[AdminClient]:
        """A client for one call, whose failures leave the block as the runtime's errors.

        Args:
            doing: What the call does to what, as the beginning of a sentence: ``Creating topic orders``.

        Raises:
            RetriableError: The cluster cannot be reached or did not answer in time.
            ConnectError: The call was refused.
        """
        reports: list[KafkaError] = []
        with self._open_client(reports.append) as client:
            try:
                yield client
            except KafkaException as exc:
                client.poll(0)
                raise self._error(doing, kafka_error(exc), reports) from exc
            except TimeoutError as exc:
                client.poll(0)
                raise self._error(doing, KafkaError(KafkaError._TIMED_OUT, "no answer in time"), reports) from exc

    def _error(self, doing: str, error: KafkaError, reports: Sequence[KafkaError]) -> ConnectError:
        refused = next((report for report in reports if report.code() in _REFUSED), None)
        if refused is not None:
            return translate(refused, doing)
        if error.code() not in _UNREACHABLE:
            return translate(error, doing)
        said = next((report.str() for report in reports if report.code() != KafkaError._ALL_BROKERS_DOWN), error.str())
        return RetriableError(
            f"{doing} failed: no Kafka broker answers at {self.bootstrap_servers} ({said}). Check that the broker "
            "runs, that bootstrap.servers names it, that security.protocol fits its listener, and that its advertised "
            "address can be reached from here"
        )


def ensure_topics(admin: KafkaAdmin, specs: Sequence[TopicSpec], *, timeout_s: float = _TIMEOUT_S) -> list[str]:
    """Create those of the topics that do not exist.

    Returns:
        Names of the topics that were created.

    Raises:
        RetriableError: The cluster cannot be reached, did not answer in time, or has too few brokers for a topic now.
        ConnectError: A topic cannot be created as described; the message says why.
    """
    existing = {topic.name for topic in describe_topics(admin, [spec.name for spec in specs], timeout_s=timeout_s)}
    missing = [spec for spec in specs if spec.name not in existing]
    return [spec.name for spec in missing if _create_topic(admin, spec, timeout_s=timeout_s)]


def describe_topics(
    admin: KafkaAdmin, names: Iterable[str], *, timeout_s: float = _TIMEOUT_S
) -> list[TopicDescription]:
    """Those of the topics that exist. Never creates one. Raises: RetriableError, ConnectError."""
    wanted = set(names)
    topics = _metadata(admin, "Listing topics", timeout_s).topics
    return [
        TopicDescription(name, len(topic.partitions))
        for name, topic in topics.items()
        if name in wanted and topic.error is None
    ]


def topic_exists(admin: KafkaAdmin, name: str, *, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether there is such a topic. Raises: RetriableError, ConnectError."""
    return bool(describe_topics(admin, [name], timeout_s=timeout_s))


def topic_configs(admin: KafkaAdmin, name: str, *, timeout_s: float = _TIMEOUT_S) -> dict[str, str | None]:
    """Effective configuration of a topic.

    Raises:
        RetriableError: The cluster cannot be reached or did not answer in time.
        ConnectError: There is no such topic, or it may not be described.
    """
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    with admin.client(f"Reading the configuration of topic {name}") as client:
        entries = client.describe_configs([resource], request_timeout=timeout_s)[resource].result(timeout_s)
    return {key: entry.value for key, entry in entries.items()}


def cluster_id(admin: KafkaAdmin, *, timeout_s: float = _TIMEOUT_S) -> str:
    """Identity of the cluster, which proves that it can be reached. Raises: RetriableError, ConnectError."""
    return str(_metadata(admin, "Looking up the cluster", timeout_s).cluster_id)


def broker_count(admin: KafkaAdmin, *, timeout_s: float = _TIMEOUT_S) -> int:
    """Number of brokers that are up. Raises: RetriableError, ConnectError."""
    return len(_metadata(admin, "Looking up the brokers", timeout_s).brokers)


def _metadata(admin: KafkaAdmin, doing: str, timeout_s: float) -> ClusterMetadata:
    with admin.client(doing) as client:
        return client.list_topics(timeout=timeout_s)


def _create_topic(admin: KafkaAdmin, spec: TopicSpec, *, timeout_s: float) -> bool:
    """Create one topic; whether it was not there before."""
    topic = NewTopic(
        spec.name,
        num_partitions=spec.partitions,
        replication_factor=spec.replication_factor,
        config=dict(spec.configs),
    )
    with admin.client(f"Creating topic {spec.name}") as client:
        future = client.create_topics([topic], operation_timeout=timeout_s, request_timeout=timeout_s)[spec.name]
        try:
            future.result(timeout_s)
        except KafkaException as exc:
            match kafka_error(exc).code():
                case KafkaError.TOPIC_ALREADY_EXISTS:
                    return False
                case KafkaError.INVALID_REPLICATION_FACTOR:
                    # Brokers may be about to join: whoever calls decides how long to wait for them.
                    raise RetriableError(
                        f"Topic {spec.name} cannot be created with replication factor {spec.replication_factor}: the "
                        f"cluster at {admin.bootstrap_servers} says {kafka_error(exc).str()}"
                    ) from exc
                case _:
                    raise
    return True
