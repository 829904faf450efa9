"""The tables that the sink writes to: looked up once, made and extended where that is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from connect_runtime.sdk import ConnectError
from connectors.sql.database import Database
from connectors.sql.ddl import add_column, create_table
from connectors.sql.dialects.base import Dialect
from connectors.sql.naming import TableId
from connectors.sql.settings import SinkSettings
from connectors.sql.table import NewColumn, Table

__all__ = ["Tables"]


class Tables:
    """Knows tables as they were when they were last looked at.

    Args:
        settings: Whether tables may be created and extended.
        dialect: Kind of the database.
        database: The database.
    """

    def __init__(self, settings: SinkSettings, dialect: Dialect, database: Database) -> None:
        self._settings = settings
        self._dialect = dialect
        self._database = database
        self._known: dict[TableId, Table] = {}

    def forget(self) -> None:
        """Look at every table again."""
        self._known.clear()

    def find(self, table: TableId) -> Table | None:
        """A table, ``None`` when there is none."""
        return self._known.get(table) or self._look(table)

    def has_changed(self, table: TableId) -> bool:
        """Whether a table that was looked at is another now."""
        known = self._known.get(table)
        return known is not None and self._look(table) != known

    def lacks(self, table: Table, columns: Sequence[NewColumn]) -> list[NewColumn]:
        """Those of some columns that a table does not have; it is looked at again before that is said."""
        missing = [column for column in columns if table.column(column.name) is None]
        if not missing:
            return []
        now = self._look(table.id) or table
        return [column for column in missing if now.column(column.name) is None]

    def create(self, table: TableId, columns: Sequence[NewColumn]) -> Table:
        """Create a table; one that somebody else created meanwhile is as good.

        Raises:
            ConnectError: It must not or cannot be created.
        """
        if not self._settings.auto_create:
            raise ConnectError(
                f"Table {table} does not exist, and auto.create=false. Create it, correct table.name.format, or set "
                "auto.create=true."
            )
        with self._database.understood("create", table):
            try:
                create_table(self._database.connection, self._dialect, table, columns)
            except DBAPIError:
                found = self._look(table)
                if found is None:
                    raise
                return found
        created = self._look(table)
        if created is None:
            raise ConnectError(f"Table {table} is gone again right after it was created.")
        return created

    def extend(self, table: Table, columns: Sequence[NewColumn]) -> Table:
        """Add columns to a table; those that somebody else added meanwhile are as good.

        Raises:
            ConnectError: They must not or cannot be added.
        """
        if not self._settings.auto_evolve:
            names = ", ".join(column.name for column in columns)
            raise ConnectError(
                f"Table {table.id} has no column {names}, and auto.evolve=false. Add it, set auto.evolve=true, or name "
                "the fields to write in fields.whitelist."
            )
        for column in columns:
            self._check_addable(table, column)
        with self._database.understood("alter", table.id):
            for column in columns:
                self._add(table, column)
        return self._look(table.id) or table

    def _add(self, table: Table, column: NewColumn) -> None:
        try:
            add_column(self._database.connection, self._dialect, table.id, column)
        except DBAPIError:
            if self.lacks(table, [column]):
                raise

    def _check_addable(self, table: Table, column: NewColumn) -> None:
        if column.is_key:
            raise ConnectError(
                f"Table {table.id} has no column {column.name}, which is a key column: auto.evolve does not add those. "
                "Add it, or correct pk.mode and pk.fields."
            )
        if not column.nullable and self._dialect.column_default(column) is None:
            raise ConnectError(
                f"Table {table.id} has no column {column.name}, and auto.evolve cannot add it: the field is neither "
                "optional nor has it a default for the rows that are there. Add the column, or change the schema."
            )

    def _look(self, table: TableId) -> Table | None:
        with self._database.understood("look at", table):
            found = self._dialect.table(self._database.connection, table)
            self._database.roll_back()
        if found is None:
            self._known.pop(table, None)
        else:
            self._known[table] = found
        return found
