"""Settings of every client the runtime makes, put together from worker and connector properties. Pure.

Later wins: fixed defaults, the worker's properties with the client's prefix, the connector's overrides. Producers and
consumers of connectors inherit nothing else of the worker but ``bootstrap.servers``; admin clients inherit all its
connection properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from connect_runtime.kafka.properties import Role, canonical_name, is_common, is_ignored, is_known, nearest_name
from connect_runtime.kafka.security import CONVERTED_NAMES, Setting, convert_security
from connect_runtime.kafka.values import convert_value

__all__ = [
    "ClientSettings",
    "admin_settings",
    "consumer_settings",
    "internal_admin_settings",
    "internal_consumer_settings",
    "internal_producer_settings",
    "producer_settings",
]

Properties = Mapping[str, str | None]


class ClientSettings(msgspec.Struct, frozen=True):
    """What a client is made of.

    Args:
        role: Kind of client.
        conf: librdkafka's properties. May hold secrets: never log it.
        origins: For properties that the user set, the name under which that was done.
        warnings: Sentences about properties that had no effect; log them once, with the connector they belong to.
        max_poll_records: Java's ``max.poll.records``, for whoever reads from the consumer; ``None`` when nobody set it.
    """

    role: Role
    conf: dict[str, str]
    origins: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    max_poll_records: int | None = None

    def __repr__(self) -> str:
        return f"ClientSettings({self.role.value} {self.conf.get('client.id')} at {self.bootstrap_servers})"

    @property
    def bootstrap_servers(self) -> str:
        """Where the client finds the cluster."""
        return self.conf["bootstrap.servers"]


_BASE = {
    "bootstrap.servers": "localhost:9092",
    # Brokers close idle connections as a matter of course; that is not worth a line each.
    "log.connection.close": "false",
    "enable.metrics.push": "false",
    # Java's back-off: librdkafka's own lets a worker wait 10 s after the broker is back.
    "reconnect.backoff.ms": "50",
    "reconnect.backoff.max.ms": "1000",
}

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

_INTERNAL_PRODUCER_FORCED = {
    "request.required.acks": "all",
    "enable.idempotence": "false",
    "max.in.flight.requests.per.connection": "1",
    "message.timeout.ms": "30000",
    "queue.buffering.max.ms": "0",
    "queue.buffering.max.kbytes": "65536",
    "partitioner": "murmur2_random",
}

_INTERNAL_CONSUMER_FORCED = {
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


def producer_settings(worker: Properties, connector: Properties, client_id: str) -> ClientSettings:
    """Settings of the producer of a source task, or of a dead letter queue.

    Args:
        worker: The worker's properties as given; ``producer.*`` and ``bootstrap.servers`` count.
        connector: The connector's configuration; ``producer.override.*`` counts.
        client_id: Used unless one of them names another.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    layers = _Layers(Role.PRODUCER, worker, {**_BASE, **_PRODUCER, "client.id": client_id})
    layers.add(worker, "producer.")
    layers.add(connector, "producer.override.")
    _settle_idempotence(layers)
    return layers.settings()


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
    layers = _Layers(Role.CONSUMER, worker, {**_BASE, **_CONSUMER, "client.id": client_id, "group.id": group_id})
    layers.add(worker, "consumer.")
    layers.add(connector, "consumer.override.")
    layers.force(_CONSUMER_FORCED)
    return layers.settings()


