"""The internal topics of workers on a broker."""

from __future__ import annotations

from uuid import uuid4

from connect_runtime.kafka import ClientFactory, KafkaAdmin, internal_admin_settings
from connect_runtime.storage import InternalTopics, InternalTopicSpecs, ensure_internal_topics, internal_topic_specs

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
