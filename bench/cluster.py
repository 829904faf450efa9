"""Figures of a cluster of three workers on Apache Kafka, for docs/benchmarks.md: ``python -m bench.cluster``.

Three things: how long the work of a killed worker stands still and what moves when one joins, how requests fare with
1,000 connectors, and what a round of the control plane costs by the number of connectors.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

from bench.cluster_ticks import TickCost, measure_tick_costs
from bench.observe import say
from bench.sections import PAGE, mark, write_section
from tests.support.apache_kafka import ApacheKafka
from tests.support.worker_cluster import WorkerCluster

WORKERS = 3
SESSION_S, DELAY_S, ALLOWED_S = 10.0, 5.0, 5.0
STATUS_BAR_S, CREATE_BAR_S = 0.5, 1.0
WIDTH = 120
IDLE = {"batch.size": "0", "pause.ms": "1000"}


class Failover(NamedTuple):
    """What became of a cluster of 20 connectors with 3 tasks each.

    Attributes:
        recovered_s: From ``kill -9`` of a worker until all its connectors and tasks ran elsewhere.
        restarted: Connectors and tasks of the other workers that were started again meanwhile.
        moved: Connectors and tasks that moved when a worker joined.
        needed: How many had to.
        spread: Difference between the most and the fewest tasks of a worker after that.
    """

    recovered_s: float
    restarted: int
    moved: int
    needed: int
    spread: int


class Scale(NamedTuple):
    """Requests to a cluster with many connectors, seconds.

    Attributes:
        connectors: How many there are, each with one task.
        create_s: Times of creating the last tenth of them.
        running_s: Until the last one's task was RUNNING, from its creation.
        status_s: Times of ``GET /connectors?expand=status``.
        worker_cpu: Processor time per second of an idle worker, by worker.
    """

    connectors: int
    create_s: list[float]
    running_s: float
    status_s: list[float]
    worker_cpu: list[float]


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--connectors", type=int, default=1_000, help="connectors of the large cluster")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the figures")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    ticks = measure_tick_costs([100, 250, 500, options.connectors])
    say("ticks measured")
    with tempfile.TemporaryDirectory(prefix="connect-bench-") as folder, ApacheKafka(Path(folder) / "kafka") as kafka:
        with _cluster(Path(folder) / "small", kafka, "small") as cluster:
            failover = _measure_failover(cluster)
        say(f"recovered in {failover.recovered_s:.1f} s")
        with _cluster(Path(folder) / "large", kafka, "large") as cluster:
            scale = _measure_scale(cluster, options.connectors)
    text = _text(load, failover, scale, ticks)
    print(text)
    write_section(options.page, "cluster", text)


@contextmanager
def _cluster(folder: Path, kafka: ApacheKafka, group_id: str) -> Iterator[WorkerCluster]:
    folder.mkdir()
    properties = {
        "session.timeout.ms": str(round(SESSION_S * 1000)),
        "heartbeat.interval.ms": "3000",
        "scheduled.rebalance.max.delay.ms": str(round(DELAY_S * 1000)),
        "offset.flush.interval.ms": "60000",
    }
    cluster = WorkerCluster(folder, kafka.bootstrap_servers, group_id, properties)
    try:
        cluster.add(WORKERS)
        yield cluster
    finally:
        cluster.close()


# -- a worker goes, a worker comes -------------------------------------------------------------------------------------


def _measure_failover(cluster: WorkerCluster) -> Failover:
    connectors = {f"c{number}": 3 for number in range(20)}
    for name in connectors:
        cluster.create(name, cluster.sequences.source(f"topic-{name}", 3, **_keys(IDLE)))
    owners = cluster.await_settled(connectors, timeout_s=300.0)
    before = cluster.sequences.starts()
    victim = cluster.workers[-1]
    stayed = [item for item, worker in owners.items() if worker != victim.id]
    victim.kill()
    killed = time.monotonic()
    cluster.await_settled(connectors, timeout_s=300.0)
    recovered = max(run.began for run in cluster.sequences.runs()) - killed
    after = cluster.sequences.starts()
    restarted = sum(after[item] - before[item] for item in stayed)

    owners = cluster.await_settled(connectors, timeout_s=300.0)
    before = cluster.sequences.starts()
    cluster.add(1)
    owners_then = cluster.await_settled(connectors, timeout_s=300.0)
    moved = sum(owners[item] != owners_then[item] for item in owners)
    started = sum((cluster.sequences.starts() - before).values())
    if started != moved:
        raise SystemExit(f"{moved} connectors and tasks moved, but {started} were started")
    tasks = Counter(worker for item, worker in owners_then.items() if "-" in item)
    needed = 60 // WORKERS + 20 // WORKERS
    return Failover(recovered, restarted, moved, needed, max(tasks.values()) - min(tasks.values()))


# -- many connectors ---------------------------------------------------------------------------------------------------


def _measure_scale(cluster: WorkerCluster, connectors: int) -> Scale:
    create_s = []
    for number in range(connectors):
        config = cluster.sequences.source(f"topic-{number % 10}", 1, **_keys(IDLE))
        started = time.monotonic()
        cluster.create(f"many{number}", config, on=cluster.workers[number % WORKERS])
        create_s.append(time.monotonic() - started)
        if number % 100 == 99:
            say(f"{number + 1} connectors, the last {statistics.mean(create_s[-100:]) * 1000:.0f} ms each")
    created = time.monotonic()
    cluster.await_settled({f"many{number}": 1 for number in range(connectors)}, timeout_s=600.0)
    running_s = time.monotonic() - created
    time.sleep(15.0)
    status_s = []
    for number in range(15):
        started = time.monotonic()
        cluster.statuses(on=cluster.workers[number % WORKERS])
        status_s.append(time.monotonic() - started)
    cpu = [_cpu_s(worker.pid) for worker in cluster.workers]
    time.sleep(20.0)
    cpu = [(_cpu_s(worker.pid) - before) / 20.0 for worker, before in zip(cluster.workers, cpu, strict=True)]
    return Scale(connectors, create_s[-max(20, connectors // 10) :], running_s, status_s, cpu)


def _keys(config: dict[str, str]) -> dict[str, str]:
    return {key.replace(".", "_"): value for key, value in config.items()}


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- the page ----------------------------------------------------------------------------------------------------------


def _text(load: float, failover: Failover, scale: Scale, ticks: list[TickCost]) -> str:
    allowed = SESSION_S + DELAY_S + ALLOWED_S
    create = _p95(scale.create_s)
    status = statistics.median(scale.status_s)
    cpu = ", ".join(f"{100 * share:.0f} %" for share in scale.worker_cpu)
    lines = [
        "## A cluster",
        "",
        fill(
            f"Made by `make bench-cluster ARGS='--connectors {scale.connectors}'` on {datetime.now(UTC):%Y-%m-%d}, "
            f"load {load:.1f} before it began: three workers and Apache Kafka on one machine of two cores.",
            WIDTH,
        ),
        "",
        "| 20 connectors of 3 tasks | measured | to reach | |",
        "|---|---:|---:|---|",
        _row(
            f"`kill -9` of a worker until all its work runs elsewhere (session {SESSION_S:g} s, delay {DELAY_S:g} s)",
            f"{failover.recovered_s:.1f} s",
            f"< {allowed:g} s",
            reached=failover.recovered_s < allowed,
        ),
        _row(
            "connectors and tasks of the other workers restarted by that",
            str(failover.restarted),
            "0",
            reached=failover.restarted == 0,
        ),
        _row(
            "connectors and tasks moved when a worker joins",
            str(failover.moved),
            f"{failover.needed}",
            reached=failover.moved <= failover.needed,
        ),
        _row(
            "difference in tasks between workers after that",
            str(failover.spread),
            "<= 1",
            reached=failover.spread <= 1,
        ),
        "",
        f"| {scale.connectors:,} connectors of 1 task | measured | to reach | |",
        "|---|---:|---:|---|",
        _row("`GET /connectors?expand=status`, median", f"{status:.2f} s", "< 0.5 s", reached=status < STATUS_BAR_S),
        _row("creating a connector, 95th percentile", f"{create:.2f} s", "< 1 s", reached=create < CREATE_BAR_S),
        "",
        fill(
            "Creating is sent to the three workers in turns, so that two of three requests are forwarded; the figure "
            f"is of the last {len(scale.create_s)}. All were RUNNING {scale.running_s:.0f} s after the last was "
            f"created. Idle, the workers take {cpu} of a core, nearly all of it for the clients of their tasks.",
            WIDTH,
        ),
        "",
        fill(
            "What a round of the control plane costs a worker, by the number of connectors of three tasks, in "
            "milliseconds of processor time, without brokers. There are five idle rounds a second.",
            WIDTH,
        ),
        "",
        "| connectors | an idle round | a change, leader | a change, follower |",
        "|---:|---:|---:|---:|",
        *(f"| {t.connectors:,} | {t.idle_ms:.3f} | {t.leader_ms:.1f} | {t.follower_ms:.1f} |" for t in ticks),
    ]
    return "\n".join(lines)


def _row(name: str, measured: str, bar: str, *, reached: bool) -> str:
    return f"| {name} | {measured} | {bar} | {mark(reached=reached)} |"


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    main()
