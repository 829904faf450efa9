"""The pages of converters with a schema registry are up to date, and their examples can be read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.cli.converter_docs import EXAMPLE_SCHEMA, EXAMPLE_VALUE, converter_pages, example_format
from connect_runtime.converters.registry.schemas import RegisteredSchema

DOCS = Path(__file__).parents[2] / "docs" / "converters"
PAGES = converter_pages()


@pytest.mark.parametrize("name", list(PAGES))
def test_the_pages_about_converters_are_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run: python -m connect_runtime.cli.docs docs"


@pytest.mark.parametrize("name", list(PAGES))
def test_the_example_of_a_page_can_be_read_again(name: str) -> None:
    fmt = example_format(name)
    registered = RegisteredSchema(7, fmt.kind, fmt.draft(EXAMPLE_SCHEMA).text)

    payload = fmt.writer(EXAMPLE_SCHEMA, registered)(EXAMPLE_VALUE)

    assert (
        payload.hex(" ")[-20:] in PAGES[name].replace("\n", " ").replace("  ", " ")
        or payload[-4:].hex(" ") in PAGES[name]
    )
    assert fmt.reader(registered)(payload)[1] == EXAMPLE_VALUE
