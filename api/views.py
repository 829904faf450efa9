"""The herder's values as Connect's JSON: member names, their order, and which of them may be missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from api.json_text import JsonValue
from connect_runtime.config import ConfigKey, ConfigType, ConfigValue, to_text
from connect_runtime.herder.api import (
    ConfigCheck,
    ConfigEntry,
    ConnectorInfo,
    ConnectorState,
    ConnectorStatus,
    Health,
    LoggerLevel,
    PluginInfo,
    Preview,
    PreviewedRecord,
    PreviewStep,
    ServerInfo,
    TaskInfo,
    TaskState,
)
from connect_runtime.model import ConnectorTaskId

__all__ = [
    "config_check",
    "config_definition",
    "connector_info",
    "connector_status",
    "health",
    "logger_level",
    "logger_levels",
    "plugin_info",
    "preview",
    "server_info",
    "task_info",
    "task_state",
]

View = dict[str, JsonValue]


def server_info(info: ServerInfo) -> View:
    """Body of ``GET /``."""
    return {"version": info.version, "commit": info.commit, "kafka_cluster_id": info.kafka_cluster_id}


def health(report: Health) -> View:
    """Body of ``GET /health``."""
    return {"status": report.status.value, "message": report.message}


def connector_info(info: ConnectorInfo) -> View:
    """A connector as configured; its configuration keeps the order in which it was sent."""
    return {
        "name": info.name,
        "config": info.config,
        "tasks": [_task_id(task) for task in info.tasks],
        "type": info.type.value,
    }


def task_info(info: TaskInfo) -> View:
    """One line of ``GET /connectors/C/tasks``."""
    return {"id": _task_id(info.id), "config": info.config}


def connector_status(status: ConnectorStatus) -> View:
    """A connector's status and that of its tasks."""
    return {
        "name": status.name,
        "connector": _state(status.connector),
        "tasks": [task_state(task) for task in status.tasks],
        "type": status.type.value,
    }


def task_state(task: TaskState) -> View:
    """Status of one task."""
    return {"id": task.id, **_state(task)}


def plugin_info(plugin: PluginInfo) -> View:
    """One line of ``GET /connector-plugins``; a plugin without version has no such member."""
    shown: View = {"class": plugin.class_name, "type": plugin.type}
    return shown if plugin.version is None else {**shown, "version": plugin.version}


def preview(shown: Preview) -> View:
    """Body of a preview's answer."""
    return {
        "type": shown.type.value,
        "failed": shown.failed,
        "records": [_previewed(record) for record in shown.records],
    }


def config_check(check: ConfigCheck) -> View:
    """Body of a validation's answer."""
    return {
        "name": check.name,
        "error_count": check.error_count,
        "groups": check.groups,
        "configs": [_config_entry(entry) for entry in check.configs],
    }


def config_definition(key: ConfigKey) -> View:
    """Definition of one configuration key; all members are always there."""
    return {
        "name": key.name,
        "type": key.type.value,
        "required": key.required,
        "default_value": to_text(key.type, key.default),
        "importance": key.importance.value,
        "documentation": key.doc,
        "group": key.group,
        "width": key.width.value,
        "display_name": key.display_name,
        "dependents": list(key.dependents),
        "order_in_group": key.order,
    }


def logger_levels(levels: Mapping[str, LoggerLevel]) -> View:
    """Body of ``GET /admin/loggers``, sorted by name."""
    return {name: logger_level(levels[name]) for name in sorted(levels)}


def logger_level(level: LoggerLevel) -> View:
    """Level of one logger."""
    return {"level": level.level, "last_modified": level.last_modified}


def _task_id(task: ConnectorTaskId) -> View:
    return {"connector": task.connector, "task": task.task}


def _state(instance: ConnectorState | TaskState) -> View:
    shown: View = {"state": instance.state, "worker_id": instance.worker_id, "version": instance.version}
    return {**shown, "trace": instance.trace} if instance.trace else shown


def _config_entry(entry: ConfigEntry) -> View:
    type_ = None if entry.definition is None else entry.definition.type
    return {
        "definition": None if entry.definition is None else config_definition(entry.definition),
        "value": None if entry.value is None else _config_value(type_, entry.value),
    }


def _config_value(type_: ConfigType | None, value: ConfigValue) -> View:
    return {
        "name": value.name,
        "value": to_text(type_, value.value),
        "recommended_values": _texts(type_, value.recommended_values),
        "errors": list(value.errors),
        "visible": value.visible,
    }


def _previewed(record: PreviewedRecord) -> View:
    outcome = "failed" if record.error else "dropped" if record.is_dropped else "passed"
    view: View = {"outcome": outcome, "steps": [_preview_step(step) for step in record.steps]}
    if record.error is None:
        return view
    error = record.error
    shown: View = {"stage": error.stage, "name": error.name, "class": error.class_name, "message": error.message}
    return {**view, "error": {**shown, "before": error.before}}


def _preview_step(step: PreviewStep) -> View:
    view: View = {"name": step.name, "class": step.class_name}
    if step.predicate is not None:
        predicate = step.predicate
        view = {
            **view,
            "predicate": {
                "class": predicate.class_name,
                "negate": predicate.negate,
                "matches": predicate.matches,
                "applies": predicate.applies,
            },
        }
    return {**view, "before": step.before, "after": step.after}


def _texts(type_: ConfigType | None, values: Iterable[object]) -> list[str | None]:
    return [to_text(type_, value) for value in values]
