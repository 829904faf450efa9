"""What REST sees of the herder.

Calls block until the herder has answered; every error is from `connect_runtime.errors`.

Errors that any method may raise: `RequestTimeoutError`, `ConflictError`, `StorageError`; those of its own are named
with it. A method that only the leader or the owner can serve raises `NotHereError` elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

import msgspec

from connect_runtime.config import ConfigKey, ConfigValue
from connect_runtime.model import ConnectorTaskId
from connect_runtime.pipeline.preview import PreviewedRecord, PreviewError, PreviewPredicate, PreviewStep

__all__ = [
    "ConfigCheck",
    "ConfigEntry",
    "ConnectorInfo",
    "ConnectorState",
    "ConnectorStatus",
    "ConnectorType",
    "Created",
    "Health",
    "HealthState",
    "HerderApi",
    "InitialState",
    "LoggerLevel",
    "PluginInfo",
    "Preview",
    "PreviewError",
    "PreviewPredicate",
    "PreviewRequest",
    "PreviewStep",
    "PreviewedRecord",
    "RawConfig",
    "ServerInfo",
    "TaskInfo",
    "TaskState",
]

RawConfig = Mapping[str, str | None]


class ConnectorType(Enum):
    """Kind of connector; ``UNKNOWN`` when its class cannot be loaded here."""

    SOURCE = "source"
    SINK = "sink"
    UNKNOWN = "unknown"


class InitialState(Enum):
    """State to create a connector in."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"


class HealthState(Enum):
    """What ``GET /health`` says."""

    HEALTHY = "healthy"
    STARTING = "starting"
    UNHEALTHY = "unhealthy"


class ServerInfo(msgspec.Struct, frozen=True):
    """Body of ``GET /``."""

    version: str
    commit: str
    kafka_cluster_id: str


class Health(msgspec.Struct, frozen=True):
    """Body of ``GET /health``."""

    status: HealthState
    message: str


class ConnectorInfo(msgspec.Struct, frozen=True):
    """A connector as configured: raw config as submitted, provider variables unresolved."""

    name: str
    config: dict[str, str | None]
    tasks: list[ConnectorTaskId]
    type: ConnectorType


class Created(msgspec.Struct, frozen=True):
    """Result of a create or replace; ``created`` tells which."""

    created: bool
    info: ConnectorInfo


class ConnectorState(msgspec.Struct, frozen=True):
    """Status of a connector instance; ``trace`` is shown only when there is one."""

    state: str
    worker_id: str
    version: str | None
    trace: str | None = None


class TaskState(msgspec.Struct, frozen=True):
    """Status of one task."""

    id: int
    state: str
    worker_id: str
    version: str | None
    trace: str | None = None


class ConnectorStatus(msgspec.Struct, frozen=True):
    """Body of ``GET /connectors/C/status``; tasks sorted by id."""

    name: str
    connector: ConnectorState
    tasks: list[TaskState]
    type: ConnectorType


class TaskInfo(msgspec.Struct, frozen=True):
    """One task's committed configuration."""

    id: ConnectorTaskId
    config: dict[str, str]


class PluginInfo(msgspec.Struct, frozen=True):
    """One installed plugin class.

    ``type`` is one of sink, source, transformation, predicate, converter, header_converter.
    """

    class_name: str
    type: str
    version: str | None


class ConfigEntry(msgspec.Struct, frozen=True):
    """One line of a validation result; either part may be missing."""

    definition: ConfigKey | None
    value: ConfigValue | None


class ConfigCheck(msgspec.Struct, frozen=True):
    """Body of ``PUT /connector-plugins/P/config/validate``."""

    name: str
    error_count: int
    groups: list[str]
    configs: list[ConfigEntry]


class PreviewRequest(msgspec.Struct, frozen=True):
    """What to show in a preview: either ``records`` or a ``topic``.

    Attributes:
        config: The connector's configuration, a draft.
        records: Sample records as parsed JSON, see `connect_runtime.pipeline.preview_samples`.
        topic: Topic whose newest messages are the samples, for a sink.
        last: How many of them.
    """

    config: RawConfig
    records: Sequence[Any] | None = None
    topic: str | None = None
    last: int = 10


class Preview(msgspec.Struct, frozen=True):
    """What became of the records; ``failed`` tells how many have an error."""

    type: ConnectorType
    failed: int
    records: list[PreviewedRecord]


