"""What runs connectors and tasks in a worker, put together from its configuration."""

from __future__ import annotations

from collections.abc import Callable

from connect_runtime.cli.stores import Stores
from connect_runtime.clock import Clock
from connect_runtime.config import WorkerConfig, WorkerMode
from connect_runtime.herder.statuses import ConnectorStatuses, TaskStatuses
from connect_runtime.kafka import ClientFactory
from connect_runtime.model import ConnectorTaskId
from connect_runtime.plugins import PluginRegistry
from connect_runtime.tasks.build import ConnectorBuilder, TaskBuilder, TaskSettings
from connect_runtime.tasks.build_commits import ExactlyOnceSettings
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.exactly_once import StartChecks
from connect_runtime.tasks.offset_stores import OffsetStores
from connect_runtime.worker import Worker

__all__ = ["made_worker"]


def made_worker(
    config: WorkerConfig,
    clients: ClientFactory,
    plugins: Callable[[], PluginRegistry],
    stores: Stores,
    committer: Committer,
    connector_statuses: ConnectorStatuses,
    task_statuses: TaskStatuses,
    checks: StartChecks,
    reconfigure: Callable[[str], None],
    clock: Clock,
) -> Worker:
    """Where connectors and tasks run; nothing does yet.

    Args:
        config: The worker's configuration.
        clients: Makes Kafka clients.
        plugins: Gives the installed plugins as they are now.
        stores: Where source offsets are, and the topics that tasks use are noted.
        committer: Calls for commits of source offsets.
        connector_statuses: Told of connectors' statuses.
        task_statuses: Told of tasks' statuses.
        checks: Made before a source task that delivers exactly once may write.
        reconfigure: Called when a connector asks for new task configurations.
        clock: The time.
    """
    is_exactly_once = config.mode is WorkerMode.DISTRIBUTED and config.exactly_once_source_support.lower() == "enabled"
    settings = TaskSettings(
        config.with_converters,
        config.offset_flush_interval_s,
        config.offset_flush_timeout_s,
        config.topic_creation_enable,
        ExactlyOnceSettings(config.group_id, checks) if is_exactly_once else None,
    )
    offsets = OffsetStores(
        stores.offsets,
        clients,
        None if config.mode is WorkerMode.STANDALONE else config.offset_storage_topic,
        is_exactly_once=is_exactly_once,
    )
    tracker = _TopicTracker(stores, clock, is_enabled=config.topic_tracking_enable)
    return Worker(
        ConnectorBuilder(plugins, offsets, connector_statuses, reconfigure),
        TaskBuilder(plugins, clients, offsets, committer, task_statuses, settings, clock, tracker),
        connector_statuses,
        task_statuses,
        clock,
        config.task_shutdown_graceful_timeout_s,
    )


class _TopicTracker:
    """Notes the topics that tasks use in the status store, each once."""

    def __init__(self, stores: Stores, clock: Clock, *, is_enabled: bool) -> None:
        self._stores = stores
        self._clock = clock
        self._is_enabled = is_enabled

    def __call__(self, task_id: ConnectorTaskId, topics: frozenset[str]) -> None:
        """A task used these topics. Callable from any thread."""
        if self._is_enabled:
            for topic in topics:
                self._stores.statuses.put_topic(topic, task_id.connector, task_id.task, self._clock.epoch_ms())
