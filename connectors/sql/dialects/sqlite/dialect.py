"""SQLite, through Python's own driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

from sqlalchemy import BLOB, URL, Connection, Engine, Integer, NullPool, Numeric, Text, create_engine, event
from sqlalchemy.dialects.sqlite import REAL
from sqlalchemy.types import TypeEngine

from connect_runtime.sdk import ConfigError, Schema
from connectors.sql.address import URL_KEY, DatabaseAddress
from connectors.sql.binding import Bind
from connectors.sql.dialects.base import Write
from connectors.sql.dialects.sqlite.binds import bind_for
from connectors.sql.dialects.sqlite.failures import failure_of
from connectors.sql.dialects.sqlite.statements import statement
from connectors.sql.failure import Failure
from connectors.sql.kinds import Kind, kind_of
from connectors.sql.naming import TableId, split_name
from connectors.sql.rows import Rows
from connectors.sql.table import Column, NewColumn, Operation, Table

__all__ = ["SqliteDialect"]

_BUSY_TIMEOUT_S = 10.0
_GENERATED = (2, 3)  # values of ``hidden`` in ``pragma_table_xinfo``


class SqliteDialect:
    """SQLite 3.24 and newer.

    Args:
        zone: Zone of points in time that are written as text.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def engine(self, address: DatabaseAddress) -> Engine:
        """See `Dialect.engine`."""
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=address.database),
            # Calls come one at a time, but not always from the thread that connected.
            connect_args={"timeout": _busy_timeout_s(address), "check_same_thread": False, "isolation_level": None},
            poolclass=NullPool,
        )
        event.listen(engine, "connect", _set_up)
        return engine

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin as a writer at once: a reader that wants to write later may find that it must not."""
        connection.execute("BEGIN IMMEDIATE")

    def is_closed(self, connection: sqlite3.Connection) -> bool:
        """See `Dialect.is_closed`: a file does not hang up."""
        del connection
        return False

    def table_id(self, name: str) -> TableId:
        """See `Dialect.table_id`: a file has no schemas, so dots are part of the name."""
        return TableId(None, ".".join(split_name(name)))

    def stored_name(self, name: str) -> str:
        """See `Dialect.stored_name`."""
        return name

    def table(self, connection: Connection, table: TableId) -> Table | None:
        """See `Dialect.table`."""
        driver = connection.connection.driver_connection
        if driver is None:
            return None
        query = 'SELECT name, type, "notnull", dflt_value, hidden FROM pragma_table_xinfo(?)'
        rows = driver.execute(query, (table.name,)).fetchall()
        if not rows:
            return None
        return Table(
            table,
            tuple(
                Column(
                    name,
                    declared,
                    nullable=not not_null,
                    has_default=default is not None,
                    is_generated=hidden in _GENERATED,
                )
                for name, declared, not_null, default, hidden in rows
            ),
        )

    def column_type(self, column: NewColumn) -> TypeEngine[Any]:
        """See `Dialect.column_type`."""
        return Numeric() if column.is_timestamp else _TYPES[kind_of(column.schema)]

    def column_default(self, column: NewColumn) -> object:
        """See `Dialect.column_default`."""
        if column.schema.default is None or kind_of(column.schema) is Kind.BYTES:
            return None
        declared = str(self.column_type(column))
        return bind_for(declared, column.schema, self._zone)([column.schema.default])[0]

    def bind(self, column: Column, schema: Schema | None) -> Bind:
        """See `Dialect.bind`."""
        return bind_for(column.type_name, schema, self._zone)

    def write(self, operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int]) -> Write:
        """See `Dialect.write`."""
        query, places = statement(operation, table.id.name, [column.name for column in columns], keys)

        in_order = places == list(range(len(columns)))

        def write(connection: Any, blocks: Iterable[Rows]) -> None:
            for rows in blocks if query else ():
                ordered = rows if in_order else Rows([rows.columns[place] for place in places])
                connection.executemany(query, ordered.tuples())

        return write

    def failure(self, error: Exception) -> Failure | None:
        """See `Dialect.failure`."""
        return failure_of(error)


def _busy_timeout_s(address: DatabaseAddress) -> float:
    """How long to wait for another writer: ``timeout`` in seconds, or ``busy_timeout`` in ms as in JDBC URLs."""
    seconds, millis = address.options.get("timeout"), address.options.get("busy_timeout")
    try:
        if seconds is not None:
            return float(seconds)
        return _BUSY_TIMEOUT_S if millis is None else int(millis) / 1000
    except ValueError as exc:
        raise ConfigError(f"Invalid value for configuration {URL_KEY}: timeout is not a number", key=URL_KEY) from exc


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # Readers go on while a batch is written. Kept in the file; file systems that cannot keep their old mode.
    connection.execute("PRAGMA journal_mode = WAL").close()


_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.INT16: Integer(),
    Kind.INT32: Integer(),
    Kind.INT64: Integer(),
    Kind.FLOAT32: REAL(),
    Kind.FLOAT64: REAL(),
    Kind.BOOLEAN: Integer(),
    Kind.STRING: Text(),
    Kind.BYTES: BLOB(),
    Kind.DECIMAL: Numeric(),
    Kind.DATE: Numeric(),
    Kind.TIME: Numeric(),
    Kind.TIMESTAMP: Numeric(),
    Kind.ARRAY: Text(),
    Kind.JSON: Text(),
}
