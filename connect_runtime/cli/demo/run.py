"""What the demo does, step by step, and what it shows."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from connect_runtime.cli.demo.flights import Figures, csv_figures, unpack_flights
from connect_runtime.cli.demo.pipeline import TOPIC, Pipeline, curl
from connect_runtime.cli.demo.table import PostgresTable, SqliteTable, Table
from connect_runtime.cli.demo.worker import DemoWorker
from connect_runtime.cli.topics.cluster import Cluster
from connect_runtime.errors import ConnectError, ExitCode
from connect_runtime.model import TopicPartition

__all__ = ["run_demo"]

_LOOK_S = 0.1
_PATIENCE_S = 60.0


def run_demo(folder: Path, csv: Path | None, postgres: str | None, *, kept: bool) -> int:
    """Run the demo in a folder; the exit code.

    Args:
        folder: Where all its files go.
        csv: The flights; ``None`` for those of the installed package.
        postgres: The database to write to; ``None`` for a SQLite file in the folder.
        kept: Whether the folder stays, so that the user may look into it.

    Raises:
        ConnectError: The demo cannot run, or a connector failed.
    """
    console = Console(highlight=False, soft_wrap=True)
    file = csv.resolve() if csv is not None else unpack_flights(folder)
    expected = csv_figures(file)
    table = _table(folder, postgres)
    console.print(
        f"[bold]{expected.rows:,} flights[/] from {file}\nthrough the topic {TOPIC} into a table ({table.description})"
    )
    started = time.monotonic()
    with DemoWorker(folder) as worker, closing(Pipeline(worker.rest)) as pipeline:
        console.print(
            f"\nA worker with its own broker is ready after {time.monotonic() - started:.1f} s: "
            f"REST at {worker.rest}, Kafka at {worker.bootstrap_servers}"
        )
        began = time.monotonic()
        for title, url, config in pipeline.calls(file, table.connector_config):
            console.print(f"\n[bold]{title}[/]\n")
            console.print(curl(url, config), markup=False)
            pipeline.create(url, config)
        console.print()
        _watch(console, worker, pipeline, table, expected.rows)
        seconds = time.monotonic() - began
    return _compare(console, table, expected, seconds, folder if kept else None)


def _table(folder: Path, postgres: str | None) -> Table:
    if postgres is None:
        return SqliteTable(folder / "flights.db")
    table = PostgresTable(postgres)
    table.drop()
    return table


def _watch(console: Console, worker: DemoWorker, pipeline: Pipeline, table: Table, total: int) -> None:
    """Show both bars until all rows are in the table."""
    cluster = Cluster({"bootstrap.servers": worker.bootstrap_servers})
    pause = Event()
    seen, changed = -1, time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        in_topic = progress.add_task("rows in the topic", total=total)
        in_table = progress.add_task("rows in the table", total=total)
        while not progress.finished:
            worker.check()
            pipeline.check()
            arrived, rows = _topic_rows(cluster), table.rows()
            progress.update(in_topic, completed=arrived)
            progress.update(in_table, completed=rows)
            if arrived + rows != seen:
                seen, changed = arrived + rows, time.monotonic()
            elif time.monotonic() > changed + _PATIENCE_S:
                raise ConnectError(f"Nothing has moved for {_PATIENCE_S:g} s. The worker's log: {worker.log}")
            pause.wait(_LOOK_S)


def _topic_rows(cluster: Cluster) -> int:
    if TOPIC not in cluster.topics():
        return 0
    place = TopicPartition(TOPIC, 0)
    return cluster.watermarks([place])[place].rows


def _compare(console: Console, table: Table, expected: Figures, seconds: float, kept_in: Path | None) -> int:
    found = table.figures()
    grid = Grid(box=None, pad_edge=False)
    for title in ("", "the table", "the CSV itself"):
        grid.add_column(title, justify="right" if title else "left")
    grid.add_row("rows", f"{found.rows:,}", f"{expected.rows:,}")
    grid.add_row("sum(distance)", f"{found.distance:,}", f"{expected.distance:,}")
    console.print()
    console.print(grid)
    console.print(f"\n{seconds:.1f} s from the first call to the last row: {expected.rows / seconds:,.0f} records/s")
    if found != expected:
        console.print("[bold red]The figures differ.[/]")
        return ExitCode.USAGE
    console.print("[bold green]The figures are equal: nothing is missing, nothing is there twice.[/]")
    if kept_in is not None:
        console.print(f"\nAll files are in {kept_in}. To look into the table:\n  {table.query}", markup=False)
    return ExitCode.OK
