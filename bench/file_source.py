"""CPU time per record of the file connectors alone: no broker, no converters. Run with ``python -m bench.file_source``.

Processor time, the best of several runs: what else runs on the machine hardly shows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from connect_runtime.sdk.data import STRING
from connect_runtime.sdk.testing import FakeSinkTaskContext, FakeSourceTaskContext, sink_records
from connectors.file import FileStreamSinkTask, FileStreamSourceTask

__all__ = ["main"]

_LINE = '{"id": %d, "name": "customer-%d", "price": 12.34, "quantity": 5, "at": "2024-02-29T10:00:00Z", "note": "%s"}\n'
_CSV_LINE = "2013,1,1,%d,515,2,830,NA,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z\n"
_CSV_HEADER = ",".join(f"column{place}" for place in range(19)) + "\n"
_RUNS = 5
_PUT = 2000


def main() -> None:
    """Print nanoseconds of processor time per record for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    count: int = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        lines, rows = path / "lines", path / "rows.csv"
        lines.write_text("".join(_LINE % (place, place % 1000, "x" * 20) for place in range(count)))
        rows.write_text(_CSV_HEADER + "".join(_CSV_LINE % (place % 2400) for place in range(count)))
        _report("source, lines", count, lambda: _read(count, file=str(lines)))
        _report("source, jsonl", count, lambda: _read(count, file=str(lines), format="jsonl"))
        _report("source, csv of 19 columns, types inferred", count, lambda: _read(count, file=str(rows), format="csv"))
        values = lines.read_text().splitlines()
        _report("sink, text", count, lambda: _write(path / "out", values))
        _report("by hand: write each line", count, lambda: _write_by_hand(path / "out", values))


def _report(what: str, count: int, run: Callable[[], float]) -> None:
    best = min(run() for _ in range(_RUNS))
    print(f"{what:45} {best / count * 1e9:7.0f} ns/record {count / best / 1e6:6.2f} M records/s of one core")


def _read(count: int, **config: str) -> float:
    given = {"topic": "t"} | config
    task = FileStreamSourceTask()
    task.initialize(FakeSourceTaskContext(given))
    task.start(given)
    before = time.process_time()
    while count > 0:
        count -= len(task.poll() or ())
    spent = time.process_time() - before
    task.stop()
    return spent


def _write(file: Path, values: list[str]) -> float:
    file.unlink(missing_ok=True)
    records = sink_records(values, schema=STRING)
    given = {"file": str(file)}
    task = FileStreamSinkTask()
    task.initialize(FakeSinkTaskContext(given))
    task.start(given)
    before = time.process_time()
    for start in range(0, len(records), _PUT):
        task.put(records[start : start + _PUT])
    spent = time.process_time() - before
    task.stop()
    return spent


def _write_by_hand(file: Path, values: list[str]) -> float:
    data = [value.encode() for value in values]
    with file.open("wb") as out:
        before = time.process_time()
        for value in data:
            out.write(value + b"\n")
        return time.process_time() - before


if __name__ == "__main__":
    main()
