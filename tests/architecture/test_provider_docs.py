"""The page about config providers is up to date, and its example does what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from connect_runtime.config import load_worker
from connect_runtime.config.provider_docs import PROVIDERS_PAGE, providers_page

DOCS = Path(__file__).parents[2] / "docs"
SECRETS = "/run/secrets"


def test_the_page_about_config_providers_is_up_to_date() -> None:
    written = (DOCS / PROVIDERS_PAGE).read_text(encoding="utf-8")
    assert written == providers_page(), "run: python -m connect_runtime.config.provider_docs docs"


def test_the_example_does_what_the_page_says(tmp_path: Path) -> None:
    page = (DOCS / PROVIDERS_PAGE).read_text(encoding="utf-8").replace(SECRETS, str(tmp_path))
    worker, secrets = re.findall(r"```properties\n(.*?)```", page, re.DOTALL)[:2]
    connector, of_task = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)[:2])
    (tmp_path / "worker.properties").write_text(worker, encoding="utf-8")
    (tmp_path / "db.properties").write_text(secrets, encoding="utf-8")
    environ = {"DB_HOST": "db.example.org", "HOME": "/root"}
    resolver = load_worker(tmp_path / "worker.properties", environ).resolver
    found = resolver.resolve(connector)
    assert {key: found.config[key] for key in of_task} == of_task
    assert found.ttls_s == {str(tmp_path / "db.properties"): 30.0}
    forbidden = {"home": "${env:HOME}", "passwd": "${file:/etc/passwd:root}"}
    assert resolver.resolve(forbidden).config == forbidden
