"""Which columns records become, from how their keys and values look and from the ``pk.*`` settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from connect_runtime.sdk import ConnectError, DataError, Schema, Type, primitive_schema
from connectors.sql.settings import PkMode, SinkSettings

__all__ = ["KAFKA_NAMES", "Part", "RowField", "Source", "UnfitRecordError", "row_fields"]

KAFKA_NAMES: Final = ("__connect_topic", "__connect_partition", "__connect_offset")


class UnfitRecordError(DataError):
    """A record cannot be written.

    Args:
        reason: Why not; ``its value`` and the like mean the record's.
        row: Place of the record among those that look alike.
    """

    def __init__(self, reason: str, row: int = 0) -> None:
        super().__init__(reason)
        self.row = row


class Source(Enum):
    """Where in a record a column's values are."""

    TOPIC = auto()
    PARTITION = auto()
    OFFSET = auto()
    KEY = auto()
    KEY_FIELD = auto()
    VALUE = auto()
    VALUE_FIELD = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """How the keys, or the values, of some records look.

    Attributes:
        schema: Their schema, ``None`` for schemaless ones.
        names: Names of their fields; ``None`` for single values.
    """

    schema: Schema | None
    names: tuple[str, ...] | None

    @classmethod
    def of(cls, schema: Schema | None, sample: Any) -> Part:
        """Of records like one whose key or value is ``sample``."""
        if schema is None:
            return cls(None, tuple(sample) if isinstance(sample, dict) else None)
        return cls(schema, tuple(field.name for field in schema.fields) if schema.type is Type.STRUCT else None)

    def schema_of(self, name: str) -> Schema | None:
        """Schema of a field, ``None`` for schemaless data."""
        field = None if self.schema is None else self.schema.field(name)
        return None if field is None else field.schema


@dataclass(frozen=True, slots=True)
class RowField:
    """A column to write.

    Attributes:
        name: Its configured name.
        source: Where its values are.
        schema: Their schema, ``None`` for schemaless ones.
        is_key: Whether it is a key column.
    """

    name: str
    source: Source
    schema: Schema | None
    is_key: bool


def row_fields(settings: SinkSettings, key: Part | None, value: Part | None) -> tuple[RowField, ...]:
    """The columns of records, in the order of a new table: Kafka's coordinates, the value's, the rest of the key's.

    Args:
        settings: The sink's.
        key: How the keys look, ``None`` when there are none.
        value: How the values look; ``None`` for tombstones, of which only the key columns count.

    Raises:
        UnfitRecordError: Such records cannot be written.
        ConnectError: No records can be written, as things are configured.
    """
    keys = {field.name: field for field in _key_fields(settings, key, value)}
    if value is None:
        return tuple(keys.values())
    first = [field for field in keys.values() if field.source in (Source.TOPIC, Source.PARTITION, Source.OFFSET)]
    others = [keys.get(field.name, field) for field in _value_fields(settings, value, keys)]
    named = {field.name for field in (*first, *others)}
    rest = [keys[name] for name in sorted(keys) if name not in named]
    fields = tuple(dict.fromkeys((*first, *others, *rest)))
    if not fields:
        raise UnfitRecordError(
            "there is nothing to write: no field of the value is in fields.whitelist, or it has none"
        )
    return fields


def _key_fields(settings: SinkSettings, key: Part | None, value: Part | None) -> list[RowField]:
    match settings.pk_mode:
        case PkMode.NONE:
            return []
        case PkMode.KAFKA:
            return _kafka_fields(settings)
        case PkMode.RECORD_KEY:
            return _record_key_fields(settings, key)
        case PkMode.RECORD_VALUE:
            if value is None or value.names is None:
                raise UnfitRecordError("its value is not a struct or map, which pk.mode=record_value needs")
            return _chosen(settings, value, value.names, Source.VALUE_FIELD, "value")


def _kafka_fields(settings: SinkSettings) -> list[RowField]:
    sources = (Source.TOPIC, Source.PARTITION, Source.OFFSET)
    schemas = map(primitive_schema, (Type.STRING, Type.INT32, Type.INT64))
    names = settings.pk_fields or KAFKA_NAMES
    return [
        RowField(name, source, schema, is_key=True)
        for name, source, schema in zip(names, sources, schemas, strict=True)
    ]


def _record_key_fields(settings: SinkSettings, key: Part | None) -> list[RowField]:
    if key is None:
        raise UnfitRecordError("it has no key, which pk.mode=record_key needs")
    if key.names is not None:
        return _chosen(settings, key, key.names, Source.KEY_FIELD, "key")
    if key.schema is not None and not key.schema.type.is_primitive:
        raise UnfitRecordError(f"its key is of type {key.schema.type.value}: a struct or a single value can be a key")
    if len(settings.pk_fields) != 1:
        raise ConnectError(
            "The keys of the records are single values, and pk.mode=record_key: name the one column that they go to in "
            f"pk.fields, which is now {','.join(settings.pk_fields) or 'empty'}."
        )
    return [RowField(settings.pk_fields[0], Source.KEY, key.schema, is_key=True)]


def _chosen(settings: SinkSettings, part: Part, names: Sequence[str], source: Source, where: str) -> list[RowField]:
    """The fields of a key or value that ``pk.fields`` names, by default all."""
    chosen = settings.pk_fields or tuple(names)
    absent = [name for name in chosen if name not in names]
    if absent and part.schema is not None:
        raise ConnectError(
            f"pk.fields names {', '.join(absent)}, but the schema of the {where} has only {', '.join(names)}: correct "
            "pk.fields or pk.mode."
        )
    if absent:
        raise UnfitRecordError(f"its {where} has no {', '.join(absent)}, which pk.fields names")
    return [RowField(name, source, part.schema_of(name), is_key=True) for name in chosen]


def _value_fields(settings: SinkSettings, value: Part, keys: dict[str, RowField]) -> list[RowField]:
    if value.names is None:
        return [_text_field(settings, value)]
    return [
        RowField(name, Source.VALUE_FIELD, value.schema_of(name), is_key=False)
        for name in value.names
        if name in keys or not settings.whitelist or name in settings.whitelist
    ]


def _text_field(settings: SinkSettings, value: Part) -> RowField:
    if value.schema is not None and value.schema.type is not Type.STRING:
        raise UnfitRecordError(
            f"its value is of type {value.schema.type.value}: a struct, a map without schema or text is needed"
        )
    if settings.whitelist:
        raise ConnectError("fields.whitelist names fields, but the values of the records are text: leave it empty.")
    return RowField(settings.text_column, Source.VALUE, value.schema, is_key=False)
