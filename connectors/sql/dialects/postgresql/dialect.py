"""PostgreSQL, through psycopg."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Date,
    Engine,
    Integer,
    LargeBinary,
    NullPool,
    Numeric,
    SmallInteger,
    Text,
    Time,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB, REAL, TIMESTAMP
from sqlalchemy.types import TypeEngine

from connect_runtime.sdk import ConnectError, Schema
from connectors.sql.address import DatabaseAddress
from connectors.sql.binding import Bind
from connectors.sql.coerce import to_datetime
from connectors.sql.dialects.base import Write
from connectors.sql.dialects.postgresql.catalog import find_table
from connectors.sql.dialects.postgresql.cells import Cells, CellsDumper
from connectors.sql.dialects.postgresql.codecs import codec_of
from connectors.sql.dialects.postgresql.failures import failure_of
from connectors.sql.dialects.postgresql.options import connection_arguments
from connectors.sql.dialects.postgresql.writes import write_of
from connectors.sql.failure import Failure
from connectors.sql.kinds import Kind, kind_of
from connectors.sql.naming import TableId, split_name
from connectors.sql.table import Column, NewColumn, Operation, Table

__all__ = ["PostgresqlDialect"]

_MAX_NAME_BYTES = 63


class PostgresqlDialect:
    """PostgreSQL 12 and newer.

    Args:
        zone: Zone of columns without time zone.
        folds_names: Whether names are folded to lower case.
    """

    def __init__(self, zone: tzinfo, *, folds_names: bool) -> None:
        self._zone = zone
        self._folds_names = folds_names

    def engine(self, address: DatabaseAddress) -> Engine:
        """See `Dialect.engine`."""
        engine = create_engine(
            "postgresql+psycopg://",
            connect_args=connection_arguments(address),
            poolclass=NullPool,
            use_native_hstore=False,  # would look for the type at every connect
        )
        event.listen(engine, "connect", _teach)
        return engine

    def begin(self, connection: Any) -> None:
        """Nothing to do: psycopg begins with the first statement."""

    def is_closed(self, connection: Any) -> bool:
        """See `Dialect.is_closed`."""
        return bool(connection.closed)

    def table_id(self, name: str) -> TableId:
        """See `Dialect.table_id`."""
        parts = [self.stored_name(part) for part in split_name(name)]
        *schema, table = parts
        if "" in parts or len(schema) > 1:
            raise ConnectError(
                f"Table name {name} is not of the form table or schema.table. Correct table.name.format, name the "
                "topic's table in topics.to.tables.mapping, or set table.name.normalize=true to turn dots into _."
            )
        return TableId(schema[0] if schema else None, table)

    def stored_name(self, name: str) -> str:
        """See `Dialect.stored_name`: the server cuts names at 63 bytes."""
        folded = name.lower() if self._folds_names else name
        data = folded.encode(errors="replace")
        return folded if len(data) <= _MAX_NAME_BYTES else data[:_MAX_NAME_BYTES].decode(errors="ignore")

    def table(self, connection: Connection, table: TableId) -> Table | None:
        """See `Dialect.table`."""
        return find_table(connection.connection.driver_connection, table)

    def column_type(self, column: NewColumn) -> TypeEngine[Any]:
        """See `Dialect.column_type`."""
        if column.is_timestamp:
            return TIMESTAMP()
        kind = kind_of(column.schema)
        if kind is Kind.ARRAY and column.schema.value_schema is not None:
            return ARRAY(_TYPES[kind_of(column.schema.value_schema)])
        return _TYPES[kind]

    def column_default(self, column: NewColumn) -> object:
        """See `Dialect.column_default`."""
        kind, default = kind_of(column.schema), column.schema.default
        if column.is_timestamp or kind in (Kind.JSON, Kind.ARRAY, Kind.BYTES):
            return None
        if kind is Kind.TIMESTAMP and default is not None:
            return to_datetime(default, self._zone).astimezone(self._zone).replace(tzinfo=None)
        return default

    def bind(self, column: Column, schema: Schema | None) -> Bind:
        """See `Dialect.bind`."""
        return codec_of(column).bind(schema, self._zone)

    def write(self, operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int]) -> Write:
        """See `Dialect.write`."""
        return write_of(operation, table, columns, keys)

    def failure(self, error: Exception) -> Failure | None:
        """See `Dialect.failure`."""
        return failure_of(error)


def _teach(connection: Any, _record: object) -> None:
    connection.adapters.register_dumper(Cells, CellsDumper)


_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.INT16: SmallInteger(),
    Kind.INT32: Integer(),
    Kind.INT64: BigInteger(),
    Kind.FLOAT32: REAL(),
    Kind.FLOAT64: DOUBLE_PRECISION(),
    Kind.BOOLEAN: Boolean(),
    Kind.STRING: Text(),
    Kind.BYTES: LargeBinary(),
    Kind.DECIMAL: Numeric(),
    Kind.DATE: Date(),
    Kind.TIME: Time(),
    Kind.TIMESTAMP: TIMESTAMP(),
    Kind.JSON: JSONB(),
    Kind.ARRAY: JSONB(),
}
