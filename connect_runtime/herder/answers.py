"""What a worker answers from what it knows itself, whoever leads: facts, stores as read so far, plugins, loggers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connect_runtime.config import ConfigKey
from connect_runtime.errors import NotFoundError, PluginNotFoundError
from connect_runtime.herder.api import (
    ConfigCheck,
    ConnectorInfo,
    ConnectorStatus,
    ConnectorType,
    LoggerLevel,
    PluginInfo,
    Preview,
    PreviewRequest,
    RawConfig,
    ServerInfo,
    TaskInfo,
    TaskState,
)
from connect_runtime.herder.preview import Previewer
from connect_runtime.herder.status_views import connector_state, task_state
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import Loggers
from connect_runtime.plugins import PluginLoader
from connect_runtime.sdk import SinkConnector
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.storage.status import StatusStore

__all__ = ["LocalAnswers"]


class LocalAnswers:
    """The part of `connect_runtime.herder.api.HerderApi` that changes nothing in the cluster.

    Args:
        configs: The cluster's configuration.
        statuses: Statuses.
        validator: Checks connector configurations.
        previewer: Shows what they do to records.
        plugins: Installed plugins.
        loggers: The process's loggers.
        info: Answer to ``GET /``.
    """

    def __init__(
        self,
        configs: ConfigStore,
        statuses: StatusStore,
        validator: ConfigValidator,
        previewer: Previewer,
        plugins: PluginLoader,
        loggers: Loggers,
        info: ServerInfo,
    ) -> None:
        self._configs = configs
        self._statuses = statuses
        self._validator = validator
        self._previewer = previewer
        self._plugins = plugins
        self._loggers = loggers
        self._info = info

    def server_info(self) -> ServerInfo:
        """Version and cluster id."""
        return self._info

    def loggers(self) -> dict[str, LoggerLevel]:
        """Every logger's effective level by name."""
        return {name: LoggerLevel(*level) for name, level in self._loggers.all().items()}

    def logger(self, name: str) -> LoggerLevel:
        """One logger's level."""
        return LoggerLevel(*self._loggers.get(name))

    def set_logger_level(self, namespace: str, level: str) -> list[str]:
        """Set the level of the named logger and all whose name begins with it."""
        return self._loggers.set_level(namespace, level)

    # -- reading -------------------------------------------------------------------------------------------------------

    def connectors(self) -> list[str]:
        """Names of all connectors."""
        return sorted(self._configs.snapshot().connectors())

    def connector_info(self, name: str) -> ConnectorInfo:
        """One connector."""
        configs = self._configs.snapshot()
        config = configs.connector_config(name)
        if config is None:
            raise NotFoundError(f"Connector {name} not found")
        return ConnectorInfo(name, config, configs.task_ids(name), self.type_of(config))

    def connector_status(self, name: str) -> ConnectorStatus:
        """One connector's status."""
        record = self._statuses.connector(name)
        if record is None:
            raise NotFoundError(f"No status found for connector {name}")
        tasks = [task_state(id_, task) for id_, task in sorted(self._statuses.tasks(name).items())]
        config = self._configs.snapshot().connector_config(name) or {}
        return ConnectorStatus(name, connector_state(record), tasks, self.type_of(config))

    def task_status(self, task_id: ConnectorTaskId) -> TaskState:
        """One task's status."""
        record = self._statuses.task(task_id)
        if record is None:
            raise NotFoundError(f"No status found for task {task_id}")
        return task_state(task_id, record)

    def task_infos(self, name: str) -> list[TaskInfo]:
        """Committed task configs of a connector."""
        configs = self._configs.snapshot()
        if not configs.contains(name):
            raise NotFoundError(f"Connector {name} not found")
        return [TaskInfo(id_, configs.task_config(id_) or {}) for id_ in configs.task_ids(name)]

    # -- plugins -------------------------------------------------------------------------------------------------------

    def plugins(self, *, connectors_only: bool) -> list[PluginInfo]:
        """Installed plugin classes in listing order; looks again, so that what was installed meanwhile is there."""
        return [
            PluginInfo(listed.class_name, listed.type.value, listed.version)
            for listed in self._plugins.refresh().listing(connectors_only=connectors_only)
        ]

    def plugin_config_def(self, plugin: str) -> Sequence[ConfigKey]:
        """Configuration keys of a plugin by class name or alias."""
        return self._validator.plugin_config_def(plugin)

    def validate_config(self, plugin: str, config: RawConfig) -> ConfigCheck:
        """Check a connector configuration."""
        return self._validator.validate_for(plugin, config)

    def preview(self, request: PreviewRequest) -> Preview:
        """What a connector's converters and transforms make of records."""
        return self._previewer.preview(request)

    def type_of(self, config: Mapping[str, str | None]) -> ConnectorType:
        """Kind of a connector; unknown when its class is not installed here."""
        try:
            found = self._plugins.registry().find_connector(config.get("connector.class") or "")
        except PluginNotFoundError:
            return ConnectorType.UNKNOWN
        return ConnectorType.SINK if issubclass(found, SinkConnector) else ConnectorType.SOURCE
