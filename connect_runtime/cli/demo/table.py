"""The table at the end of the demo's pipeline, in SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import conninfo, errors

from connect_runtime.cli.demo.flights import Figures
from connect_runtime.errors import StartupError

__all__ = ["PostgresTable", "SqliteTable", "Table"]

_NAME = "flights"
_FIGURES = f"SELECT count(*), coalesce(sum(distance), 0) FROM {_NAME}"  # noqa: S608  # a constant


class Table(Protocol):
    """A table to look into while a connector writes it."""

    @property
    def description(self) -> str:
        """What and where it is, for people."""
        ...

    @property
    def query(self) -> str:
        """A shell command that shows its figures."""
        ...

    @property
    def connector_config(self) -> dict[str, str]:
        """The keys that lead the SQL sink to it."""
        ...

    def rows(self) -> int:
        """About how many rows it has, cheaply; 0 while it does not exist."""
        ...

    def figures(self) -> Figures:
        """Exact figures."""
        ...


class SqliteTable:
    """The table in a file.

    Args:
        file: The database.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def description(self) -> str:
        """See `Table`."""
        return f"SQLite, {self._file}"

    @property
    def query(self) -> str:
        """See `Table`."""
        return f"""sqlite3 {self._file} '{_FIGURES}'"""

    @property
    def connector_config(self) -> dict[str, str]:
        """See `Table`."""
        return {"connection.url": f"sqlite:///{self._file}"}

    def rows(self) -> int:
        """See `Table`; rows are only added, so the last row's id is their number."""
        return self._select(f"SELECT coalesce(max(rowid), 0) FROM {_NAME}", (0,))[0]  # noqa: S608  # a constant

    def figures(self) -> Figures:
        """See `Table`."""
        return Figures(*self._select(_FIGURES, (0, 0)))

    def _select(self, query: str, missing: tuple[int, ...]) -> tuple[int, ...]:
        if not self._file.exists():
            return missing
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=10)) as connection:
            try:
                found: tuple[int, ...] = connection.execute(query).fetchone()
            except sqlite3.OperationalError as exc:
                if "no such table" in str(exc):
                    return missing
                raise
        return found


class PostgresTable:
    """The table in a PostgreSQL database; made anew by each demo.

    Args:
        url: ``postgresql://user:password@host:port/database``.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def description(self) -> str:
        """See `Table`."""
        parts = conninfo.conninfo_to_dict(self._url)
        return f"PostgreSQL, database {parts.get('dbname')} at {parts.get('host')}:{parts.get('port', 5432)}"

    @property
    def query(self) -> str:
        """See `Table`."""
        return f"""psql {self._url} -c '{_FIGURES}'"""

    @property
    def connector_config(self) -> dict[str, str]:
        """See `Table`."""
        return {"connection.url": self._url}

    def drop(self) -> None:
        """Remove what an earlier demo left.

        Raises:
            StartupError: The database cannot be reached.
        """
        try:
            with psycopg.connect(self._url, connect_timeout=10) as connection:
                connection.execute(f"DROP TABLE IF EXISTS {_NAME}")
        except (psycopg.OperationalError, psycopg.ProgrammingError) as exc:
            raise StartupError(f"Cannot use the database of --postgres: {str(exc).strip()}") from exc

    def rows(self) -> int:
        """See `Table`."""
        return self._select(f"SELECT count(*) FROM {_NAME}", (0,))[0]  # noqa: S608  # a constant

    def figures(self) -> Figures:
        """See `Table`."""
        return Figures(*self._select(_FIGURES, (0, 0)))

    def _select(self, query: str, missing: tuple[int, ...]) -> tuple[int, ...]:
        with psycopg.connect(self._url) as connection:
            try:
                found = connection.execute(query.encode()).fetchone()
            except errors.UndefinedTable:
                return missing
        return missing if found is None else tuple(int(number) for number in found)
