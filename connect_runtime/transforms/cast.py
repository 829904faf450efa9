"""Cast: numbers, booleans and texts into each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from connect_runtime.sdk import (
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigType,
    DataError,
    Importance,
    Schema,
    SinkRecord,
    SourceRecord,
    Type,
    primitive_schema,
    validators,
)
from connect_runtime.transforms.cast_values import OUTPUT_TYPES, caster
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copier,
    map_copier,
    null_rule,
    rebuilt_schema,
    replace_null_key,
    require_struct_schema,
)

__all__ = ["CastKey", "CastValue"]

_PURPOSE: Final = "type casting"
_SPEC: Final = "spec"
_FIELD_AND_TYPE: Final = 2


class Cast(PartTransform):
    """Casts fields, or the whole key or value, to another type.

    Types are ``int8``, ``int16``, ``int32``, ``int64``, ``float32``, ``float64``, ``boolean`` and ``string``, in any
    case. Integers that are too large for the new type keep their low bits, fractions are cut off, texts must be numbers
    of the new type. Dates and times become the number they are stored as, or text in ISO form; bytes become base64
    text and nothing else. A field keeps whether it is optional; its default is cast too.
    """

    passes_null = True
    edits_fields = True

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``spec`` and ``replace.null.with.default``."""
        spec = ConfigKey(
            _SPEC,
            ConfigType.LIST,
            required=True,
            validator=validators.all_of(validators.non_empty_list(), _SpecCheck()),
            importance=Importance.HIGH,
            doc="List of fields and the type to cast them to, of the form field1:type,field2:type, e.g. "
            "id:int64,price:string; or a single type, e.g. int32, to cast the entire value.",
        )
        return ConfigDef([spec, replace_null_key()])

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Casts the fields, or the whole, that ``spec`` names."""
        casts, replace_null = _parsed(options[_SPEC]), options[REPLACE_NULL]
        whole = casts.get(None)
        fields = {field: type_ for field, type_ in casts.items() if field is not None}

        def plan(schema: Schema | None) -> Plan:
            if whole is not None:
                return _whole(schema, whole)
            return _map_fields(fields) if schema is None else _struct_fields(schema, fields, replace_null)

        return plan


class CastKey(Cast):
    """`Cast` of keys."""

    part = Part.KEY


class CastValue(Cast):
    """`Cast` of values."""

    part = Part.VALUE


class _SpecCheck:
    def __call__(self, name: str, value: Any) -> None:
        del name
        _parsed(value or [])

    def __str__(self) -> str:
        return "list of colon-delimited pairs, e.g. foo:bar,abc:xyz"


def _parsed(spec: list[str]) -> dict[str | None, Type]:
    casts: dict[str | None, Type] = {}
    for item in spec:
        parts = [part.strip() for part in item.split(":")]
        if len(parts) > _FIELD_AND_TYPE:
            raise ConfigError(f"Invalid {_SPEC} mapping: {item}. Write field:type, or a single type", key=_SPEC)
        type_ = OUTPUT_TYPES.get(parts[-1].lower())
        if type_ is None:
            known = ", ".join(OUTPUT_TYPES)
            raise ConfigError(f"Invalid type in {_SPEC}: {parts[-1]}. It must be one of: {known}", key=_SPEC)
        casts[parts[0] if len(parts) == _FIELD_AND_TYPE else None] = type_
    if None in casts and len(spec) > 1:
        raise ConfigError(
            f"{_SPEC} casts the entire value, so it must be the only item; found: {','.join(spec)}", key=_SPEC
        )
    return casts


def _whole(schema: Schema | None, target: Type) -> Plan:
    cast = caster(schema, target)
    if schema is None:
        return Plan(None, cast)
    kept = {name: getattr(schema, name) for name in ("name", "version", "doc", "parameters", "optional")}
    default = None if schema.default is None else cast(schema.default)
    return Plan(primitive_schema(target, default=default, **kept), cast)


def _map_fields(fields: Mapping[str, Type]) -> Plan:
    casts = [(field, caster(None, target)) for field, target in fields.items()]

    def edit(maps: list[dict[Any, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for field, cast in casts:
            with _naming(field):
                for values in maps:
                    found = values.get(field)
                    values[field] = None if found is None else cast(found)

    return Plan(None, map_copier(_PURPOSE), (edit,))


def _struct_fields(schema: Schema, fields: Mapping[str, Type], replace_null: bool) -> Plan:  # noqa: FBT001
    require_struct_schema(schema, _PURPOSE)
    if schema.default is not None:
        raise DataError("Cast does not support a struct schema with a default value")
    casts = [(f.name, caster(f.schema, fields[f.name])) for f in schema.fields if f.name in fields]
    by_name = dict(casts)

    def cast_schema(name: str, old: Schema) -> Schema:
        if name not in by_name:
            return old
        default = None if old.default is None else by_name[name](old.default)
        return primitive_schema(fields[name], optional=old.optional, default=default)

    target = rebuilt_schema(
        schema, [(f.name, cast_schema(f.name, f.schema)) for f in schema.fields], optional=schema.optional
    )

    def edit(structs: list[dict[str, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for name, cast in casts:
            with _naming(name):
                for struct in structs:
                    found = struct.get(name)
                    if found is not None:
                        struct[name] = cast(found)

    nulls = null_rule(schema.fields, replace_null=replace_null)
    return Plan(target, copier(nulls, _PURPOSE), (edit,), nulls)


@contextmanager
def _naming(field: str) -> Iterator[None]:
    """Lets an error say which field it is about."""
    try:
        yield
    except DataError as error:
        raise DataError(f"Field {field}: {error}") from error
