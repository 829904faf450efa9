"""The page docs/benchmarks.md has parts that different commands write; each replaces its own and keeps the others'."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["PAGE", "write_section"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def write_section(page: Path, name: str, text: str) -> None:
    """Put ``text`` in place of the part of that name, or at the end when there is none yet."""
    begin, end = f"<!-- {name}: written by a command, do not edit -->", f"<!-- end of {name} -->"
    block = f"{begin}\n\n{text.strip()}\n\n{end}"
    old = page.read_text() if page.exists() else ""
    new, found = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _match: block, old, flags=re.DOTALL)
    page.write_text(new if found else f"{old.rstrip()}\n\n{block}\n".lstrip())
