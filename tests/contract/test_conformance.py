"""Every plugin does to every case what Kafka Connect's does."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.cli.conformance.cases import Case, read_cases
from connect_runtime.cli.conformance.running import run_case
from connect_runtime.plugins import PluginLoader, PluginSettings

DATA = Path(__file__).parents[1] / "data"
# The second file is what Java's own classes answered, see tests/conformance.
CASES = [case for name in ("conformance", "conformance-java") for case in read_cases(DATA / f"{name}.jsonl")]
PLUGINS = PluginLoader(PluginSettings()).registry()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_plugins_behave_as_in_kafka_connect(case: Case) -> None:
    outcome = run_case(case, PLUGINS)
    assert outcome.passed, f"expected {outcome.expected}\ngot {outcome.got}"
