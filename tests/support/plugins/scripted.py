"""Connectors that do what their configuration says: write down every call, fail here, hang there.

Everything goes through files, so that a test can watch and steer them from another process.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread

from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    ConfigType,
    ConnectError,
    Connector,
    SinkConnector,
    SinkRecord,
    SinkTask,
    SourceConnector,
    SourceRecord,
    SourceTask,
    hookimpl,
)
from tests.support.plugins.telling import TellingConnector, stored_number

__all__ = ["ScriptedSinkConnector", "ScriptedSourceConnector", "connect_connectors"]

LOOK_S = 0.005
KEYS = ConfigDef(
    [
        ConfigKey("journal", default="", doc="File to which every call is added as a line."),
        ConfigKey("hang.in", ConfigType.LIST, default="", doc="Calls that do not return, such as task.poll."),
        ConfigKey("gate", default="", doc="File that ends hanging once it exists."),
        ConfigKey("fail.in", ConfigType.LIST, default="", doc="Calls that fail."),
        ConfigKey("fail.while", default="", doc="File; calls fail only while it exists."),
        ConfigKey("exit.in", ConfigType.LIST, default="", doc="Calls that call sys.exit()."),
        ConfigKey("thread.in", ConfigType.LIST, default="", doc="Calls that leave a thread behind that never ends."),
        ConfigKey("tasks", ConfigType.INT, default=-1, doc="Number of tasks; -1 makes as many as allowed."),
        ConfigKey("passed.on", default="", doc="Value that the tasks get."),
        ConfigKey("topic", default="", doc="Topic for one record per poll; none are made without it."),
    ]
)


class Script:
    """What a connector or task does when it is called.

    Args:
        config: Its configuration.
        who: How it calls itself in the journal.
    """

    def __init__(self, config: Mapping[str, str], who: str) -> None:
        self._config = config
        self._who = who

    def play(self, call: str) -> None:
        """Do what the configuration says for one call, such as ``connector.start``."""
        self._write(f"{self._who} {call.partition('.')[2]}")
        if call in self._list("thread.in"):
            Thread(target=Event().wait, name=f"left by {self._who}", daemon=False).start()
        if call in self._list("hang.in"):
            self._hang()
        if call in self._list("exit.in"):
            sys.exit(f"{call} ends the thread")
        repaired = self._config.get("fail.while") and not Path(self._config["fail.while"]).exists()
        if call in self._list("fail.in") and not repaired:
            raise ConnectError(f"{call} fails as the script says")

    def _hang(self) -> None:
        gate = Path(self._config.get("gate") or "/nowhere")
        while not gate.exists():
            Event().wait(LOOK_S)

    def _list(self, key: str) -> list[str]:
        return [item.strip() for item in self._config.get(key, "").split(",")]

    def _write(self, line: str) -> None:
        if self._config.get("journal"):
            with Path(self._config["journal"]).open("a", encoding="utf-8") as journal:
                journal.write(f"{line}\n")


class _Scripted(TellingConnector):
    """What both kinds of connector share."""

    version = "1.4.2"
    keys = KEYS

    def tell(self, call: str) -> None:
        Script(self.config, "connector").play(f"connector.{call}")

    def task_count(self, max_tasks: int) -> int:
        count = int(self.config.get("tasks", "-1"))
        return max_tasks if count < 0 else count


class ScriptedSourceConnector(_Scripted, SourceConnector):
    """A source."""

    def task_class(self) -> type[SourceTask]:
        return ScriptedSourceTask


class ScriptedSinkConnector(_Scripted, SinkConnector):
    """A sink."""

    def task_class(self) -> type[SinkTask]:
        return ScriptedSinkTask


class ScriptedSourceTask(SourceTask):
    """Counts, one record per poll."""

    version = "1.4.2"

    def start(self, config: Mapping[str, str]) -> None:
        self._topic = config.get("topic", "")
        self._script = Script(config, f"task {config['task']}")
        self._partition = {"task": config["task"]}
        self._position = stored_number(self, self._partition, "position")
        self._script.play("task.start")
        self._polled = False

    def poll(self) -> Sequence[SourceRecord] | None:
        if not self._polled:
            self._polled = True
            self._script.play("task.poll")
        if not self._topic:
            self.context.wait(60.0)
            return None
        self.context.wait(LOOK_S)
        self._position += 1
        return [SourceRecord(self._partition, {"position": self._position}, self._topic, str(self._position))]

    def stop(self) -> None:
        self._script.play("task.stop")


class ScriptedSinkTask(SinkTask):
    """Takes records and drops them."""

    version = "1.4.2"

    def start(self, config: Mapping[str, str]) -> None:
        self._script = Script(config, f"task {config['task']}")
        self._script.play("task.start")

    def put(self, records: Sequence[SinkRecord]) -> None:
        if records:
            self._script.play("task.put")

    def stop(self) -> None:
        self._script.play("task.stop")


@hookimpl
def connect_connectors() -> list[type[Connector]]:
    """Announce both."""
    return [ScriptedSourceConnector, ScriptedSinkConnector]
