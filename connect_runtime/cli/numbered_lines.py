"""Files with one item a line, and where each stands."""

from __future__ import annotations

from pathlib import Path

from connect_runtime.errors import ConnectError

__all__ = ["numbered_lines"]


def numbered_lines(path: Path) -> list[tuple[str, str]]:
    """Where a line stands, for messages, and the line; blank ones are skipped.

    Raises:
        ConnectError: The file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # not at U+2028, which may stand in JSON
    except (OSError, UnicodeDecodeError) as exc:
        raise ConnectError(f"Cannot read {path}: {exc}") from exc
    return [(f"{path}, line {number}", line) for number, line in enumerate(lines, start=1) if line.strip()]
