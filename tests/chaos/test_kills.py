"""Worker and broker are killed at random moments while rows travel from a CSV file into a table; none may be missing.

``CONNECT_RUNTIME_CHAOS_KILLS`` sets how often (default 4; ``make chaos`` kills 20 times), ``..._ROWS`` how many rows
the file has, ``..._SEED`` repeats the moments of an earlier run.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.support.worker_process import WorkerProcess

KILLS = int(os.environ.get("CONNECT_RUNTIME_CHAOS_KILLS", "4"))
ROWS = int(os.environ.get("CONNECT_RUNTIME_CHAOS_ROWS", str(15_000 * KILLS)))
SEED = int(os.environ.get("CONNECT_RUNTIME_CHAOS_SEED", str(random.randrange(1_000_000))))
COMPLETION_S = 180.0


def write_rows(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("id,name,distance\n")
        file.writelines(f"{n},row {n},{n % 997}\n" for n in range(rows))


def figures(database: Path) -> tuple[int, int, int]:
    """Rows, different ids and the sum of distances in the table; zeros while there is none."""
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30) as connection:
            found = connection.execute("select count(*), count(distinct id), coalesce(sum(distance), 0) from rows_")
            return tuple(found.fetchone())
    except sqlite3.OperationalError:
        return 0, 0, 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_row_is_missing_and_with_upsert_none_is_double_after_kills_at_random_moments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    source, database = tmp_path / "rows.csv", tmp_path / "rows.db"
    write_rows(source, ROWS)
    worker = WorkerProcess(tmp_path / "worker", {"offset.flush.interval.ms": "300"})
    killed = {"worker": 0, "broker": 0}
    worker.start()
    try:
        worker.create(
            "rows-source",
            {
                "connector.class": "FileStreamSource",
                "file": str(source),
                "topic": "rows",
                "format": "csv",
                "batch.size": "200",
            },
        )
        worker.create(
            "rows-sink",
            {
                "connector.class": "JdbcSink",
                "topics": "rows",
                "connection.url": f"jdbc:sqlite:{database}",
                "table.name.format": "rows_",
                "insert.mode": "upsert",
                "pk.mode": "record_value",
                "pk.fields": "id",
                "auto.create": "true",
                "retry.backoff.ms": "200",
            },
        )
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.5))
            victim = chance.choice(["worker", "broker"])
            killed[victim] += 1
            if victim == "worker":
                worker.kill()
                worker.start()
            else:
                worker.kill_broker()
        deadline = time.monotonic() + COMPLETION_S
        while figures(database)[0] < ROWS and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(1.0)
        found = figures(database)
    finally:
        worker.close()
    with capsys.disabled():
        print(  # noqa: T201  # the figures are what the test is run for
            f"\nkills {killed}, rows expected {ROWS}, in the table {found[0]}, distinct {found[1]}, seed {SEED}"
        )
    assert found == (ROWS, ROWS, sum(n % 997 for n in range(ROWS))), worker.log[-6000:]
