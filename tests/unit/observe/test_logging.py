from __future__ import annotations

import logging

import pytest

from connect_runtime.errors import NotFoundError
from connect_runtime.observe import Loggers
from connect_runtime.observe.logging import _LineFormatter
from tests.support.clocks import FakeClock


def test_extra_fields_stand_behind_the_message() -> None:
    record = logging.makeLogRecord({"msg": "Skipping %s", "args": ("it",), "levelname": "WARN", "offset": 7})
    assert _LineFormatter("%(levelname)s %(message)s").format(record) == "WARN Skipping it: offset=7"


def test_a_level_reaches_every_logger_below_a_prefix_and_only_changes_are_told() -> None:
    clock = FakeClock()
    loggers = Loggers(clock)
    for name in ("zoo.cat", "zoo.catfish", "zoo.dog"):
        logging.getLogger(name).setLevel(logging.INFO)
    assert loggers.set_level("zoo.cat", " debug ") == ["zoo.cat", "zoo.catfish"]
    assert loggers.get("zoo.cat") == ("DEBUG", clock.epoch_ms())
    assert loggers.get("zoo.dog") == ("INFO", None)
    assert loggers.set_level("zoo.cat", "DEBUG") == []


def test_unknown_loggers_and_levels_are_named() -> None:
    loggers = Loggers(FakeClock())
    with pytest.raises(NotFoundError, match=r"no\.such\.logger"):
        loggers.get("no.such.logger")
    with pytest.raises(NotFoundError, match=r"loud.*DEBUG"):
        loggers.set_level("zoo", "loud")
    assert "root" in loggers.all()
