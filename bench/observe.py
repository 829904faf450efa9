"""How far a sink has come, seen from outside and the same way for a hand-written loop and the runtime."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from confluent_kafka import Consumer, TopicPartition

from bench.counter import Counter
from bench.messages import CREATE_TABLE, INSERT, MESSAGE_BYTES, row
from tests.support.postgres import PostgresDatabase

__all__ = ["CountedRows", "FileRows", "Probe", "Run", "TableRows", "TopicRows", "say", "watch"]

_PAGE_BYTES = 8192


class Run(NamedTuple):
    """One run: the rows that came after the first sight of progress, and in how many seconds."""

    rows: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


class Probe(Protocol):
    """Looks at a sink. Must be cheap: it shares the cores with what it watches."""

    def rows(self) -> int:
        """Rows that have arrived, for everyone to see."""
        ...

    def close(self) -> None:
        """Let go of the sink."""
        ...


def watch(probe: Probe, total: int, alive: Callable[[], None], *, timeout_s: float = 300.0) -> Run:
    """Wait until ``total`` rows have arrived.

    The clock starts when the first rows are seen, and those do not count: starting up, joining a group and the first
    batch are not throughput, neither of a loop nor of the runtime.

    Args:
        probe: What to look at.
        total: Rows to wait for.
        alive: Called every second; raises when what should deliver them is dead.
        timeout_s: How long to wait.
    """
    started = asked = time.monotonic()
    first = 0
    first_at = started
    while True:
        rows = probe.rows()
        now = time.monotonic()
        if rows and not first:
            first, first_at = rows, now
        if rows >= total:
            break
        if now > started + timeout_s:
            raise TimeoutError(f"{rows} of {total} rows after {timeout_s:g} s")
        if now > asked + 1.0:
            alive()
            asked = now
        time.sleep(0.005)
    if rows != total or first == total:
        raise RuntimeError(f"Cannot measure: {first} rows at first sight, {rows} in the end, {total} expected")
    return Run(total - first, now - first_at)


class FileRows:
    """Lines of a file, each one message long."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self) -> int:
        """Whole lines."""
        return self._path.stat().st_size // (MESSAGE_BYTES + 1) if self._path.exists() else 0

    def close(self) -> None:
        """Nothing is open."""


class CountedRows:
    """What a `Counter` says."""

    def __init__(self, path: Path) -> None:
        self._counter = Counter(path)

    def rows(self) -> int:
        """The count."""
        return self._counter.value

    def close(self) -> None:
        """Unmap it."""
        self._counter.close()


class TopicRows:
    """Records of a topic with one partition."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-probe"})
        self._place = TopicPartition(topic, 0)

    def rows(self) -> int:
        """The offset after the last."""
        return int(self._consumer.get_watermark_offsets(self._place, timeout=10, cached=False)[1])

    def close(self) -> None:
        """Close the client."""
        self._consumer.close()


class TableRows:
    """Committed rows of a table, exact at the beginning and at the end; between them the table's size must do.

    Counting a table reads all of it, which would take a good part of a core from what is measured.
    """

    def __init__(self, database: PostgresDatabase, table: str, total: int) -> None:
        self._connection = database.connect()
        self._table = table
        self._seen = False
        self._near_the_end_bytes = 0.95 * total / self._rows_per_page(total) * _PAGE_BYTES

    def rows(self) -> int:
        """Rows, or one for some while the end is far."""
        if self._seen and self._size_bytes() < self._near_the_end_bytes:
            return 1
        count = self._connection.execute(f'SELECT count(*) FROM "{self._table}"').fetchone()
        assert count is not None
        self._seen = count[0] > 0
        return int(count[0])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _size_bytes(self) -> int:
        size = self._connection.execute("SELECT pg_relation_size(%s)", [self._table]).fetchone()
        assert size is not None
        return int(size[0])

    def _rows_per_page(self, total: int) -> int:
        self._connection.execute(CREATE_TABLE.format(temporary="TEMP", table="sample", primary_key=""))
        with self._connection.cursor() as cursor:
            cursor.executemany(INSERT.format(table="sample"), map(row, range(total - 200, total)))
        count = self._connection.execute("SELECT count(*) FROM sample WHERE ctid < '(1,0)'").fetchone()
        assert count is not None
        return int(count[0])


def say(text: str) -> None:
    """Tell whoever watches how far it is."""
    print(text, file=sys.stderr, flush=True)
