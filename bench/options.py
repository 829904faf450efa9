"""The command line that all parts of ``make bench`` understand, so that ``ARGS`` goes to each of them as it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.sections import PAGE

__all__ = ["made_by", "read_options"]


def read_options(module: str, description: str | None) -> argparse.Namespace:
    """The options of this process; ends it when they are wrong."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    paths = parser.add_argument_group("of bench.run alone")
    paths.add_argument("--rows", type=int, default=1_000_000, help="rows of the paths without a database")
    paths.add_argument("--table-rows", type=int, default=300_000, help="rows of the paths into a table")
    paths.add_argument("--rounds", type=int, default=5, help="how often loop and runtime run in turns")
    paths.add_argument("--starts", type=int, default=5, help="how often a worker is started")
    parser.add_argument("--quick", action="store_true", help="less of everything: a look, not a measurement")
    parser.add_argument("--only", default="", metavar="TEXT", help="only what has this in its name; writes no page")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page goes")
    options = parser.parse_args()
    if options.quick:
        options.rows, options.table_rows, options.rounds, options.starts = 300_000, 100_000, 1, 2
    return options


def made_by() -> str:
    """The command that this process is a part of."""
    arguments = " ".join(sys.argv[1:])
    return f'make bench ARGS="{arguments}"' if arguments else "make bench"
