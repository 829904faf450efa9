"""Which connectors and tasks this worker is to run, and whether it decides for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_state import ClusterConfigSnapshot

__all__ = ["Assignment", "Membership", "SoloMembership"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one worker is to run.

    Attributes:
        connectors: Connectors it owns.
        tasks: Tasks it owns.
        generation: Grows whenever the membership changes; stands in status records.
    """

    connectors: frozenset[str]
    tasks: frozenset[ConnectorTaskId]
    generation: int


class Membership(Protocol):
    """A worker's place among the workers of its group."""

    @property
    def is_leader(self) -> bool:
        """Whether this worker writes the config topic for all."""
        ...

    def assignment(self, configs: ClusterConfigSnapshot) -> Assignment:
        """What this worker is to run now."""
        ...


class SoloMembership:
    """A cluster of one: it leads, and runs everything."""

    @property
    def is_leader(self) -> bool:
        """Always."""
        return True

    def assignment(self, configs: ClusterConfigSnapshot) -> Assignment:
        """Everything that is configured."""
        connectors = configs.connectors()
        tasks = frozenset(id_ for name in connectors for id_ in configs.task_ids(name))
        return Assignment(frozenset(connectors), tasks, generation=0)
