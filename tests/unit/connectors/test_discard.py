from __future__ import annotations

import logging

import pytest

from connect_runtime.sdk.testing import sink_records
from connectors.discard import DiscardSinkConnector, DiscardSinkTask


def test_records_are_dropped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    task = DiscardSinkTask()
    task.start({})
    task.put(sink_records(["a", None]))
    task.put([])
    task.put(sink_records(["b"]))
    task.stop()
    assert task.count == 3
    assert "Dropped 3 records" in caplog.text


def test_the_connector_gives_every_task_its_configuration() -> None:
    connector = DiscardSinkConnector()
    connector.start({"topics": "t"})
    assert connector.task_configs(3) == [{"topics": "t"}] * 3
    assert connector.task_class() is DiscardSinkTask
    assert list(connector.config_def()) == []
    assert connector.alter_offsets({}, {})
