"""TimestampConverter: dates and times between text, numbers and Connect's logical types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import (
    ConfigDef,
    ConfigError,
    ConfigKey,
    DataError,
    Importance,
    Schema,
    SystemClock,
    Type,
    validators,
)
from connect_runtime.sdk.data import (
    DATE,
    DATE_NAME,
    INT64,
    STRING,
    TIME,
    TIME_NAME,
    TIMESTAMP,
    TIMESTAMP_NAME,
    NarrowInt,
    date_of_days,
    epoch_ms,
    time_of_ms,
    timestamp_of_ms,
)
from connect_runtime.transforms.date_format import format_instant
from connect_runtime.transforms.date_parse import InstantParser
from connect_runtime.transforms.date_pattern import DatePattern, parse_pattern
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

__all__ = ["TimestampConverterKey", "TimestampConverterValue"]

_PURPOSE: Final = "converting timestamp formats"
_FIELD: Final = "field"
_TARGET: Final = "target.type"
_FORMAT: Final = "format"
_PRECISION: Final = "unix.precision"
_DAY_MS: Final = 86_400_000
_MOST_TEXTS: Final = 1000
_ToMs = Callable[[Any], int]
_OfMs = Callable[[int], Any]

_SCHEMAS: Final[Mapping[str, Schema]] = MappingProxyType(
    {"string": STRING, "unix": INT64, "Date": DATE, "Time": TIME, "Timestamp": TIMESTAMP}
)
_PER_SECOND: Final[Mapping[str, int]] = MappingProxyType(
    {"nanoseconds": 1_000_000_000, "microseconds": 1_000_000, "milliseconds": 1_000, "seconds": 1}
)
_TEMPORAL: Final = (date, time, timedelta)


class _Options(NamedTuple):
    """What is converted to what.

    Attributes:
        field: The field, empty for the whole key or value.
        target: One of `_SCHEMAS`.
        replace_null: Whether nulls become defaults.
        of_text: Reads text.
        of_unix: Reads numbers.
        to_target: Writes.
    """

    field: str
    target: str
    replace_null: bool
    of_text: _ToMs
    of_unix: _ToMs
    to_target: _OfMs


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
            validator=validators.one_of(*_SCHEMAS),
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
            validator=validators.one_of(*_PER_SECOND),
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
            if schema is None:
                return _schemaless(parsed)
            return _struct_field(schema, parsed) if parsed.field else _whole(schema, parsed)

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
    per_second = _PER_SECOND[options[_PRECISION]]
    return _Options(
        options[_FIELD],
        target,
        options[REPLACE_NULL],
        _text_reader(pattern),
        _unix_reader(per_second),
        _writer(target, pattern, per_second),
    )


def _schemaless(options: _Options) -> Plan:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, _TEMPORAL):
            return options.to_target(epoch_ms(value))
        if isinstance(value, str):
            return options.to_target(options.of_text(value))
        if isinstance(value, int) and not isinstance(value, bool | NarrowInt):
            return options.to_target(options.of_unix(value))
        raise DataError(
            f"TimestampConverter does not support {type(value).__name__} objects as timestamps: "
            "without schema it takes dates, texts and numbers of 64 bits"
        )

    def change_field(value: Any) -> Any:
        if value is None:
            return None
        changed = copied_map(value, _PURPOSE)
        changed[options.field] = convert(changed.get(options.field))
        return changed

    return Plan(None, change_field if options.field else convert)


def _whole(schema: Schema, options: _Options) -> Plan:
    to_ms = _reader(schema, options)
    to_target = options.to_target
    target = _SCHEMAS[options.target]
    return Plan(
        target.as_optional() if schema.optional else target,
        lambda value: None if value is None else to_target(to_ms(value)),
    )


def _struct_field(schema: Schema, options: _Options) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    name, target, to_target = options.field, _SCHEMAS[options.target], options.to_target
    fields = [
        (f.name, (target.as_optional() if f.schema.optional else target) if f.name == name else f.schema)
        for f in schema.fields
    ]
    field = schema.field(name)
    copy = copier(null_rule(schema.fields, replace_null=options.replace_null), _PURPOSE)
    to_ms: _ToMs | None = None

    def change(value: Any) -> Any:
        if value is None:
            return None
        changed = copy(value)
        if field is not None:
            nonlocal to_ms
            to_ms = to_ms or _reader(field.schema, options)  # not before: a null struct passes, whatever its fields are
            found = changed.get(name)
            changed[name] = None if found is None else to_target(to_ms(found))
        return changed

    default = change(schema.default)
    return Plan(rebuilt_schema(schema, fields, optional=schema.optional, default=default), change)


def _reader(schema: Schema, options: _Options) -> _ToMs:
    if schema.name in (TIMESTAMP_NAME, DATE_NAME, TIME_NAME):
        return _temporal_ms
    match schema.type:
        case Type.STRING:
            return options.of_text
        case Type.INT64:
            return options.of_unix
        case _:
            raise DataError(
                f"Schema {schema.name or schema.type.name} does not correspond to a known timestamp type format"
            )


def _temporal_ms(value: Any) -> int:
    if isinstance(value, _TEMPORAL):
        return epoch_ms(value)
    raise DataError(f"Expected a date or time, but found {type(value).__name__}")


def _text_reader(pattern: DatePattern | None) -> _ToMs:
    parser = None if pattern is None else InstantParser(pattern, SystemClock().epoch_ms())

    def read(value: Any) -> int:
        if not isinstance(value, str):
            raise DataError(f"Expected string timestamp to be a string, but found {type(value).__name__}")
        if parser is None:
            raise DataError("Text cannot be read as a timestamp without a pattern: set format")
        return parser.parse(value)

    return read


def _unix_reader(per_second: int) -> _ToMs:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise DataError(f"Expected Unix timestamp to be a 64-bit number, but found {type(value).__name__}")
        return _saturated(_scaled(value, 1_000, per_second))

    return read


def _writer(target: str, pattern: DatePattern | None, per_second: int) -> _OfMs:
    match target:
        case "string" if pattern is not None:
            span_ms = pattern.granularity_ms
            of_span = lru_cache(_MOST_TEXTS)(lambda span: format_instant(pattern, span * span_ms))
            return lambda ms: of_span(ms // span_ms)
        case "unix":
            return lambda ms: _saturated(_scaled(ms, per_second, 1_000))
        case "Date":
            return lambda ms: date_of_days(ms // _DAY_MS)
        case "Time":
            return lambda ms: time_of_ms(ms % _DAY_MS)
        case _:
            return timestamp_of_ms


def _scaled(value: int, times: int, by: int) -> int:
    """``value * times / by``, cut towards zero."""
    scaled = value * times
    return scaled // by if scaled >= 0 else -(-scaled // by)


def _saturated(value: int) -> int:
    """As Java's ``TimeUnit`` does beyond 64 bits."""
    return min(max(value, -(1 << 63)), (1 << 63) - 1)
