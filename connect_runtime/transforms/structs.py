"""Structs and maps as transforms read and rebuild them: defaults for nulls, nothing missing, never in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from connect_runtime.sdk import ConfigKey, ConfigType, DataError, Field, Schema, Type, struct_schema

__all__ = [
    "REPLACE_NULL",
    "completer",
    "copied_map",
    "copied_struct",
    "copier",
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


def copied_map(value: Any, purpose: str) -> dict[Any, Any]:
    """A copy of the value, if it is a map. Raises: DataError."""
    return value.copy() if type(value) is dict else dict(require_map(value, purpose))


def copied_struct(value: Any, purpose: str) -> dict[str, Any]:
    """A copy of the value, if it can be a struct. Raises: DataError."""
    return value.copy() if type(value) is dict else dict(require_struct(value, purpose))


def copier(fields: Sequence[Field], purpose: str, *, replace_null: bool) -> Callable[[Any], dict[str, Any]]:
    """Copies a struct that has these fields, nulls replaced by defaults if ``replace_null``.

    The copy raises `DataError` for what is no struct, and when a required field is null then.
    """
    mend = _mender(fields, replace_null=replace_null)
    if mend is None:
        return lambda value: copied_struct(value, purpose)
    count = len(fields)

    def copy(value: Any) -> dict[str, Any]:
        struct = value.copy() if type(value) is dict else copied_struct(value, purpose)
        if len(struct) < count:
            return mend(struct)
        for item in struct.values():  # with `in` every value would be compared, not only looked at
            if item is None:
                return mend(struct)
        return struct

    return copy


def completer(fields: Sequence[Field], *, replace_null: bool) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """What `copier` does to a copy; ``None`` when there is nothing to do whatever the struct."""
    mend = _mender(fields, replace_null=replace_null)
    if mend is None:
        return None
    count = len(fields)

    def complete(struct: dict[str, Any]) -> dict[str, Any]:
        if len(struct) < count:
            return mend(struct)
        for item in struct.values():
            if item is None:
                return mend(struct)
        return struct

    return complete


def _mender(fields: Sequence[Field], *, replace_null: bool) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    defaults = [(f.name, f.schema.default) for f in fields if replace_null and f.schema.default is not None]
    replaced = {name for name, _ in defaults}
    required = [f.name for f in fields if not f.schema.optional and f.name not in replaced]
    if not defaults and not required:
        return None

    def mend(struct: dict[str, Any]) -> dict[str, Any]:
        for name, default in defaults:
            if struct.get(name) is None:
                struct[name] = default
        for name in required:
            if struct.get(name) is None:
                raise DataError(f'Invalid value: null used for required field: "{name}"')
        return struct

    return mend


def part_of(schema: Schema | None, name: str) -> Schema | None:
    """The schema of a struct's field, ``None`` when there is no such field or no schema."""
    if schema is None or schema.type is not Type.STRUCT:
        return None
    field = schema.field(name)
    return None if field is None else field.schema


def _class_name(value: Any) -> str:
    return "null" if value is None else type(value).__name__
