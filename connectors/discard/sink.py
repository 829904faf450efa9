"""A sink that drops what it gets: measures everything before it, or just lets a topic be read."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from connect_runtime import __version__
from connect_runtime.sdk import ConfigDef, SinkConnector, SinkRecord, SinkTask, TopicPartition

__all__ = ["DiscardSinkConnector", "DiscardSinkTask"]

logger = logging.getLogger(__name__)
CONFIG_DEF = ConfigDef()


class DiscardSinkConnector(SinkConnector):
    """Drops records and counts them."""

    version = __version__

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No keys of its own."""
        return CONFIG_DEF

    def start(self, config: Mapping[str, str]) -> None:
        """Take the configuration."""
        self._config = dict(config)

    def task_class(self) -> type[SinkTask]:
        """Class of the tasks."""
        return DiscardSinkTask

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """The same configuration for every task."""
        return [self._config] * max_tasks

    def alter_offsets(self, config: Mapping[str, str], offsets: Mapping[TopicPartition, int | None]) -> bool:
        """Any offset will do."""
        del config, offsets
        return True


class DiscardSinkTask(SinkTask):
    """Drops records.

    Attributes:
        count: Records dropped so far.
    """

    version = __version__

    def __init__(self) -> None:
        self.count = 0

    def start(self, config: Mapping[str, str]) -> None:
        """Nothing to open."""
        del config

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Drop a batch."""
        self.count += len(records)

    def stop(self) -> None:
        """Log how many records there were."""
        logger.info("Dropped %d records", self.count)
