"""Client settings of one connector: ``producer.override.``, ``consumer.override.``, ``admin.override.``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from connect_runtime.config import (
    ConfigKey,
    ConfigType,
    ConfigValue,
    OverridePolicy,
    Password,
    WorkerConfig,
    WorkerMode,
)
from connect_runtime.errors import ConfigError
from connect_runtime.herder.validation_findings import Findings
from connect_runtime.kafka import (
    ClientSettings,
    admin_settings,
    canonical_name,
    check_accepted,
    consumer_settings,
    producer_settings,
)
from connect_runtime.sdk import Connector, SinkConnector

__all__ = ["check_overrides"]

Config = Mapping[str, str | None]
# Who the client logs in as: in Java's terms, and in those that librdkafka has for the same.
_PRINCIPAL: Final = ("sasl.jaas.config", "sasl.mechanism", "security.protocol", "sasl.username", "sasl.password")
_SECRETS: Final = (
    *("password", ".jaas.config", "keystore.key", "certificate.chain", "truststore.certificates", "secret"),
    *("key.pem", "certificate.pem", "passphrase", "oauthbearer.config"),
)
_DEAD_LETTERS: Final = "errors.deadletterqueue.topic.name"
_OWN_OFFSETS: Final = "offsets.storage.topic"


@dataclass(frozen=True, slots=True)
class _Client:
    """One kind of client: its prefix and what makes its settings of a configuration."""

    prefix: str
    settings: Callable[[Config], ClientSettings]


def check_overrides(
    connector: type[Connector], config: Config, worker: WorkerConfig
) -> tuple[list[Findings], list[str]]:
    """What is to be said about the overrides of each client that this connector has, and warnings for the log.

    Those of clients it does not have are neither listed nor checked, as in Kafka Connect.
    """
    parts, warnings = [], []
    for client in _clients(connector, config, worker):
        overrides = {key: text for key, text in config.items() if key.startswith(client.prefix)}
        findings = _listed(overrides)
        for key in overrides:
            if not _is_allowed(key.removeprefix(client.prefix), worker):
                findings.add_error(key, _not_allowed(key, worker.override_policy))
        warnings += _check_values(client, overrides, findings)
        parts.append(findings)
    return parts, warnings


def _clients(connector: type[Connector], config: Config, worker: WorkerConfig) -> list[_Client]:
    # Where the brokers are may be decided after this check: the embedded one's address is not known beforehand.
    props = {key: text for key, text in worker.originals.items() if key != "bootstrap.servers"}
    name = config.get("name")
    producer = _Client("producer.override.", lambda given: producer_settings(props, given, f"producer of {name}"))
    consumer = _Client(
        "consumer.override.", lambda given: consumer_settings(props, given, f"consumer of {name}", f"connect-{name}")
    )
    admin = _Client("admin.override.", lambda given: admin_settings(props, given, f"admin client of {name}"))
    if issubclass(connector, SinkConnector):
        has_dead_letters = bool((config.get(_DEAD_LETTERS) or "").strip())
        return [producer, consumer, admin] if has_dead_letters else [consumer]
    has_own_offsets = worker.mode is WorkerMode.DISTRIBUTED and (
        worker.exactly_once_source_support.lower() == "enabled" or bool((config.get(_OWN_OFFSETS) or "").strip())
    )
    if has_own_offsets:
        return [producer, consumer, admin]
    makes_topics = any(key.startswith("topic.creation.") for key in config)
    return [producer, admin] if makes_topics else [producer]


def _listed(overrides: Config) -> Findings:
    keys = [ConfigKey(key, ConfigType.PASSWORD if key.endswith(_SECRETS) else ConfigType.STRING) for key in overrides]
    return Findings(keys, [_value(key, overrides[key.name]) for key in keys])


def _value(key: ConfigKey, text: str | None) -> ConfigValue:
    return ConfigValue(key.name, Password(text) if text is not None and key.type is ConfigType.PASSWORD else text)


def _is_allowed(name: str, worker: WorkerConfig) -> bool:
    match worker.override_policy:
        case OverridePolicy.ALL:
            return True
        case OverridePolicy.NONE:
            return False
        case OverridePolicy.PRINCIPAL:
            return _is_one_of(name, _PRINCIPAL)
        case OverridePolicy.ALLOWLIST:
            return _is_one_of(name, worker.connector_client_config_override_allowlist)


def _is_one_of(name: str, allowed: tuple[str, ...]) -> bool:
    return canonical_name(name) in map(canonical_name, allowed)


def _not_allowed(key: str, policy: OverridePolicy) -> str:
    return f"The '{policy.value}' policy does not allow '{key}' to be overridden in the connector configuration."


def _check_values(client: _Client, overrides: Config, findings: Findings) -> list[str]:
    """Report every value that no client accepts; each round finds one."""
    remaining = dict(overrides)
    while remaining:
        try:
            return list(_accepted(client, remaining).warnings)
        except ConfigError as exc:
            key = exc.key if exc.key in remaining else _at_fault(client, remaining)
            findings.add_error(key, str(exc))
            del remaining[key]
    return []


def _accepted(client: _Client, overrides: Config) -> ClientSettings:
    settings = client.settings(overrides)
    check_accepted(settings)
    return settings


def _at_fault(client: _Client, overrides: Config) -> str:
    """The override without which a client could be made, else the last: the error itself names none of them."""
    for key in overrides:
        try:
            _accepted(client, {other: text for other, text in overrides.items() if other != key})
        except ConfigError:
            continue
        return key
    return list(overrides)[-1]
