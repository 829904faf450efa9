"""From what a connector answers to ``task_configs`` to the task set that is stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connect_runtime.config import with_variables_restored
from connect_runtime.errors import ConnectError
from connect_runtime.storage.config_state import ClusterConfigSnapshot

__all__ = ["TooManyTasksError", "check_task_count", "differs_from_stored", "stored_form"]

COPIED = ("topics", "topics.regex")


class TooManyTasksError(ConnectError):
    """A connector made more tasks than ``tasks.max`` allows."""


def check_task_count(name: str, count: int, config: Mapping[str, str]) -> str | None:
    """Whether that many tasks are allowed; a warning when they are too many but not refused.

    Raises:
        TooManyTasksError: They are refused.
    """
    limit = int(config.get("tasks.max", "1"))
    if count <= limit:
        return None
    message = f"The connector {name} has generated {count} tasks, which is greater than {limit}, its tasks.max"
    if config.get("tasks.max.enforce", "true").strip().lower() == "true":
        raise TooManyTasksError(f"{message}: raise tasks.max, or set tasks.max.enforce=false to allow it")
    return message


def stored_form(
    generated: Sequence[Mapping[str, str]], task_class: str, config: Mapping[str, str], raw: Mapping[str, str | None]
) -> list[dict[str, str]]:
    """Task configurations as they are stored: with what the framework adds, and with variables instead of secrets.

    Args:
        generated: What the connector answered.
        task_class: Full name of the task class.
        config: The connector's configuration, variables resolved.
        raw: The same as submitted.
    """
    added = {"task.class": task_class} | {key: config[key] for key in COPIED if key in config}
    return [with_variables_restored(dict(task) | added, raw) for task in generated]


def differs_from_stored(name: str, tasks: Sequence[Mapping[str, str]], configs: ClusterConfigSnapshot) -> bool:
    """Whether these tasks have to be written: they differ, or the connector's configuration does since last time."""
    return (
        configs.is_inconsistent(name)
        or [dict(task) for task in tasks] != configs.all_task_configs(name)
        or (bool(tasks) and configs.applied_connector_config(name) != configs.connector_config(name))
    )
