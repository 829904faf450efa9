"""Sorts the records of a batch into groups that look alike, so that each group can be written at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connect_runtime.sdk import Schema, SinkRecord

__all__ = ["Group", "by_fields", "by_kind", "groups_of"]


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one topic with the same schemas, of which all have a value or none, and all a key or none.

    Attributes:
        records: The records, in order; at least one.
        places: Their places in the batch.
    """

    records: Sequence[SinkRecord]
    places: Sequence[int]

    @property
    def topic(self) -> str:
        """The topic as transforms left it."""
        return self.records[0].topic

    @property
    def key_schema(self) -> Schema | None:
        """Schema of the keys."""
        return self.records[0].key_schema

    @property
    def value_schema(self) -> Schema | None:
        """Schema of the values."""
        return self.records[0].value_schema

    @property
    def has_values(self) -> bool:
        """Whether they have values; otherwise they are tombstones."""
        return self.records[0].value is not None

    @property
    def has_keys(self) -> bool:
        """Whether they have keys."""
        return self.records[0].key is not None

    def of(self, rows: Sequence[int]) -> Group:
        """Some of its records."""
        return replace(self, records=[self.records[row] for row in rows], places=[self.places[row] for row in rows])


def groups_of(records: Sequence[SinkRecord]) -> list[Group]:
    """The groups of a batch, in the order of their first records."""
    whole = Group(records, range(len(records)))
    return [whole] if _are_alike(records) else _split(whole, _look)


def by_fields(group: Group, *, keys: bool, ignored: frozenset[str] = frozenset()) -> list[Group]:
    """Groups of records without schema whose values have the same fields.

    Args:
        group: The records.
        keys: Whether their keys must have the same fields, too.
        ignored: Fields of values that do not matter.
    """

    def fields(record: SinkRecord) -> Hashable:
        of_value = _fields_of(record.value)
        of_key = _fields_of(record.key) if keys else None
        return of_value - ignored if of_value is not None else None, of_key

    return _split(group, fields)


def by_kind(group: Group) -> list[Group]:
    """Groups of records without schema: those whose values have fields, and those whose values are single."""
    return _split(group, lambda record: isinstance(record.value, dict))


def _are_alike(records: Sequence[SinkRecord]) -> bool:
    first = records[0]
    topic, key_schema, value_schema = first.topic, first.key_schema, first.value_schema
    has_value, has_key = first.value is not None, first.key is not None
    for record in records:
        if (
            record.value_schema is not value_schema
            or record.key_schema is not key_schema
            or (record.value is not None) is not has_value
            or (record.key is not None) is not has_key
            or record.topic != topic
        ):
            return False
    return True


def _split(group: Group, look: Callable[[SinkRecord], Hashable]) -> list[Group]:
    rows: dict[Hashable, list[int]] = {}
    for row, record in enumerate(group.records):
        rows.setdefault(look(record), []).append(row)
    return [group] if len(rows) == 1 else [group.of(alike) for alike in rows.values()]


def _look(record: SinkRecord) -> Hashable:
    # Schemas by identity: they are interned, and hashing one costs more than all the rest.
    schemas = id(record.key_schema), id(record.value_schema)
    return record.topic, schemas, record.value is not None, record.key is not None


def _fields_of(part: Any) -> frozenset[str] | None:
    return frozenset(part) if isinstance(part, dict) else None
