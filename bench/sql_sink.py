"""The SQL sink's ``put`` beside a hand-written loop on the same records, transactions and server.

    python -m bench.sql_sink [--rows 200000] [--batch 5000] [--rounds 5]

Records are parsed JSON (7 columns, 142 bytes) and are the same objects for both; no Kafka is involved. The hand-written
insert is psycopg's binary COPY; the upsert is a COPY to a staging table and INSERT ... ON CONFLICT, each key once.
Rounds alternate, and the best round of each counts.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

import orjson
import psycopg

from bench.messages import COLUMNS, CREATE_TABLE, PG_TYPES, messages
from connect_runtime.sdk import SinkRecord
from connect_runtime.sdk.testing import FakeSinkTaskContext, sink_records
from connectors.sql import SqlSinkConnector
from tests.support.postgres import PostgresDatabase, running_postgres

TABLE = "rows"
_ROW = itemgetter(*COLUMNS)
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
_COPY = "COPY {} FROM STDIN (FORMAT BINARY)"
_MERGE = f'INSERT INTO "{TABLE}" ({_NAMES}) SELECT {_NAMES} FROM staging ON CONFLICT ("id") DO UPDATE SET ' + ", ".join(
    f'"{name}" = EXCLUDED."{name}"' for name in COLUMNS[1:]
)
Put = Callable[[Sequence[SinkRecord]], None]


def main() -> None:
    options = _options()
    records = sink_records(map(orjson.loads, messages(options.rows)), topic=TABLE)
    batches = [records[start : start + options.batch] for start in range(0, options.rows, options.batch)]
    gc.collect()
    gc.freeze()  # a worker's heap is small; here the whole input would be searched for garbage again and again
    print(f"{options.rows:,} records in batches of {options.batch:,}, best of {options.rounds} rounds\n")
    print(f"{'':24}{'loop':>12}{'sink':>12}{'ratio':>8}")
    with running_postgres() as server, server.database() as database:
        for name, mode, is_fresh in (
            ("insert", "insert", True),
            ("upsert, new rows", "upsert", True),
            ("upsert, rows there", "upsert", False),
        ):
            loop, sink = _best(database, batches, mode, options.rounds, is_fresh=is_fresh)
            print(f"{name:24}{options.rows / loop:10,.0f}/s{options.rows / sink:10,.0f}/s{loop / sink:8.2f}")


def _best(
    database: PostgresDatabase, batches: list[list[SinkRecord]], mode: str, rounds: int, *, is_fresh: bool
) -> tuple[float, float]:
    """Seconds of the best round of the loop and of the sink."""
    database.execute(f'DROP TABLE IF EXISTS "{TABLE}"')
    key = ', PRIMARY KEY ("id")' if mode == "upsert" else ""
    database.execute(CREATE_TABLE.format(temporary="", table=TABLE, primary_key=key))
    task = SqlSinkConnector().task_class()()
    task.initialize(FakeSinkTaskContext())
    task.start(
        {"connection.url": database.url, "insert.mode": mode}
        | ({"pk.mode": "record_value", "pk.fields": "id"} if mode == "upsert" else {})
    )
    connection = psycopg.connect(
        host=database.address.host,
        port=database.address.port,
        dbname=database.name,
        user=database.user,
        password=database.password,
    )
    with connection:
        connection.execute(f'CREATE TEMP TABLE staging (LIKE "{TABLE}") ON COMMIT DELETE ROWS')
        connection.commit()
        loop: Put = (
            (lambda batch: _upsert(connection, batch))
            if mode == "upsert"
            else (lambda batch: _insert(connection, batch))
        )
        seconds: tuple[list[float], list[float]] = ([], [])
        if not is_fresh:
            _timed(task.put, batches)
        for _ in range(rounds):
            for put, taken in zip((loop, task.put), seconds, strict=True):
                database.execute(f'TRUNCATE "{TABLE}"' if is_fresh else f'VACUUM "{TABLE}"')
                database.execute("CHECKPOINT")
                taken.append(_timed(put, batches))
                assert database.execute(f'SELECT count(*) FROM "{TABLE}"') == [(sum(map(len, batches)),)]
    task.stop()
    return min(seconds[0]), min(seconds[1])


def _timed(put: Put, batches: list[list[SinkRecord]]) -> float:
    started = time.perf_counter()
    for batch in batches:
        put(batch)
    return time.perf_counter() - started


def _insert(connection: psycopg.Connection, batch: Sequence[SinkRecord]) -> None:
    with connection.cursor() as cursor:
        _copy(cursor, _COPY.format(f'"{TABLE}"'), (_ROW(record.value) for record in batch))
    connection.commit()


def _upsert(connection: psycopg.Connection, batch: Sequence[SinkRecord]) -> None:
    newest = {record.value["id"]: _ROW(record.value) for record in batch}
    with connection.cursor() as cursor:
        _copy(cursor, _COPY.format("staging"), newest.values())
        cursor.execute(_MERGE)
    connection.commit()


def _copy(cursor: psycopg.Cursor, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    with cursor.copy(statement.encode()) as copy:
        copy.set_types(PG_TYPES)
        write_row = copy.write_row
        for row in rows:
            write_row(row)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sql_sink")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
