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

from connect_runtime.sdk import AnyRecord, Schema, Transform

__all__ = ["NO_SCHEMA_YET", "Part", "PartTransform", "Plan", "Planner"]

_MOST_PLANS: Final = 256
NO_SCHEMA_YET: Final = object()
"""Is the schema of no record."""


class Part(Enum):
    """Which part of records a transform works on."""

    KEY = "key"
    VALUE = "value"


class Plan(NamedTuple):
    """What a transform does to values of one schema.

    Attributes:
        schema: The schema that they have afterwards.
        change: Old value to new; leaves the old one as it is. Raises: DataError.
    """

    schema: Schema | None
    change: Callable[[Any], Any]


Planner = Callable[[Schema | None], Plan]
"""Makes the plan for a schema, ``None`` for schemaless data. Raises: DataError, if values of it cannot be handled."""


class PartTransform(Transform):
    """A transform that replaces schema and value of one part, and looks at nothing else.

    Attributes:
        part: The part.
        passes_null: Whether a null goes on with its schema as they are, and no plan is asked for.
    """

    part: ClassVar[Part]
    passes_null: ClassVar[bool] = False
    _plans: Planner

    @abstractmethod
    def planner(self, options: Mapping[str, Any]) -> Planner:
        """The planner for parsed options.

        Raises:
            ConfigError: The options do not go together.
        """

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options, without prefix. Raises: ConfigError."""
        planner = self.planner(self.config_def().parse(config))
        self._plans = lru_cache(_MOST_PLANS)(planner)

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with that part changed. Raises: DataError."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        if self.part is Part.VALUE:
            return _with_values_changed(records, self._plans, passes_null=self.passes_null)
        return _with_keys_changed(records, self._plans, passes_null=self.passes_null)


def _with_values_changed(records: Sequence[AnyRecord], plans: Planner, *, passes_null: bool) -> list[AnyRecord]:
    changed: list[AnyRecord] = []
    schema: Any = NO_SCHEMA_YET
    for record in records:
        value = record.value
        if value is None and passes_null:
            changed.append(record)
            continue
        if record.value_schema is not schema:
            target, change = plans(record.value_schema)
            schema = record.value_schema
        changed.append(replace(record, value=change(value), value_schema=target))
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
            target, change = plans(record.key_schema)
            schema = record.key_schema
        changed.append(replace(record, key=change(key), key_schema=target))
    return changed
