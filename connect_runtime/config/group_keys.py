"""The worker's keys about its group and the internal topics."""

from __future__ import annotations

from typing import Final

from connect_runtime.config.key import ConfigKey
from connect_runtime.config.types import ConfigType, Importance
from connect_runtime.config.validators import (
    Check,
    all_of,
    at_least,
    check,
    if_set,
    non_empty_list,
    non_empty_string,
    one_of,
    one_of_ignoring_case,
)

__all__ = ["GROUP_KEYS", "HMAC_ALGORITHMS"]

_GROUP: Final = "Group"
_TOPICS: Final = "Internal topics"
_KEYS: Final = "Signing between workers"
_ALGORITHM: Final = "HmacSHA256"
_SMALLEST_KEY: Final = 40

HMAC_ALGORITHMS: Final = ("HmacSHA1", "HmacSHA224", _ALGORITHM, "HmacSHA384", "HmacSHA512")
"""What requests between workers can be signed with, by Java's names."""


def _count_or_broker_default() -> Check:
    return check(lambda count: count > 0 or count == -1, "must be positive, or -1 for the broker's default")


def _known_algorithms() -> Check:
    text = f"every item must be one of {', '.join(HMAC_ALGORITHMS)}"
    return check(lambda names: all(name in HMAC_ALGORITHMS for name in names), text)


def _topic(kind: str, holds: str, example: str) -> ConfigKey:
    return ConfigKey(
        f"{kind}.storage.topic",
        required=True,
        validator=non_empty_string(),
        importance=Importance.HIGH,
        doc=f"Compacted topic that holds {holds}; made if it is missing. All workers of a group name the same one. "
        f"Example: `{example}`.",
        group=_TOPICS,
    )


def _replication_factor(kind: str) -> ConfigKey:
    return ConfigKey(
        f"{kind}.storage.replication.factor",
        ConfigType.SHORT,
        default=3,
        validator=_count_or_broker_default(),
        importance=Importance.LOW,
        doc=f"Copies of the {kind} topic when it is made; at most as many as there are brokers, -1 for the broker's "
        "default. Example: `1` on a single broker.",
        group=_TOPICS,
    )


def _partitions(kind: str, default: int) -> ConfigKey:
    return ConfigKey(
        f"{kind}.storage.partitions",
        ConfigType.INT,
        default=default,
        validator=_count_or_broker_default(),
        importance=Importance.LOW,
        doc=f"Partitions of the {kind} topic when it is made, -1 for the broker's default. Example: `{default}`.",
        group=_TOPICS,
    )


