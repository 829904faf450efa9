"""Topics and cluster facts: the few admin calls that the runtime makes.

None of them talks to a group coordinator: such calls can crash the process while a broker is away.
"""

# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

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
    """An admin client and where it connects to. May be used from any thread.

    Args:
        client: The client.
        bootstrap_servers: Its bootstrap servers, for messages.
    """

    def __init__(self, client: AdminClient, bootstrap_servers: str) -> None:
        self.client = client
        self.bootstrap_servers = bootstrap_servers


def ensure_topics(admin: KafkaAdmin, specs: Sequence[TopicSpec], *, timeout_s: float = _TIMEOUT_S) -> list[str]:
    """Create those of the topics that do not exist.

    Returns:
        Names of the topics that were created.

    Raises:
        RetriableError: The cluster cannot be reached or did not answer in time.
        ConnectError: A topic cannot be created as described; the message says why.
    """
    existing = {topic.name for topic in describe_topics(admin, [spec.name for spec in specs], timeout_s=timeout_s)}
    missing = [spec for spec in specs if spec.name not in existing]
    if not missing:
        return []
    futures = admin.client.create_topics(
        [
            NewTopic(
                spec.name,
                num_partitions=spec.partitions,
                replication_factor=spec.replication_factor,
                config=dict(spec.configs),
            )
            for spec in missing
        ],
        operation_timeout=timeout_s,
        request_timeout=timeout_s,
    )
    created = []
    for spec in missing:
        try:
            futures[spec.name].result(timeout_s)
            created.append(spec.name)
        except KafkaException as exc:
            if kafka_error(exc).code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise _creation_error(admin, spec, exc) from exc
        except TimeoutError as exc:
            raise _unreachable(admin, f"Creating topic {spec.name}", "no answer in time") from exc
    return created


def describe_topics(
    admin: KafkaAdmin, names: Iterable[str], *, timeout_s: float = _TIMEOUT_S
) -> list[TopicDescription]:
    """Those of the topics that exist. Never creates one. Raises: RetriableError, ConnectError."""
    wanted = set(names)
    try:
        topics = admin.client.list_topics(timeout=timeout_s).topics
    except KafkaException as exc:
        raise _failed(admin, "Listing topics", exc) from exc
    return [
        TopicDescription(name, len(topic.partitions))
        for name, topic in topics.items()
        if name in wanted and topic.error is None
    ]


def topic_exists(admin: KafkaAdmin, name: str, *, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether there is such a topic. Raises: RetriableError, ConnectError."""
    return bool(describe_topics(admin, [name], timeout_s=timeout_s))


def topic_configs(admin: KafkaAdmin, name: str, *, timeout_s: float = _TIMEOUT_S) -> Mapping[str, str | None]:
    """Effective configuration of a topic.

    Raises:
        RetriableError: The cluster cannot be reached or did not answer in time.
        ConnectError: There is no such topic, or it may not be described.
    """
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    doing = f"Reading the configuration of topic {name}"
    try:
        entries = admin.client.describe_configs([resource], request_timeout=timeout_s)[resource].result(timeout_s)
    except KafkaException as exc:
        raise _failed(admin, doing, exc) from exc
    except TimeoutError as exc:
        raise _unreachable(admin, doing, "no answer in time") from exc
    return {key: entry.value for key, entry in entries.items()}


def cluster_id(admin: KafkaAdmin, *, timeout_s: float = _TIMEOUT_S) -> str:
    """Identity of the cluster, which proves that it can be reached. Raises: RetriableError, ConnectError."""
    try:
        found = admin.client.list_topics(timeout=timeout_s).cluster_id
    except KafkaException as exc:
        raise _failed(admin, "Looking up the cluster", exc) from exc
    return str(found)


def broker_count(admin: KafkaAdmin, *, timeout_s: float = _TIMEOUT_S) -> int:
    """Number of brokers that are up. Raises: RetriableError, ConnectError."""
    try:
        return len(admin.client.list_topics(timeout=timeout_s).brokers)
    except KafkaException as exc:
        raise _failed(admin, "Looking up the brokers", exc) from exc


def _creation_error(admin: KafkaAdmin, spec: TopicSpec, exc: KafkaException) -> ConnectError:
    doing = f"Creating topic {spec.name}"
    if kafka_error(exc).code() == KafkaError.INVALID_REPLICATION_FACTOR:
        return RetriableError(
            f"{doing} failed: replication factor {spec.replication_factor} is more than the cluster at "
            f"{admin.bootstrap_servers} has brokers ({kafka_error(exc).str()})"
        )
    return _failed(admin, doing, exc)


def _failed(admin: KafkaAdmin, doing: str, exc: KafkaException) -> ConnectError:
    error = kafka_error(exc)
    if error.code() in {
        KafkaError._TRANSPORT,
        KafkaError._TIMED_OUT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
    }:
        return _unreachable(admin, doing, error.str())
    return translate(exc, doing)


def _unreachable(admin: KafkaAdmin, doing: str, reason: str) -> RetriableError:
    return RetriableError(
        f"{doing} failed: no Kafka broker answers at {admin.bootstrap_servers} ({reason}). Check that the broker runs, "
        "that bootstrap.servers names it, that security.protocol fits its listener, and that its advertised address can be "
        "reached from here"
    )
