"""The page of transforms is up to date, and its examples do what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.cli.conformance.cases import Case, read_cases
from connect_runtime.cli.conformance.running import run_case
from connect_runtime.cli.transform_docs import EXAMPLES, TRANSFORMS_PAGE, transforms_page
from connect_runtime.plugins import PluginLoader, read_plugin_settings
from connect_runtime.transforms import plugins

DOCS = Path(__file__).parents[2] / "docs"
CASES = read_cases(DOCS / EXAMPLES)
PLUGINS = PluginLoader(read_plugin_settings(DOCS / EXAMPLES.parent / "plugins.toml")).registry()


def test_the_page_about_transforms_is_up_to_date() -> None:
    written = (DOCS / TRANSFORMS_PAGE).read_text(encoding="utf-8")
    assert written == transforms_page(DOCS), "run: python -m connect_runtime.cli.docs docs"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_examples_do_what_the_page_says(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS / EXAMPLES.parent)
    outcome = run_case(case, PLUGINS)
    assert outcome.passed, f"expected {outcome.expected}\ngot {outcome.got}"


def test_every_transform_and_predicate_has_an_example() -> None:
    shown = {case.cls.removesuffix("Key").removesuffix("Value") for case in CASES}
    there = {cls.__name__ for cls in [*plugins.connect_transforms(), *plugins.connect_predicates()]}
    assert {name.removesuffix("Key").removesuffix("Value") for name in there} == shown
