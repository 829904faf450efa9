"""Writes a batch of records: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from connect_runtime.sdk import ConnectError, DataError, SinkRecord
from connectors.sql.database import BadRowError, Database, StaleTableError
from connectors.sql.dialects.base import Dialect
from connectors.sql.fields import UnfitRecordError
from connectors.sql.grouping import Group, by_fields, by_kind, groups_of
from connectors.sql.ordering import in_order
from connectors.sql.plan import BoundRows, FieldsDifferError, coordinates
from connectors.sql.planner import Planner
from connectors.sql.settings import InsertMode, PkMode, SinkSettings
from connectors.sql.tables import Tables

__all__ = ["SinkWriter"]

_NO_DELETES: Final = (
    "it has no value, and delete.enabled=false. Set delete.enabled=true to delete the row of its key, or drop such "
    "records with a transform."
)
_NO_FIELDS: Final[frozenset[str]] = frozenset()


class SinkWriter:
    """Owns the database connection of a task. Calls come one at a time, from any thread.

    Args:
        settings: The sink's.
        dialect: Kind of the database.
    """

    def __init__(self, settings: SinkSettings, dialect: Dialect) -> None:
        self._settings = settings
        self._database = Database(settings.address, dialect)
        self._planner = Planner(settings, dialect, Tables(settings, dialect, self._database))

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
        batch = [rows for group in groups_of(records) for rows in self._rows_of(group)]
        if not batch:
            return
        steps = in_order(batch)
        with self._database.understood("write to"), self._database.transaction() as connection:
            for rows in steps:
                with self._at_fault(rows):
                    rows.plan.write(connection, rows.columns)

    @contextmanager
    def _at_fault(self, rows: BoundRows) -> Iterator[None]:
        """Name the record at fault, if it is known."""
        try:
            with self._database.understood("write to", rows.plan.table.id):
                yield
        except BadRowError as exc:
            records = rows.group.records
            row = 0 if len(records) == 1 else exc.row
            where = f" ({coordinates(records[row])})" if row is not None and row < len(records) else ""
            raise DataError(f"{exc}{where}") from exc

    def _rows_of(self, group: Group) -> list[BoundRows]:
        if not group.has_values and not self._settings.deletes:
            raise _unfit(group, UnfitRecordError(_NO_DELETES))
        try:
            return self._alike_rows_of(group)
        except UnfitRecordError as exc:
            raise _unfit(group, exc) from exc

    def _alike_rows_of(self, group: Group) -> list[BoundRows]:
        if not self._is_even(group):
            return self._uneven_rows_of(group)
        plan = self._planner.plan_for(group)
        if plan is None:
            return []
        try:
            return [plan.bound(group)]
        except FieldsDifferError:
            return self._uneven_rows_of(group)

    def _uneven_rows_of(self, group: Group) -> list[BoundRows]:
        """Rows of schemaless records that do not all have the same fields.

        What a record lacks is left to the database, and, in an upsert, left alone. So records with other fields need
        other statements, except that an insert can as well write null where that is what the database would do.
        """
        fills = self._settings.insert_mode is InsertMode.INSERT and group.has_values
        rows = []
        for same_kind in by_kind(group):
            ignored = self._fillable(same_kind) if fills else _NO_FIELDS
            for alike in by_fields(same_kind, keys=self._keys_matter, ignored=ignored):
                try:
                    plan = self._planner.plan_for(alike, fill=fills)
                    rows += [] if plan is None else [plan.bound(alike)]
                except UnfitRecordError as exc:
                    raise _unfit(alike, exc) from exc
        return rows

    def _fillable(self, group: Group) -> frozenset[str]:
        plan = self._planner.plan_for(group, fill=True)
        return _NO_FIELDS if plan is None else plan.fillable

    @property
    def _keys_matter(self) -> bool:
        return self._settings.pk_mode is PkMode.RECORD_KEY

    def _is_even(self, group: Group) -> bool:
        """Whether records may have the same fields; those with a schema do."""
        parts: list[list[Any]] = []
        if group.value_schema is None and group.has_values:
            parts.append([record.value for record in group.records])
        if group.key_schema is None and group.has_keys and self._keys_matter:
            parts.append([record.key for record in group.records])
        return all(_are_even(part) for part in parts)


def _unfit(group: Group, error: UnfitRecordError) -> DataError:
    return DataError(f"Cannot write {coordinates(group.records[error.row])}: {error}")


def _are_even(part: Sequence[Any]) -> bool:
    types = set(map(type, part))
    return len(set(map(len, part))) == 1 if types == {dict} else dict not in types
