"""Makes the plan for a group of records, with the table it needs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

from connect_runtime.sdk import ConnectError, Schema
from connectors.sql.binding import Bind, with_default
from connectors.sql.dialects.base import Dialect
from connectors.sql.fields import Part, RowField, UnfitRecordError, row_fields
from connectors.sql.grouping import Group
from connectors.sql.kinds import inferred_schema
from connectors.sql.naming import TableId
from connectors.sql.plan import WritePlan, extract, timestamps_of
from connectors.sql.settings import InsertMode, PkMode, SinkSettings
from connectors.sql.table import Column, NewColumn, Operation, Table
from connectors.sql.tables import Tables

__all__ = ["Planner"]

_MOST_PLANS: Final = 1000
_OPERATIONS: Final = {
    InsertMode.INSERT: Operation.INSERT,
    InsertMode.UPSERT: Operation.UPSERT,
    InsertMode.UPDATE: Operation.UPDATE,
}


class Planner:
    """Keeps the plans it made.

    Args:
        settings: The sink's.
        dialect: Kind of the database.
        tables: Its tables.
    """

    def __init__(self, settings: SinkSettings, dialect: Dialect, tables: Tables) -> None:
        self._settings = settings
        self._dialect = dialect
        self._tables = tables
        self._plans: dict[Hashable, WritePlan] = {}

    def forget(self) -> None:
        """Make every plan anew, from tables as they are then."""
        self._plans.clear()
        self._tables.forget()

    def is_outdated(self, topics: Iterable[str]) -> bool:
        """Whether a table of these topics is not what it was when it was last looked at."""
        return any(self._tables.has_changed(table) for table in set(map(self._table_of, topics)))

    def plan_for(self, group: Group, *, fill: bool = False) -> WritePlan | None:
        """The plan for records that look alike; ``None`` when there is nothing to write.

        Args:
            group: The records; schemaless ones have all the fields of the first, unless ``fill``.
            fill: Whether the plan is for all fields of any of the records, and one that lacks a field has null there.

        Raises:
            UnfitRecordError: A record cannot be written.
            ConnectError: The table is not as it must be, or cannot be made so.
        """
        key, value = self._parts(group, fill=fill)
        look = (group.topic, key, frozenset(value.names or ()) if fill and value else value, fill)
        plan = self._plans.get(look)
        if plan is not None:
            return plan
        return self._made(look, group, row_fields(self._settings, key, value), fill=fill)

    def _parts(self, group: Group, *, fill: bool) -> tuple[Part | None, Part | None]:
        first = group.records[0]
        value = Part.of(first.value_schema, first.value) if group.has_values else None
        if fill and value is not None and value.schema is None and value.names is not None:
            value = Part(None, tuple(dict.fromkeys(name for record in group.records for name in record.value)))
        if self._settings.pk_mode is not PkMode.RECORD_KEY:
            return None, value
        return Part.of(first.key_schema, first.key) if group.has_keys else None, value

    def _made(self, look: Hashable, group: Group, fields: tuple[RowField, ...], *, fill: bool) -> WritePlan | None:
        operation = _OPERATIONS[self._settings.insert_mode] if group.has_values else Operation.DELETE
        table_id = self._table_of(group.topic)
        table = self._tables.find(table_id)
        if table is None and operation is Operation.DELETE and self._settings.auto_create:
            return None  # nothing was written yet, so there is nothing to delete
        wanted = self._wanted(group, fields)
        if table is None:
            table = self._tables.create(table_id, _typed(wanted))
        known = [(field, column) for field, column in wanted if column is not None or self._in(table, field)]
        table = self._with_columns(table, [column for _, column in known if column is not None], group)
        plan = self._compiled(table, operation, [field for field, _ in known], fill=fill)
        if len(known) == len(fields):
            # Otherwise a field was left out because nobody knows its type yet: the next records may tell.
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[look] = plan
        return plan

    def _table_of(self, topic: str) -> TableId:
        return self._dialect.table_id(self._settings.names.table_of(topic))

    def _in(self, table: Table, field: RowField) -> bool:
        return table.column(self._dialect.stored_name(field.name)) is not None

    def _wanted(self, group: Group, fields: Sequence[RowField]) -> list[tuple[RowField, NewColumn | None]]:
        """Columns as they would be created; none for a field that has no schema and no value."""
        wanted = []
        for field in fields:
            schema = field.schema or self._inferred(group, field)
            column = None if schema is None else self._new_column(field, schema)
            wanted.append((field, column))
        return wanted

    def _inferred(self, group: Group, field: RowField) -> Schema | None:
        (values,) = extract([field], group, needs_all=False).columns
        return inferred_schema(values)

    def _new_column(self, field: RowField, schema: Schema) -> NewColumn:
        name = self._dialect.stored_name(field.name)
        return NewColumn(name, schema, field.is_key, field.name in self._settings.timestamp_fields)

    def _with_columns(self, table: Table, columns: Sequence[NewColumn], group: Group) -> Table:
        missing = self._tables.lacks(table, columns)
        if not missing:
            return self._tables.find(table.id) or table
        try:
            return self._tables.extend(table, missing)
        except ConnectError as exc:
            if group.value_schema is None and not exc.retriable and not self._settings.auto_evolve:
                raise UnfitRecordError(str(exc)) from exc  # only the records with that field are at fault
            raise

    def _compiled(self, table: Table, operation: Operation, fields: Sequence[RowField], *, fill: bool) -> WritePlan:
        columns = [self._column(table, field) for field in fields]
        keys = sorted(
            (place for place, field in enumerate(fields) if field.is_key), key=lambda place: columns[place].name
        )
        return WritePlan(
            table=table,
            operation=operation,
            fields=tuple(fields),
            columns=tuple(columns),
            binds=tuple(map(self._bind, fields, columns)),
            keys=tuple(keys),
            needs_all_fields=not fill,
            write=self._dialect.write(operation, table, columns, keys),
        )

    def _column(self, table: Table, field: RowField) -> Column:
        column = table.column(self._dialect.stored_name(field.name))
        if column is None:
            raise ConnectError(f"Table {table.id} has no column {field.name}.")
        if column.is_generated:
            raise ConnectError(
                f"Column {column.name} of table {table.id} is computed by the database and cannot be written: name the "
                "other fields in fields.whitelist."
            )
        return column

    def _bind(self, field: RowField, column: Column) -> Bind:
        bind = self._dialect.bind(column, field.schema)
        if field.name in self._settings.timestamp_fields:
            first, then = timestamps_of(self._settings.timestamp_units, self._settings.zone), bind

            def bind_timestamps(values: Sequence[Any]) -> Sequence[Any]:
                return then(first(values))

            bind = bind_timestamps
        default = None if field.schema is None else field.schema.default
        return bind if default is None or not self._settings.defaults_for_null else with_default(bind, default)


def _typed(wanted: Sequence[tuple[RowField, NewColumn | None]]) -> list[NewColumn]:
    columns = [column for _, column in wanted if column is not None]
    if not columns:
        raise UnfitRecordError("no field has a value from which the type of a column could be told")
    return columns
