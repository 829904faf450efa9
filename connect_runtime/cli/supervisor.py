"""Runs several workers on one machine, each a process with a REST port of its own, and one embedded broker for all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from connect_runtime.cli.neighbours import check_ports, worker_variables
from connect_runtime.cli.running import launched_broker, run_until_told, set_up_log
from connect_runtime.cli.signals import StopSignals
from connect_runtime.cli.worker_process import WorkerProcess
from connect_runtime.clock import SystemClock
from connect_runtime.config import WorkerConfig, load_worker
from connect_runtime.errors import ConnectError, ExitCode

__all__ = ["run_workers"]

logger = logging.getLogger(__name__)
STOP_S = 45.0
"""The longest that a worker may take to end, beside what its tasks may."""


def run_workers(config_file: Path, *, workers: int, environ: Mapping[str, str]) -> int:
    """Run workers until SIGTERM or Ctrl-C; the exit code.

    Args:
        config_file: The workers' properties or TOML file. Each listens one port higher than the one before.
        workers: How many.
        environ: Environment; ``CONNECT_*`` variables override keys.

    Raises:
        ConnectError: The broker does not start, or one of the workers does not, time and again.
    """
    set_up_log(environ)
    config = load_worker(config_file, environ).config
    check_ports(config, workers)
    signals = StopSignals()
    signals.install()
    was_up = run_until_told(
        lambda down: _started(config, config_file, workers, environ, down),
        signals,
        "Stopping all workers: tasks get to finish and commit",
    )
    logger.info("All workers stopped" if was_up else "Stopped before workers were started")
    return ExitCode.OK


def _started(
    config: WorkerConfig, config_file: Path, workers: int, environ: Mapping[str, str], down: ExitStack
) -> Callable[[], ConnectError | None]:
    broker = launched_broker(config, down)
    if broker is not None:
        config = config.connected_to(broker.await_ready())
    processes = [
        WorkerProcess(n + 1, config_file, {**environ, **worker_variables(config, n)}, SystemClock())
        for n in range(workers)
    ]
    down.callback(_stop, processes, STOP_S + config.task_shutdown_graceful_timeout_s)
    for process in processes:
        process.start()
    return lambda: next((process.failure for process in processes if process.failure is not None), None)


def _stop(processes: Sequence[WorkerProcess], timeout_s: float) -> None:
    """All at once: what one takes, the others take too."""
    deadline_s = time.monotonic() + timeout_s
    for process in processes:
        process.stop()
    for process in processes:
        process.join(max(0.0, deadline_s - time.monotonic()))
