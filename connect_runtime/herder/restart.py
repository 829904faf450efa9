"""Combined restarts: those that were asked for, and which instances each of them takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import RestartRequest
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.status import StatusStore
from connect_runtime.storage.status_records import State

__all__ = ["CombinedRestarts", "RestartPlan", "heavier", "plan_restart"]


@dataclass(frozen=True, slots=True)
class RestartPlan:
    """Instances that a restart takes.

    Attributes:
        restart_connector: Whether the connector instance is restarted.
        tasks: Tasks that are restarted.
    """

    restart_connector: bool
    tasks: frozenset[ConnectorTaskId]


class CombinedRestarts:
    """Restarts that were asked for and not begun yet. Thread safe.

    Args:
        statuses: Tell what has failed.
    """

    def __init__(self, statuses: StatusStore) -> None:
        self._statuses = statuses
        self._lock = Lock()
        self._requests: list[RestartRequest] = []

    def add(self, request: RestartRequest) -> None:
        """Keep a request until it is taken."""
        with self._lock:
            self._requests.append(request)

    def take(self, configs: ClusterConfigSnapshot) -> dict[str, RestartPlan]:
        """The plan for each connector that a restart was asked for; those without a status have none."""
        with self._lock:
            requests, self._requests = self._requests, []
        plans = {name: self.plan(request, configs) for name, request in heavier(requests).items()}
        return {name: plan for name, plan in plans.items() if plan is not None}

    def plan(self, request: RestartRequest, configs: ClusterConfigSnapshot) -> RestartPlan | None:
        """What a combined restart would take now, ``None`` when no status is known."""
        status = self._statuses.connector(request.connector)
        if status is None:
            return None
        known = {id_: self._statuses.task(id_) for id_ in configs.task_ids(request.connector)}
        states = {id_: State.UNASSIGNED if task is None else task.state for id_, task in known.items()}
        return plan_restart(request, status.state, states)


def plan_restart(
    request: RestartRequest, connector_state: State, task_states: Mapping[ConnectorTaskId, State]
) -> RestartPlan:
    """The instances that ``request`` takes, given the state of each."""

    def taken(state: State) -> bool:
        return not request.only_failed or state is State.FAILED

    tasks = (id_ for id_, state in task_states.items() if request.include_tasks and taken(state))
    return RestartPlan(taken(connector_state), frozenset(tasks))


def heavier(requests: Iterable[RestartRequest]) -> dict[str, RestartRequest]:
    """Of several requests for one connector only the one with the highest impact counts."""
    kept: dict[str, RestartRequest] = {}
    for request in requests:
        other = kept.get(request.connector)
        if other is None or _impact(request) >= _impact(other):
            kept[request.connector] = request
    return kept


def _impact(request: RestartRequest) -> tuple[bool, bool]:
    return not request.only_failed, request.include_tasks
