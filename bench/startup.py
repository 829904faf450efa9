"""How long a worker with its own broker takes to answer, and how much memory both take when they have nothing to do."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import NamedTuple

from tests.support.worker_process import WorkerProcess

__all__ = ["Startup", "measure_startup"]

_SETTLE_S = 5.0


class Startup(NamedTuple):
    """Figures of a worker on the embedded broker.

    Attributes:
        ready_s: From the start of the process until ``GET /`` answers, median.
        worker_mb: Resident memory of the idle worker.
        broker_mb: The same of its broker.
    """

    ready_s: float
    worker_mb: float
    broker_mb: float

    @property
    def memory_mb(self) -> float:
        """Both together."""
        return self.worker_mb + self.broker_mb


def measure_startup(folder: Path, runs: int) -> Startup:
    """Start a worker ``runs`` times on one folder, after a first time that does not count."""
    worker = WorkerProcess(folder / "startup")
    worker.start()
    worker.stop()
    seconds = []
    for _ in range(runs):
        started = time.monotonic()
        worker.start()
        seconds.append(time.monotonic() - started)
        worker.stop()
    with worker:
        time.sleep(_SETTLE_S)
        return Startup(statistics.median(seconds), _resident_mb(worker.pid), _resident_mb(worker.broker_pid()))


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
