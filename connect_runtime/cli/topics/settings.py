"""Which cluster the ``topics`` commands talk to, and how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connect_runtime.errors import ConnectError

__all__ = ["DEFAULT_BOOTSTRAP", "client_settings"]

DEFAULT_BOOTSTRAP = "127.0.0.1:9092"


def client_settings(bootstrap: str | None, config: Path | None, properties: Sequence[str]) -> dict[str, str]:
    """Kafka client settings out of a command's options; later ones win.

    Args:
        bootstrap: ``--bootstrap-server``.
        config: ``--config``, a worker's file: address and security settings are taken from it.
        properties: ``--property`` options, each ``KEY=VALUE``.

    Raises:
        ConnectError: An option has the wrong form.
    """
    settings = {"bootstrap.servers": bootstrap or DEFAULT_BOOTSTRAP}
    for item in properties:
        key, found, value = item.partition("=")
        if not (found and key.strip()):
            raise ConnectError(f"--property wants KEY=VALUE, for example security.protocol=SSL; this is '{item}'")
        settings[key.strip()] = value.strip()
    return settings
