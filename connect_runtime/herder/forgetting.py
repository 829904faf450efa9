"""Statuses of connectors and tasks that exist no longer are taken away."""

from __future__ import annotations

from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.status import StatusStore

__all__ = ["forget_connector", "forget_gone"]


def forget_connector(statuses: StatusStore, name: str) -> None:
    """Take away all that is known of a deleted connector: its tasks' statuses, its own, the topics it used."""
    for id_ in statuses.tasks(name):
        statuses.remove_task(id_)
    statuses.remove_connector(name)
    for topic in statuses.topics(name):
        statuses.remove_topic(topic.topic, name)


def forget_gone(statuses: StatusStore, configs: ClusterConfigSnapshot) -> None:
    """Take away what was left behind by a worker that crashed between a deletion and this."""
    for name in statuses.connectors():
        if not configs.contains(name):
            forget_connector(statuses, name)
            continue
        for id_ in statuses.tasks(name):
            if id_.task >= configs.task_count(name):
                statuses.remove_task(id_)
