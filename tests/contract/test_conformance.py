"""Every plugin does to every case what Kafka Connect's does."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.cli.conformance.cases import Case, read_cases
from connect_runtime.cli.conformance.running import run_case
from connect_runtime.plugins import PluginLoader, PluginSettings

CASES = read_cases(Path(__file__).parents[1] / "data" / "conformance.jsonl")
PLUGINS = PluginLoader(PluginSettings()).registry()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_plugins_behave_as_in_kafka_connect(case: Case) -> None:
    outcome = run_case(case, PLUGINS)
    assert outcome.passed, f"expected {outcome.expected}\ngot {outcome.got}"
