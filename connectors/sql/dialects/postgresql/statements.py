"""SQL texts for PostgreSQL.

All but COPY take one parameter for each column (see `cells`) and unnest them side by side in the select list, where
the executor streams them; as table functions in FROM they would be stored first, which costs a fifth more.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sql.dialects.postgresql.cells import NULL_MARK, SEPARATOR
from connectors.sql.dialects.postgresql.codecs import codec_of
from connectors.sql.naming import TableId
from connectors.sql.table import Column, Operation, Table

__all__ = ["copy_statement", "quoted", "quoted_table", "statement"]

_SEPARATOR, _NULL_MARK = (f"E'\\x{ord(mark):02x}'" for mark in (SEPARATOR, NULL_MARK))


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


def statement(
    operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int], *, joined: bool
) -> bytes | None:
    """A statement for psycopg with one parameter for each column; ``None`` where there is nothing to do.

    Args:
        operation: What it does.
        table: The table.
        columns: The columns in the order of the parameters.
        keys: Places of key columns among them; for an insert they do not matter.
        joined: Whether text comes as `joined_text`, or in an array as everything else.
    """
    values = [_unnested(column, joined=joined) for column in columns]
    target = _escaped(quoted_table(table.id))
    names = [_escaped(quoted(column.name)) for column in columns]
    key_names = [names[place] for place in keys]
    others = [name for place, name in enumerate(names) if place not in keys]
    match operation:
        case Operation.INSERT:
            return _insert(target, names, values, columns).encode()
        case Operation.UPSERT:
            changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
            action = f"UPDATE SET {changes}" if others else "NOTHING"
            conflict = f" ON CONFLICT ({', '.join(key_names)}) DO {action}"
            return (_insert(target, names, values, columns) + conflict).encode()
        case Operation.UPDATE:
            if not others:
                return None
            changes = ", ".join(f"{name} = source.{name}" for name in others)
            rows = f"{_source(names, values)} {_where(key_names)}"
            return f"UPDATE {target} AS target SET {changes} FROM {rows}".encode()  # noqa: S608  # names are quoted, values are parameters
        case Operation.DELETE:
            rows = f"{_source(names, values)} {_where(key_names)}"
            return f"DELETE FROM {target} AS target USING {rows}".encode()  # noqa: S608  # names are quoted, values are parameters


def _insert(target: str, names: Sequence[str], values: Sequence[str], columns: Sequence[Column]) -> str:
    insist = " OVERRIDING SYSTEM VALUE" if any(column.is_always_identity for column in columns) else ""
    return f"INSERT INTO {target} ({', '.join(names)}){insist} SELECT {', '.join(values)}"


def _source(names: Sequence[str], values: Sequence[str]) -> str:
    rows = ", ".join(f"{value} AS {name}" for name, value in zip(names, values, strict=True))
    return f"(SELECT {rows}) AS source"


def _where(key_names: Sequence[str]) -> str:
    return "WHERE " + " AND ".join(f"target.{name} = source.{name}" for name in key_names)


def _unnested(column: Column, *, joined: bool) -> str:
    type_sql = _escaped(column.type_sql)
    if not codec_of(column).is_text:
        return f"unnest(%b::{type_sql}[])"
    cast = "" if column.type_name == "text" else f"::{type_sql}"
    if joined:
        return f"unnest(string_to_array(%b::text, {_SEPARATOR}, {_NULL_MARK})){cast}"
    return f"unnest(%b::text[]){cast}"


def _escaped(text: str) -> str:
    """Text within a statement in which ``%`` begins a placeholder."""
    return text.replace("%", "%%")
