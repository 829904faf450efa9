"""Which connectors and tasks this worker is to run, and whether it decides for the others."""

from __future__ import annotations

from typing import Protocol

from connect_runtime.herder.assignment import Share
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_state import ClusterConfigSnapshot

__all__ = ["Membership", "SoloMembership", "configured_share"]


class Membership(Protocol):
    """A worker's place among the workers of its group. Belongs to the herder's thread, but where another is named."""

    @property
    def is_leader(self) -> bool:
        """Whether this worker writes the config topic for all. Callable from any thread."""
        ...

    @property
    def generation(self) -> int:
        """Grows whenever work is shared out anew; stands in status records. Callable from any thread."""
        ...

    @property
    def waiting_for(self) -> str | None:
        """What has to happen before this worker has a place, ``None`` when it has one."""
        ...

    @property
    def problem(self) -> str | None:
        """Why this worker runs nothing although it had a place, ``None`` when all is well. Callable from any thread."""
        ...

    def join(self) -> None:
        """Begin to take part."""
        ...

    def tick(self) -> None:
        """Take part, and decide for all when leading. To be called several times a second; may block for seconds."""
        ...

    def share(self, configs: ClusterConfigSnapshot) -> Share:
        """What this worker is to run now."""
        ...

    def owns(self, task_id: ConnectorTaskId, configs: ClusterConfigSnapshot) -> bool:
        """Whether a task is this worker's to run. Callable from any thread."""
        ...

    def note_applied(self) -> None:
        """What `share` gave last is carried out: nothing else runs here any more."""
        ...

    def leader_url(self) -> str | None:
        """Where the leader answers, ``None`` when that is not known. Callable from any thread."""
        ...

    def owner_url(self, item: str | ConnectorTaskId) -> str | None:
        """Where the worker of a connector or task answers, ``None`` when that is not known."""
        ...

    def leave(self) -> None:
        """Take part no more; nothing runs here any more. Blocks, for a bounded time."""
        ...


class SoloMembership:
    """A cluster of one: it leads, and runs everything."""

    is_leader = True
    generation = 0
    waiting_for: str | None = None
    problem: str | None = None

    def join(self) -> None:
        """There is nobody to join."""

    def tick(self) -> None:
        """There is nobody to decide for."""

    def share(self, configs: ClusterConfigSnapshot) -> Share:
        """Everything that is configured."""
        return configured_share(configs)

    def owns(self, task_id: ConnectorTaskId, configs: ClusterConfigSnapshot) -> bool:
        """Whether it is configured."""
        return task_id in configs.task_ids(task_id.connector)

    def note_applied(self) -> None:
        """There is nobody to tell."""

    def leader_url(self) -> str | None:
        """Nobody else answers."""
        return None

    def owner_url(self, item: str | ConnectorTaskId) -> str | None:  # noqa: ARG002
        """Nobody else answers."""
        return None

    def leave(self) -> None:
        """There is nothing to leave."""


def configured_share(configs: ClusterConfigSnapshot) -> Share:
    """All connectors and tasks that there are."""
    connectors = configs.connectors()
    return Share(connectors, frozenset(id_ for name in connectors for id_ in configs.task_ids(name)))
