from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.config.docs import pages

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pages()


@pytest.mark.parametrize("name", list(PAGES))
def test_the_pages_about_configuration_are_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run: python -m connect_runtime.config.docs docs"
