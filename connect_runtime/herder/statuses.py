"""What connectors and tasks of this worker report, as records for the status store."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import trace_text
from connect_runtime.storage.status import StatusStore
from connect_runtime.storage.status_records import ConnectorStatusRecord, State, StatusRecord, TaskStatusRecord

__all__ = ["ConnectorStatuses", "TaskStatuses"]

Id = TypeVar("Id", str, ConnectorTaskId)
Record = TypeVar("Record", bound=StatusRecord)


logger = logging.getLogger(__name__)


class _Statuses(ABC, Generic[Id, Record]):
    """Callable from any thread. Each status is a line in the log; a failure has been logged by whoever failed.

    Args:
        store: Where statuses go.
        worker_id: Tells this worker's ``host:port``.
        generation: Tells the membership's generation.
        hide: Takes secrets out of traces.
    """

    def __init__(
        self,
        store: StatusStore,
        worker_id: Callable[[], str],
        generation: Callable[[], int],
        hide: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._worker_id = worker_id
        self._generation = generation
        self._hide = hide

    def on_startup(self, subject: Id, version: str | None) -> None:
        """It runs."""
        self._say(subject, State.RUNNING)
        self._put(subject, self._record(State.RUNNING, version))

    def on_pause(self, subject: Id, version: str | None) -> None:
        """It idles."""
        self._say(subject, State.PAUSED)
        self._put(subject, self._record(State.PAUSED, version))

    def on_resume(self, subject: Id, version: str | None) -> None:
        """It runs again."""
        self._say(subject, State.RUNNING)
        self._put(subject, self._record(State.RUNNING, version))

    def on_stop(self, subject: Id, version: str | None) -> None:
        """It is stopped."""
        self._say(subject, State.STOPPED)
        self._put(subject, self._record(State.STOPPED, version))

    def on_failure(self, subject: Id, error: BaseException, version: str | None) -> None:
        """It threw."""
        self._put_safe(subject, self._record(State.FAILED, version, self._hide(trace_text(error))))

    def on_shutdown(self, subject: Id, version: str | None) -> None:
        """It ended here."""
        self._say(subject, State.UNASSIGNED)
        self._put_safe(subject, self._record(State.UNASSIGNED, version))

    def on_restart(self, subject: Id) -> None:
        """It is about to be started again."""
        self._say(subject, State.RESTARTING)
        self._put(subject, self._record(State.RESTARTING, None))

    def _say(self, subject: Id, state: State) -> None:
        logger.info("%s %s is %s", self._kind, subject, state.value)

    @property
    @abstractmethod
    def _kind(self) -> str:
        """What a subject is, at the beginning of a sentence."""

    @abstractmethod
    def _record(self, state: State, version: str | None, trace: str | None = None) -> Record:
        """The record of a state."""

    @abstractmethod
    def _put(self, subject: Id, record: Record) -> None:
        """Write it in any case."""

    @abstractmethod
    def _put_safe(self, subject: Id, record: Record) -> None:
        """Write it unless a later generation said otherwise."""


class ConnectorStatuses(_Statuses[str, ConnectorStatusRecord]):
    """Statuses of connectors."""

    @property
    def _kind(self) -> str:
        return "Connector"

    def _record(self, state: State, version: str | None, trace: str | None = None) -> ConnectorStatusRecord:
        return ConnectorStatusRecord(state, self._worker_id(), self._generation(), trace, version)

    def _put(self, subject: str, record: ConnectorStatusRecord) -> None:
        self._store.put_connector(subject, record)

    def _put_safe(self, subject: str, record: ConnectorStatusRecord) -> None:
        self._store.put_connector_safe(subject, record)


class TaskStatuses(_Statuses[ConnectorTaskId, TaskStatusRecord]):
    """Statuses of tasks."""

    @property
    def _kind(self) -> str:
        return "Task"

    def _record(self, state: State, version: str | None, trace: str | None = None) -> TaskStatusRecord:
        return TaskStatusRecord(state, self._worker_id(), self._generation(), trace, version)

    def _put(self, subject: ConnectorTaskId, record: TaskStatusRecord) -> None:
        self._store.put_task(subject, record)

    def _put_safe(self, subject: ConnectorTaskId, record: TaskStatusRecord) -> None:
        self._store.put_task_safe(subject, record)
