"""What a worker has to do so that what runs is what is wanted: two pictures in, actions out.

A connector or task runs under the revision of the configuration it was started with. Another revision means another
instance; another target state is told to the one that runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import TargetState

__all__ = ["Plan", "Spec", "reconcile"]

Id = TypeVar("Id", str, ConnectorTaskId)


@dataclass(frozen=True, slots=True)
class Spec:
    """What is wanted of, or true for, one connector or task.

    Attributes:
        revision: Revision of the configuration.
        target: State asked for.
    """

    revision: int
    target: TargetState


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions, to be carried out in the order of the attributes.

    Attributes:
        stop_tasks: Tasks to stop.
        stop_connectors: Connectors to stop.
        retarget_connectors: Running connectors to be told another target state.
        retarget_tasks: Running tasks to be told another target state.
        start_connectors: Connectors to start.
        start_tasks: Tasks to start.
    """

    stop_tasks: list[ConnectorTaskId] = field(default_factory=list)
    stop_connectors: list[str] = field(default_factory=list)
    retarget_connectors: dict[str, TargetState] = field(default_factory=dict)
    retarget_tasks: dict[ConnectorTaskId, TargetState] = field(default_factory=dict)
    start_connectors: dict[str, Spec] = field(default_factory=dict)
    start_tasks: dict[ConnectorTaskId, Spec] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the connectors that are concerned, sorted."""
        tasks = (*self.stop_tasks, *self.retarget_tasks, *self.start_tasks)
        connectors = (*self.stop_connectors, *self.retarget_connectors, *self.start_connectors)
        return sorted({*connectors, *(id_.connector for id_ in tasks)})

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.stop_tasks
            or self.stop_connectors
            or self.retarget_connectors
            or self.retarget_tasks
            or self.start_connectors
            or self.start_tasks
        )


def reconcile(
    wanted_connectors: Mapping[str, Spec],
    running_connectors: Mapping[str, Spec],
    wanted_tasks: Mapping[ConnectorTaskId, Spec],
    running_tasks: Mapping[ConnectorTaskId, Spec],
) -> Plan:
    """The actions that lead from what runs to what is wanted."""
    stop_connectors, retarget_connectors, start_connectors = _compare(wanted_connectors, running_connectors)
    stop_tasks, retarget_tasks, start_tasks = _compare(wanted_tasks, running_tasks)
    return Plan(stop_tasks, stop_connectors, retarget_connectors, retarget_tasks, start_connectors, start_tasks)


def _compare(
    wanted: Mapping[Id, Spec], running: Mapping[Id, Spec]
) -> tuple[list[Id], dict[Id, TargetState], dict[Id, Spec]]:
    stop = [id_ for id_, spec in running.items() if id_ not in wanted or wanted[id_].revision != spec.revision]
    stay = {id_: spec for id_, spec in running.items() if id_ in wanted and wanted[id_].revision == spec.revision}
    retarget = {id_: wanted[id_].target for id_, spec in stay.items() if wanted[id_].target is not spec.target}
    start = {id_: spec for id_, spec in wanted.items() if id_ not in stay}
    return stop, retarget, start
