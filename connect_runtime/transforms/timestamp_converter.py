"""TimestampConverter: dates and times between text, numbers and Connect's logical types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import (
    ConfigDef,
    ConfigError,
    ConfigKey,
    DataError,
    Importance,
    Schema,
    SystemClock,
    validators,
)
from connect_runtime.transforms.date_pattern import parse_pattern
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copied_map,
    copier,
    null_rule,
    rebuilt_schema,
    replace_null_key,
    require_struct_schema,
)
from connect_runtime.transforms.timestamp_values import (
    PER_SECOND,
    TARGETS,
    Conversion,
    Convert,
    conversion,
    converter_of,
)

__all__ = ["TimestampConverterKey", "TimestampConverterValue"]

_PURPOSE: Final = "converting timestamp formats"
_FIELD: Final = "field"
_TARGET: Final = "target.type"
_FORMAT: Final = "format"
_PRECISION: Final = "unix.precision"


class _Options(NamedTuple):
    """What is converted to what.

    Attributes:
        field: The field, empty for the whole key or value.
        target: The schema that it has then.
        replace_null: Whether nulls become defaults.
        conversion: Converts.
    """

    field: str
    target: Schema
    replace_null: bool
    conversion: Conversion


class TimestampConverter(PartTransform):
    """Converts timestamps between different formats such as Unix epoch, strings, and Connect Date/Timestamp types.

    Works on one field or on the entire key or value. What it is now follows from its schema: a logical type, text, or
    int64 for Unix time; without schema, from its class. Patterns are those of Java's ``SimpleDateFormat``, read and
    written in UTC. A null stays null. Dates outside the years 1 to 9999, which Python cannot hold, are an error of
    their record, unless they only pass from text to a number or back.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``field``, ``target.type``, ``format``, ``unix.precision``, ``replace.null.with.default``."""
        field = ConfigKey(
            _FIELD,
            default="",
            importance=Importance.HIGH,
            doc="The field containing the timestamp, or empty if the entire value is a timestamp.",
        )
        target = ConfigKey(
            _TARGET,
            required=True,
            validator=validators.one_of(*TARGETS),
            importance=Importance.HIGH,
            doc="The desired timestamp representation: string, unix, Date, Time, or Timestamp.",
        )
        pattern = ConfigKey(
            _FORMAT,
            default="",
            doc="A SimpleDateFormat-compatible format for the timestamp, e.g. yyyy-MM-dd HH:mm:ss. Used to generate "
            "the output when target.type is string, or used to parse the input if the input is a string.",
        )
        precision = ConfigKey(
            _PRECISION,
            default="milliseconds",
            validator=validators.one_of(*PER_SECOND),
            importance=Importance.LOW,
            doc="The desired Unix precision for the timestamp: seconds, milliseconds, microseconds, or nanoseconds. "
            "Used to generate the output when target.type is unix, or used to parse the input if the input is an "
            "int64. Precision finer than milliseconds is lost.",
        )
        return ConfigDef([field, target, pattern, precision, replace_null_key()])

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Converts to the configured type. Raises: ConfigError, for a bad or missing format."""
        parsed = _parsed(options)

        def plan(schema: Schema | None) -> Plan:
            if not parsed.field:
                return _whole(schema, parsed)
            return _map_field(parsed) if schema is None else _struct_field(schema, parsed)

        return plan


class TimestampConverterKey(TimestampConverter):
    """`TimestampConverter` of keys."""

    part = Part.KEY


class TimestampConverterValue(TimestampConverter):
    """`TimestampConverter` of values."""

    part = Part.VALUE


def _parsed(options: Mapping[str, Any]) -> _Options:
    target, text = options[_TARGET], options[_FORMAT]
    if target == "string" and not text:
        raise ConfigError("TimestampConverter requires format option to be specified when using string timestamps")
    try:
        pattern = parse_pattern(text) if text else None
    except DataError as exc:
        raise ConfigError(
            f"TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: {exc}",
            key=_FORMAT,
        ) from exc
    to_target = conversion(target, pattern, PER_SECOND[options[_PRECISION]], SystemClock().epoch_ms())
    return _Options(options[_FIELD], TARGETS[target], options[REPLACE_NULL], to_target)


def _whole(schema: Schema | None, options: _Options) -> Plan:
    convert = converter_of(schema, options.conversion)
    return Plan(
        None if schema is None else _converted(schema, options),
        lambda value: None if value is None else convert(value),
    )


def _map_field(options: _Options) -> Plan:
    field, convert = options.field, converter_of(None, options.conversion)

    def change(value: Any) -> Any:
        if value is None:
            return None
        changed = copied_map(value, _PURPOSE)
        found = changed.get(field)
        changed[field] = None if found is None else convert(found)
        return changed

    return Plan(None, change)


def _struct_field(schema: Schema, options: _Options) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    name, to_target = options.field, options.conversion
    fields = [(f.name, _converted(f.schema, options) if f.name == name else f.schema) for f in schema.fields]
    field = schema.field(name)
    copy = copier(null_rule(schema.fields, replace_null=options.replace_null), _PURPOSE)
    convert: Convert | None = None

    def change(value: Any) -> Any:
        if value is None:
            return None
        changed = copy(value)
        if field is not None:
            nonlocal convert
            if convert is None:
                convert = converter_of(field.schema, to_target)
            found = changed.get(name)
            changed[name] = None if found is None else convert(found)
        return changed

    default = change(schema.default)
    return Plan(rebuilt_schema(schema, fields, optional=schema.optional, default=default), change)


def _converted(schema: Schema, options: _Options) -> Schema:
    return options.target.as_optional() if schema.optional else options.target
