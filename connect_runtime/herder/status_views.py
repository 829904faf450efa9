"""Stored statuses as REST shows them. Pure."""

from __future__ import annotations

from connect_runtime.herder.api import ConnectorState, TaskState
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.status_records import State, StatusRecord

__all__ = ["connector_state", "restarting", "restarting_task", "task_state"]


def connector_state(record: StatusRecord) -> ConnectorState:
    """A connector's stored status."""
    return ConnectorState(record.state.value, record.worker_id, record.version, record.trace)


def task_state(task_id: ConnectorTaskId, record: StatusRecord) -> TaskState:
    """A task's stored status."""
    return TaskState(task_id.task, record.state.value, record.worker_id, record.version, record.trace)


def restarting(state: ConnectorState) -> ConnectorState:
    """The same of a connector that a restart takes."""
    return ConnectorState(State.RESTARTING.value, state.worker_id, state.version, state.trace)


def restarting_task(state: TaskState) -> TaskState:
    """The same of a task that a restart takes."""
    return TaskState(state.id, State.RESTARTING.value, state.worker_id, state.version, state.trace)
