"""Settings of clients that write in transactions, and of those that keep a connector's source offsets. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connect_runtime.kafka.layers import Layers
from connect_runtime.kafka.properties import Role
from connect_runtime.kafka.settings import (
    INTERNAL,
    INTERNAL_CONSUMER_FORCED,
    INTERNAL_PRODUCER_FORCED,
    ClientSettings,
    consumer_settings,
    producer_settings,
)

__all__ = [
    "leader_producer_settings",
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

_LEADER_FORCED = {
    "request.required.acks": "all",
    "enable.idempotence": "true",
    "queue.buffering.max.ms": "0",
    # How long a leader that hangs in the middle of a write keeps readers of the config topic waiting.
    _TRANSACTION_TIMEOUT: "10000",
    _MESSAGE_TIMEOUT: "10000",
    "partitioner": "murmur2_random",
}


def leader_producer_settings(worker: Properties, client_id: str, transactional_id: str) -> ClientSettings:
    """Settings of the transactional producer with which a leader writes the config topic. Raises: ConfigError."""
    layers = Layers(Role.PRODUCER, worker, {**INTERNAL, "client.id": client_id})
    layers.add_connection(worker)
    layers.force({**_LEADER_FORCED, "transactional.id": transactional_id})
    return _within_transaction(layers.settings())


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
    return _within_transaction(producer_settings(worker, connector, client_id, transactional_id=transactional_id))


def transaction_timeout_s(settings: ClientSettings) -> float:
    """How long a transaction of that producer may be open."""
    return int(settings.conf.get(_TRANSACTION_TIMEOUT, str(_DEFAULT_TRANSACTION_TIMEOUT_MS))) / 1000


def _within_transaction(settings: ClientSettings) -> ClientSettings:
    """No message or request may outlive its transaction; librdkafka refuses to hear otherwise, Java does not mind."""
    limit_ms = round(transaction_timeout_s(settings) * 1000)
    bounded = {
        name: str(limit_ms)
        for name in (_MESSAGE_TIMEOUT, "socket.timeout.ms", "request.timeout.ms")
        if int(settings.conf.get(name, "0")) > limit_ms
    }
    return msgspec.structs.replace(settings, conf={**settings.conf, **bounded})


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
