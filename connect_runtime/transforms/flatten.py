"""Flatten: structs and maps within others become fields of the outermost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import ConfigDef, ConfigKey, DataError, Field, Schema, Type
from connect_runtime.sdk.data import infer_schema, is_recursive
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import rebuilt_schema, require_map, require_struct, require_struct_schema

__all__ = ["FlattenKey", "FlattenValue"]

_PURPOSE: Final = "flattening"
_DELIMITER: Final = "delimiter"
_LEAVES: Final = frozenset({str, int, float, bool, bytes, list, type(None)})


class Flatten(PartTransform):
    """Flattens a nested structure: a field within a field gets the names of both, joined by a delimiter.

    Arrays stay as they are, with what is in them. With schema, a field becomes optional when one that held it was; maps
    cannot be flattened then.
    """

    passes_null = True

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``delimiter``."""
        return ConfigDef(
            [
                ConfigKey(
                    _DELIMITER,
                    default=".",
                    doc="Delimiter to insert between field names from the input record when generating field names "
                    "for the output record, e.g. _",
                )
            ]
        )

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Flattens with that delimiter."""
        delimiter = options[_DELIMITER]

        def plan(schema: Schema | None) -> Plan:
            return Plan(None, partial(_flat_map, delimiter)) if schema is None else _flat_struct(schema, delimiter)

        return plan


class FlattenKey(Flatten):
    """`Flatten` of keys."""

    part = Part.KEY


class FlattenValue(Flatten):
    """`Flatten` of values."""

    part = Part.VALUE


class _Leaf(NamedTuple):
    """A field that is no struct, by its flat name and with the schema that it has then."""

    name: str
    schema: Schema


_Reader = Callable[[Mapping[str, Any], dict[str, Any]], None]


def _flat_struct(schema: Schema, delimiter: str) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    leaves = list(_leaves(schema, "", delimiter, optional=schema.optional, default=schema.default))
    target = rebuilt_schema(schema, leaves)
    required = {name for name, leaf in leaves if not leaf.optional}
    read = _struct_reader(schema, "", delimiter, required)

    def change(value: Any) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        read(require_struct(value, _PURPOSE), flat)
        return flat

    return Plan(target, change)


def _leaves(
    schema: Schema, prefix: str, delimiter: str, *, optional: bool, default: Mapping[str, Any] | None
) -> Iterator[_Leaf]:
    for field in schema.fields:
        name = _joined(prefix, field.name, delimiter)
        is_optional = optional or field.schema.optional
        inherited = None if default is None else schema.get(default, field.name)
        own = field.schema.default if field.schema.default is not None else inherited
        if is_recursive(field.schema):
            raise DataError(
                f"Flatten transformation does not support structs that contain themselves (field {name}): remove it "
                "with ReplaceField first"
            )
        if field.schema.type is Type.STRUCT:
            yield from _leaves(field.schema, name, delimiter, optional=is_optional, default=own)
        elif field.schema.type is Type.MAP:
            raise DataError(
                f"Flatten transformation does not support MAP for record with schemas (for field {name}): "
                "remove it with ReplaceField first"
            )
        else:
            yield _Leaf(name, field.schema.with_(optional=is_optional, default=own))


def _struct_reader(schema: Schema, prefix: str, delimiter: str, required: set[str]) -> _Reader:
    readers = [_field_reader(field, prefix, delimiter, required) for field in schema.fields]

    def read(struct: Mapping[str, Any], flat: dict[str, Any]) -> None:
        for read_field in readers:
            read_field(struct, flat)

    return read


def _field_reader(field: Field, prefix: str, delimiter: str, required: set[str]) -> _Reader:
    name, flat_name = field.name, _joined(prefix, field.name, delimiter)
    if field.schema.type is Type.STRUCT:
        read_inner = _struct_reader(field.schema, flat_name, delimiter, required)

        def read_struct(struct: Mapping[str, Any], flat: dict[str, Any]) -> None:
            inner = struct.get(name)
            if inner is not None:
                read_inner(require_struct(inner, _PURPOSE), flat)

        return read_struct
    default, is_required = field.schema.default, flat_name in required

    def read_leaf(struct: Mapping[str, Any], flat: dict[str, Any]) -> None:
        value = struct.get(name)
        if value is None:
            value = default
            if value is None and is_required:
                raise DataError(f'Invalid value: null used for required field: "{flat_name}"')
        flat[flat_name] = value

    return read_leaf


def _flat_map(delimiter: str, value: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    _flatten_map(require_map(value, _PURPOSE), "", delimiter, flat)
    return flat


def _flatten_map(value: Mapping[Any, Any], prefix: str, delimiter: str, flat: dict[str, Any]) -> None:
    for key, item in value.items():
        if not isinstance(key, str):
            raise DataError(f"Flatten transformation needs maps with string keys, found a {type(key).__name__}")
        name = f"{prefix}{delimiter}{key}" if prefix else key
        if type(item) in _LEAVES:
            flat[name] = item
        elif isinstance(item, Mapping):
            _flatten_map(item, name, delimiter, flat)
        elif isinstance(item, list | tuple) or infer_schema(item) is not None:
            flat[name] = item
        else:
            raise DataError(
                f"Flatten transformation was passed a value of type {type(item).__name__} (for field {name}), "
                "which has no place in schemaless data"
            )


def _joined(prefix: str, name: str, delimiter: str) -> str:
    return f"{prefix}{delimiter}{name}" if prefix else name
