"""What the sink asks of a database; one class per kind of database answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.types import TypeEngine

from connect_runtime.sdk import Schema
from connectors.sql.address import DatabaseAddress
from connectors.sql.binding import Bind
from connectors.sql.failure import Failure
from connectors.sql.naming import TableId
from connectors.sql.rows import Rows
from connectors.sql.table import Column, NewColumn, Operation, Table

__all__ = ["Dialect", "Write"]


class Write(Protocol):
    """A statement for one table and one choice of columns, made once and run for every batch."""

    def __call__(self, connection: Any, blocks: Iterable[Rows]) -> None:
        """Write rows in the open transaction.

        Args:
            connection: The driver's own connection.
            blocks: Bound values, their columns in the order that the statement was made for. No block is empty, or
                larger than one statement may be.

        Raises:
            Exception: The driver's, which `Dialect.failure` understands.
        """
        ...


class Dialect(Protocol):
    """A kind of database, with the settings that decide how values and names reach it. Has no state."""

    def engine(self, address: DatabaseAddress) -> Engine:
        """Something that opens connections, one at a time; opens none yet."""
        ...

    def begin(self, connection: Any) -> None:
        """Begin a transaction on the driver's connection."""
        ...

    def is_closed(self, connection: Any) -> bool:
        """Whether the driver's connection is known to be of no use any more."""
        ...

    def table_id(self, name: str) -> TableId:
        """A table by its configured name, as the database stores it.

        Raises:
            ConnectError: No table can have that name.
        """
        ...

    def stored_name(self, name: str) -> str:
        """A column's name as the database stores it."""
        ...

    def table(self, connection: Connection, table: TableId) -> Table | None:
        """A table as it is now, ``None`` when there is none."""
        ...

    def column_type(self, column: NewColumn) -> TypeEngine[Any]:
        """Type to create a column with."""
        ...

    def column_default(self, column: NewColumn) -> object:
        """Default to create a column with, as a Python value of its type; ``None`` for none."""
        ...

    def bind(self, column: Column, schema: Schema | None) -> Bind:
        """How values reach a column; ``schema`` is their schema, ``None`` for schemaless data."""
        ...

    def write(self, operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int]) -> Write:
        """Make a statement.

        Args:
            operation: What it does.
            table: Table to write to.
            columns: Columns that `Write` will be given; those of a delete are the key columns.
            keys: Places of the key columns among them.
        """
        ...

    def failure(self, error: Exception) -> Failure | None:
        """What a driver's or SQLAlchemy's exception means, ``None`` for what is none of theirs."""
        ...
