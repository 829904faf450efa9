from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.config.docs import pages
from connect_runtime.kafka.docs import PAGE, render_page

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pages()


@pytest.mark.parametrize("name", list(PAGES))
def test_the_pages_about_configuration_are_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run: python -m connect_runtime.config.docs docs"


def test_the_page_about_client_settings_is_up_to_date() -> None:
    written = (DOCS / PAGE).read_text(encoding="utf-8")
    assert written == render_page(), "run: python -m connect_runtime.kafka.docs docs"
