"""What is wrong with the client settings in a worker's own file, found before anything is connected."""

from __future__ import annotations

from collections.abc import Iterator

from connect_runtime.kafka.layers import Properties
from connect_runtime.kafka.making import check_accepted
from connect_runtime.kafka.settings import admin_settings, consumer_settings, internal_admin_settings, producer_settings

__all__ = ["check_worker_settings"]


def check_worker_settings(worker: Properties) -> list[str]:
    """See that every client can be made that the worker's properties speak of.

    Returns:
        Sentences about properties that have no effect, or that are missing; for the log.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    warnings: dict[str, None] = {}
    for settings in (
        internal_admin_settings(worker, "connect-shared-admin"),
        admin_settings(worker, {}, "connector-adminclient"),
        producer_settings(worker, {}, "connector-producer"),
        consumer_settings(worker, {}, "connector-consumer", "connect"),
    ):
        check_accepted(settings)
        warnings |= dict.fromkeys(settings.worker_warnings)
    return [*warnings, *_not_inherited(worker)]


def _not_inherited(worker: Properties) -> Iterator[str]:
    protocol = (worker.get("security.protocol") or "PLAINTEXT").strip()
    if protocol.upper() == "PLAINTEXT":
        return
    for prefix in ("producer.", "consumer."):
        if worker.get(f"{prefix}security.protocol") is None and worker.get(f"{prefix}bootstrap.servers") is None:
            yield (
                f"security.protocol is {protocol}, but {prefix}security.protocol is not set: {prefix[:-1]}s of "
                f"connectors take no security settings from the worker and will connect with PLAINTEXT. Repeat "
                f"security.protocol, sasl.* and ssl.* with the prefix {prefix}, or leave them to each connector's "
                f"{prefix}override.*"
            )
