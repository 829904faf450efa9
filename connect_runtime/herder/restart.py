"""Which instances a combined restart takes: a request and the statuses in, a plan out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import RestartRequest
from connect_runtime.storage.status_records import State

__all__ = ["RestartPlan", "heavier", "plan_restart"]


@dataclass(frozen=True, slots=True)
class RestartPlan:
    """Instances that a restart takes.

    Attributes:
        restart_connector: Whether the connector instance is restarted.
        tasks: Tasks that are restarted.
    """

    restart_connector: bool
    tasks: frozenset[ConnectorTaskId]


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
