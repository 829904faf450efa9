"""Where the source offsets of a connector are kept: the worker's store, or a topic that the connector names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connect_runtime.kafka import (
    ClientFactory,
    ClientSettings,
    admin_settings,
    internal_producer_settings,
    offsets_asker_settings,
    offsets_consumer_settings,
    offsets_producer_settings,
    producer_settings,
)
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import (
    ConnectorOffsets,
    InternalTopics,
    LogClients,
    OffsetStore,
    ensure_offsets_topic,
    offsets_topic_spec,
)
from connect_runtime.tasks.kafka_clients import logged

__all__ = ["OffsetStores"]

Config = Mapping[str, str]
OWN_TOPIC = "offsets.storage.topic"
# Longer than a transaction that somebody else left open may last, unless its timeout was raised.
READ_S = 90.0


class OffsetStores:
    """Finds the store of a connector. Nothing is connected before that store is used.

    Args:
        shared: The worker's store.
        clients: Makes Kafka clients.
        topic: The worker's offsets topic, ``None`` when it has none: then connectors have no say either.
        is_exactly_once: Whether tasks of this worker write offsets in transactions.
    """

    def __init__(
        self, shared: OffsetStore, clients: ClientFactory, topic: str | None, *, is_exactly_once: bool = False
    ) -> None:
        self.shared = shared
        self._clients = clients
        self._topic = topic
        self._is_exactly_once = is_exactly_once

    def topic_of(self, config: Config) -> str:
        """The topic that a connector's offsets go to."""
        return config.get(OWN_TOPIC, "").strip() or self._topic or ""

    def own(self, name: str, config: Config) -> ConnectorOffsets | None:
        """A connector's own store, for itself and for tasks without transactions; ``None`` when it is `shared`.

        Raises:
            ConfigError: A client cannot be made of this configuration.
        """
        if self._topic is None or self._is_shared(config):
            return None
        if not self._is_exactly_once and not config.get(OWN_TOPIC, "").strip():
            return None
        writer = offsets_producer_settings(self._clients.worker, config, f"connector-producer-{name}")
        return self._store(name, config, writer, self.shared)

    def transactional(self, task_id: ConnectorTaskId, config: Config) -> ConnectorOffsets:
        """The store of a task that writes offsets in transactions of its own: only read here, by clients of its own.

        Raises:
            ConfigError: A client cannot be made of this configuration.
        """
        return self._store(str(task_id), config, None, None if self._is_shared(config) else self.shared)

    def _store(
        self, whose: str, config: Config, writer: ClientSettings | None, behind: OffsetStore | None
    ) -> ConnectorOffsets:
        topic = self.topic_of(config)
        worker, reader_id = self._clients.worker, f"connector-consumer-{whose}"
        reader = offsets_consumer_settings(worker, config, reader_id, is_exactly_once=self._is_exactly_once)
        asker = offsets_asker_settings(worker, config, f"{reader_id}-ends")
        topics = InternalTopics(
            self._clients, [topic], settings=LogClients(logged(reader), asker, writer), patience_s=READ_S
        )
        # The worker has seen to its own topic.
        prepare = _nothing if behind is None else self._preparation(whose, config, topic)
        return ConnectorOffsets(OffsetStore(topics.log(topic), read_timeout_s=READ_S), behind, prepare, topics.stop)

    def _preparation(self, whose: str, config: Config, topic: str) -> Callable[[], None]:
        settings = admin_settings(self._clients.worker, config, f"connector-adminclient-{whose}")
        spec = offsets_topic_spec(self._clients.worker, topic)
        return lambda: ensure_offsets_topic(self._clients.admin(settings), spec)

    def _is_shared(self, config: Config) -> bool:
        """Whether a connector's offsets go to the very topic that `shared` is."""
        own = producer_settings(self._clients.worker, config, "").bootstrap_servers
        workers = internal_producer_settings(self._clients.worker, "").bootstrap_servers
        return self.topic_of(config) == self._topic and _servers(own) == _servers(workers)


def _servers(bootstrap: str) -> frozenset[str]:
    return frozenset(server.strip() for server in bootstrap.split(","))


def _nothing() -> None:
    """There is nothing to prepare."""
