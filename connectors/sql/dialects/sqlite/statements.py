"""SQL texts for SQLite: one row each, with a parameter for each column."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sql.table import Operation

__all__ = ["quoted", "statement"]


def quoted(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def statement(operation: Operation, table: str, columns: Sequence[str], keys: Sequence[int]) -> tuple[str, list[int]]:
    """A statement, and the places of the columns in the order of its parameters; no text where there is nothing to do.

    Args:
        operation: What it does.
        table: Name of the table.
        columns: Names of the columns.
        keys: Places of key columns among them.
    """
    names = [quoted(column) for column in columns]
    others = [place for place in range(len(columns)) if place not in keys]
    where = " AND ".join(f"{names[place]} = ?" for place in keys)
    match operation:
        case Operation.INSERT | Operation.UPSERT:
            values = f"({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            insert = f"INSERT INTO {quoted(table)} {values}"  # names are quoted, values are parameters
            return insert + _on_conflict(operation, names, keys, others), list(range(len(columns)))
        case Operation.UPDATE:
            if not others:
                return "", []
            changes = ", ".join(f"{names[place]} = ?" for place in others)
            return f"UPDATE {quoted(table)} SET {changes} WHERE {where}", [*others, *keys]  # noqa: S608  # names are quoted, values are parameters
        case Operation.DELETE:
            return f"DELETE FROM {quoted(table)} WHERE {where}", list(keys)  # noqa: S608  # names are quoted, values are parameters


def _on_conflict(operation: Operation, names: Sequence[str], keys: Sequence[int], others: Sequence[int]) -> str:
    if operation is Operation.INSERT:
        return ""
    target = ", ".join(names[place] for place in keys)
    if not others:
        return f" ON CONFLICT ({target}) DO NOTHING"
    changes = ", ".join(f"{names[place]} = excluded.{names[place]}" for place in others)
    return f" ON CONFLICT ({target}) DO UPDATE SET {changes}"
