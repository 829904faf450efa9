"""Hand-written loops between a file, a topic and PostgreSQL: what the runtime is measured against.

Each does one thing as fast as a good engineer would make it on the same client: batches everywhere, orjson, binary
COPY, and offsets committed after the data are where they belong. Run one with ``python -m bench.loops NAME --help``.
"""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import orjson
import psycopg
from confluent_kafka import Consumer, Message, Producer

from bench.counter import Counter
from bench.messages import COLUMNS, PG_TYPES

__all__ = ["LOOPS", "main"]

_QUEUE = 1_000_000
_PRODUCER: dict[str, str | int] = {
    "acks": "all",
    "linger.ms": 5,
    "batch.size": 1_000_000,
    "batch.num.messages": 100_000,
    "queue.buffering.max.messages": _QUEUE,
    "queue.buffering.max.kbytes": 1_048_576,
}
_CONSUMER: dict[str, str | int] = {
    "enable.auto.commit": "false",
    "auto.offset.reset": "earliest",
    "fetch.queue.backoff.ms": 1,
    "queued.min.messages": 300_000,
    "queued.max.messages.kbytes": 262_144,
    "fetch.message.max.bytes": 4_194_304,
}
_COMMIT_EVERY = 50_000
_CHUNK_BYTES = 1 << 20


def file_to_topic(arguments: argparse.Namespace) -> None:
    """Lines of a file to a topic."""
    producer = Producer({"bootstrap.servers": arguments.bootstrap, **_PRODUCER})
    rest = b""
    with Path(arguments.file).open("rb") as lines:
        while chunk := lines.read(_CHUNK_BYTES):
            whole = (rest + chunk).split(b"\n")
            rest = whole.pop()
            while len(producer) > _QUEUE - len(whole):
                producer.poll(0.01)
            producer.produce_batch(arguments.topic, [{"value": line} for line in whole])
            producer.poll(0)
    producer.flush()


def topic_to_file(arguments: argparse.Namespace) -> None:
    """Values of a topic to lines of a file."""
    with Path(arguments.file).open("ab") as out, _consumer(arguments) as consumer:

        def write(batch: list[Message]) -> None:
            out.write(b"\n".join([message.value() for message in batch]) + b"\n")  # type: ignore[misc]  # no tombstones
            out.flush()

        _consume_all(consumer, arguments.rows, 1000, write)


def topic_to_nowhere(arguments: argparse.Namespace) -> None:
    """Values of a topic parsed as JSON, counted and dropped."""
    with closing(Counter(Path(arguments.file))) as counter, _consumer(arguments) as consumer:

        def count(batch: list[Message]) -> None:
            parsed = [orjson.loads(message.value()) for message in batch]  # type: ignore[arg-type]  # no tombstones
            counter.add(len(parsed))

        _consume_all(consumer, arguments.rows, 1000, count)


def topic_to_insert(arguments: argparse.Namespace) -> None:
    """JSON objects of a topic to rows of a table, with binary COPY."""
    copy_in = f'COPY "{arguments.table}" FROM STDIN (FORMAT BINARY)'
    with psycopg.connect(arguments.postgres) as connection, _consumer(arguments) as consumer:

        def insert(batch: list[Message]) -> None:
            with connection.cursor() as cursor:
                _copy(cursor, copy_in, _rows(batch))
            connection.commit()

        _consume_all(consumer, arguments.rows, 10_000, insert)


def topic_to_upsert(arguments: argparse.Namespace) -> None:
    """JSON objects of a topic to rows of a table by key: binary COPY into a staging table, INSERT ... ON CONFLICT."""
    table = arguments.table
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    updates = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in COLUMNS[1:])
    merge = (
        f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM staging '
        f'ON CONFLICT ("{COLUMNS[0]}") DO UPDATE SET {updates}'
    )
    with psycopg.connect(arguments.postgres) as connection, _consumer(arguments) as consumer:
        connection.execute(f'CREATE TEMP TABLE staging (LIKE "{table}") ON COMMIT DELETE ROWS')
        connection.commit()

        def upsert(batch: list[Message]) -> None:
            newest = {row[0]: row for row in _rows(batch)}
            with connection.cursor() as cursor:
                _copy(cursor, "COPY staging FROM STDIN (FORMAT BINARY)", newest.values())
                cursor.execute(merge)
            connection.commit()

        _consume_all(consumer, arguments.rows, 10_000, upsert)


def _rows(batch: list[Message]) -> list[list[object]]:
    return [list(orjson.loads(message.value()).values()) for message in batch]  # type: ignore[arg-type]  # no tombstones


def _copy(cursor: psycopg.Cursor, statement: str, rows: Iterable[list[object]]) -> None:
    with cursor.copy(statement) as copy:
        copy.set_types(PG_TYPES)
        write_row = copy.write_row
        for row in rows:
            write_row(row)


def _consumer(arguments: argparse.Namespace) -> closing[Consumer]:
    consumer = Consumer({"bootstrap.servers": arguments.bootstrap, "group.id": f"loop-{uuid.uuid4()}", **_CONSUMER})
    consumer.subscribe([arguments.topic])
    return closing(consumer)


def _consume_all(consumer: Consumer, rows: int, batch_rows: int, handle: Callable[[list[Message]], None]) -> None:
    """Hand batches to ``handle`` until ``rows`` messages were handled, and commit the offsets behind them."""
    handled = committed = 0
    while handled < rows:
        batch = consumer.consume(batch_rows, timeout=0.05)
        if not batch:
            continue
        handle(batch)
        handled += len(batch)
        if handled - committed >= _COMMIT_EVERY:
            consumer.commit(asynchronous=True)
            committed = handled
    if committed < handled:
        consumer.commit(asynchronous=False)


LOOPS: dict[str, Callable[[argparse.Namespace], None]] = {
    "file-to-topic": file_to_topic,
    "topic-to-file": topic_to_file,
    "topic-to-nowhere": topic_to_nowhere,
    "topic-to-insert": topic_to_insert,
    "topic-to-upsert": topic_to_upsert,
}


def main() -> None:
    """Run the loop that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m bench.loops", description=__doc__)
    parser.add_argument("loop", choices=LOOPS)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--rows", type=int, required=True, help="end after so many")
    parser.add_argument("--file", help="file to read, write or count in")
    parser.add_argument("--postgres", help="address of the database")
    parser.add_argument("--table")
    arguments = parser.parse_args()
    LOOPS[arguments.loop](arguments)


if __name__ == "__main__":
    main()
