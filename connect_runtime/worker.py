"""What runs on this node: connector instances and tasks, started and stopped as the herder asks."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeVar

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.storage.config_records import TargetState
from connect_runtime.tasks.connector import RunningConnector
from connect_runtime.tasks.lifecycle import StatusListener
from connect_runtime.tasks.task import RunningTask

__all__ = ["CONNECTOR_STOP_BUDGET_S", "ConnectorMaker", "TaskMaker", "TaskSetUp", "Worker"]

logger = logging.getLogger(__name__)
CONNECTOR_STOP_BUDGET_S = 5.0
Config = Mapping[str, str]


class ConnectorMaker(Protocol):
    """Makes connector instances: `connect_runtime.tasks.build.ConnectorBuilder`, or a test's."""

    def build(self, name: str, config: Config) -> RunningConnector:
        """An instance that is not started yet; any error means that there is none."""
        ...


class TaskMaker(Protocol):
    """Makes tasks: `connect_runtime.tasks.build.TaskBuilder`, or a test's."""

    def build(
        self, task_id: ConnectorTaskId, connector_config: Config, task_config: Config, target: TargetState
    ) -> RunningTask:
        """A task that is not started yet; any error means that there is none."""
        ...


class _Stoppable(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...

    def join(self, timeout_s: float) -> bool: ...

    def cancel(self) -> None: ...


Key = TypeVar("Key", str, ConnectorTaskId)
Instance = TypeVar("Instance", bound=_Stoppable)


@dataclass(frozen=True, slots=True)
class TaskSetUp:
    """All that a task is made of.

    Attributes:
        connector_config: Configuration of its connector, variables resolved.
        task_config: Its own, variables resolved.
        target: Target state to begin in.
    """

    connector_config: Config
    task_config: Config
    target: TargetState


class Worker:
    """Holds the running instances. Belongs to the herder's thread, but for `stop`, which any thread may call.

    Args:
        connectors: Makes connector instances.
        tasks: Makes tasks.
        connector_listener: Told of connectors' statuses.
        task_listener: Told of tasks' statuses.
        clock: For stop budgets.
        task_stop_budget_s: Time for a batch of tasks to stop.
        connector_stop_budget_s: The same for connectors.
    """

    def __init__(
        self,
        connectors: ConnectorMaker,
        tasks: TaskMaker,
        connector_listener: StatusListener[str],
        task_listener: StatusListener[ConnectorTaskId],
        clock: Clock,
        task_stop_budget_s: float,
        connector_stop_budget_s: float = CONNECTOR_STOP_BUDGET_S,
    ) -> None:
        self._make_connector = connectors.build
        self._make_task = tasks.build
        self._connector_listener = connector_listener
        self._task_listener = task_listener
        self._clock = clock
        self._task_stop_budget_s = task_stop_budget_s
        self._connector_stop_budget_s = connector_stop_budget_s
        self._connectors: dict[str, RunningConnector] = {}
        self._tasks: dict[ConnectorTaskId, RunningTask] = {}
        self._is_stopping = False
        # Guards both dicts against a `stop` while the herder's thread hangs in a plugin and then comes back.
        self._lock = Lock()

    # -- connectors ----------------------------------------------------------------------------------------------------

    def connector(self, name: str) -> RunningConnector | None:
        """The running instance of a connector, ``None`` when there is none here."""
        return self._connectors.get(name)

    def start_connector(self, name: str, config: Config, target: TargetState) -> Future[TargetState]:
        """Start an instance; the future tells when it has reached its target state, or why not."""
        try:
            connector = self._make_connector(name, config)
            is_held = self._hold(self._connectors, name, connector)
        except Exception as error:
            logger.error("Connector %s could not be made: %s", name, error, exc_info=stack_of_a_bug(error))
            self._connector_listener.on_failure(name, error, None)
            return _failed(error)
        if not is_held:
            return _failed(ConnectError("The worker is shutting down"))
        return connector.transition_to(target)

    def stop_connectors(self, names: Collection[str]) -> None:
        """Stop instances and wait, within a budget for all; those that take longer are given up."""
        self._stop("Connector", self._take(self._connectors, names), self._connector_stop_budget_s)

    def set_connector_target(self, name: str, target: TargetState) -> Future[TargetState] | None:
        """Tell an instance its target state; ``None`` when it does not run here."""
        connector = self._connectors.get(name)
        return None if connector is None else connector.transition_to(target)

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def start_task(self, task_id: ConnectorTaskId, set_up: TaskSetUp) -> bool:
        """Start a task; whether it could be made. Its failure is its status."""
        try:
            task = self._make_task(task_id, set_up.connector_config, set_up.task_config, set_up.target)
            return self._hold(self._tasks, task_id, task)
        except Exception as error:
            logger.error("Task %s could not be made: %s", task_id, error, exc_info=stack_of_a_bug(error))
            self._task_listener.on_failure(task_id, error, None)
            return False

    def stop_tasks(self, ids: Collection[ConnectorTaskId]) -> None:
        """Stop tasks and wait, within a budget for all; those that take longer are given up."""
        self._stop("Task", self._take(self._tasks, ids), self._task_stop_budget_s)

    def set_task_target(self, task_id: ConnectorTaskId, target: TargetState) -> None:
        """Pause or resume a task."""
        task = self._tasks.get(task_id)
        if task is not None:
            task.set_target(target)

    # -- all -----------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop everything, tasks first; nothing can be started any more. Callable from any thread, and again."""
        with self._lock:
            self._is_stopping = True
        self.stop_tasks(list(self._tasks))
        self.stop_connectors(list(self._connectors))

    def _hold(self, instances: dict[Key, Instance], key: Key, instance: Instance) -> bool:
        """Start an instance and keep it; whether that was still allowed."""
        with self._lock:
            if self._is_stopping:
                return False
            instance.start()
            instances[key] = instance
            return True

    def _take(self, instances: dict[Key, Instance], keys: Collection[Key]) -> dict[Key, Instance]:
        with self._lock:
            return {key: instances.pop(key) for key in keys if key in instances}

    def _stop(self, kind: str, instances: Mapping[Key, Instance], budget_s: float) -> None:
        for instance in instances.values():
            instance.stop()
        deadline = self._clock.monotonic() + budget_s
        for key, instance in instances.items():
            if not instance.join(max(0.0, deadline - self._clock.monotonic())):
                logger.error(
                    "%s %s did not stop within %g s and is given up: it commits and reports nothing any more",
                    kind,
                    key,
                    budget_s,
                )
                instance.cancel()


def _failed(error: Exception) -> Future[TargetState]:
    failed: Future[TargetState] = Future()
    failed.set_exception(error)
    return failed
