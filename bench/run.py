"""Measures the runtime against hand-written loops and writes docs/benchmarks.md: ``python -m bench.run [--quick]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.observe import Run, say, watch
from bench.options import made_by, read_options
from bench.paths import PATHS, Job, MeasuredPath, Scene
from bench.report import Comparison, page
from bench.sections import write_section
from bench.startup import measure_startup
from tests.support.embedded_broker import EmbeddedBrokerProcess
from tests.support.postgres import running_postgres
from tests.support.worker_process import WorkerProcess

_REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run what the command line says."""
    options = read_options("bench.run", __doc__)
    load = os.getloadavg()[0]
    paths = [path for path in PATHS if options.only in path.name]
    if not paths:
        say(f"no path has {options.only!r} in its name")
        return
    with (
        tempfile.TemporaryDirectory(prefix="connect-bench-") as folder,
        EmbeddedBrokerProcess(Path(folder) / "broker") as broker,
        running_postgres() as server,
        server.database() as database,
    ):
        scene = Scene(broker.bootstrap_servers, Path(folder), database, options.rows, options.table_rows)
        startup = measure_startup(scene.folder, options.starts)
        _announce_counting_sink(scene.folder / "plugins")
        say(f"ready in {startup.ready_s:.2f} s, {startup.memory_mb:.0f} MB idle")
        comparisons = _compare_all(scene, paths, options.rounds)
        text = page(made_by(), load, scene, comparisons, startup)
    print(text)
    if not options.only:
        write_section(options.page, "paths", text)
        say(f"written to {options.page}")


def _announce_counting_sink(folder: Path) -> None:
    """Make the benchmark's own connector an installed plugin, for the workers started from here on."""
    package = folder / "bench_counting_sink-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-counting-sink\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[connect_runtime]\nbench = bench.counting_sink\n")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), str(_REPOSITORY)])


def _compare_all(scene: Scene, paths: list[MeasuredPath], rounds: int) -> list[Comparison]:
    scene.prepare()
    for topic, rows in (("messages", scene.rows), ("rows", scene.table_rows)):
        scene.fill_topic(topic, rows)
    shared = {store: f"bench-{store}" for store in ("config", "offset", "status")}
    properties = {
        "bootstrap.servers": scene.bootstrap,
        "group.id": "bench",
        "key.converter": "StringConverter",
        "value.converter": "StringConverter",
        **{f"{store}.storage.topic": topic for store, topic in shared.items()},
        **{f"{store}.storage.replication.factor": "1" for store in shared},
    }
    with WorkerProcess(scene.folder / "worker", properties) as worker:
        return [_compare(scene, path, worker, rounds) for path in paths]


def _compare(scene: Scene, path: MeasuredPath, worker: WorkerProcess, rounds: int) -> Comparison:
    loop, runtime = [], []
    rows = _warm_up(scene, path)
    for number in range(rounds):
        run = f"{path.key}-{number}"
        job = path.job(scene, f"{run}-loop")
        loop.append(_run_loop(scene, job))
        say(f"{path.name}: loop    {loop[-1].rate:12,.0f}/s")
        job = path.job(scene, f"{run}-runtime")
        runtime.append(_run_connector(worker, run, job))
        say(f"{path.name}: runtime {runtime[-1].rate:12,.0f}/s")
    return Comparison(path, rows, loop, runtime)


def _warm_up(scene: Scene, path: MeasuredPath) -> int:
    """Run the loop once for nothing, so that it is not the loop alone that finds cold caches."""
    job = path.job(scene, f"{path.key}-warm")
    _run_loop(scene, job)
    return job.rows


def _run_loop(scene: Scene, job: Job) -> Run:
    command = [sys.executable, "-m", "bench.loops", *job.loop, "--bootstrap", scene.bootstrap, "--rows", str(job.rows)]
    with subprocess.Popen(command, cwd=_REPOSITORY) as process:

        def alive() -> None:
            if process.poll() not in {None, 0}:
                raise RuntimeError(f"{' '.join(command)} ended with code {process.returncode}")

        try:
            return watch(job.probe, job.rows, alive)
        finally:
            job.probe.close()
            process.wait(60)


def _run_connector(worker: WorkerProcess, name: str, job: Job) -> Run:
    worker.create(name, {"tasks.max": "1", **job.connector})
    try:
        return watch(job.probe, job.rows, lambda: _check(worker, name))
    finally:
        job.probe.close()
        worker.http.delete(f"/connectors/{name}").raise_for_status()


def _check(worker: WorkerProcess, name: str) -> None:
    status = worker.status(name)
    for part in (status["connector"], *status["tasks"]) if status is not None else ():
        if part["state"] == "FAILED":
            raise RuntimeError(f"{name} failed:\n{part.get('trace')}")


if __name__ == "__main__":
    main()
