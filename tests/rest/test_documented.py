from __future__ import annotations

import re
from pathlib import Path

from api.endpoints import ENDPOINTS

REFERENCE = Path(__file__).parents[2] / "docs" / "rest-api.md"


def test_the_reference_lists_exactly_the_endpoints_that_there_are() -> None:
    rows = re.findall(r"^\| `([A-Z]+) (/\S*)` \|", REFERENCE.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted((endpoint.method, endpoint.path) for endpoint in ENDPOINTS)
