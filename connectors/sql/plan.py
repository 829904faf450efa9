"""How records that look alike become rows of a table: compiled once, used for every batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from operator import attrgetter, itemgetter
from typing import Any, Final

from connect_runtime.sdk import DataError, SinkRecord
from connectors.sql.binding import BadValueError, Bind, bind_all
from connectors.sql.coerce import to_datetime
from connectors.sql.dialects.base import Write
from connectors.sql.fields import RowField, Source, UnfitRecordError
from connectors.sql.grouping import Group
from connectors.sql.rows import Rows
from connectors.sql.table import Column, Operation, Table

__all__ = [
    "BoundRows",
    "FieldsDifferError",
    "PlannedRows",
    "WritePlan",
    "coordinates",
    "extract",
    "timestamps_of",
    "unfit",
]

_COORDINATES: Final[dict[Source, Callable[[SinkRecord], Any]]] = {
    Source.TOPIC: attrgetter("original_topic"),
    Source.PARTITION: attrgetter("original_partition"),
    Source.OFFSET: attrgetter("kafka_offset"),
}
_TEXT: Final = frozenset((str,))


class FieldsDifferError(Exception):
    """Records without schema do not all have the fields that a plan was made for."""


@dataclass(frozen=True, slots=True)
class WritePlan:
    """See above.

    Attributes:
        table: Where rows go.
        operation: What is done with them.
        fields: What is written.
        columns: Where each field goes.
        binds: How its values get there.
        keys: Places of key columns among them, by name of the column.
        needs_all_fields: Whether a record without schema that lacks a field does not belong to this plan; otherwise it
            has ``None`` there, as records with a schema have.
        write: The statement.
    """

    table: Table
    operation: Operation
    fields: tuple[RowField, ...]
    columns: tuple[Column, ...]
    binds: tuple[Bind, ...]
    keys: tuple[int, ...]
    needs_all_fields: bool
    write: Write

    @property
    def fillable(self) -> frozenset[str]:
        """Fields for which it is all the same whether an insert leaves them out or writes null."""
        pairs = zip(self.fields, self.columns, strict=True)
        return frozenset(field.name for field, column in pairs if column.nullable and not column.has_default)

    def rows_of(self, group: Group) -> Rows:
        """The records of a group as rows, ready for the driver.

        Raises:
            UnfitRecordError: A value does not fit its column.
            FieldsDifferError: See ``needs_all_fields``.
        """
        rows = extract(self.fields, group, needs_all=self.needs_all_fields)
        bound = [self._bound(place, values) for place, values in enumerate(rows.columns)]
        return rows.with_columns(bound)

    def _bound(self, place: int, values: Sequence[Any]) -> Sequence[Any]:
        try:
            return self.binds[place](values)
        except BadValueError as exc:
            column = self.columns[place]
            type_name = column.type_name or column.type_sql or "any"
            reason = f"column {column.name} of table {self.table.id} has type {type_name}, and {exc}"
            raise UnfitRecordError(reason, exc.row) from exc


@dataclass(frozen=True, slots=True)
class PlannedRows:
    """Records and their plan; their values are fetched and checked block by block, while they are written.

    Attributes:
        plan: Their plan.
        group: The records.
    """

    plan: WritePlan
    group: Group

    def bound(self) -> BoundRows:
        """All rows at once. Raises: DataError, FieldsDifferError."""
        return BoundRows(self.plan, self.group, self._rows_of(self.group))

    def blocks(self, size: int) -> Iterator[Rows]:
        """The rows, ``size`` at a time. Raises: DataError, FieldsDifferError."""
        return map(self._rows_of, self.group.blocks(size))

    def _rows_of(self, group: Group) -> Rows:
        try:
            return self.plan.rows_of(group)
        except UnfitRecordError as exc:
            raise unfit(group, exc) from exc


@dataclass(frozen=True, slots=True)
class BoundRows:
    """Rows of one plan, in the order of the records that they came from.

    Attributes:
        plan: Their plan.
        group: Their records.
        rows: Their values as the driver needs them.
    """

    plan: WritePlan
    group: Group
    rows: Rows

    def blocks(self, size: int) -> Iterator[Rows]:
        """The rows, ``size`` at a time."""
        return self.rows.blocks(size)

    def at(self, places: Sequence[int]) -> BoundRows:
        """Some of the rows."""
        return BoundRows(self.plan, self.group.at(places), self.rows.at(places))

    def keys(self) -> list[tuple[Any, ...]]:
        """Key of each row; the same for two plans of a table that have the same key columns."""
        return list(zip(*(self.rows.columns[place] for place in self.plan.keys), strict=True))


def unfit(group: Group, error: UnfitRecordError) -> DataError:
    """What a person is to read of a record that cannot be written."""
    return DataError(f"Cannot write {coordinates(group.records[error.row])}: {error}")


def coordinates(record: SinkRecord) -> str:
    """Where a record was consumed, for messages."""
    return f"record {record.original_topic}-{record.original_partition}@{record.kafka_offset}"


def extract(fields: Sequence[RowField], group: Group, *, needs_all: bool) -> Rows:
    """Values of records.

    Args:
        fields: What to take.
        group: From where.
        needs_all: Whether a record that lacks a schemaless field is an error; otherwise it counts as ``None``.

    Raises:
        UnfitRecordError: A key or value is not of the kind that it should be.
        FieldsDifferError: See ``needs_all``.
    """
    if len(fields) > 1 and all(field.source is Source.VALUE_FIELD for field in fields):
        try:
            tuples = list(map(itemgetter(*(field.name for field in fields)), group.values))
        except (KeyError, TypeError):
            pass  # column by column it shows what is the matter
        else:
            return Rows(list(zip(*tuples, strict=True)), tuples)
    return Rows([_column(field, group, needs_all=needs_all and field.schema is None) for field in fields])


def _column(field: RowField, group: Group, *, needs_all: bool) -> Sequence[Any]:
    match field.source:
        case Source.VALUE_FIELD:
            return _values_of(field.name, group.values, needs_all=needs_all)
        case Source.KEY_FIELD:
            return _values_of(field.name, group.keys, needs_all=needs_all)
        case Source.VALUE:
            if not _TEXT.issuperset(map(type, group.values)):
                _check_text(group.values)
            return group.values
        case Source.KEY:
            return group.keys
        case source:
            return list(map(_COORDINATES[source], group.records))


def _values_of(name: str, structs: list[Any], *, needs_all: bool) -> list[Any]:
    try:
        return list(map(itemgetter(name), structs))
    except KeyError:
        if needs_all:
            raise FieldsDifferError(name) from None
    except TypeError:
        pass
    for row, struct in enumerate(structs):
        if not isinstance(struct, dict):
            raise UnfitRecordError(f"field {name} cannot be taken from a {type(struct).__name__}", row)
    return [struct.get(name) for struct in structs]


def _check_text(values: Sequence[Any]) -> None:
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise UnfitRecordError(
                f"its value is of Python's type {type(value).__name__}: a struct, a map or text is needed", row
            )


def timestamps_of(units: int, zone: tzinfo) -> Bind:
    """Points in time from integers that count ``units`` to the second since 1970, and from whatever else is one."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    per_microsecond = units // 1_000_000

    def convert(value: Any) -> datetime:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if type(number) is int:
            return epoch + timedelta(microseconds=number // per_microsecond)
        return to_datetime(value, zone)

    return bind_all(convert)
