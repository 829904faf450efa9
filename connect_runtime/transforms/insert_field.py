"""InsertField: what the record knows about itself, or a constant, as fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

from msgspec.structs import replace

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigError,
    ConfigKey,
    DataError,
    Schema,
    SinkRecord,
    SourceRecord,
    Transform,
)
from connect_runtime.sdk.data import INT32, INT64, STRING, TIMESTAMP, timestamp_of_ms
from connect_runtime.transforms.part import NO_SCHEMA_YET, Part
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copied_map,
    copier,
    rebuilt_schema,
    replace_null_key,
    require_struct_schema,
)

__all__ = ["InsertFieldKey", "InsertFieldValue"]

_PURPOSE: Final = "field insertion"
_STATIC: Final = "static.field"
_STATIC_VALUE: Final = "static.value"
_OPTIONALITY: Final = (
    "Suffix with ! to make this a required field, or ? to keep it optional (the default)."  # Kafka's own notation
)
_MOST_PLANS: Final = 256
_Record = SourceRecord | SinkRecord
_Read = Callable[[_Record], Any]


class _Inserted(NamedTuple):
    """A field to insert.

    Attributes:
        name: Its name.
        schema: Its schema.
        read: The value with schema; ``None`` leaves the field unset.
        read_schemaless: The value without.
        null_is_set: Whether a null is set all the same: an entry without schema, an error if the field is required.
    """

    name: str
    schema: Schema
    read: _Read
    read_schemaless: _Read
    null_is_set: bool


class _Plan(NamedTuple):
    """The schema that follows, and the value that follows from a value and its record."""

    schema: Schema | None
    fill: Callable[[Any, _Record], dict[Any, Any]]


class InsertField(Transform):
    """Inserts fields with attributes of the record, or with a configured static value.

    New fields stand behind the others: topic, partition, offset, timestamp, static value. A null stays as it is.
    """

    part: ClassVar[Part]
    _plans: Callable[[Schema | None], _Plan]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """The names of the fields, ``static.value``, ``replace.null.with.default``."""
        contents = {
            "topic.field": "the Kafka topic",
            "partition.field": "the Kafka partition",
            "offset.field": "the Kafka offset, which only records of sink connectors have",
            "timestamp.field": "the record timestamp",
            _STATIC: "the static data of static.value",
        }
        fields = [ConfigKey(name, doc=f"Field name for {what}. {_OPTIONALITY}") for name, what in contents.items()]
        static = ConfigKey(_STATIC_VALUE, doc="Static field value, if field name configured, e.g. eu-west-1.")
        return ConfigDef([*fields, static, replace_null_key()])

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the fields. Raises: ConfigError."""
        options = self.config_def().parse(config)
        inserted, replace_null = _inserted(options), options[REPLACE_NULL]
        self._plans = lru_cache(_MOST_PLANS)(lambda schema: _plan(schema, inserted, replace_null=replace_null))

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with more fields. Raises: DataError."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        return self._with_values(records) if self.part is Part.VALUE else self._with_keys(records)

    def _with_values(self, records: Sequence[AnyRecord]) -> list[AnyRecord]:
        changed: list[AnyRecord] = []
        schema: Any = NO_SCHEMA_YET
        for record in records:
            value = record.value
            if value is None:
                changed.append(record)
                continue
            if record.value_schema is not schema:
                target, fill = self._plans(record.value_schema)
                schema = record.value_schema
            changed.append(replace(record, value=fill(value, record), value_schema=target))
        return changed

    def _with_keys(self, records: Sequence[AnyRecord]) -> list[AnyRecord]:
        changed: list[AnyRecord] = []
        schema: Any = NO_SCHEMA_YET
        for record in records:
            key = record.key
            if key is None:
                changed.append(record)
                continue
            if record.key_schema is not schema:
                target, fill = self._plans(record.key_schema)
                schema = record.key_schema
            changed.append(replace(record, key=fill(key, record), key_schema=target))
        return changed


class InsertFieldKey(InsertField):
    """`InsertField` of keys."""

    part = Part.KEY


class InsertFieldValue(InsertField):
    """`InsertField` of values."""

    part = Part.VALUE


def _inserted(options: Mapping[str, Any]) -> list[_Inserted]:
    constant = options[_STATIC_VALUE]
    fields: list[tuple[str, Schema, tuple[_Read, _Read, bool]]] = [
        ("topic.field", STRING, (_topic, _topic, True)),
        ("partition.field", INT32, (_partition, _partition, False)),
        ("offset.field", INT64, (_offset, _offset, False)),
        ("timestamp.field", TIMESTAMP, (_timestamp, _timestamp_ms, False)),
        (_STATIC, STRING, (lambda _: constant, lambda _: constant, False)),
    ]
    found = [
        _Inserted(_name(options[key]), schema if options[key].endswith("!") else schema.as_optional(), *reads)
        for key, schema, reads in fields
        if options[key] is not None
    ]
    if not found:
        raise ConfigError("No field insertion configured: set at least one of topic.field, static.field, ...")
    if options[_STATIC] is not None and constant is None:
        raise ConfigError("No value specified for static field: set static.value", key=_STATIC_VALUE)
    return found


def _name(spec: str) -> str:
    return spec[:-1] if spec.endswith(("!", "?")) else spec


def _plan(schema: Schema | None, inserted: Sequence[_Inserted], *, replace_null: bool) -> _Plan:
    if schema is None:
        reads = [(field.name, field.read_schemaless, field.null_is_set) for field in inserted]

        def fill_map(value: Any, record: _Record) -> dict[Any, Any]:
            fields = copied_map(value, _PURPOSE)
            for name, read, null_is_set in reads:
                content = read(record)
                if content is not None or null_is_set:
                    fields[name] = content
            return fields

        return _Plan(None, fill_map)
    require_struct_schema(schema, _PURPOSE)
    fields = [(field.name, field.schema) for field in schema.fields]
    target = rebuilt_schema(schema, [*fields, *((field.name, field.schema) for field in inserted)])
    copy = copier(schema.fields, _PURPOSE, replace_null=replace_null)
    struct_reads = [(f.name, f.read, f.null_is_set and not f.schema.optional) for f in inserted]

    def fill_struct(value: Any, record: _Record) -> dict[str, Any]:
        fields = copy(value)
        for name, read, is_required in struct_reads:
            content = read(record)
            if content is not None:
                fields[name] = content
            elif is_required:
                raise DataError(f'Invalid value: null used for required field: "{name}"')
        return fields

    return _Plan(target, fill_struct)


def _topic(record: _Record) -> str | None:
    return record.topic


def _partition(record: _Record) -> int | None:
    return record.kafka_partition


def _offset(record: _Record) -> int:
    if isinstance(record, SinkRecord):
        return record.kafka_offset
    raise DataError(f"Only SinkRecord supported for [{_PURPOSE}], found: {type(record).__name__}")


def _timestamp(record: _Record) -> Any:
    return None if record.timestamp is None else timestamp_of_ms(record.timestamp)


def _timestamp_ms(record: _Record) -> int | None:
    return record.timestamp
