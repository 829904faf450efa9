"""Settings of every client the runtime makes, put together from worker and connector properties. Pure.

Later wins: fixed defaults, the worker's properties with the client's prefix, the connector's overrides. Producers and
consumers of connectors inherit nothing else of the worker but ``bootstrap.servers``; admin clients inherit all its
connection properties.
"""

from __future__ import annotations

from connect_runtime.kafka.layers import ClientSettings, Layers, Properties
from connect_runtime.kafka.properties import Role

__all__ = [
    "INTERNAL",
    "INTERNAL_CONSUMER_FORCED",
    "INTERNAL_PRODUCER_FORCED",
    "ClientSettings",
    "admin_settings",
    "consumer_settings",
    "internal_admin_settings",
    "internal_consumer_settings",
    "internal_producer_settings",
    "member_settings",
    "producer_settings",
]

_BASE = {
    "bootstrap.servers": "localhost:9092",
    # Brokers close idle connections as a matter of course; that is not worth a line each.
    "log.connection.close": "false",
    "enable.metrics.push": "false",
    # Java's back-off: librdkafka's own lets a worker wait 10 s after the broker is back.
    "reconnect.backoff.ms": "50",
    "reconnect.backoff.max.ms": "1000",
}

# The worker's own clients. A broker that hangs keeps its connections: only when an answer is overdue does a client look
# for another broker. The client's own default is a minute, Kafka Connect's 40 s. What is overdue is asked for again.
INTERNAL = {**_BASE, "request.timeout.ms": "10000"}

_PRODUCER = {
    "request.required.acks": "all",
    # Keeps the order with several requests under way, for which Java Connect allows only one at a time.
    "enable.idempotence": "true",
    "message.timeout.ms": "0",
    "queue.buffering.max.ms": "10",
    "queue.buffering.max.messages": "200000",
    "queue.buffering.max.kbytes": "131072",
    "message.max.bytes": "1048576",
    "compression.codec": "none",
    # Where Java's clients put a key.
    "partitioner": "murmur2_random",
}

_CONSUMER = {
    "auto.offset.reset": "earliest",
    "isolation.level": "read_uncommitted",
    "allow.auto.create.topics": "true",
    "partition.assignment.strategy": "range",
    # 1000 by default: a consumer that outruns its queue then sleeps through half of its time.
    "fetch.queue.backoff.ms": "2",
    "queued.min.messages": "100000",
    "enable.partition.eof": "false",
}

# The runtime commits by itself what connectors have delivered.
_CONSUMER_FORCED = {"enable.auto.commit": "false", "enable.auto.offset.store": "false"}

INTERNAL_PRODUCER_FORCED = {
    "request.required.acks": "all",
    "enable.idempotence": "false",
    "max.in.flight.requests.per.connection": "1",
    "message.timeout.ms": "30000",
    "queue.buffering.max.ms": "0",
    "queue.buffering.max.kbytes": "65536",
    "partitioner": "murmur2_random",
}

INTERNAL_CONSUMER_FORCED = {
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
    "enable.partition.eof": "true",
    "allow.auto.create.topics": "false",
    "fetch.queue.backoff.ms": "2",
    # How long an end that only control or aborted records have moved stays unnoticed; ordinary ones end a wait at once.
    "fetch.wait.max.ms": "100",
    "queued.max.messages.kbytes": "16384",
}

_MEMBER_FORCED = {
    # A group of this kind keeps its partition where it is when members come and go: leadership stays.
    "group.protocol": "classic",
    "partition.assignment.strategy": "cooperative-sticky",
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
    "allow.auto.create.topics": "false",
    "statistics.interval.ms": "500",
}


