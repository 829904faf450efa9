"""Writes a batch of records: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from connect_runtime.sdk import ConnectError, DataError, SinkRecord
from connectors.sql.database import BadRowError, Database, StaleTableError
from connectors.sql.dialects.base import Dialect
from connectors.sql.ordering import in_order, needs_order
from connectors.sql.plan import BoundRows, FieldsDifferError, PlannedRows, coordinates
from connectors.sql.planner import Planner
from connectors.sql.settings import SinkSettings
from connectors.sql.sorting import Evenness, Sorter
from connectors.sql.tables import Tables

__all__ = ["SinkWriter"]

# Values of so many rows fit into a processor's cache, so that going over them several times costs little.
_BLOCK_ROWS: Final = 1000


class SinkWriter:
    """Owns the database connection of a task. Calls come one at a time, from any thread.

    Args:
        settings: The sink's.
        dialect: Kind of the database.
    """

    def __init__(self, settings: SinkSettings, dialect: Dialect) -> None:
        self._database = Database(settings.address, dialect)
        self._planner = Planner(settings, dialect, Tables(settings, dialect, self._database))
        self._sorter = Sorter(settings, self._planner)
        self._block_rows = min(_BLOCK_ROWS, settings.batch_rows or _BLOCK_ROWS)

    def connect(self) -> None:
        """Connect, if that was not done. Raises: OutageError, ConnectError."""
        self._database.connect()

    def close(self) -> None:
        """Give up the connection. Never fails."""
        self._database.close()

    def write(self, records: Sequence[SinkRecord]) -> None:
        """Write records in one transaction.

        Raises:
            OutageError: The database is away: nothing is known of this batch if it went away during the commit, and
                nothing was written otherwise.
            RetriableError: It may take the same batch later; nothing was written.
            DataError: A record is at fault; nothing was written.
            ConnectError: A person has to do something; nothing was written.
        """
        try:
            self._write(records)
        except StaleTableError:
            self._write_anew(records)
        except DataError:
            # No record is blamed for not fitting into a column as it was before somebody changed it.
            if not self._planner.is_outdated({record.topic for record in records}):
                raise
            self._write_anew(records)

    def _write_anew(self, records: Sequence[SinkRecord]) -> None:
        self._planner.forget()
        try:
            self._write(records)
        except StaleTableError as exc:
            raise ConnectError(str(exc)) from exc

    def _write(self, records: Sequence[SinkRecord]) -> None:
        try:
            self._write_planned(self._sorter.sorted(records, Evenness.LIKELY))
        except FieldsDifferError:
            self._write_planned(self._sorter.sorted(records, Evenness.CHECKED))

    def _write_planned(self, planned: Sequence[PlannedRows]) -> None:
        if not planned:
            return
        steps: Sequence[PlannedRows | BoundRows] = planned
        if needs_order(planned):
            steps = in_order([rows.bound() for rows in planned])
        with self._database.understood("write to"), self._database.transaction() as connection:
            for rows in steps:
                with self._at_fault(rows):
                    rows.plan.write(connection, rows.blocks(self._block_rows))

    @contextmanager
    def _at_fault(self, rows: PlannedRows | BoundRows) -> Iterator[None]:
        """Name the record at fault, if it is known."""
        try:
            with self._database.understood("write to", rows.plan.table.id):
                yield
        except BadRowError as exc:
            records = rows.group.records
            row = 0 if len(records) == 1 else exc.row
            where = f" ({coordinates(records[row])})" if row is not None and row < len(records) else ""
            raise DataError(f"{exc}{where}") from exc
