"""A source that counts and a sink that writes down what it got: what is missing or double can be told afterwards.

Each start and stop of a task is a line in a journal. `tests.support.sequences` reads all that is written here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    ConfigType,
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

__all__ = ["SequenceSinkConnector", "SequenceSourceConnector", "connect_connectors"]

KEYS = ConfigDef(
    [
        ConfigKey("folder", doc="Folder of the journal, and of what sink tasks got."),
        ConfigKey("topic", default="", doc="Topic for what source tasks count."),
        ConfigKey("batch.size", ConfigType.INT, default=10, doc="Numbers per poll."),
        ConfigKey("pause.ms", ConfigType.INT, default=50, doc="Time between polls."),
    ]
)


class _Sequence(TellingConnector):
    """What both kinds share."""

    version = "1.0"
    keys = KEYS

    def tell(self, call: str) -> None:
        if call != "task_configs":
            _note(self.config, call, self.config["name"])

    def task_name(self, number: int) -> str:
        return f"{self.config['name']}-{number}"


class SequenceSourceConnector(_Sequence, SourceConnector):
    """Counts."""

    def task_class(self) -> type[SourceTask]:
        return SequenceSourceTask


class SequenceSinkConnector(_Sequence, SinkConnector):
    """Writes down."""

    def task_class(self) -> type[SinkTask]:
        return SequenceSinkTask


class SequenceSourceTask(SourceTask):
    """Counts from 0, or from where it was; every record is ``TASK NUMBER``."""

    version = "1.0"

    def start(self, config: Mapping[str, str]) -> None:
        self._config = config
        self._partition = {"task": config["task"]}
        self._next = stored_number(self, self._partition, "next")
        self._size, self._pause_s = int(config.get("batch.size", "10")), int(config.get("pause.ms", "50")) / 1000
        _note(config, "start", config["task"])

    def poll(self) -> Sequence[SourceRecord] | None:
        self.context.wait(self._pause_s)
        first, self._next = self._next, self._next + self._size
        task, topic = self._config["task"], self._config["topic"]
        return [
            SourceRecord(self._partition, {"next": number + 1}, topic, f"{task} {number}")
            for number in range(first, self._next)
        ]

    def stop(self) -> None:
        _note(self._config, "stop", self._config["task"])


class SequenceSinkTask(SinkTask):
    """Adds a line ``TOPIC PARTITION OFFSET`` to its file for each record."""

    version = "1.0"

    def start(self, config: Mapping[str, str]) -> None:
        self._config = config
        self._path = Path(config["folder"]) / f"got-{config['task']}-{os.getpid()}.txt"
        _note(config, "start", config["task"])

    def put(self, records: Sequence[SinkRecord]) -> None:
        if records:
            _add(self._path, "".join(f"{each.topic} {each.kafka_partition} {each.kafka_offset}\n" for each in records))

    def stop(self) -> None:
        _note(self._config, "stop", self._config["task"])


def _note(config: Mapping[str, str], what: str, who: str) -> None:
    _add(Path(config["folder"]) / "journal.txt", f"{time.monotonic():.6f} {os.getpid()} {what} {who}\n")


def _add(path: Path, lines: str) -> None:
    """In one call, so that lines of several processes do not mix and a kill leaves no half of one."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, lines.encode())
    finally:
        os.close(file)


@hookimpl
def connect_connectors() -> list[type[Connector]]:
    """Announce both."""
    return [SequenceSourceConnector, SequenceSinkConnector]
