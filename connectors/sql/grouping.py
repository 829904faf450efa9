"""Sorts the records of a batch into groups that look alike, so that each group can be written at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from connect_runtime.sdk import Schema, SinkRecord

__all__ = ["Group", "by_fields", "by_kind", "groups_of"]


class Group:
    """Records of one topic with the same schemas, of which all have a value or none, and all a key or none.

    Where keys do not matter, nothing is said about them.

    Args:
        records: The records, in order; at least one.
        places: Their places in the batch.
    """

    def __init__(self, records: Sequence[SinkRecord], places: Sequence[int]) -> None:
        self.records = records
        self.places = places

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

    @cached_property
    def values(self) -> list[Any]:
        """Their values."""
        return list(map(attrgetter("value"), self.records))

    @cached_property
    def keys(self) -> list[Any]:
        """Their keys."""
        return list(map(attrgetter("key"), self.records))

    def blocks(self, size: int) -> Iterator[Group]:
        """The records, ``size`` at a time."""
        if len(self.records) <= size:
            yield self
            return
        for start in range(0, len(self.records), size):
            yield Group(self.records[start : start + size], self.places[start : start + size])

    def at(self, rows: Sequence[int]) -> Group:
        """Some of the records."""
        return Group([self.records[row] for row in rows], [self.places[row] for row in rows])


def groups_of(records: Sequence[SinkRecord], *, keys: bool) -> list[Group]:
    """The groups of a batch, in the order of their first records.

    Args:
        records: The batch.
        keys: Whether keys matter.
    """
    whole = Group(records, range(len(records)))
    if _have_same_values(records) and (not keys or _have_same_keys(records)):
        return [whole]
    return _split(whole, _look_with_key if keys else _look)


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


def _have_same_values(records: Sequence[SinkRecord]) -> bool:
    """Whether topics and value schemas are the same, and all have a value or none."""
    first = records[0]
    topic, schema, has_value = first.topic, first.value_schema, first.value is not None
    for record in records:
        if record.value_schema is not schema or record.topic != topic or (record.value is not None) is not has_value:
            return False
    return True


def _have_same_keys(records: Sequence[SinkRecord]) -> bool:
    first = records[0]
    schema, has_key = first.key_schema, first.key is not None
    return all(record.key_schema is schema and (record.key is not None) is has_key for record in records)


def _split(group: Group, look: Callable[[SinkRecord], Hashable]) -> list[Group]:
    rows: dict[Hashable, list[int]] = {}
    for row, record in enumerate(group.records):
        rows.setdefault(look(record), []).append(row)
    return [group] if len(rows) == 1 else [group.at(alike) for alike in rows.values()]


def _look(record: SinkRecord) -> Hashable:
    # Schemas by identity: they are interned, and hashing one costs more than all the rest.
    return record.topic, id(record.value_schema), record.value is not None


def _look_with_key(record: SinkRecord) -> Hashable:
    return _look(record), id(record.key_schema), record.key is not None


def _fields_of(part: Any) -> frozenset[str] | None:
    return frozenset(part) if isinstance(part, dict) else None
