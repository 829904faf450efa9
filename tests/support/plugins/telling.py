"""What the connectors of this folder share: they tell of their calls, and hand their own keys to numbered tasks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from connect_runtime.sdk import ConfigDef, Connector, SourceTask

__all__ = ["TellingConnector", "stored_number"]


class TellingConnector(Connector):
    """A connector that tells of each call.

    Attributes:
        keys: What it and its tasks can be configured with.
    """

    keys: ClassVar[ConfigDef]

    @classmethod
    def config_def(cls) -> ConfigDef:
        return cls.keys

    @abstractmethod
    def tell(self, call: str) -> None:
        """It is called: ``start``, ``task_configs`` or ``stop``."""

    def start(self, config: Mapping[str, str]) -> None:
        self.config = dict(config)
        self.tell("start")

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        self.tell("task_configs")
        own = {key: value for key, value in self.config.items() if key in self.keys.keys}
        return [own | {"task": self.task_name(number)} for number in range(self.task_count(max_tasks))]

    def task_count(self, max_tasks: int) -> int:
        """How many tasks there are."""
        return max_tasks

    def task_name(self, number: int) -> str:
        """How a task calls itself."""
        return str(number)

    def stop(self) -> None:
        self.tell("stop")


def stored_number(task: SourceTask, partition: Mapping[str, str], key: str) -> int:
    """Where a counting source task was, 0 at first."""
    stored: dict[str, Any] = task.context.offset_reader.offset(partition) or {key: 0}
    return int(stored[key])
