"""Transforms of one part of a record, its key or its value, and the loops that all of them share.

What depends on a schema alone - the schema that follows, where fields are, what becomes of them - is worked out once
for each schema and kept; what remains for a record is one call.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import repeat
from operator import is_
from typing import Any, ClassVar, Final, NamedTuple

from msgspec.structs import replace

from connect_runtime.sdk import AnyRecord, Schema, SinkRecord, SourceRecord, Transform
from connect_runtime.transforms.structs import NO_RULE, NullRule

__all__ = ["NO_SCHEMA_YET", "Edit", "Part", "PartTransform", "Plan", "Planner", "kept_plans", "with_part_changed"]

_MOST_PLANS: Final = 256
NO_SCHEMA_YET: Final = object()
"""Is the schema of no record."""


class Part(Enum):
    """Which part of records a transform works on."""

    KEY = "key"
    VALUE = "value"


Edit = Callable[[list[dict[Any, Any]], Sequence[SourceRecord | SinkRecord]], None]
"""Changes structs or maps, in place or for others in the list, which are its own; beside them are the records that they
are of. It goes through all for one field, then for the next: a step for each record would cost more than what it does.
Raises: DataError."""


class Plan(NamedTuple):
    """What a transform does to values of one schema.

    Attributes:
        schema: The schema that they have afterwards.
        change: Old value to new; leaves the old one as it is. Raises: DataError.
        edits: What is done to the new value then. Where there are any, ``change`` only copies a struct, as ``nulls``
            says, or a map.
        nulls: What becomes of nulls in the copy. Edits make no field null that is there and is not.
        sources: The fields that edits leave, name afterwards to name before; ``None`` when all keep their names.
    """

    schema: Schema | None
    change: Callable[[Any], Any]
    edits: Sequence[Edit] = ()
    nulls: NullRule = NO_RULE
    sources: Mapping[str, str] | None = None


Planner = Callable[[Schema | None], Plan]
"""Makes the plan for a schema, ``None`` for schemaless data. Raises: DataError, if values of it cannot be handled."""


class PartTransform(Transform):
    """A transform that replaces schema and value of one part, and looks at nothing else.

    Attributes:
        part: The part.
        passes_null: Whether a null goes on with its schema as they are, and no plan is asked for.
        edits_fields: Whether its plans have edits, so that it can share one copy with its neighbours.
        plans: Its planner, which keeps what it made.
    """

    part: ClassVar[Part]
    passes_null: ClassVar[bool] = False
    edits_fields: ClassVar[bool] = False
    plans: Planner

    @abstractmethod
    def planner(self, options: Mapping[str, Any]) -> Planner:
        """The planner for parsed options.

        Raises:
            ConfigError: The options do not go together.
        """

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options, without prefix. Raises: ConfigError."""
        self.plans = kept_plans(self.planner(self.config_def().parse(config)))

    def apply(self, record: AnyRecord) -> AnyRecord:
        """The record with that part changed. Raises: DataError."""
        is_value = self.part is Part.VALUE
        value, schema = (record.value, record.value_schema) if is_value else (record.key, record.key_schema)
        if value is None and self.passes_null:
            return record
        plan = self.plans(schema)
        (changed,) = _changed([record], [value], plan)
        if is_value:
            return replace(record, value=changed, value_schema=plan.schema)
        return replace(record, key=changed, key_schema=plan.schema)

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        try:
            return with_part_changed(self.part, records, self.plans, passes_null=self.passes_null)
        except Exception:  # noqa: BLE001  # whatever it is, the record that it comes from raises it again
            return [self.apply(record) for record in records]


def kept_plans(planner: Planner) -> Planner:
    """The planner, which plans once for each of many schemas."""
    return lru_cache(_MOST_PLANS)(planner)


def with_part_changed(
    part: Part, records: Sequence[AnyRecord], plans: Planner, *, passes_null: bool
) -> list[AnyRecord]:
    """The records, as new ones, after what is planned for their keys or values.

    Args:
        part: Which of the two.
        records: Are left as they are.
        plans: The plan for each schema.
        passes_null: Whether nulls go on as they are.

    Raises:
        DataError: A record is bad; not always the first of them.
    """
    schemas, values = _schemas_and_values(part, records)
    pass_some = passes_null and any(map(is_, values, repeat(None)))
    if records and not pass_some and all(map(is_, schemas, repeat(schemas[0]))):
        return _with_one_schema(part, records, values, plans(schemas[0]))
    changed = list(records)
    for places in _places_by_schema(schemas, values, passes_null=passes_null):
        chosen, plan = [records[place] for place in places], plans(schemas[places[0]])
        together = _with_one_schema(part, chosen, [values[place] for place in places], plan)
        for place, record in zip(places, together, strict=True):
            changed[place] = record
    return changed


def _schemas_and_values(part: Part, records: Sequence[AnyRecord]) -> tuple[list[Schema | None], list[Any]]:
    if part is Part.VALUE:
        return [record.value_schema for record in records], [record.value for record in records]
    return [record.key_schema for record in records], [record.key for record in records]


def _places_by_schema(
    schemas: Sequence[Schema | None], values: Sequence[Any], *, passes_null: bool
) -> Sequence[Sequence[int]]:
    places: dict[int, list[int]] = {}
    for place, (schema, value) in enumerate(zip(schemas, values, strict=True)):
        if value is not None or not passes_null:
            places.setdefault(id(schema), []).append(place)  # equal ones that are not the same have the same plan
    return list(places.values())


def _with_one_schema(part: Part, records: Sequence[AnyRecord], values: Sequence[Any], plan: Plan) -> list[AnyRecord]:
    schema, pairs = plan.schema, zip(records, _changed(records, values, plan), strict=True)
    if part is Part.VALUE:
        return [replace(record, value=value, value_schema=schema) for record, value in pairs]
    return [replace(record, key=key, key_schema=schema) for record, key in pairs]


def _changed(records: Sequence[AnyRecord], values: Sequence[Any], plan: Plan) -> list[Any]:
    changed = list(map(plan.change, values))
    for edit in plan.edits:
        edit(changed, records)
    return changed
