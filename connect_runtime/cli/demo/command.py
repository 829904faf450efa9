"""The command ``demo``: a CSV file, a topic and a table, and the same figures at both ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    *,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Another copy of the flights.", show_default=False)
    ] = None,
    postgres: Annotated[
        str | None,
        typer.Option(
            "--postgres", metavar="URL", help="Write to PostgreSQL: postgresql://user:password@host:port/database."
        ),
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Folder for all files, kept in the end.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder of temporary files.")] = False,
) -> int:
    """Carry 336,776 flights from a CSV file through a topic into a table.

    A worker starts on free ports of this machine, with a broker of its own; two HTTP calls, which are shown, make the
    connectors. In the end the table's figures stand beside those of the CSV file; the exit code is 0 when both are
    equal.
    """
    from connect_runtime.cli.demo.run import run_demo  # noqa: PLC0415  # httpx, rich and drivers: only for the demo

    with _folder(directory, keep=keep) as folder:
        return run_demo(folder, csv, postgres, kept=keep or directory is not None)


@contextmanager
def _folder(wanted: Path | None, *, keep: bool) -> Iterator[Path]:
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="connect-demo-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
