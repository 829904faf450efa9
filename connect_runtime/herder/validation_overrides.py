"""Client settings of one connector: ``producer.override.``, ``consumer.override.``, ``admin.override.``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from connect_runtime.config import ConfigKey, ConfigType, ConfigValue, OverridePolicy, Password
from connect_runtime.errors import ConfigError
from connect_runtime.herder.validation_findings import Findings
from connect_runtime.kafka import ClientSettings, admin_settings, consumer_settings, producer_settings
from connect_runtime.sdk import Connector, SinkConnector

__all__ = ["check_overrides"]

Config = Mapping[str, str | None]
_PRINCIPAL: Final = frozenset({"sasl.jaas.config", "sasl.mechanism", "security.protocol"})
_SECRETS: Final = ("password", ".jaas.config", "keystore.key", "certificate.chain", "truststore.certificates", "secret")
_DEAD_LETTERS: Final = "errors.deadletterqueue.topic.name"


@dataclass(frozen=True, slots=True)
class _Client:
    """One kind of client: its prefix and what makes its settings of a configuration."""

    prefix: str
    settings: Callable[[Config], ClientSettings]


def check_overrides(
    connector: type[Connector], config: Config, policy: OverridePolicy
) -> tuple[list[Findings], list[str]]:
    """What is to be said about the overrides of each client that this connector has, and warnings for the log.

    Those of clients it does not have are neither listed nor checked, as in Kafka Connect.
    """
    parts, warnings = [], []
    for client in _clients(connector, config):
        overrides = {key: text for key, text in config.items() if key.startswith(client.prefix)}
        findings = _listed(overrides)
        for key in overrides:
            if not _is_allowed(key.removeprefix(client.prefix), policy):
                findings.add_error(key, _not_allowed(key, policy))
        warnings += _check_values(client, overrides, findings)
        parts.append(findings)
    return parts, warnings


def _clients(connector: type[Connector], config: Config) -> list[_Client]:
    is_sink = issubclass(connector, SinkConnector)
    has_dead_letters = is_sink and bool((config.get(_DEAD_LETTERS) or "").strip())
    makes_topics = not is_sink and any(key.startswith("topic.creation.") for key in config)
    producer = _Client("producer.override.", lambda props: producer_settings({}, props, ""))
    consumer = _Client("consumer.override.", lambda props: consumer_settings({}, props, "", "group"))
    admin = _Client("admin.override.", lambda props: admin_settings({}, props, ""))
    clients = [producer] if not is_sink or has_dead_letters else []
    clients += [consumer] if is_sink else []
    return clients + ([admin] if makes_topics or has_dead_letters else [])


def _listed(overrides: Config) -> Findings:
    keys = [ConfigKey(key, ConfigType.PASSWORD if key.endswith(_SECRETS) else ConfigType.STRING) for key in overrides]
    return Findings(keys, [_value(key, overrides[key.name]) for key in keys])


def _value(key: ConfigKey, text: str | None) -> ConfigValue:
    return ConfigValue(key.name, Password(text) if text is not None and key.type is ConfigType.PASSWORD else text)


def _is_allowed(name: str, policy: OverridePolicy) -> bool:
    return policy is OverridePolicy.ALL or (policy is OverridePolicy.PRINCIPAL and name in _PRINCIPAL)


def _not_allowed(key: str, policy: OverridePolicy) -> str:
    return f"The '{policy.value}' policy does not allow '{key}' to be overridden in the connector configuration."


def _check_values(client: _Client, overrides: Config, findings: Findings) -> list[str]:
    """Report every value that no client accepts; each round finds one."""
    remaining = dict(overrides)
    while True:
        try:
            return list(client.settings(remaining).warnings)
        except ConfigError as exc:
            if exc.key not in remaining:
                raise
            findings.add_error(exc.key, str(exc))
            del remaining[exc.key]
