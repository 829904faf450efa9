"""Transforms of one part of a record, its key or its value, and the loops that all of them share.

What depends on a schema alone - the schema that follows, where fields are, what becomes of them - is worked out once
for each schema and kept; what remains for a record is one call.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
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


Edit = Callable[[dict[Any, Any], SourceRecord | SinkRecord], dict[Any, Any]]
"""Takes fields that it may change in place, and the record that they are of; gives these fields or others in their
place. Raises: DataError."""


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

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with that part changed. Raises: DataError."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        return with_part_changed(self.part, records, self.plans, passes_null=self.passes_null)


def kept_plans(planner: Planner) -> Planner:
    """The planner, which plans once for each of many schemas."""
    return lru_cache(_MOST_PLANS)(planner)


def with_part_changed(
    part: Part, records: Sequence[AnyRecord], plans: Planner, *, passes_null: bool
) -> list[AnyRecord]:
    """The records after what is planned for their keys or values. Raises: DataError.

    Args:
        part: Which of the two.
        records: Are left as they are.
        plans: The plan for each schema.
        passes_null: Whether nulls go on as they are.
    """
    changed = _with_values_changed if part is Part.VALUE else _with_keys_changed
    return changed(records, plans, passes_null=passes_null)


def _with_values_changed(records: Sequence[AnyRecord], plans: Planner, *, passes_null: bool) -> list[AnyRecord]:
    changed: list[AnyRecord] = []
    schema: Any = NO_SCHEMA_YET
    for record in records:
        value = record.value
        if value is None and passes_null:
            changed.append(record)
            continue
        if record.value_schema is not schema:
            target, change, edits, *_ = plans(record.value_schema)
            schema = record.value_schema
        value = change(value)
        for edit in edits:
            value = edit(value, record)
        changed.append(replace(record, value=value, value_schema=target))
    return changed


def _with_keys_changed(records: Sequence[AnyRecord], plans: Planner, *, passes_null: bool) -> list[AnyRecord]:
    # The same once more: to name the attributes at run time would cost more than all the rest of the loop.
    changed: list[AnyRecord] = []
    schema: Any = NO_SCHEMA_YET
    for record in records:
        key = record.key
        if key is None and passes_null:
            changed.append(record)
            continue
        if record.key_schema is not schema:
            target, change, edits, *_ = plans(record.key_schema)
            schema = record.key_schema
        key = change(key)
        for edit in edits:
            key = edit(key, record)
        changed.append(replace(record, key=key, key_schema=target))
    return changed
