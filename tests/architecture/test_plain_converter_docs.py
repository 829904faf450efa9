"""The pages of converters without a schema registry are up to date, and their examples do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.cli.conformance.cases import Case, read_cases
from connect_runtime.cli.conformance.running import run_case
from connect_runtime.cli.plain_converter_docs import CONVERTER_EXAMPLES, plain_converter_pages
from connect_runtime.converters import plugins
from connect_runtime.converters.registry.converter import SchemaRegistryConverter
from connect_runtime.plugins import PluginLoader, PluginSettings

DOCS = Path(__file__).parents[2] / "docs"
CASES = read_cases(DOCS / CONVERTER_EXAMPLES)
PAGES = plain_converter_pages(DOCS)
PLUGINS = PluginLoader(PluginSettings()).registry()


@pytest.mark.parametrize("name", list(PAGES))
def test_the_pages_about_converters_without_registry_are_up_to_date(name: str) -> None:
    written = (DOCS / "converters" / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run: python -m connect_runtime.cli.docs docs"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_examples_do_what_the_pages_say(case: Case) -> None:
    outcome = run_case(case, PLUGINS)
    assert outcome.passed, f"expected {outcome.expected}\ngot {outcome.got}"


def test_every_converter_without_registry_has_an_example() -> None:
    there = {cls.__name__ for cls in plugins.connect_converters() if not issubclass(cls, SchemaRegistryConverter)}
    assert {case.cls for case in CASES} == there


def test_every_converter_has_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "converters").glob("*.md"))
    for java in plugins.connect_aliases():
        assert f"`{java}`" in pages
