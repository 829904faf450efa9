"""Which cluster the ``topics`` commands talk to, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from connect_runtime.config import load_worker
from connect_runtime.errors import ConnectError
from connect_runtime.kafka.properties import Role, canonical_name, is_common, is_known, nearest_name, no_effect

__all__ = ["EMBEDDED_ADDRESS", "client_properties"]

EMBEDDED_ADDRESS = "127.0.0.1:9092"
"""Where a broker on this machine listens unless it was told otherwise."""

_BOOTSTRAP = "bootstrap.servers"


def client_properties(
    bootstrap: str | None, config: Path | None, properties: Sequence[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Kafka client properties out of a command's options, in Java's or librdkafka's names; later ones win.

    Args:
        config: ``--config``, a worker's file: the address and all that says how to connect are taken from it.
        bootstrap: ``--bootstrap-server``.
        properties: ``--property`` options, each ``KEY=VALUE``.
        environ: Environment; its ``CONNECT_*`` variables win over the worker's file, as they do for the worker.

    Raises:
        ConnectError: An option has the wrong form, or the worker's file is no good.
    """
    found = {_BOOTSTRAP: EMBEDDED_ADDRESS}
    if config is not None:
        found |= _connection_of_worker(config, environ)
    if bootstrap is not None:
        found[_BOOTSTRAP] = bootstrap
    return found | dict(_property(item) for item in properties)


def _connection_of_worker(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    worker = load_worker(file, environ).config
    found = {
        key: value
        for key, value in worker.originals.items()
        if is_common(canonical_name(key)) and canonical_name(key) != "client.id"
    }
    if worker.embedded_dir is not None:
        found[_BOOTSTRAP] = worker.originals.get("embedded.listen", EMBEDDED_ADDRESS)
    return found


def _property(item: str) -> tuple[str, str]:
    key, found, value = (part.strip() for part in item.partition("="))
    if not (found and key):
        raise ConnectError(f"--property wants KEY=VALUE, for example security.protocol=SSL; this is '{item}'")
    name = canonical_name(key)
    if not any(is_known(role, name) for role in Role) and no_effect(Role.ADMIN, name) is None:
        near = nearest_name(Role.CONSUMER, key) or nearest_name(Role.PRODUCER, key)
        hint = f"Did you mean {near}?" if near else "Its names are Kafka's, as in a worker's file."
        raise ConnectError(f"--property {key}: no Kafka client has a property of that name. {hint}")
    return key, value
