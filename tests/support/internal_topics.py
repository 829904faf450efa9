"""The internal topics of workers on a broker."""

from __future__ import annotations

from uuid import uuid4

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from connect_runtime.kafka import (
    ClientFactory,
    KafkaAdmin,
    TopicSpec,
    describe_topics,
    ensure_topics,
    internal_admin_settings,
)
from connect_runtime.storage import InternalTopics, InternalTopicSpecs, ensure_internal_topics, internal_topic_specs
from tests.support.running_tasks import eventually

__all__ = ["Cluster"]


class Cluster:
    """The properties of workers that share internal topics, which no other test uses.

    Args:
        bootstrap_servers: The broker.
    """

    def __init__(self, bootstrap_servers: str) -> None:
        name = uuid4().hex[:8]
        self.worker = {
            "bootstrap.servers": bootstrap_servers,
            "config.storage.topic": f"configs-{name}",
            "offset.storage.topic": f"offsets-{name}",
            "status.storage.topic": f"statuses-{name}",
        }
        self._opened: list[InternalTopics] = []

    @property
    def clients(self) -> ClientFactory:
        """A client factory of its own for each worker."""
        return ClientFactory(self.worker)

    @property
    def admin(self) -> KafkaAdmin:
        """Admin calls to the broker."""
        return self.clients.admin(internal_admin_settings(self.worker, "test-admin"))

    @property
    def specs(self) -> InternalTopicSpecs:
        """The topics, for one broker."""
        return internal_topic_specs(self.worker, default_replication_factor=1)

    def create(self, *specs: TopicSpec) -> None:
        """Create topics, and wait until the broker shows them to everybody, which comes later in Apache Kafka."""
        ensure_topics(self.admin, specs)
        self.await_topics(*(spec.name for spec in specs))

    def await_topics(self, *names: str) -> None:
        """Wait until topics are there."""
        eventually(lambda: len(describe_topics(self.admin, names)) == len(names))

    def set_topic(self, name: str, **keys: str) -> None:
        """Set keys of a topic, with ``_`` for ``.``."""
        entries = [
            ConfigEntry(key.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
            for key, value in keys.items()
        ]
        resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
        admin = AdminClient({"bootstrap.servers": self.worker["bootstrap.servers"]})
        admin.incremental_alter_configs([resource])[resource].result(30)

    def open(self) -> InternalTopics:
        """The topics as one more worker sees them; created when they are missing."""
        ensure_internal_topics(self.admin, self.specs)
        topics = InternalTopics(self.clients, self.specs.names, client_id="test-internal")
        self._opened.append(topics)
        return topics

    def close(self) -> None:
        """Close what was opened."""
        for topics in self._opened:
            topics.stop()
