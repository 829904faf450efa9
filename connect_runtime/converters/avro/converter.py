"""Avro, with the schema in a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.registry.converter import SchemaFormat, SchemaRegistryConverter
from connect_runtime.converters.registry.keys import flag
from connect_runtime.sdk import ConfigKey

__all__ = ["AvroConverter"]

_KEYS: Final = {
    "enhanced": flag(
        "enhanced.avro.schema.support",
        "Whether enums are written as enums, and the types of a union known by their full names.",
    ),
    "meta_data": flag(
        "connect.meta.data",
        "Whether what only Connect knows of a schema (name, version, parameters) stands in the Avro schema.",
        default=True,
    ),
    "scrub": flag(
        "scrub.invalid.names",
        "Whether names that Avro does not allow are written in an allowed form, e.g. order-id as order_id.",
    ),
    "generalized": flag(
        "generalized.sum.type.support",
        "Whether unions and enums become what they become with the Protobuf and JSON Schema converters, too.",
    ),
    "ignore_default": flag(
        "ignore.default.for.nullables",
        "Whether null is written as null even where the schema has a default.",
    ),
    "optional_map_keys": flag(
        "allow.optional.map.keys", "Whether maps with optional string keys are Avro maps, not arrays of entries."
    ),
    "discard_docs": flag(
        "discard.type.doc.default",
        "Whether the text about an Avro field becomes the Connect schema's doc, in place of parameters of the record.",
    ),
    "flatten_singleton_unions": flag(
        "flatten.singleton.unions", "Whether a union of one type is read as that type.", default=True
    ),
}


class AvroConverter(SchemaRegistryConverter):
    """Confluent's ``AvroConverter``: Avro, with the schema in a registry. Configure it before use."""

    @classmethod
    def format_keys(cls) -> Sequence[ConfigKey]:
        """Keys of Avro."""
        return list(_KEYS.values())

    def make_format(self, options: Mapping[str, Any]) -> SchemaFormat:
        """Avro as parsed options ask for."""
        from connect_runtime.converters.avro.format import AvroFormat  # noqa: PLC0415  # fastavro: only for who uses it

        return AvroFormat(AvroOptions(**{name: options[key.name] for name, key in _KEYS.items()}))
