"""Structs and maps as transforms read and rebuild them: defaults for nulls, nothing missing, never in place."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import ConfigKey, ConfigType, DataError, Field, Schema, Type, struct_schema

__all__ = [
    "NO_RULE",
    "REPLACE_NULL",
    "NullRule",
    "copied_map",
    "copied_struct",
    "copier",
    "map_copier",
    "null_rule",
    "part_of",
    "reader",
    "rebuilt_schema",
    "replace_null_key",
    "require_map",
    "require_struct",
    "require_struct_schema",
]

REPLACE_NULL: Final = "replace.null.with.default"


def replace_null_key() -> ConfigKey:
    """The key that decides what a null in a field with a default is read as."""
    return ConfigKey(
        REPLACE_NULL,
        ConfigType.BOOLEAN,
        default=True,
        doc="Whether to replace fields that have a default value and that are null to the default value. "
        "When set to true, the default value is used, otherwise null is used.",
    )


def require_struct(value: Any, purpose: str) -> Mapping[str, Any]:
    """The value, if it can be a struct. Raises: DataError."""
    if type(value) is dict or isinstance(value, Mapping):
        return value
    raise DataError(f"Only Struct objects supported for [{purpose}], found: {_class_name(value)}")


def require_map(value: Any, purpose: str) -> Mapping[Any, Any]:
    """The value, if it is a map. Raises: DataError."""
    if type(value) is dict or isinstance(value, Mapping):
        return value
    raise DataError(f"Only Map objects supported in absence of schema for [{purpose}], found: {_class_name(value)}")


def require_struct_schema(schema: Schema, purpose: str) -> Schema:
    """The schema, if it is a struct's. Raises: DataError."""
    if schema.type is Type.STRUCT:
        return schema
    raise DataError(f"Only Struct objects supported for [{purpose}], found a schema of type {schema.type.name}")


def rebuilt_schema(origin: Schema, fields: Iterable[tuple[str, Schema]], **attributes: Any) -> Schema:
    """A required struct schema with these fields; name, version, doc and parameters are those of ``origin``.

    Raises:
        DataError: Two fields have one name.
    """
    by_name: dict[str, Schema] = {}
    for name, schema in fields:
        if name in by_name:
            raise DataError(f"Cannot create field because of field name duplication {name}")
        by_name[name] = schema
    basics = {attribute: getattr(origin, attribute) for attribute in ("name", "version", "doc", "parameters")}
    return struct_schema(by_name, **basics | attributes)


def reader(field: Field, *, replace_null: bool) -> Callable[[Mapping[str, Any]], Any]:
    """Reads one field of a struct, a null as the field's default if ``replace_null``."""
    name, default = field.name, field.schema.default
    if default is None or not replace_null:
        return lambda struct: struct.get(name)

    def read(struct: Mapping[str, Any]) -> Any:
        value = struct.get(name)
        return default if value is None else value

    return read


class NullRule(NamedTuple):
    """What becomes of nulls in a struct that is copied; a field that is not there is null.

    Attributes:
        defaults: What takes the place of a null, by the field's name.
        required: Fields that must not be null.
        field_count: How many entries a struct has in which no field is missing.
    """

    defaults: Mapping[str, Any]
    required: Sequence[str]
    field_count: int

    @property
    def names(self) -> frozenset[str]:
        """Fields that are not null in a struct that obeys."""
        return frozenset({*self.defaults, *self.required})

    def beyond(self, names: Container[str]) -> NullRule:
        """What is left to do when these fields are known not to be null."""
        defaults = {name: default for name, default in self.defaults.items() if name not in names}
        return self._replace(defaults=defaults, required=[name for name in self.required if name not in names])

    def enforce(self, struct: dict[str, Any]) -> dict[str, Any]:
        """The same struct, changed in place. Raises: DataError, if a required field is null."""
        for name, default in self.defaults.items():
            if struct.get(name) is None:
                struct[name] = default
        for name in self.required:
            if struct.get(name) is None:
                raise DataError(f'Invalid value: null used for required field: "{name}"')
        return struct


NO_RULE: Final = NullRule(MappingProxyType({}), (), 0)
"""Lets nulls be: that of maps."""


def null_rule(fields: Sequence[Field], *, replace_null: bool, without: Container[str] = ()) -> NullRule:
    """The rule for structs with these fields: defaults if ``replace_null``, then nothing required may be null.

    Args:
        fields: All fields of the struct.
        replace_null: Whether a default takes the place of a null.
        without: Names of fields whose nulls do not matter, since they go.
    """
    ruled = [field for field in fields if field.name not in without]
    defaults = {f.name: f.schema.default for f in ruled if replace_null and f.schema.default is not None}
    required = [f.name for f in ruled if not f.schema.optional and f.name not in defaults]
    return NullRule(defaults, required, len(fields))


def copied_map(value: Any, purpose: str) -> dict[Any, Any]:
    """A copy of the value, if it is a map. Raises: DataError."""
    return value.copy() if type(value) is dict else dict(require_map(value, purpose))


def copied_struct(value: Any, purpose: str) -> dict[str, Any]:
    """A copy of the value, if it can be a struct. Raises: DataError."""
    return value.copy() if type(value) is dict else dict(require_struct(value, purpose))


def map_copier(purpose: str) -> Callable[[Any], dict[Any, Any]]:
    """`copied_map` for this purpose."""
    return lambda value: value.copy() if type(value) is dict else copied_map(value, purpose)


def copier(nulls: NullRule, purpose: str) -> Callable[[Any], dict[str, Any]]:
    """Copies a struct so that the copy obeys the rule.

    The copy raises `DataError` for what is no struct, and when a required field is null.
    """
    if not nulls.names:
        return lambda value: copied_struct(value, purpose)
    enforce, count = nulls.enforce, nulls.field_count

    def copy(value: Any) -> dict[str, Any]:
        struct = value.copy() if type(value) is dict else copied_struct(value, purpose)
        if len(struct) < count:
            return enforce(struct)
        for item in struct.values():  # with `in` every value would be compared, not only looked at
            if item is None:
                return enforce(struct)
        return struct

    return copy


def part_of(schema: Schema | None, name: str) -> Schema | None:
    """The schema of a struct's field, ``None`` when there is no such field or no schema."""
    if schema is None or schema.type is not Type.STRUCT:
        return None
    field = schema.field(name)
    return None if field is None else field.schema


def _class_name(value: Any) -> str:
    return "null" if value is None else type(value).__name__
