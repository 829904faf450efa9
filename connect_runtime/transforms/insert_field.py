"""InsertField: what the record knows about itself, or a constant, as fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import (
    ConfigDef,
    ConfigError,
    ConfigKey,
    DataError,
    Schema,
    SinkRecord,
    SourceRecord,
)
from connect_runtime.sdk.data import INT32, INT64, STRING, TIMESTAMP, timestamp_of_ms
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

__all__ = ["InsertFieldKey", "InsertFieldValue"]

_PURPOSE: Final = "field insertion"
_STATIC: Final = "static.field"
_STATIC_VALUE: Final = "static.value"
_OPTIONALITY: Final = (
    "Suffix with ! to make this a required field, or ? to keep it optional (the default)."  # Kafka's own notation
)
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


class InsertField(PartTransform):
    """Inserts fields with attributes of the record, or with a configured static value.

    New fields stand behind the others: topic, partition, offset, timestamp, static value. A null stays as it is.
    """

    passes_null = True
    edits_fields = True

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

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Inserts those fields. Raises: ConfigError, if there are none."""
        inserted, replace_null = _inserted(options), options[REPLACE_NULL]

        def plan(schema: Schema | None) -> Plan:
            return _of_map(inserted) if schema is None else _of_struct(schema, inserted, replace_null=replace_null)

        return plan


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


def _of_map(inserted: Sequence[_Inserted]) -> Plan:
    reads = [(field.name, field.read_schemaless, field.null_is_set) for field in inserted]

    def edit(maps: list[dict[Any, Any]], records: Sequence[_Record]) -> None:
        for name, read, null_is_set in reads:
            for fields, content in zip(maps, map(read, records), strict=True):
                if content is not None or null_is_set:
                    fields[name] = content

    return Plan(None, map_copier(_PURPOSE), (edit,))


def _of_struct(schema: Schema, inserted: Sequence[_Inserted], *, replace_null: bool) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    fields = [(field.name, field.schema) for field in schema.fields]
    target = rebuilt_schema(schema, [*fields, *((field.name, field.schema) for field in inserted)])
    reads = [(field.name, field.read, field.null_is_set and not field.schema.optional) for field in inserted]

    def edit(structs: list[dict[str, Any]], records: Sequence[_Record]) -> None:
        for name, read, is_required in reads:
            for struct, content in zip(structs, map(read, records), strict=True):
                if content is not None:
                    struct[name] = content
                elif is_required:
                    raise DataError(f'Invalid value: null used for required field: "{name}"')

    nulls = null_rule(schema.fields, replace_null=replace_null)
    return Plan(target, copier(nulls, _PURPOSE), (edit,), nulls)


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
