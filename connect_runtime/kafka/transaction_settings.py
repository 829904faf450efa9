"""Settings of clients that write in transactions, and of those that keep a connector's source offsets. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connect_runtime.kafka.settings import (
    INTERNAL_CONSUMER_FORCED,
    INTERNAL_PRODUCER_FORCED,
    ClientSettings,
    consumer_settings,
    producer_settings,
)

__all__ = [
    "offsets_asker_settings",
    "offsets_consumer_settings",
    "offsets_producer_settings",
    "transaction_timeout_s",
    "transactional_producer_settings",
]

Properties = Mapping[str, str | None]

_ISOLATION = "isolation.level"
_TRANSACTION_TIMEOUT = "transaction.timeout.ms"
_MESSAGE_TIMEOUT = "message.timeout.ms"
_DEFAULT_TRANSACTION_TIMEOUT_MS = 60_000


def transactional_producer_settings(
    worker: Properties, connector: Properties, client_id: str, transactional_id: str
) -> ClientSettings:
    """Settings of the producer of a source task that delivers exactly once.

    Args:
        worker: The worker's properties as given; ``producer.*`` and ``bootstrap.servers`` count.
        connector: The connector's configuration; ``producer.override.*`` counts.
        client_id: Used unless one of them names another.
        transactional_id: Used whatever they say, as is idempotence.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    settings = producer_settings(worker, connector, client_id, transactional_id=transactional_id)
    limit_ms = round(transaction_timeout_s(settings) * 1000)
    # A message cannot outlive its transaction; librdkafka refuses to hear otherwise, Java does not mind.
    if int(settings.conf.get(_MESSAGE_TIMEOUT, "0")) > limit_ms:
        settings = msgspec.structs.replace(settings, conf={**settings.conf, _MESSAGE_TIMEOUT: str(limit_ms)})
    return settings


def transaction_timeout_s(settings: ClientSettings) -> float:
    """How long a transaction of that producer may be open."""
    return int(settings.conf.get(_TRANSACTION_TIMEOUT, str(_DEFAULT_TRANSACTION_TIMEOUT_MS))) / 1000


def offsets_consumer_settings(
    worker: Properties, connector: Properties, client_id: str, *, is_exactly_once: bool
) -> ClientSettings:
    """Settings of the consumer that reads a connector's source offsets; it joins no group.

    Args:
        worker: The worker's properties as given; ``consumer.*`` and ``bootstrap.servers`` count.
        connector: The connector's configuration; ``consumer.override.*`` counts.
        client_id: Used unless one of them names another.
        is_exactly_once: Whether only committed offsets may be read, whatever they say.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    settings = consumer_settings(worker, connector, client_id, client_id)
    forced = dict(INTERNAL_CONSUMER_FORCED)
    if _ISOLATION in settings.origins and (wish := settings.conf[_ISOLATION]) != forced[_ISOLATION]:
        if is_exactly_once:
            told = f"{settings.origins[_ISOLATION]}={wish} has no effect: the runtime needs {forced[_ISOLATION]}"
            settings = msgspec.structs.replace(settings, warnings=(*settings.warnings, told))
        else:
            forced[_ISOLATION] = wish
    return _internal(settings, forced)


def offsets_asker_settings(worker: Properties, connector: Properties, client_id: str) -> ClientSettings:
    """Settings of the consumer that asks where a connector's offsets end. Raises: ConfigError.

    The end counts what open transactions have written: a transaction of another task that lies before committed
    offsets hides them, and who reads to the end has to wait for its outcome.
    """
    settings = offsets_consumer_settings(worker, connector, client_id, is_exactly_once=True)
    return msgspec.structs.replace(settings, conf={**settings.conf, _ISOLATION: "read_uncommitted"})


def offsets_producer_settings(worker: Properties, connector: Properties, client_id: str) -> ClientSettings:
    """Settings of the producer that writes a connector's offsets outside of transactions. Raises: ConfigError."""
    return _internal(producer_settings(worker, connector, client_id), INTERNAL_PRODUCER_FORCED)


def _internal(settings: ClientSettings, forced: Mapping[str, str]) -> ClientSettings:
    """The same for a client that works in the background: a refused login is told to whoever waits for it."""
    return msgspec.structs.replace(settings, conf={**settings.conf, **forced}, fails_if_refused=False)