GROUP_KEYS: Final = (
    ConfigKey(
        "group.id",
        required=True,
        validator=non_empty_string(),
        importance=Importance.HIGH,
        doc="Name of the group of workers that share their connectors. Not the consumer group of a sink connector, "
        "which is `connect-` and the connector's name. Example: `connect-cluster`.",
        group=_GROUP,
    ),
    ConfigKey(
        "session.timeout.ms",
        ConfigType.INT,
        default=10_000,
        validator=at_least(1),
        importance=Importance.HIGH,
        doc="Milliseconds without a heartbeat after which a worker counts as lost; it stops its connectors and tasks "
        "by then. Not below the broker's `group.min.session.timeout.ms`, 6000 by default. Example: `10000`.",
        group=_GROUP,
    ),
    ConfigKey(
        "heartbeat.interval.ms",
        ConfigType.INT,
        default=3_000,
        validator=at_least(1),
        importance=Importance.HIGH,
        doc="Milliseconds between heartbeats to the broker, a third of `session.timeout.ms` or less. Example: `3000`.",
        group=_GROUP,
    ),
    ConfigKey(
        "rebalance.timeout.ms",
        ConfigType.INT,
        default=60_000,
        validator=at_least(1),
        importance=Importance.HIGH,
        doc="Milliseconds a worker may be too busy to answer its group, in a plugin for example, before it counts as "
        "lost. Example: `60000`.",
        group=_GROUP,
    ),
    ConfigKey(
        "scheduled.rebalance.max.delay.ms",
        ConfigType.INT,
        default=300_000,
        validator=at_least(0),
        importance=Importance.LOW,
        doc="Milliseconds to wait for a lost worker to come back, under the same URL, before its connectors and tasks "
        "go to others; 0 does not wait. Example: `300000`.",
        group=_GROUP,
    ),
    ConfigKey(
        "connect.protocol",
        default="sessioned",
        validator=one_of_ignoring_case("eager", "compatible", "sessioned"),
        importance=Importance.LOW,
        doc="Kafka Connect's way of sharing out work. Accepted and ignored: this runtime has one way.",
        group=_GROUP,
    ),
    ConfigKey(
        "worker.sync.timeout.ms",
        ConfigType.INT,
        default=3_000,
        validator=at_least(0),
        importance=Importance.LOW,
        doc="Kafka Connect's limit for catching up with the config topic. Accepted and ignored: what a worker is to "
        "run stands in that topic itself.",
        group=_GROUP,
    ),
    ConfigKey(
        "worker.unsync.backoff.ms",
        ConfigType.INT,
        default=300_000,
        validator=at_least(0),
        importance=Importance.LOW,
        doc="Kafka Connect's pause after it could not catch up with the config topic. Accepted and ignored, as the key "
        "before.",
        group=_GROUP,
    ),
    ConfigKey(
        "exactly.once.source.support",
        default="disabled",
        validator=one_of_ignoring_case("disabled", "preparing", "enabled"),
        importance=Importance.HIGH,
        doc="Whether source connectors deliver exactly once: `disabled`, `preparing` (first step of a rolling "
        "change), `enabled`. See `docs/exactly-once.md`. A standalone worker ignores it.",
        group=_GROUP,
    ),
    _topic("config", "connector configurations", "connect-configs"),
    _replication_factor("config"),
    _topic("offset", "the offsets of source connectors", "connect-offsets"),
    _partitions("offset", 25),
    _replication_factor("offset"),
    _topic("status", "the states of connectors and tasks", "connect-status"),
    _partitions("status", 5),
    _replication_factor("status"),
    ConfigKey(
        "inter.worker.key.generation.algorithm",
        default=_ALGORITHM,
        validator=one_of(*HMAC_ALGORITHMS),
        importance=Importance.LOW,
        doc="What the keys that sign requests between workers are made for. Example: `HmacSHA256`.",
        group=_KEYS,
    ),
    ConfigKey(
        "inter.worker.key.size",
        ConfigType.INT,
        validator=if_set(at_least(_SMALLEST_KEY)),
        importance=Importance.LOW,
        doc="Bits of such a key, rounded up to whole bytes; not set, the algorithm's own. Example: `256`.",
        group=_KEYS,
    ),
    ConfigKey(
        "inter.worker.key.ttl.ms",
        ConfigType.INT,
        default=3_600_000,
        validator=at_least(0),
        importance=Importance.LOW,
        doc="Milliseconds after which the leader makes a new key; 0 for a new one only when a leader starts. "
        "Example: `3600000`.",
        group=_KEYS,
    ),
    ConfigKey(
        "inter.worker.signature.algorithm",
        default=_ALGORITHM,
        validator=one_of(*HMAC_ALGORITHMS),
        importance=Importance.LOW,
        doc="How this worker signs. Example: `HmacSHA256`.",
        group=_KEYS,
    ),
    ConfigKey(
        "inter.worker.verification.algorithms",
        ConfigType.LIST,
        default=_ALGORITHM,
        validator=all_of(non_empty_list(), _known_algorithms()),
        importance=Importance.LOW,
        doc="Signatures this worker accepts; its own must be among them. Example: `HmacSHA256,HmacSHA512`.",
        group=_KEYS,
    ),
)
