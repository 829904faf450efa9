"""A sink connector that counts its records where another process can see it, and drops them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.counter import Counter
from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    Connector,
    SinkConnector,
    SinkRecord,
    SinkTask,
    hookimpl,
)

__all__ = ["CountingSinkConnector", "CountingSinkTask", "connect_connectors"]


@hookimpl
def connect_connectors() -> list[type[Connector]]:
    """Announce it."""
    return [CountingSinkConnector]


class CountingSinkConnector(SinkConnector):
    """Counts in the file that ``file`` names."""

    version = "1"

    @classmethod
    def config_def(cls) -> ConfigDef:
        """Only ``file``."""
        return ConfigDef([ConfigKey("file", required=True, doc="File to count in.")])

    def start(self, config: Mapping[str, str]) -> None:
        """Keep the configuration for the tasks."""
        self._config = dict(config)

    def task_class(self) -> type[SinkTask]:
        """The counting task."""
        return CountingSinkTask

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """The same for all tasks; more than one would lose counts."""
        del max_tasks
        return [self._config]


class CountingSinkTask(SinkTask):
    """Adds up the sizes of its batches."""

    def start(self, config: Mapping[str, str]) -> None:
        """Open the file."""
        self._counter = Counter(Path(config["file"]))

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Count and forget."""
        self._counter.add(len(records))

    def stop(self) -> None:
        """Close the file."""
        self._counter.close()
