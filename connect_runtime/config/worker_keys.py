"""The worker's configuration keys: Kafka Connect's, and a few of our own (their text says so).

A key that is not declared is kept and passed on to what its prefix says: ``producer.`` and ``consumer.`` to the clients
of tasks, ``key.converter.`` to the key converter, and so on; without a prefix, to the worker's own Kafka clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from connect_runtime.config.definition import ConfigDef
from connect_runtime.config.group_keys import GROUP_KEYS
from connect_runtime.config.key import ConfigKey
from connect_runtime.config.rest_keys import REST_KEYS
from connect_runtime.config.types import ConfigType, Importance
from connect_runtime.config.validators import at_least, check, non_empty_list, non_empty_string, one_of_ignoring_case

__all__ = [
    "EMBEDDED_DEFAULTS",
    "PASSED_ON",
    "STANDALONE_DEFAULTS",
    "WORKER_DEF",
    "WORKER_PREFIXES",
    "OverridePolicy",
    "WorkerMode",
]


class WorkerMode(Enum):
    """How a worker runs: as a member of a group, or alone with its offsets in a file."""

    DISTRIBUTED = "distributed"
    STANDALONE = "standalone"


class OverridePolicy(Enum):
    """Which client settings connectors may override; the values are how Kafka names the policies."""

    ALL = "All"
    ALLOWLIST = "Allowlist"
    NONE = "None"
    PRINCIPAL = "Principal"

    @classmethod
    def named(cls, text: str) -> OverridePolicy:
        """The policy of that name, or of that Java class. Raises: ValueError."""
        return cls(text.rpartition(".")[2].removesuffix("ConnectorClientConfigOverridePolicy"))


def _names_policy(text: str) -> bool:
    try:
        return OverridePolicy.named(text) in OverridePolicy
    except ValueError:
        return False


_WORKER: Final = "Worker"
_CONVERTERS: Final = "Converters"
_JSON: Final = "org.apache.kafka.connect.json.JsonConverter"
_SIMPLE_HEADER: Final = "org.apache.kafka.connect.storage.SimpleHeaderConverter"

_CORE_KEYS: Final = (
    ConfigKey(
        "bootstrap.servers",
        ConfigType.LIST,
        default="localhost:9092",
        validator=non_empty_list(),
        importance=Importance.HIGH,
        doc="Kafka brokers to ask first, `host:port` separated by commas. Ours: `embedded` starts a broker beside the "
        "worker that keeps its data in `./connect-data`, `embedded:DIR` in another folder. "
        "Example: `kafka-1:9092,kafka-2:9092`.",
        group=_WORKER,
    ),
    ConfigKey(
        "embedded.listen",
        default="127.0.0.1:9092",
        validator=non_empty_string(),
        importance=Importance.LOW,
        doc="Ours: `host:port` where the embedded broker listens, so that other Kafka clients on this machine can use "
        "it; port 0 takes any free one. Example: `127.0.0.1:19092`.",
        group=_WORKER,
    ),
    ConfigKey(
        "task.shutdown.graceful.timeout.ms",
        ConfigType.LONG,
        default=5_000,
        validator=at_least(0),
        importance=Importance.LOW,
        doc="Milliseconds that all tasks together have to stop before they are left behind. Example: `5000`.",
        group=_WORKER,
    ),
    ConfigKey(
        "offset.flush.interval.ms",
        ConfigType.LONG,
        default=60_000,
        validator=at_least(1),
        importance=Importance.LOW,
        doc="Milliseconds between offset commits; after a crash a source repeats at most this much. Example: `10000`.",
        group=_WORKER,
    ),
    ConfigKey(
        "offset.flush.timeout.ms",
        ConfigType.LONG,
        default=5_000,
        validator=at_least(0),
        importance=Importance.LOW,
        doc="Milliseconds one commit may take before it is given up and tried again later. Example: `5000`.",
        group=_WORKER,
    ),
    ConfigKey(
        "offset.storage.file.filename",
        validator=non_empty_string(),
        importance=Importance.HIGH,
        doc="File for the offsets of source connectors. Standalone mode only, where it is required unless the broker "
        "is embedded. Example: `/var/lib/connect/offsets`.",
        group=_WORKER,
    ),
    ConfigKey(
        "plugins.file",
        validator=non_empty_string(),
        importance=Importance.LOW,
        doc="Ours: file that says which plugin packages load. By default `plugins.toml` beside the worker's file; it "
        "need not exist. Example: `/etc/connect/plugins.toml`.",
        group=_WORKER,
    ),
    ConfigKey(
        "config.providers",
        ConfigType.LIST,
        default="",
        importance=Importance.LOW,
        doc="Names of sources for variables such as `${file:/run/secrets/db.properties:password}`. Each needs "
        "`config.providers.<name>.class` and takes `config.providers.<name>.param.<option>`; "
        "see [config providers](config-providers.md). Example: `file,env`.",
        group=_WORKER,
    ),
    ConfigKey(
        "connector.client.config.override.policy",
        default=OverridePolicy.ALL.value,
        validator=check(
            _names_policy,
            "must be All, Allowlist, None or Principal; policies of one's own, Java classes, do not run here",
        ),
        importance=Importance.LOW,
        doc="Which client settings a connector may override with `producer.override.`, `consumer.override.`, "
        "`admin.override.`: `All`, `None`, `Principal` (only who the client logs in as), or `Allowlist`.",
        group=_WORKER,
    ),
    ConfigKey(
        "connector.client.config.override.allowlist",
        ConfigType.LIST,
        default="",
        importance=Importance.MEDIUM,
        doc="Client settings that connectors may override under the policy `Allowlist`, without prefix. "
        "Example: `acks,linger.ms,max.poll.records`.",
        group=_WORKER,
    ),
    ConfigKey(
        "topic.tracking.enable",
        ConfigType.BOOLEAN,
        default=True,
        importance=Importance.LOW,
        doc="Whether to remember the topics each connector uses (`GET /connectors/C/topics`).",
        group=_WORKER,
    ),
    ConfigKey(
        "topic.tracking.allow.reset",
        ConfigType.BOOLEAN,
        default=True,
        importance=Importance.LOW,
        doc="Whether a request may forget them (`PUT /connectors/C/topics/reset`).",
        group=_WORKER,
    ),
    ConfigKey(
        "topic.creation.enable",
        ConfigType.BOOLEAN,
        default=True,
        importance=Importance.LOW,
        doc="Whether source connectors may make topics by their `topic.creation.` keys.",
        group=_WORKER,
    ),
    ConfigKey(
        "key.converter",
        ConfigType.CLASS,
        required=True,
        importance=Importance.HIGH,
        doc="Converter of record keys, unless a connector names its own; its options follow as "
        f"`key.converter.<option>`. Example: `{_JSON}`.",
        group=_CONVERTERS,
    ),
    ConfigKey(
        "value.converter",
        ConfigType.CLASS,
        required=True,
        importance=Importance.HIGH,
        doc="Converter of record values, unless a connector names its own; options as `value.converter.<option>`. "
        f"Example: `{_JSON}` with `value.converter.schemas.enable=false`.",
        group=_CONVERTERS,
    ),
    ConfigKey(
        "header.converter",
        ConfigType.CLASS,
        default=_SIMPLE_HEADER,
        importance=Importance.LOW,
        doc="Converter of header values, unless a connector names its own; options as `header.converter.<option>`.",
        group=_CONVERTERS,
    ),
)
_IGNORED_KEYS: Final = (
    ConfigKey(
        "plugin.path",
        ConfigType.LIST,
        importance=Importance.LOW,
        doc="Folders of Java plugins. Python plugins are installed with pip and found by themselves.",
        group="Accepted and ignored",
    ),
    ConfigKey(
        "plugin.discovery",
        default="hybrid_warn",
        validator=one_of_ignoring_case("only_scan", "hybrid_warn", "hybrid_fail", "service_load"),
        importance=Importance.LOW,
        doc="How Java plugins are found.",
        group="Accepted and ignored",
    ),
)

WORKER_DEF: Final = ConfigDef([*_CORE_KEYS, *GROUP_KEYS, *REST_KEYS, *_IGNORED_KEYS])

STANDALONE_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "group.id": "connect-cluster",
        "config.storage.topic": "connect-configs",
        "offset.storage.topic": "connect-offsets",
        "status.storage.topic": "connect-status",
    }
)
"""Defaults of keys that are required only of a member of a group."""

EMBEDDED_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **STANDALONE_DEFAULTS,
        "key.converter": _JSON,
        "value.converter": _JSON,
        "config.storage.replication.factor": "1",
        "offset.storage.replication.factor": "1",
        "status.storage.replication.factor": "1",
        "listeners": "http://127.0.0.1:8083",
    }
)
"""Defaults on the embedded broker, which nobody shares: a shared Kafka needs names that its users chose."""

WORKER_PREFIXES: Final = (
    "producer.",
    "consumer.",
    "admin.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "config.providers.",
    "listeners.https.",
    "admin.listeners.https.",
    "metrics.context.",
    "sasl.",
    "ssl.",
    "log4j.",
)
"""Beginnings of undeclared keys of which the rest is not ours to know."""

PASSED_ON: Final = frozenset(
    {
        "client.dns.lookup",
        "client.id",
        "client.rack",
        "connections.max.idle.ms",
        "internal.key.converter",
        "internal.value.converter",
        "metadata.max.age.ms",
        "metadata.recovery.strategy",
        "metric.reporters",
        "metrics.num.samples",
        "metrics.recording.level",
        "metrics.sample.window.ms",
        "receive.buffer.bytes",
        "reconnect.backoff.max.ms",
        "reconnect.backoff.ms",
        "request.timeout.ms",
        "retry.backoff.max.ms",
        "retry.backoff.ms",
        "security.protocol",
        "security.providers",
        "send.buffer.bytes",
        "socket.connection.setup.timeout.max.ms",
        "socket.connection.setup.timeout.ms",
    }
)
"""Keys without prefix that a Kafka client knows, or that Kafka Connect once knew."""
