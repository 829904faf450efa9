"""Tables for people, which programs can cut up too: no frames, one line per row."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["print_table"]

_UNLIMITED = 10_000


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print rows under the given column titles; the columns named in ``right`` are aligned there."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns:
        table.add_column(title, justify="right" if title in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # A pipe has no width: nothing may be folded there.
    Console(width=None if sys.stdout.isatty() else _UNLIMITED, highlight=False).print(table)
