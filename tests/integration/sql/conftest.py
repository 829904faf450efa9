"""Databases that the SQL sink is tested on, and a sink to write to them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from connect_runtime.sdk import SinkRecord
from connect_runtime.sdk.testing import FakeSinkTaskContext
from connectors.sql import SqlSinkConnector
from connectors.sql.sink_task import SqlSinkTask
from tests.support.postgres import PostgresDatabase, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]


class Target(Protocol):
    """A database of one test's own."""

    name: str
    url: str

    def execute(self, statement: str) -> list[Any]: ...

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """Type and nullability of a table's columns by name."""
        ...


class SqliteTarget:
    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}?timeout=0.05"

    def execute(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return connection.execute(statement).fetchall()

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        rows = self.execute(f"""SELECT name, type, "notnull" FROM pragma_table_info('{table}')""")
        return {name: (type_, not not_null) for name, type_, not_null in rows}


class PostgresTarget:
    name = "postgresql"

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database
        self.url = database.url

    def execute(self, statement: str) -> list[Any]:
        return self.database.execute(statement)

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        rows = self.execute(
            f"""SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
            WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
        )
        return {name: (type_, not not_null) for name, type_, not_null in rows}


class Sink:
    """A started task of the connector, made from its configuration as the runtime would."""

    def __init__(self, config: dict[str, str], wait: Callable[[float], object] | None = None) -> None:
        connector = SqlSinkConnector()
        wrong = {value.name: value.errors for value in connector.validate(config) if value.errors}
        assert not wrong, wrong
        connector.start(config)
        assert connector.task_class() is SqlSinkTask
        self.context = FakeSinkTaskContext(config)
        self.task = SqlSinkTask(wait or (lambda _seconds: None))
        self.task.initialize(self.context)
        (self._config,) = connector.task_configs(1)

    def start(self) -> Sink:
        self.task.start(self._config)
        return self

    def put(self, *records: SinkRecord) -> None:
        self.task.put(records)

    def put_all(self, records: Sequence[SinkRecord]) -> None:
        self.task.put(records)


MakeSink = Callable[..., Sink]


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteTarget:
    return SqliteTarget(tmp_path / "target.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    """Each test that asks for it runs on every kind of database."""
    if request.param == "sqlite":
        return SqliteTarget(tmp_path / "target.db")
    return PostgresTarget(request.getfixturevalue("postgres"))


@pytest.fixture
def make_sink() -> Iterator[MakeSink]:
    """Makes started sinks that are stopped at the end; dots of keys are written as underscores."""
    sinks = []

    def make(url: str, wait: Callable[[float], object] | None = None, **keys: str) -> Sink:
        config = {"connection.url": url} | {key.replace("_", "."): value for key, value in keys.items()}
        sink = Sink(config, wait)
        sinks.append(sink)
        return sink.start()

    yield make
    for sink in sinks:
        sink.task.stop()


def at_once(count: int, act: Callable[[int], Any]) -> None:
    """Call ``act`` with 0 to ``count`` - 1 in as many threads, and raise what any of them raised."""
    barrier, errors = threading.Barrier(count), []

    def run(n: int) -> None:
        barrier.wait(10)
        try:
            act(n)
        except Exception as exc:  # noqa: BLE001  # it is raised by the test's own thread
            errors.append(exc)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