def producer_settings(
    worker: Properties, connector: Properties, client_id: str, *, transactional_id: str | None = None
) -> ClientSettings:
    """Settings of the producer of a source task, or of a dead letter queue.

    Args:
        worker: The worker's properties as given; ``producer.*`` and ``bootstrap.servers`` count.
        connector: The connector's configuration; ``producer.override.*`` counts.
        client_id: Used unless one of them names another.
        transactional_id: For a producer that delivers exactly once, whatever the properties say of transactions.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    layers = Layers(Role.PRODUCER, worker, {**_BASE, **_PRODUCER, "client.id": client_id})
    layers.add(worker, "producer.")
    layers.add_overrides(connector, "producer.override.")
    _settle_idempotence(layers)
    if transactional_id is not None:
        layers.force({"enable.idempotence": "true", "transactional.id": transactional_id})
    return layers.settings(fails_if_refused=True)


def consumer_settings(worker: Properties, connector: Properties, client_id: str, group_id: str) -> ClientSettings:
    """Settings of the consumer of a sink task.

    Args:
        worker: The worker's properties as given; ``consumer.*`` and ``bootstrap.servers`` count.
        connector: The connector's configuration; ``consumer.override.*`` counts.
        client_id: Used unless one of them names another.
        group_id: The same, ``connect-NAME`` as a rule.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    layers = Layers(Role.CONSUMER, worker, {**_BASE, **_CONSUMER, "client.id": client_id, "group.id": group_id})
    layers.add(worker, "consumer.")
    layers.add_overrides(connector, "consumer.override.")
    layers.force(_CONSUMER_FORCED)
    if layers.value("group.protocol") == "consumer":
        # The brokers choose who gets which partition, and librdkafka refuses any word about it.
        layers.drop_default("partition.assignment.strategy")
    return layers.settings(fails_if_refused=True)


def admin_settings(worker: Properties, connector: Properties, client_id: str) -> ClientSettings:
    """Settings of a connector's admin client: the worker's connection properties, ``admin.*``, ``admin.override.*``.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    layers = Layers(Role.ADMIN, worker, {**_BASE, "client.id": client_id})
    layers.add_connection(worker, with_client_id=True)
    layers.add(worker, "admin.")
    layers.add_overrides(connector, "admin.override.")
    return layers.settings()


def internal_admin_settings(worker: Properties, client_id: str) -> ClientSettings:
    """Settings of the internal topics' admin client: the worker's own connection properties. Raises: ConfigError."""
    layers = Layers(Role.ADMIN, worker, {**INTERNAL, "client.id": client_id})
    layers.add_connection(worker)
    return layers.settings()


def internal_producer_settings(worker: Properties, client_id: str) -> ClientSettings:
    """Settings of the internal topics' producer: the worker's own connection properties. Raises: ConfigError."""
    layers = Layers(Role.PRODUCER, worker, {**INTERNAL, "client.id": client_id})
    layers.add_connection(worker)
    layers.force(INTERNAL_PRODUCER_FORCED)
    return layers.settings()


def internal_consumer_settings(worker: Properties, client_id: str) -> ClientSettings:
    """Settings of the internal topics' consumers: the worker's own connection properties. Raises: ConfigError."""
    # librdkafka wants a group even of consumers that never join one; the worker may surely look up its own.
    group_id = worker.get("group.id") or "connect-internal"
    layers = Layers(Role.CONSUMER, worker, {**INTERNAL, "client.id": client_id, "group.id": group_id})
    layers.add_connection(worker)
    layers.force(INTERNAL_CONSUMER_FORCED)
    return layers.settings()


def member_settings(
    worker: Properties, client_id: str, *, session_timeout_s: float, heartbeat_interval_s: float, poll_interval_s: float
) -> ClientSettings:
    """Settings of the consumer by which a worker is a member of its group. Raises: ConfigError.

    Args:
        worker: The worker's properties as given: ``group.id`` and the connection properties without a prefix count.
        client_id: What the broker shows the other members of this one.
        session_timeout_s: After how long without a heartbeat the broker takes the member for lost.
        heartbeat_interval_s: Time between heartbeats.
        poll_interval_s: How long the member may be busy.
    """
    layers = Layers(Role.CONSUMER, worker, {**INTERNAL, "client.id": client_id, "group.id": worker["group.id"] or ""})
    layers.add_connection(worker)
    times = {
        "session.timeout.ms": session_timeout_s,
        "heartbeat.interval.ms": heartbeat_interval_s,
        "max.poll.interval.ms": max(poll_interval_s, session_timeout_s),
    }
    layers.force(_MEMBER_FORCED | {name: str(round(seconds * 1000)) for name, seconds in times.items()})
    return layers.settings()


def _settle_idempotence(layers: Layers) -> None:
    """Give up idempotence where the user's wishes exclude it, and keep the order of records all the same."""
    forbidden = (
        layers.value("request.required.acks") not in {"all", "-1"}
        or layers.value("message.send.max.retries") == "0"
        or layers.value("max.in.flight.requests.per.connection") not in {None, "1", "2", "3", "4", "5"}
    )
    if forbidden:
        layers.set_default("enable.idempotence", "false")
    if layers.value("enable.idempotence") == "false":
        layers.set_default("max.in.flight.requests.per.connection", "1")
