"""Makes clients of their settings, and finds out beforehand whether librdkafka accepts these."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.errors import kafka_error
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.properties import Role, canonical_name

__all__ = ["check_accepted", "make_client"]

_ClientT = TypeVar("_ClientT")

_NAMES = re.compile(r"[a-z]+(?:[._][a-z]+)+|acks|retries|debug")
# What makes a client reach out, or load code, as soon as it exists.
_REACHING_OUT = ("bootstrap.servers", "test.mock.num.brokers", "plugin.library.paths", "ssl.engine.location")
_SILENT = logging.Logger("silent", logging.CRITICAL + 1)  # noqa: LOG001 - it is to be in nobody's hierarchy


def make_client(
    kind: Callable[[dict[str, Any]], _ClientT], conf: Mapping[str, Any], settings: ClientSettings
) -> _ClientT:
    """A client.

    Args:
        kind: Its class.
        conf: What it is given: the settings' properties and callbacks.
        settings: Whom to name in errors.

    Raises:
        ConfigError: librdkafka refuses a property; the error names the key that the user wrote.
    """
    try:
        return kind(dict(conf))
    except KafkaException as exc:
        said = kafka_error(exc).str().strip()
        key = _key_at_fault(said, settings)
        where = f" ({key})" if key is not None else ""
        raise ConfigError(
            f"The settings of the Kafka {settings.role.noun} {settings.conf['client.id']} are not accepted: {said}"
            f"{where}",
            key=key,
        ) from exc


def check_accepted(settings: ClientSettings) -> None:
    """Let settings pass that a client can be made of; nothing is connected, and no file is read.

    Certificates are not looked at: they may well be on other workers only.

    Raises:
        ConfigError: librdkafka refuses a property; the error names the key that the user wrote.
    """
    conf = {name: value for name, value in settings.conf.items() if name not in _REACHING_OUT}
    conf["security.protocol"] = _without_files(conf)
    client = make_client(_KINDS[settings.role], {**conf, "logger": _SILENT}, settings)
    if isinstance(client, Consumer):
        client.close()


def _without_files(conf: Mapping[str, str]) -> str:
    """The protocol without TLS, and without a login that asks somebody first."""
    has_own_password = conf.get("sasl.mechanisms", "GSSAPI") not in {"GSSAPI", "OAUTHBEARER"}
    is_login = conf.get("security.protocol", "").startswith("sasl")
    return "sasl_plaintext" if is_login and has_own_password else "plaintext"


def _key_at_fault(said: str, settings: ClientSettings) -> str | None:
    """The key for a property that a message names as librdkafka knows it; a connector's key before a worker's."""
    named = [canonical_name(name) for name in _NAMES.findall(said)]
    keys = [settings.origins[name] for name in named if name in settings.origins]
    return next((key for key in keys if ".override." in key), next(iter(keys), None))


_KINDS: dict[Role, Callable[[dict[str, Any]], Producer | Consumer | AdminClient]] = {
    Role.PRODUCER: Producer,
    Role.CONSUMER: Consumer,
    Role.ADMIN: AdminClient,
}
