from __future__ import annotations

import logging

import pytest

from connect_runtime.errors import NotFoundError
from connect_runtime.observe import Loggers, hide_in_log, set_up_logging
from connect_runtime.observe.logging import _LineFormatter
from tests.support.clocks import FakeClock


def test_extra_fields_stand_behind_the_message() -> None:
    record = logging.makeLogRecord({"msg": "Skipping %s", "args": ("it",), "levelname": "WARN", "offset": 7})
    assert _LineFormatter("%(levelname)s %(message)s").format(record) == "WARN Skipping it: offset=7"


def test_secrets_stay_out_of_the_log_and_of_its_stacks(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        set_up_logging("INFO")
        hide_in_log(lambda text: text.replace("hunter2", "[it]"))
        try:
            int("hunter2")
        except ValueError:
            logging.getLogger("zoo").exception("Not with %s", "hunter2", extra={"url": "u:hunter2@h"})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert "Not with [it]: url=u:[it]@h" in written
    assert "invalid literal for int() with base 10: '[it]'" in written


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
