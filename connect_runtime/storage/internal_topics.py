"""The internal topics: what they should be like, their creation, and what must be right about existing ones."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import Enum
from threading import Event

import msgspec
from confluent_kafka import KafkaError, KafkaException

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.errors import ConfigError, ConnectError, RetriableError, StartupError
from connect_runtime.kafka import (
    KafkaAdmin,
    TopicSpec,
    broker_count,
    describe_topics,
    ensure_topics,
    kafka_error,
    topic_configs,
)

__all__ = [
    "InternalTopicSpecs",
    "ensure_internal_topics",
    "ensure_offsets_topic",
    "internal_topic_specs",
    "offsets_topic_spec",
]

_log = logging.getLogger(__name__)

_POLICY = "cleanup.policy"
_OWN_TOPIC = "offsets.storage.topic"
_PATIENCE_S = 15.0
_PAUSE_S = 0.5

_MAY_NOT_CREATE = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.UNSUPPORTED_VERSION,
        KafkaError.POLICY_VIOLATION,
    }
)


class _Purpose(Enum):
    """What a topic is for: beginning of its worker keys, and partitions unless the worker says otherwise."""

    CONFIG = ("config", 1)
    OFFSET = ("offset", 25)
    STATUS = ("status", 5)

    def key(self, name: str) -> str:
        return f"{self.value[0]}.storage.{name}"


class InternalTopicSpecs(msgspec.Struct, frozen=True):
    """The three topics of a cluster.

    Args:
        config: ``config.storage.topic``.
        offset: ``offset.storage.topic``.
        status: ``status.storage.topic``.
        warnings: Sentences about worker properties that had no effect.
    """

    config: TopicSpec
    offset: TopicSpec
    status: TopicSpec
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, str, str]:
        """Names of the topics: config, offset, status."""
        return self.config.name, self.offset.name, self.status.name


def internal_topic_specs(worker: Mapping[str, str], *, default_replication_factor: int = 3) -> InternalTopicSpecs:
    """What the worker's properties say about the internal topics.

    Args:
        worker: The worker's properties as given.
        default_replication_factor: For topics of which the properties name none.

    Raises:
        ConfigError: A property is missing or is not a number, or two topics have the same name.
    """
    warnings: list[str] = []
    config, offset, status = (_spec(purpose, worker, default_replication_factor, warnings) for purpose in _Purpose)
    for one, other in ((config, offset), (config, status), (offset, status)):
        if one.name == other.name:
            raise ConfigError(
                "Two of config.storage.topic, offset.storage.topic and status.storage.topic name the topic "
                f"{one.name}; each needs a topic of its own"
            )
    return InternalTopicSpecs(config, offset, status, tuple(warnings))


def ensure_internal_topics(
    admin: KafkaAdmin, specs: InternalTopicSpecs, *, patience_s: float = _PATIENCE_S, clock: Clock | None = None
) -> None:
    """Create the topics that are missing, and check those that exist. Blocks.

    Args:
        admin: The cluster.
        specs: The topics.
        patience_s: How long to wait for brokers to join when there are too few for the replication factor.
        clock: Source of the deadline.

    Raises:
        StartupError: A topic cannot be created or must not be used as it is; the message says how to put it right.
    """
    time = clock if clock is not None else SystemClock()
    deadline = time.monotonic() + patience_s
    try:
        created = _create_together(admin, specs)
        for purpose, spec in zip(_Purpose, (specs.config, specs.offset, specs.status), strict=True):
            if spec.name in created or _create(admin, purpose, spec, deadline, time):
                continue
            _check_partitions(admin, purpose, spec)
            _check_compacted(admin, spec, purpose.key("topic"))
    except StartupError:
        raise
    except ConnectError as exc:
        raise StartupError(str(exc)) from exc


def offsets_topic_spec(worker: Mapping[str, str], name: str) -> TopicSpec:
    """What a connector's own offsets topic should be like: as the worker's, but for its name. Raises: ConfigError."""
    return msgspec.structs.replace(internal_topic_specs(worker).offset, name=name)


def ensure_offsets_topic(admin: KafkaAdmin, spec: TopicSpec) -> None:
    """Create a connector's own offsets topic if it is missing, and check it if it exists. Blocks.

    Raises:
        ConnectError: It cannot be created or must not be used as it is; the message says how to put it right.
    """
    time = SystemClock()
    if not _create(admin, _Purpose.OFFSET, spec, time.monotonic() + _PATIENCE_S, time):
        _check_compacted(admin, spec, _OWN_TOPIC)


def _spec(
    purpose: _Purpose, worker: Mapping[str, str], default_replication_factor: int, warnings: list[str]
) -> TopicSpec:
    key = purpose.key("topic")
    name = worker.get(key, "").strip()
    if not name:
        raise ConfigError(f'Missing required configuration "{key}" which has no default value.', key=key)
    prefix = purpose.key("")
    given = {k.removeprefix(prefix): v for k, v in worker.items() if k.startswith(prefix)}
    configs = {k: v for k, v in given.items() if k not in {"topic", "partitions", "replication.factor", _POLICY}}
    if given.get(_POLICY, "compact").strip() != "compact":
        warnings.append(f"{prefix}{_POLICY}={given[_POLICY]} has no effect: the topic has to be compacted")
    if purpose is _Purpose.CONFIG and given.get("partitions", "1").strip() != "1":
        warnings.append(f"{prefix}partitions={given['partitions']} has no effect: the topic has one partition")
        del given["partitions"]
    if purpose is _Purpose.OFFSET:
        # ``offset.storage.file.filename`` is standalone's.
        configs.pop("file.filename", None)
    return TopicSpec(
        name,
        partitions=_number(purpose, "partitions", given, purpose.value[1]),
        replication_factor=_number(purpose, "replication.factor", given, default_replication_factor),
        configs={**configs, _POLICY: "compact"},
    )


def _number(purpose: _Purpose, name: str, given: Mapping[str, str], default: int) -> int:
    key, text = purpose.key(name), given.get(name, str(default)).strip()
    try:
        number = int(text)
    except ValueError:
        raise ConfigError(f"Invalid value {text} for configuration {key}: not a number", key=key) from None
    if number < 1 and number != -1:
        raise ConfigError(f"Invalid value {text} for configuration {key}: must be positive, or -1", key=key)
    return number


def _create_together(admin: KafkaAdmin, specs: InternalTopicSpecs) -> set[str]:
    """Create what can be created in one go, and say what that was; troubles are left to the topics one by one."""
    try:
        return set(ensure_topics(admin, [specs.config, specs.offset, specs.status]))
    except ConnectError as exc:
        if _code(exc) is None:
            raise
        return set()


def _create(admin: KafkaAdmin, purpose: _Purpose, spec: TopicSpec, deadline: float, clock: Clock) -> bool:
    """Create one topic if need be; whether that was done."""
    is_told = False
    while True:
        try:
            return bool(ensure_topics(admin, [spec]))
        except RetriableError as exc:
            if _code(exc) != KafkaError.INVALID_REPLICATION_FACTOR:
                raise
            if clock.monotonic() >= deadline:
                raise StartupError(_too_few_brokers(admin, purpose, spec)) from exc
            if not is_told:
                is_told = True
                _log.warning(
                    "The cluster has too few brokers for an internal topic's replication factor; waiting for more",
                    extra={"topic": spec.name, "replication_factor": spec.replication_factor},
                )
            Event().wait(_PAUSE_S)
        except ConnectError as exc:
            if _code(exc) not in _MAY_NOT_CREATE:
                raise
            _log.warning(
                "An internal topic cannot be created; going on as if it existed or would be created by the broker",
                extra={"topic": spec.name, "reason": str(exc)},
            )
            return False


def _check_partitions(admin: KafkaAdmin, purpose: _Purpose, spec: TopicSpec) -> None:
    if purpose is not _Purpose.CONFIG:
        return
    for topic in describe_topics(admin, [spec.name]):
        if topic.partitions != 1:
            raise StartupError(
                f"Topic {spec.name}, named by config.storage.topic, has {topic.partitions} partitions; it must have "
                "exactly 1, because the order of its records matters. Name another topic, or, when nothing of value is "
                f"in it, delete it with: kafka-topics.sh --bootstrap-server {admin.bootstrap_servers} --delete "
                f"--topic {spec.name}"
            )


def _check_compacted(admin: KafkaAdmin, spec: TopicSpec, key: str) -> None:
    try:
        policy = topic_configs(admin, spec.name).get(_POLICY)
    except ConnectError as exc:
        _log.warning(
            "The cleanup policy of an internal topic cannot be read; it has to be exactly 'compact'",
            extra={"topic": spec.name, "reason": str(exc)},
        )
        return
    if policy is not None and policy.strip() != "compact":
        raise StartupError(
            f"Topic {spec.name}, named by {key}, has cleanup.policy={policy}; it must be exactly "
            "compact, or records that are still needed get deleted. Put it right with: kafka-configs.sh "
            f"--bootstrap-server {admin.bootstrap_servers} --alter --entity-type topics --entity-name {spec.name} "
            "--add-config cleanup.policy=compact"
        )


def _too_few_brokers(admin: KafkaAdmin, purpose: _Purpose, spec: TopicSpec) -> str:
    brokers = broker_count(admin)
    return (
        f"Topic {spec.name} cannot be created with replication factor {spec.replication_factor}: the cluster at "
        f"{admin.bootstrap_servers} has {brokers} broker{'' if brokers == 1 else 's'}. Set "
        f"{purpose.key('replication.factor')}={brokers} in the worker's configuration (-1 takes the broker's "
        "default), or start more brokers"
    )


def _code(error: ConnectError) -> int | None:
    cause = error.__cause__
    return kafka_error(cause).code() if isinstance(cause, KafkaException) else None