class LoggerLevel(msgspec.Struct, frozen=True):
    """Level of one logger; ``last_modified`` is epoch ms of the last change through REST, ``None`` without one."""

    level: str
    last_modified: int | None


class HerderApi(Protocol):
    """The herder as REST sees it."""

    def server_info(self) -> ServerInfo:
        """Version and cluster id."""
        ...

    def health(self) -> Health:
        """Whether the herder still works; waits up to 10 s for it."""
        ...

    def connectors(self) -> list[str]:
        """Names of all connectors."""
        ...

    def connector_info(self, name: str) -> ConnectorInfo:
        """One connector. Raises: NotFoundError."""
        ...

    def connector_status(self, name: str) -> ConnectorStatus:
        """One connector's status. Raises: NotFoundError (also shortly after creation)."""
        ...

    def task_status(self, task_id: ConnectorTaskId) -> TaskState:
        """One task's status. Raises: NotFoundError."""
        ...

    def task_infos(self, name: str) -> list[TaskInfo]:
        """Committed task configs of a connector. Raises: NotFoundError."""
        ...

    def create_connector(self, name: str, config: RawConfig, initial_state: InitialState | None) -> Created:
        """Validate and create. Raises: BadRequestError, AlreadyExistsError."""
        ...

    def put_connector_config(self, name: str, config: RawConfig) -> Created:
        """Validate and create or replace. Raises: BadRequestError."""
        ...

    def patch_connector_config(self, name: str, patch: RawConfig) -> Created:
        """Merge into the raw config (``None`` removes a key), then as `put_connector_config`. Raises: NotFoundError."""
        ...

    def delete_connector(self, name: str) -> None:
        """Delete. Raises: NotFoundError."""
        ...

    def pause_connector(self, name: str) -> None:
        """Ask for the PAUSED state. Raises: NotFoundError."""
        ...

    def resume_connector(self, name: str) -> None:
        """Ask for the STARTED state. Raises: NotFoundError."""
        ...

    def stop_connector(self, name: str) -> None:
        """Empty the task set and ask for the STOPPED state. Raises: NotFoundError."""
        ...

    def restart_connector(self, name: str) -> None:
        """Restart the connector instance only, and wait for it. Raises: NotFoundError."""
        ...

    def restart_connector_and_tasks(self, name: str, *, include_tasks: bool, only_failed: bool) -> ConnectorStatus:
        """Begin a combined restart; the answer shows what it selected as RESTARTING. Raises: NotFoundError."""
        ...

    def restart_task(self, task_id: ConnectorTaskId) -> None:
        """Restart one task. Raises: NotFoundError."""
        ...

    def verify_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check that a worker of the cluster sent a request: to be called before the two methods below.

        Args:
            headers: The request's headers; ``headers.get`` takes names in any case.
            body: The body, byte for byte as it came.

        Raises: BadRequestError, NotReadyError, ForbiddenError.
        """
        ...

    def put_task_configs(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Replace a connector's tasks by those it generated. Raises: NotFoundError, BadRequestError when STOPPED."""
        ...

    def fence_zombies(self, name: str) -> None:
        """Shut out producers of earlier tasks. Raises: NotFoundError, BadRequestError when it is no source."""
        ...

    def plugins(self, *, connectors_only: bool) -> list[PluginInfo]:
        """Installed plugin classes in listing order."""
        ...

    def plugin_config_def(self, plugin: str) -> Sequence[ConfigKey]:
        """Configuration keys of a plugin by class name or alias. Raises: NotFoundError."""
        ...

    def validate_config(self, plugin: str, config: RawConfig) -> ConfigCheck:
        """Check a connector configuration. Raises: BadRequestError, PluginNotFoundError."""
        ...

    def preview(self, request: PreviewRequest) -> Preview:
        """What a connector's converters and transforms make of records. Nothing is run, written or created.

        Raises: BadRequestError, PluginNotFoundError, NotFoundError.
        """
        ...

    def loggers(self) -> dict[str, LoggerLevel]:
        """Every logger's effective level by name."""
        ...

    def logger(self, name: str) -> LoggerLevel:
        """One logger's level. Raises: NotFoundError."""
        ...

    def set_logger_level(self, namespace: str, level: str) -> list[str]:
        """Set the level of the named logger and all whose name begins with it; names whose level changed, sorted."""
        ...

    def set_cluster_logger_level(self, namespace: str, level: str) -> None:
        """The same on every worker that is up; returns before the others have done it."""
        ...
