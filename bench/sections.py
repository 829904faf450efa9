"""The page docs/benchmarks.md has parts that different commands write; each replaces its own and keeps the others'."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

__all__ = ["PAGE", "machine", "machine_and_load", "mark", "write_section"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def write_section(page: Path, name: str, text: str) -> None:
    """Put ``text`` in place of the part of that name, or at the end when there is none yet."""
    begin, end = f"<!-- {name}: written by a command, do not edit -->", f"<!-- end of {name} -->"
    block = f"{begin}\n\n{text.strip()}\n\n{end}"
    old = page.read_text() if page.exists() else ""
    new, found = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _match: block, old, flags=re.DOTALL)
    page.write_text(new if found else f"{old.rstrip()}\n\n{block}\n".lstrip())


def mark(*, reached: bool) -> str:
    """The last cell of a row with a figure to reach."""
    return "reached" if reached else "**missed**"


def machine() -> str:
    """Processor, memory and system of this machine."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory_kb = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return f"{cpu}, {os.cpu_count()} cores, {memory_kb / 1024**2:.0f} GiB, {platform.system()} {platform.release()}"


def machine_and_load(load: float) -> str:
    """The last line of a part; says so when the machine had other work, so that its figures are no good to compare."""
    busy = " It had other work meanwhile: measure again on an idle machine." if load > (os.cpu_count() or 1) else ""
    return f"Machine: {machine()}, load {load:.1f} before it began.{busy}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