def admin_settings(worker: Properties, connector: Properties, client_id: str) -> ClientSettings:
    """Settings of a connector's admin client: the worker's connection properties, ``admin.*``, ``admin.override.*``.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    layers = _Layers(Role.ADMIN, worker, {**_BASE, "client.id": client_id})
    layers.add_connection(worker)
    layers.add(worker, "admin.")
    layers.add(connector, "admin.override.")
    return layers.settings()


def internal_admin_settings(worker: Properties, client_id: str) -> ClientSettings:
    """Settings of the internal topics' admin client: the worker's own connection properties. Raises: ConfigError."""
    layers = _Layers(Role.ADMIN, worker, {**_BASE, "client.id": client_id})
    layers.add_connection(worker)
    return layers.settings()


def internal_producer_settings(worker: Properties, client_id: str) -> ClientSettings:
    """Settings of the internal topics' producer: the worker's own connection properties. Raises: ConfigError."""
    layers = _Layers(Role.PRODUCER, worker, {**_BASE, "client.id": client_id})
    layers.add_connection(worker)
    layers.force(_INTERNAL_PRODUCER_FORCED)
    return layers.settings()


def internal_consumer_settings(worker: Properties, client_id: str) -> ClientSettings:
    """Settings of the internal topics' consumers: the worker's own connection properties. Raises: ConfigError."""
    # librdkafka wants a group even of consumers that never join one; the worker may surely look up its own.
    group_id = worker.get("group.id") or "connect-internal"
    layers = _Layers(Role.CONSUMER, worker, {**_BASE, "client.id": client_id, "group.id": group_id})
    layers.add_connection(worker)
    layers.force(_INTERNAL_CONSUMER_FORCED)
    return layers.settings()


def _settle_idempotence(layers: _Layers) -> None:
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


class _Layers:
    """Properties under their canonical names, each with the value of the last layer that had it."""

    def __init__(self, role: Role, worker: Properties, defaults: Mapping[str, str]) -> None:
        self._role = role
        self._found = {name: Setting(value, "") for name, value in defaults.items()}
        self._warnings: list[str] = []
        if servers := worker.get("bootstrap.servers"):
            self._found["bootstrap.servers"] = Setting(servers, "bootstrap.servers")

    def add(self, properties: Properties, prefix: str) -> None:
        """Take in what `properties` have under `prefix`; what no client knows becomes a warning."""
        for name, setting in _under(properties, prefix):
            if is_known(self._role, name):
                self._found[name] = setting
            elif not is_ignored(self._role, name):
                self._warnings.append(_unknown(self._role, setting, prefix))

    def add_connection(self, worker: Properties) -> None:
        """Take in what the worker's properties without a prefix say about reaching the cluster."""
        for name, setting in _under(worker, ""):
            if name != "client.id" and is_common(name):
                self._found[name] = setting

    def force(self, settings: Mapping[str, str]) -> None:
        """Overrule every layer so far; a different wish becomes a warning."""
        for name, value in settings.items():
            wish = self._found.get(name)
            if wish is not None and wish.key and wish.value.strip().lower() != value:
                self._warnings.append(f"{wish.key}={wish.value} has no effect: the runtime needs {value}")
            self._found[name] = Setting(value, "")

    def value(self, name: str) -> str | None:
        """Present value of a property, in lower case."""
        return self._found[name].value.strip().lower() if name in self._found else None

    def set_default(self, name: str, value: str) -> None:
        """Change a default; nothing happens where the user said otherwise."""
        if name not in self._found or not self._found[name].key:
            self._found[name] = Setting(value, "")

    def settings(self) -> ClientSettings:
        """Everything in librdkafka's terms."""
        conf = {
            name: convert_value(setting.key, name, setting.value)
            for name, setting in self._found.items()
            if name not in CONVERTED_NAMES
        }
        max_poll_records = conf.pop("max.poll.records", None)
        if (timeout := conf.get("request.timeout.ms")) is not None:
            conf.setdefault("socket.timeout.ms", timeout)
            if self._role is not Role.PRODUCER:
                del conf["request.timeout.ms"]
        if (refresh := conf.get("metadata.max.age.ms")) is not None:
            # Java looks for new topics and partitions as often as it renews its metadata.
            conf.setdefault("topic.metadata.refresh.interval.ms", refresh)
        return ClientSettings(
            role=self._role,
            conf={**conf, **convert_security(self._found)},
            origins={name: setting.key for name, setting in self._found.items() if setting.key},
            warnings=tuple(self._warnings),
            max_poll_records=None if max_poll_records is None else int(max_poll_records),
        )


def _under(properties: Properties, prefix: str) -> Iterator[tuple[str, Setting]]:
    for key, value in properties.items():
        if key.startswith(prefix) and value is not None:
            yield canonical_name(key.removeprefix(prefix)), Setting(value, key)


def _unknown(role: Role, setting: Setting, prefix: str) -> str:
    nearest = nearest_name(role, setting.key.removeprefix(prefix))
    hint = f"; did you mean {prefix}{nearest}?" if nearest is not None else ""
    return f"{setting.key} has no effect: no Kafka {role.value} property of that name is known{hint}"
