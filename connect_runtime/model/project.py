"""Values of one schema as values of another (Connect's ``SchemaProjector``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connect_runtime.errors import DataError
from connect_runtime.model.float32 import to_float32
from connect_runtime.model.schema import Schema, Type

__all__ = ["project"]

_WIDENING: Final = (Type.INT8, Type.INT16, Type.INT32, Type.INT64, Type.FLOAT32, Type.FLOAT64)


def project(source: Schema, value: Any, target: Schema) -> Any:
    """A value of ``source`` as one of ``target``.

    Numbers may become wider, structs lose fields and gain those with a default or optional ones. Names and parameters
    must be equal; version, doc and default are not compared.

    Raises:
        DataError: The schemas are not compatible, whatever the value.
    """
    _require_compatible(source, target)
    if source.optional and not target.optional:
        if target.default is None:
            raise DataError("Writer schema is optional, however, target schema does not provide a default value.")
        return target.default if value is None else _projected(source, value, target)
    return None if value is None else _projected(source, value, target)


def _require_compatible(source: Schema, target: Schema) -> None:
    widened = source.type in _WIDENING and target.type in _WIDENING[_WIDENING.index(source.type) :]
    if source.type is not target.type and not widened:
        raise DataError(f"Schema type mismatch: a {source.type.name} cannot become a {target.type.name}")
    if source.name != target.name:
        raise DataError(f"Schema name mismatch. source name: {source.name} and target name: {target.name}")
    if (source.parameters or None) != (target.parameters or None):
        raise DataError(f"Schema parameters not equal. source: {source.parameters} and target: {target.parameters}")


def _projected(source: Schema, value: Any, target: Schema) -> Any:
    match target.type:
        case Type.STRUCT:
            return _projected_struct(source, value, target)
        case Type.ARRAY:
            items = _parts(source.value_schema, target.value_schema)
            return [project(items[0], item, items[1]) for item in value]
        case Type.MAP:
            keys, values = (
                _parts(source.key_schema, target.key_schema), _parts(source.value_schema, target.value_schema)
            )  # fmt: skip
            return {project(keys[0], key, keys[1]): project(values[0], item, values[1]) for key, item in value.items()}
        case Type.FLOAT64 if source.type is not Type.FLOAT64:
            return float(value)
        case Type.FLOAT32 if source.type is not Type.FLOAT32:
            return to_float32(value)
        case _:
            return value


def _projected_struct(source: Schema, struct: Mapping[str, Any], target: Schema) -> dict[str, Any]:
    projected: dict[str, Any] = {}
    for field in target.fields:
        given = source.field(field.name)
        if given is not None:
            projected[field.name] = project(given.schema, source.get(struct, field.name), field.schema)
        elif field.schema.optional or field.schema.default is not None:
            projected[field.name] = None if field.schema.optional else field.schema.default
        else:
            raise DataError(
                f"Required field `{field.name}` is missing from source schema: give it a default or make it optional"
            )
    return projected


def _parts(source: Schema | None, target: Schema | None) -> tuple[Schema, Schema]:
    if source is None or target is None:
        raise DataError("Elements of unknown schema cannot be projected")
    return source, target
