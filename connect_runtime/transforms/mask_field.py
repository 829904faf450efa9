"""MaskField: fields hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    ConfigType,
    DataError,
    Importance,
    Schema,
    SinkRecord,
    SourceRecord,
    Type,
    validators,
)
from connect_runtime.sdk.data import (
    INTEGER_BITS,
    Float32,
    NarrowInt,
    convert_to_decimal,
    convert_to_float,
    convert_to_integer,
    to_float32,
)
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copier,
    map_copier,
    null_rule,
    replace_null_key,
    require_struct_schema,
)

__all__ = ["MaskFieldKey", "MaskFieldValue"]

_PURPOSE: Final = "mask fields"
_FIELDS: Final = "fields"
_REPLACEMENT: Final = "replacement"
_Mask = Callable[[Any], Any]

_NOTHING: Final[Mapping[type, Any]] = MappingProxyType(
    {
        bool: False,
        int: 0,
        float: 0.0,
        Float32: Float32(0.0),
        str: "",
        Decimal: Decimal(0),
        date: date(1970, 1, 1),
        time: time(0),
        timedelta: timedelta(0),
        datetime: datetime(1970, 1, 1, tzinfo=UTC),
    }
)


class MaskField(PartTransform):
    """Masks fields with a valid null value for their type (0, false, empty string, and so on), or a replacement.

    A null stays null. With a replacement, fields must be texts or numbers. Bytes and structs cannot be masked.
    Tombstones are an error: exclude them with a predicate.
    """

    edits_fields = True

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``fields``, ``replacement``, ``replace.null.with.default``."""
        fields = ConfigKey(
            _FIELDS,
            ConfigType.LIST,
            required=True,
            validator=validators.all_of(validators.non_empty_list(), validators.non_empty_items()),
            importance=Importance.HIGH,
            doc="Names of fields to mask, e.g. card,phone.",
        )
        replacement = ConfigKey(
            _REPLACEMENT,
            validator=validators.non_empty_string(),
            importance=Importance.LOW,
            doc="Custom value replacement, that will be applied to all 'fields' values (numeric or non-empty string "
            "values only), e.g. ***",
        )
        return ConfigDef([fields, replacement, replace_null_key()])

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Masks those fields."""
        names, replacement, replace_null = options[_FIELDS], options[_REPLACEMENT], options[REPLACE_NULL]

        def plan(schema: Schema | None) -> Plan:
            if schema is None:
                return _of_map(names, _mask(None, replacement))
            return _of_struct(schema, names, replacement, replace_null=replace_null)

        return plan


class MaskFieldKey(MaskField):
    """`MaskField` of keys."""

    part = Part.KEY


class MaskFieldValue(MaskField):
    """`MaskField` of values."""

    part = Part.VALUE


def _of_map(names: Sequence[str], mask: _Mask) -> Plan:
    def edit(maps: list[dict[Any, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for name in names:
            for fields in maps:
                fields[name] = mask(fields.get(name))

    return Plan(None, map_copier(_PURPOSE), (edit,))


def _of_struct(schema: Schema, names: Sequence[str], replacement: str | None, *, replace_null: bool) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    masks = [(field.name, _mask(field.schema, replacement)) for field in schema.fields if field.name in names]

    def edit(structs: list[dict[str, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for name, mask in masks:
            for struct in structs:
                struct[name] = mask(struct.get(name))

    nulls = null_rule(schema.fields, replace_null=replace_null)
    return Plan(schema, copier(nulls, _PURPOSE), (edit,), nulls)


def _mask(schema: Schema | None, replacement: str | None) -> _Mask:
    if schema is not None and schema.type is Type.STRUCT:
        return _refused
    if replacement is None:
        return _emptied

    def mask(value: Any) -> Any:
        # bool is an int to Python, datetime a date: what is masked goes by the very class.
        match value:
            case None:
                return None
            case str():
                return replacement
            case bool():
                raise _cannot_mask(value)
            case int():
                number = convert_to_integer(_integer_type(schema, value), None, replacement) or 0
                return type(value)(number) if isinstance(value, NarrowInt) else number
            case float():
                masked = convert_to_float(Type.FLOAT64, None, replacement)
                is_narrow = schema is not None and schema.type is Type.FLOAT32
                return to_float32(masked or 0.0) if is_narrow else type(value)(masked or 0.0)
            case Decimal():
                return convert_to_decimal(None, replacement, 0)
            case _:
                raise _cannot_mask(value)

    return mask


def _emptied(value: Any) -> Any:
    empty = _NOTHING.get(type(value))
    if empty is not None or value is None:
        return empty
    match value:
        case list() | tuple():
            return []
        case Mapping():
            return {}
        case int() | float() | str():  # classes derived from these
            return _NOTHING[next(kind for kind in (int, float, str) if isinstance(value, kind))]
        case _:
            raise _cannot_mask(value)


def _integer_type(schema: Schema | None, value: int) -> Type:
    if schema is not None and schema.type in INTEGER_BITS:
        return schema.type
    bits = value.bits if isinstance(value, NarrowInt) else 64
    return next(type_ for type_, width in INTEGER_BITS.items() if width == bits)


def _refused(value: Any) -> Any:
    if value is None:
        return None
    raise _cannot_mask(value)


def _cannot_mask(value: Any) -> DataError:
    return DataError(f"Cannot mask value of type: {type(value).__name__}; remove it with ReplaceField instead")
