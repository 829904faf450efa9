"""SQL texts for PostgreSQL.

All but COPY take one array for each column (`Codec.encode`) and unnest them side by side in the select list, where the
executor streams them; as table functions in FROM they would be stored first, which costs a fifth more.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sql.dialects.postgresql.codecs import codec_of
from connectors.sql.naming import TableId
from connectors.sql.table import Column, Operation, Table

__all__ = ["copy_statement", "quoted", "quoted_table", "statement"]


def quoted(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: TableId) -> str:
    """A table's name, with its schema if it has one."""
    return f"{quoted(table.schema)}.{quoted(table.name)}" if table.schema else quoted(table.name)


def copy_statement(table: Table, columns: Sequence[Column]) -> bytes:
    """Streams rows into a table; takes no parameters."""
    names = ", ".join(quoted(column.name) for column in columns)
    return f"COPY {quoted_table(table.id)} ({names}) FROM STDIN (FORMAT BINARY)".encode()


def statement(operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int]) -> bytes | None:
    """A statement for psycopg with one array parameter for each column; ``None`` where there is nothing to do.

    Args:
        operation: What it does.
        table: The table.
        columns: The columns in the order of the parameters.
        keys: Places of key columns among them; for an insert they do not matter.
    """
    target = _escaped(quoted_table(table.id))
    names = [_escaped(quoted(column.name)) for column in columns]
    key_names = [names[place] for place in keys]
    others = [name for place, name in enumerate(names) if place not in keys]
    match operation:
        case Operation.INSERT:
            return _insert(target, names, columns, "").encode()
        case Operation.UPSERT:
            changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
            action = f"UPDATE SET {changes}" if others else "NOTHING"
            return _insert(target, names, columns, f" ON CONFLICT ({', '.join(key_names)}) DO {action}").encode()
        case Operation.UPDATE:
            if not others:
                return None
            changes = ", ".join(f"{name} = source.{name}" for name in others)
            rows = f"{_source(names, columns)} {_where(key_names)}"
            return f"UPDATE {target} AS target SET {changes} FROM {rows}".encode()  # noqa: S608  # names are quoted, values are parameters
        case Operation.DELETE:
            rows = f"{_source(names, columns)} {_where(key_names)}"
            return f"DELETE FROM {target} AS target USING {rows}".encode()  # noqa: S608  # names are quoted, values are parameters


def _insert(target: str, names: Sequence[str], columns: Sequence[Column], conflict: str) -> str:
    insist = " OVERRIDING SYSTEM VALUE" if any(column.is_always_identity for column in columns) else ""
    rows = ", ".join(map(_unnested, columns))
    return f"INSERT INTO {target} ({', '.join(names)}){insist} SELECT {rows}{conflict}"


def _source(names: Sequence[str], columns: Sequence[Column]) -> str:
    rows = ", ".join(f"{_unnested(column)} AS {name}" for name, column in zip(names, columns, strict=True))
    return f"(SELECT {rows}) AS source"


def _where(key_names: Sequence[str]) -> str:
    return "WHERE " + " AND ".join(f"target.{name} = source.{name}" for name in key_names)


def _unnested(column: Column) -> str:
    if codec_of(column).element is not None:
        return f"unnest(%b::text[])::{_escaped(column.type_sql)}"
    return f"unnest(%b::{_escaped(column.type_sql)}[])"


def _escaped(text: str) -> str:
    """Text within a statement in which ``%`` begins a placeholder."""
    return text.replace("%", "%%")
