"""ExtractField: one field becomes the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from connect_runtime.sdk import ConfigDef, ConfigKey, DataError, Schema
from connect_runtime.transforms.field_path import FIELD_SYNTAX, field_path, field_syntax_key
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    part_of,
    replace_null_key,
    require_map,
    require_struct,
)

__all__ = ["ExtractFieldKey", "ExtractFieldValue"]

_PURPOSE: Final = "field extraction"
_FIELD: Final = "field"


class ExtractField(PartTransform):
    """Replaces the entire key or value by one of its fields.

    The field's schema becomes the schema. Without schema, a field that is not there gives null; with schema it is an
    error.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``field``, how it is written, ``replace.null.with.default``."""
        field = ConfigKey(_FIELD, required=True, doc="Field name to extract, e.g. id, or customer.id in syntax V2.")
        return ConfigDef([field, replace_null_key(), field_syntax_key()])

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Extracts that field. Raises: ConfigError, for a path that cannot be read."""
        path, replace_null = field_path(options[_FIELD], options[FIELD_SYNTAX]), options[REPLACE_NULL]

        def plan(schema: Schema | None) -> Plan:
            return Plan(None, partial(_of_map, path)) if schema is None else _of_struct(schema, path, replace_null)

        return plan


class ExtractFieldKey(ExtractField):
    """`ExtractField` of keys."""

    part = Part.KEY


class ExtractFieldValue(ExtractField):
    """`ExtractField` of values."""

    part = Part.VALUE


def _of_map(path: Sequence[str], value: Any) -> Any:
    for step in path:
        if value is None:
            return None
        value = require_map(value, _PURPOSE).get(step)
    return value


def _of_struct(schema: Schema, path: Sequence[str], replace_null: bool) -> Plan:  # noqa: FBT001
    *parents, last = _schemas(schema, path)
    # Parents are read with their default, whatever the option says of the field itself.
    steps = [(step, parent.default) for step, parent in zip(path, parents, strict=False)]
    steps.append((path[-1], last.default if replace_null else None))
    if len(steps) == 1:
        return Plan(last, partial(_field, *steps[0]))

    def change(value: Any) -> Any:
        for name, default in steps:
            value = _field(name, default, value)
        return value

    return Plan(last, change)


def _field(name: str, default: Any, struct: Any) -> Any:
    if struct is None:
        return None
    value = require_struct(struct, _PURPOSE).get(name)
    return default if value is None else value


def _schemas(schema: Schema, path: Sequence[str]) -> list[Schema]:
    found: list[Schema] = []
    for step in path:
        inner = part_of(schema, step)
        if inner is None:
            raise DataError(f"Unknown field: {'.'.join(path)}")
        found.append(inner)
        schema = inner
    return found
