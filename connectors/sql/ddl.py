"""Creates tables and adds columns."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, DefaultClause, MetaData, PrimaryKeyConstraint, literal
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateColumn, CreateTable
from sqlalchemy.sql import quoted_name

from connectors.sql.dialects.base import Dialect
from connectors.sql.naming import TableId
from connectors.sql.table import NewColumn

__all__ = ["add_column", "create_table"]

logger = logging.getLogger(__name__)


def create_table(connection: Connection, dialect: Dialect, table: TableId, columns: Sequence[NewColumn]) -> None:
    """Create a table and commit.

    Raises:
        DBAPIError: The database refuses, e.g. because another task was faster.
    """
    _run(connection, str(CreateTable(_sql_table(dialect, table, columns)).compile(connection)))
    logger.info("Created table %s with columns %s", table, ", ".join(column.name for column in columns))


def add_column(connection: Connection, dialect: Dialect, table: TableId, column: NewColumn) -> None:
    """Add a column to a table and commit.

    Raises:
        DBAPIError: As in `create_table`.
    """
    altered = _sql_table(dialect, table, [column])
    name = connection.dialect.identifier_preparer.format_table(altered)
    (definition,) = (CreateColumn(added).compile(connection) for added in altered.columns)
    _run(connection, f"ALTER TABLE {name} ADD COLUMN {definition}")
    logger.info("Added column %s to table %s", column.name, table)


def _sql_table(dialect: Dialect, table: TableId, columns: Sequence[NewColumn]) -> SqlTable:
    keys = [column.name for column in columns if column.is_key]
    constraints = [PrimaryKeyConstraint(*keys)] if keys else []
    return SqlTable(
        _quoted(table.name),
        MetaData(),
        *(_sql_column(dialect, column) for column in columns),
        *constraints,
        schema=_quoted(table.schema) if table.schema else None,
    )


def _sql_column(dialect: Dialect, column: NewColumn) -> SqlColumn[Any]:
    type_ = dialect.column_type(column)
    default = dialect.column_default(column)
    return SqlColumn(
        _quoted(column.name),
        type_,
        nullable=column.nullable,
        autoincrement=False,
        server_default=None if default is None else DefaultClause(literal(default, type_)),
    )


def _quoted(name: str) -> quoted_name:
    return quoted_name(name, quote=True)


def _run(connection: Connection, statement: str) -> None:
    try:
        connection.exec_driver_sql(statement)
        connection.commit()
    except DBAPIError:
        connection.rollback()
        raise
