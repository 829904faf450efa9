"""A worker's configuration as one typed value, read once at start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.config.parsing import trimmed
from connect_runtime.config.typos import closest, typo_warnings
from connect_runtime.config.worker_keys import (
    EMBEDDED_DEFAULTS,
    PASSED_ON,
    STANDALONE_DEFAULTS,
    WORKER_DEF,
    WORKER_PREFIXES,
    OverridePolicy,
    WorkerMode,
)
from connect_runtime.errors import ConfigError

__all__ = ["WorkerConfig"]

_BOOTSTRAP: Final = "bootstrap.servers"
_EMBEDDED: Final = "embedded"
_EMBEDDED_DIR: Final = "connect-data"
_OFFSETS_FILE: Final = "offset.storage.file.filename"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """What a worker was told. Attributes are named after their keys; a ``*.ms`` key is seconds and ends in ``_s``.

    Attributes:
        mode: Member of a group, or alone.
        embedded_dir: Data folder of the embedded broker; ``None`` when ``bootstrap.servers`` names real ones.
        originals: Every key as it was given, unknown ones too, with defaults for the embedded broker filled in.
        warnings: What the user should be told, e.g. about keys that look misspelled.
    """

    mode: WorkerMode
    embedded_dir: Path | None
    originals: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...]

    bootstrap_servers: tuple[str, ...]
    embedded_listen: str
    key_converter: str
    value_converter: str
    header_converter: str
    task_shutdown_graceful_timeout_s: float
    offset_flush_interval_s: float
    offset_flush_timeout_s: float
    offset_storage_file_filename: str | None
    plugins_file: str | None
    config_providers: tuple[str, ...]
    connector_client_config_override_policy: str
    connector_client_config_override_allowlist: tuple[str, ...]
    topic_tracking_enable: bool
    topic_tracking_allow_reset: bool
    topic_creation_enable: bool

    group_id: str
    session_timeout_s: float
    heartbeat_interval_s: float
    rebalance_timeout_s: float
    scheduled_rebalance_max_delay_s: float
    worker_sync_timeout_s: float
    worker_unsync_backoff_s: float
    exactly_once_source_support: str
    config_storage_topic: str
    config_storage_replication_factor: int
    offset_storage_topic: str
    offset_storage_partitions: int
    offset_storage_replication_factor: int
    status_storage_topic: str
    status_storage_partitions: int
    status_storage_replication_factor: int
    inter_worker_key_generation_algorithm: str
    inter_worker_key_size: int | None
    inter_worker_key_ttl_s: float
    inter_worker_signature_algorithm: str
    inter_worker_verification_algorithms: tuple[str, ...]

    listeners: tuple[str, ...]
    rest_advertised_host_name: str | None
    rest_advertised_port: int | None
    rest_advertised_listener: str | None
    admin_listeners: tuple[str, ...] | None
    access_control_allow_origin: str
    access_control_allow_methods: str
    response_http_headers_config: str

    @classmethod
    def from_props(cls, props: Mapping[str, str], mode: WorkerMode = WorkerMode.DISTRIBUTED) -> WorkerConfig:
        """The configuration of a worker's properties, config variables resolved.

        Raises:
            ConfigError: A key has no or a bad value; the message names it and says what to do.
        """
        typos = typo_warnings(props, {*WORKER_DEF.keys, *PASSED_ON}, WORKER_PREFIXES)
        embedded_dir = _embedded_dir(props)
        complete = {**_defaults(mode, is_embedded=embedded_dir is not None), **props}
        _check_servers(props)
        parsed = _parsed(complete, typos)
        _check_together(parsed, mode, is_embedded=embedded_dir is not None)
        known = {f.name for f in fields(cls)}
        return cls(
            mode=mode,
            embedded_dir=embedded_dir,
            originals=MappingProxyType(complete),
            warnings=tuple(typos),
            **{_attribute(key): _frozen(key, value) for key, value in parsed.items() if _attribute(key) in known},
        )

    def prefixed(self, prefix: str) -> dict[str, str]:
        """Keys that begin with ``prefix``, without it: ``prefixed("producer.")`` are the settings of producers."""
        length = len(prefix)
        return {
            key[length:]: value for key, value in self.originals.items() if key.startswith(prefix) and key != prefix
        }

    def topic_settings(self, kind: str) -> dict[str, str]:
        """Settings to make an internal topic with; ``kind`` is ``config``, ``offset`` or ``status``.

        ``cleanup.policy`` is left out: compaction is not up for choice.
        """
        own = ("topic", "partitions", "replication.factor", "cleanup.policy", "file.filename")
        return {key: value for key, value in self.prefixed(f"{kind}.storage.").items() if key not in own}

    @property
    def converters(self) -> dict[str, str]:
        """Converter classes by key, for connectors that have none of their own."""
        return {
            "key.converter": self.key_converter,
            "value.converter": self.value_converter,
            "header.converter": self.header_converter,
        }

    @property
    def with_converters(self) -> dict[str, str]:
        """`originals`, with those converters that are defaults."""
        return {**self.originals, **self.converters}

    @property
    def override_policy(self) -> OverridePolicy:
        """Which client settings connectors may override."""
        return OverridePolicy.named(self.connector_client_config_override_policy)

    def connected_to(self, address: str) -> WorkerConfig:
        """The same with the ``host:port`` that the embedded broker got in place of ``embedded``."""
        originals = MappingProxyType({**self.originals, _BOOTSTRAP: address})
        return replace(self, bootstrap_servers=(address,), originals=originals)


def _embedded_dir(props: Mapping[str, str]) -> Path | None:
    kind, _, folder = trimmed(props.get(_BOOTSTRAP, "")).partition(":")
    return Path(folder or _EMBEDDED_DIR).expanduser() if kind == _EMBEDDED else None


def _defaults(mode: WorkerMode, *, is_embedded: bool) -> Mapping[str, str]:
    if is_embedded:
        return EMBEDDED_DEFAULTS
    return STANDALONE_DEFAULTS if mode is WorkerMode.STANDALONE else {}


def _check_servers(props: Mapping[str, str]) -> None:
    """Refuse to go to the default address where another one was most likely meant."""
    key = closest(_BOOTSTRAP, props)
    if _BOOTSTRAP not in props and key is not None:
        default = ",".join(WORKER_DEF.keys[_BOOTSTRAP].default)
        raise ConfigError(
            f"Unknown key {key!r}: did you mean {_BOOTSTRAP!r}? Without that key the worker would look for Kafka at "
            f"{default}. If that is right, set {_BOOTSTRAP}={default} and remove {key}.",
            key=key,
        )


def _parsed(props: Mapping[str, str], typos: Sequence[str]) -> dict[str, Any]:
    try:
        return WORKER_DEF.parse(props)
    except ConfigError as exc:
        if exc.key is None or exc.key in props:
            raise
        # A key that is misspelt may well be why another one is missed.
        raise ConfigError(" ".join([*typos, str(exc), _how_to_set(exc.key)]), key=exc.key) from exc


def _how_to_set(key: str) -> str:
    example = EMBEDDED_DEFAULTS.get(key)
    line = f"Add it to the worker's file, e.g. {key}={example}" if example else "Add it to the worker's file"
    return f"{line}; or set bootstrap.servers=embedded to try things out without Kafka: it needs no other key."


def _check_together(parsed: Mapping[str, Any], mode: WorkerMode, *, is_embedded: bool) -> None:
    if mode is WorkerMode.STANDALONE and not is_embedded and not parsed[_OFFSETS_FILE]:
        raise ConfigError(
            f'Missing required configuration "{_OFFSETS_FILE}" which has no default value. A standalone worker keeps '
            f"the offsets of its source connectors there, e.g. {_OFFSETS_FILE}=/var/lib/connect/offsets.",
            key=_OFFSETS_FILE,
        )
    topics = [parsed[f"{kind}.storage.topic"] for kind in ("config", "offset", "status")]
    if len(set(topics)) < len(topics):
        raise ConfigError(
            "config.storage.topic, offset.storage.topic and status.storage.topic must name three different topics, but "
            f"are {', '.join(topics)}.",
            key="config.storage.topic",
        )
    own, accepted = parsed["inter.worker.signature.algorithm"], parsed["inter.worker.verification.algorithms"]
    if own not in accepted:
        raise ConfigError(
            f"inter.worker.verification.algorithms ({', '.join(accepted)}) must contain "
            f"inter.worker.signature.algorithm ({own}): workers sign with it.",
            key="inter.worker.verification.algorithms",
        )
    if parsed["heartbeat.interval.ms"] >= parsed["session.timeout.ms"]:
        raise ConfigError(
            f"heartbeat.interval.ms ({parsed['heartbeat.interval.ms']}) must be below session.timeout.ms "
            f"({parsed['session.timeout.ms']}), best a third of it: else healthy workers count as lost.",
            key="heartbeat.interval.ms",
        )


def _attribute(key: str) -> str:
    name = key.replace(".", "_")
    return name.removesuffix("_ms") + "_s" if name.endswith("_ms") else name


def _frozen(key: str, value: Any) -> Any:
    if key.endswith(".ms"):
        return value / 1000
    return tuple(value) if isinstance(value, list) else value
