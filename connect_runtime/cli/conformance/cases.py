"""Files of cases: one JSON object a line, each an input and what Kafka Connect makes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connect_runtime.cli.numbered_lines import numbered_lines
from connect_runtime.errors import ConnectError

__all__ = ["KINDS", "Case", "read_cases"]

KINDS: Final = ("transform", "predicate", "converter", "values")
_MEMBERS: Final = ("id", "kind", "class", "config", "input", "output", "error")


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        id: Its name.
        kind: One of `KINDS`.
        cls: Name of the plugin class; ``chain`` for a whole ``transforms`` configuration.
        config: The plugin's options.
        input: What it is given.
        output: What should come of it, ``None`` for an error or a dropped record.
        error: ``ConfigError`` or ``DataError``, ``None`` when all should go well.
        note: Why.
    """

    id: str
    kind: str
    cls: str
    config: dict[str, str]
    input: dict[str, Any]
    output: dict[str, Any] | None
    error: str | None
    note: str

    def __str__(self) -> str:
        return self.id


def read_cases(path: Path) -> list[Case]:
    """The cases of a file, in order; blank lines are skipped.

    Raises:
        ConnectError: The file cannot be read or has no cases, or a line is no case.
    """
    cases = [_case(line, where) for where, line in numbered_lines(path)]
    if not cases:
        raise ConnectError(f"{path} has no cases: each is a JSON object on a line of its own")
    return cases


def _case(line: str, where: str) -> Case:
    try:
        found = json.loads(line)
    except ValueError as exc:
        raise ConnectError(f"{where}: not a JSON object: {exc}") from exc
    missing = [member for member in _MEMBERS if not isinstance(found, dict) or member not in found]
    if missing:
        raise ConnectError(f"{where}: not a case: {', '.join(missing)} missing")
    if found["kind"] not in KINDS:
        raise ConnectError(f"{where}: kind is {found['kind']!r}, but must be one of {', '.join(KINDS)}")
    return Case(
        found["id"],
        found["kind"],
        found["class"],
        found["config"] or {},
        found["input"],
        found["output"],
        found["error"],
        found.get("note") or "",
    )
