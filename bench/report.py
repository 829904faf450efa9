"""The benchmark's page, docs/benchmarks.md."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

import confluent_kafka

from bench.messages import MESSAGE_BYTES
from bench.observe import Run
from bench.paths import MeasuredPath, Scene
from bench.sections import machine, mark
from bench.startup import Startup

__all__ = ["Comparison", "page"]

READY_BAR_S = 2.0
MEMORY_BAR_MB = 150.0


class Comparison(NamedTuple):
    """Runs of one path, loop and runtime in turns."""

    path: MeasuredPath
    rows: int
    loop: list[Run]
    runtime: list[Run]

    @property
    def ratios(self) -> list[float]:
        """Runtime to loop, pair by pair."""
        return [ours.rate / theirs.rate for theirs, ours in zip(self.loop, self.runtime, strict=True)]

    @property
    def ratio(self) -> float:
        """Their median."""
        return statistics.median(self.ratios)


def page(command: str, load: float, scene: Scene, comparisons: Sequence[Comparison], startup: Startup) -> str:
    """The page in Markdown; ``load`` is the machine's load before the measurement began."""
    rounds = len(comparisons[0].loop)
    lines = [
        "## One task against a loop",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}.",
        "",
        "The runtime against a hand-written loop (`bench/loops.py`) that does the same one thing on the same client as",
        "fast as we know how, both on the embedded broker, with one task and messages of",
        f"{MESSAGE_BYTES} bytes of JSON. The two run in turns, {rounds} times each; the ratio is the median of the",
        "pairs (smallest and largest in brackets).",
        "",
        "| path | rows | hand-written loop | connect-runtime | ratio | to reach | |",
        "|---|---:|---:|---:|---:|---:|---|",
        *(_row(comparison) for comparison in comparisons),
        "",
        "| worker with its own embedded broker | measured | to reach | |",
        "|---|---:|---:|---|",
        _line("start of the process until REST answers, warm", startup.ready_s, ".2f", READY_BAR_S, "s"),
        _line("resident memory of worker and broker, idle", startup.memory_mb, ".0f", MEMORY_BAR_MB, "MB"),
        "",
        f"Of the memory {startup.worker_mb:.0f} MB are the worker's and {startup.broker_mb:.0f} MB the broker's.",
        "",
        "### How it is measured",
        "",
        "Both sides are watched from outside, by the same probe: the topic's end offset, the file's size, a counter",
        "in shared memory, the table's committed rows. The clock starts when the first rows are seen, which do not",
        "count, and stops when the last row is there: starting a process, joining a group and the first batch are no",
        "part of a rate.",
        "",
        f"Machine: {machine()}, load {load:.1f} before it began. {_versions(scene)}.",
        "",
    ]
    return "\n".join(lines)


def _row(comparison: Comparison) -> str:
    loop, runtime = (statistics.median(run.rate for run in runs) for runs in (comparison.loop, comparison.runtime))
    ratios, bar = comparison.ratios, comparison.path.bar
    ratio = f"**{comparison.ratio:.2f}** ({min(ratios):.2f} to {max(ratios):.2f})"
    reached = mark(reached=comparison.ratio >= bar)
    rates = f"{comparison.rows:,} | {loop:,.0f}/s | {runtime:,.0f}/s"
    return f"| {comparison.path.name} | {rates} | {ratio} | {bar} | {reached} |"


def _line(name: str, measured: float, digits: str, bar: float, unit: str) -> str:
    return f"| {name} | {measured:{digits}} {unit} | < {bar:g} {unit} | {mark(reached=measured < bar)} |"


def _versions(scene: Scene) -> str:
    with scene.database.connect() as connection:
        server = connection.info.parameter_status("server_version")
    return (
        f"Python {platform.python_version()}, confluent-kafka {version('confluent-kafka')} "
        f"(librdkafka {confluent_kafka.libversion()[0]}), PostgreSQL {server}"
    )
