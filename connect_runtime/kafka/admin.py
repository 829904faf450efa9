"""Topics and cluster facts: the few admin calls that the runtime makes.

None of them talks to a group coordinator: such calls can crash the process while a broker is away.
"""
# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

import msgspec
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, DescribeClusterResult, NewTopic

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.kafka.connection import ConnectionWatch
from connect_runtime.kafka.errors import kafka_error, translate
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.refusals import refusal_of

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
_LOOK_S = 0.1

_UNREACHABLE = frozenset(
    {KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE}
)

_KeyT = TypeVar("_KeyT")
_ResultT = TypeVar("_ResultT")


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
        watch: Told of those problems, and of answers.
        settings: What the client is made of, for messages.
        clock: Source of deadlines.
    """

    def __init__(
        self,
        open_client: Callable[[Callable[[KafkaError], None]], AdminClient],
        watch: ConnectionWatch,
        settings: ClientSettings,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.bootstrap_servers = settings.bootstrap_servers
        self._settings = settings
        self._open_client = open_client
        self._watch = watch
        self._clock = clock if clock is not None else SystemClock()

    def call(
        self,
        doing: str,
        ask: Callable[[AdminClient], Mapping[_KeyT, Future[_ResultT]]],
        *,
        timeout_s: float,
    ) -> dict[_KeyT, _ResultT | KafkaError]:
        """Make one call and wait for its answers.

        Args:
            doing: What it does to what, as the beginning of a sentence: ``Creating topic orders``.
            ask: Makes the call.
            timeout_s: How long to wait for all answers.

        Returns:
            Answer or refusal by what was asked for.

        Raises:
            RetriableError: The cluster cannot be reached or did not answer in time.
            ConnectError: The login was refused.
        """
        reports: list[KafkaError] = []
        refusals: list[ConnectError] = []

        def report(error: KafkaError) -> None:
            refusal = refusal_of(self._settings, error)
            if refusal is not None:
                refusals.append(refusal)
            else:
                reports.append(error)
                self._watch.note_error(error)

        deadline = self._clock.monotonic() + timeout_s
        with self._open_client(report) as client:
            answers: dict[_KeyT, _ResultT | KafkaError] = {}
            for key, future in ask(client).items():
                answer = self._answer(client, future, deadline, refusals)
                answers[key] = answer
            client.poll(0)
        for found in answers.values():
            if isinstance(found, KafkaError) and found.code() in _UNREACHABLE:
                raise self._unreachable(doing, found, reports)
        self._watch.note_success()
        return answers

    def _answer(
        self, client: AdminClient, future: Future[_ResultT], deadline: float, refusals: Sequence[ConnectError]
    ) -> _ResultT | KafkaError:
        while True:
            try:
                return future.result(_LOOK_S)
            except TimeoutError:
                # Has the client's reports delivered, so that the log says early what a long wait is about.
                client.poll(0)
                if refusals:
                    raise refusals[0] from None
                if self._clock.monotonic() >= deadline:
                    return KafkaError(KafkaError._TIMED_OUT, "no answer in time")
            except KafkaException as exc:
                return kafka_error(exc)

    def _unreachable(self, doing: str, error: KafkaError, reports: Sequence[KafkaError]) -> ConnectError:
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
        ConnectError: A topic cannot be created as described; the message says why. The others may have been created.
    """
    existing = {topic.name for topic in describe_topics(admin, [spec.name for spec in specs], timeout_s=timeout_s)}
    missing = {spec.name: spec for spec in specs if spec.name not in existing}
    if not missing:
        return []

    def create(client: AdminClient) -> Mapping[str, Future[None]]:
        topics = [_new_topic(spec) for spec in missing.values()]
        return client.create_topics(topics, operation_timeout=timeout_s, request_timeout=timeout_s)

    answers = admin.call(f"Creating topic {', '.join(missing)}", create, timeout_s=timeout_s)
    created = []
    for name, answer in answers.items():
        if not isinstance(answer, KafkaError):
            created.append(name)
        elif answer.code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise _creation_error(admin, missing[name], answer) from KafkaException(answer)
    return created


def describe_topics(
    admin: KafkaAdmin, names: Iterable[str], *, timeout_s: float = _TIMEOUT_S
) -> list[TopicDescription]:
    """Those of the topics that exist. Never creates one. Raises: RetriableError, ConnectError."""
    wanted = list(names)
    answers = admin.call(
        f"Looking up topic {', '.join(wanted)}",
        lambda client: client.describe_topics(TopicCollection(wanted), request_timeout=timeout_s),
        timeout_s=timeout_s,
    )
    found = []
    for name, answer in answers.items():
        if not isinstance(answer, KafkaError):
            found.append(TopicDescription(name, len(answer.partitions)))
        elif answer.code() not in {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.LEADER_NOT_AVAILABLE}:
            raise translate(answer, f"Looking up topic {name}") from KafkaException(answer)
    return found


def topic_exists(admin: KafkaAdmin, name: str, *, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether there is such a topic. Raises: RetriableError, ConnectError."""
    return bool(describe_topics(admin, [name], timeout_s=timeout_s))


def topic_configs(admin: KafkaAdmin, name: str, *, timeout_s: float = _TIMEOUT_S) -> dict[str, str | None]:
    """Effective configuration of a topic.

    Raises:
        RetriableError: The cluster cannot be reached or did not answer in time.
        ConnectError: There is no such topic, or it may not be described.
    """
    doing = f"Reading the configuration of topic {name}"
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    answers = admin.call(
        doing, lambda client: client.describe_configs([resource], request_timeout=timeout_s), timeout_s=timeout_s
    )
    entries = answers[resource]
    if isinstance(entries, KafkaError):
        raise translate(entries, doing) from KafkaException(entries)
    return {key: entry.value for key, entry in entries.items()}


def cluster_id(admin: KafkaAdmin, *, timeout_s: float = _TIMEOUT_S) -> str:
    """Identity of the cluster, which proves that it can be reached. Raises: RetriableError, ConnectError."""
    return str(_describe_cluster(admin, timeout_s).cluster_id)


def broker_count(admin: KafkaAdmin, *, timeout_s: float = _TIMEOUT_S) -> int:
    """Number of brokers that are up. Raises: RetriableError, ConnectError."""
    return len(_describe_cluster(admin, timeout_s).nodes)


def _describe_cluster(admin: KafkaAdmin, timeout_s: float) -> DescribeClusterResult:
    doing = "Looking up the cluster"

    def ask(client: AdminClient) -> Mapping[str, Future[DescribeClusterResult]]:
        return {"cluster": client.describe_cluster(request_timeout=timeout_s)}

    answer = admin.call(doing, ask, timeout_s=timeout_s)["cluster"]
    if isinstance(answer, KafkaError):
        raise translate(answer, doing) from KafkaException(answer)
    return answer


def _new_topic(spec: TopicSpec) -> NewTopic:
    return NewTopic(
        spec.name,
        num_partitions=spec.partitions,
        replication_factor=spec.replication_factor,
        config=dict(spec.configs),
    )


def _creation_error(admin: KafkaAdmin, spec: TopicSpec, error: KafkaError) -> ConnectError:
    if error.code() == KafkaError.INVALID_REPLICATION_FACTOR:
        # Brokers may be about to join: whoever calls decides how long to wait for them.
        return RetriableError(
            f"Topic {spec.name} cannot be created with replication factor {spec.replication_factor}: the cluster at "
            f"{admin.bootstrap_servers} says {error.str()}"
        )
    return translate(error, f"Creating topic {spec.name}")
