"""HoistField: the whole becomes one field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connect_runtime.sdk import ConfigDef, ConfigKey, DataError, Schema, struct_schema
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner

__all__ = ["HoistFieldKey", "HoistFieldValue"]

_FIELD: Final = "field"


class HoistField(PartTransform):
    """Wraps the entire key or value in a struct, or without schema in a map, with one field.

    A tombstone is wrapped too, and is none any more: exclude tombstones with a predicate if they should stay.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``field``."""
        return ConfigDef(
            [
                ConfigKey(
                    _FIELD,
                    required=True,
                    doc="Field name for the single field that will be created in the resulting struct or map, "
                    "e.g. payload.",
                )
            ]
        )

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Wraps in that field."""
        name = options[_FIELD]

        def plan(schema: Schema | None) -> Plan:
            if schema is None or schema.optional:
                return Plan(None if schema is None else struct_schema({name: schema}), lambda value: {name: value})
            return Plan(struct_schema({name: schema}), lambda value: {name: _required(value, name)})

        return plan


class HoistFieldKey(HoistField):
    """`HoistField` of keys."""

    part = Part.KEY


class HoistFieldValue(HoistField):
    """`HoistField` of values."""

    part = Part.VALUE


def _required(value: Any, name: str) -> Any:
    if value is None:
        raise DataError(f'Invalid value: null used for required field: "{name}"')
    return value
