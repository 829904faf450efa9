"""The states of connectors and tasks, and which transitions there are.

::

    connector:  INIT ──▶ STARTED ◀──▶ PAUSED ◀──▶ STOPPED          FAILED ──▶ STOPPED only
                  └──────────┴───any error──┴──▶ FAILED
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol, TypeVar

from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId

__all__ = [
    "ConnectorPhase",
    "IllegalTransitionError",
    "StatusListener",
    "TargetState",
    "next_phase",
]

from connect_runtime.storage.config_records import TargetState

Subject_contra = TypeVar("Subject_contra", str, ConnectorTaskId, contravariant=True)


class ConnectorPhase(Enum):
    """Where a connector instance is in its life."""

    INIT = "init"
    STARTED = "started"
    PAUSED = "paused"
    STOPPED = "stopped"
    FAILED = "failed"


class IllegalTransitionError(ConnectError):
    """A transition that the state does not allow, e.g. resuming a failed connector."""


_TARGET = {
    TargetState.STARTED: ConnectorPhase.STARTED,
    TargetState.PAUSED: ConnectorPhase.PAUSED,
    TargetState.STOPPED: ConnectorPhase.STOPPED,
}


def next_phase(phase: ConnectorPhase, target: TargetState) -> ConnectorPhase:
    """The phase that a request for ``target`` leads to; the same phase when nothing is to be done.

    Raises:
        IllegalTransitionError: A failed instance can only be stopped (and then resumed) or restarted.
    """
    wanted = _TARGET[target]
    if phase is ConnectorPhase.FAILED and wanted is not ConnectorPhase.STOPPED:
        raise IllegalTransitionError(
            f"Cannot transition the connector to {target.value} since it has failed: restart it, or stop and resume it"
        )
    return wanted


class StatusListener(Protocol[Subject_contra]):
    """Is told what became of connectors (by name) or tasks (by id). Called from their threads; must not block."""

    def on_startup(self, subject: Subject_contra, version: str | None) -> None:
        """It runs."""
        ...

    def on_pause(self, subject: Subject_contra, version: str | None) -> None:
        """It idles because its target state is PAUSED."""
        ...

    def on_resume(self, subject: Subject_contra, version: str | None) -> None:
        """It runs again."""
        ...

    def on_stop(self, subject: Subject_contra, version: str | None) -> None:
        """It is kept but stopped because its target state is STOPPED; connectors only."""
        ...

    def on_failure(self, subject: Subject_contra, error: BaseException, version: str | None) -> None:
        """It threw."""
        ...

    def on_shutdown(self, subject: Subject_contra, version: str | None) -> None:
        """It ended on this worker."""
        ...
