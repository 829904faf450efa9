"""Drives a file source task over real files, with a clock of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connect_runtime.sdk import SourceRecord
from connect_runtime.sdk.testing import FakeSourceTaskContext
from connectors.file import FileStreamSourceTask
from connectors.file.offsets import partition_map
from tests.support.clocks import FakeClock

__all__ = ["Reading", "append", "messages"]


class Reading:
    """A started file source task.

    Time passes only in its waits and in `pass_time`. Files are older than that clock says only when `age` made them so.

    Args:
        file: File to read, ``None`` for standard input.
        offset: Committed offset.
        config: Further keys, with ``_`` for ``.``.
    """

    def __init__(
        self,
        file: Path | None,
        offset: Mapping[str, Any] | None = None,
        **config: str,
    ) -> None:
        self.config = {"topic": "lines"} | {k.replace("_", "."): v for k, v in config.items()}
        if file is not None:
            self.config["file"] = str(file)
        self.clock = FakeClock()
        offsets = [] if offset is None else [(partition_map(str(file)), offset)]
        self.context = FakeSourceTaskContext(self.config, offsets=offsets, on_wait=self.clock.advance)
        self.task = FileStreamSourceTask(self.clock)
        self.task.initialize(self.context)
        self.task.start(self.config)

    def records(self) -> list[SourceRecord]:
        """Everything that can be read without time passing, but for one wait."""
        found: list[SourceRecord] = []
        while records := self.task.poll():
            found += records
        return found

    def values(self) -> list[Any]:
        """Their values."""
        return [record.value for record in self.records()]

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def stop(self) -> None:
        """Stop the task."""
        self.task.stop()


def append(file: Path, data: bytes) -> None:
    """Write at the end of a file, as whoever keeps a log does."""
    with file.open("ab") as opened:
        opened.write(data)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a warning or worse."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
