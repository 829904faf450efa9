"""Avro, with the schema in a registry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connect_runtime.converters.avro.decode import decoder
from connect_runtime.converters.avro.encode import encoder
from connect_runtime.converters.avro.names import full_name
from connect_runtime.converters.avro.parsing import parsed
from connect_runtime.converters.avro.to_avro import avro_of_schema
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.registry.converter import Read, SchemaRegistryConverter, Write
from connect_runtime.converters.registry.keys import flag
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.sdk import ConfigKey, Schema

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

    def make_format(self, options: Mapping[str, Any]) -> AvroFormat:
        """Avro as parsed options ask for."""
        return AvroFormat(AvroOptions(**{name: options[key.name] for name, key in _KEYS.items()}))


class AvroFormat:
    """Schemas and payloads of Avro."""

    kind = "AVRO"

    def __init__(self, options: AvroOptions) -> None:
        self._options = options

    def draft(self, schema: Schema) -> Draft:
        """The Avro schema of a Connect schema. Raises: DataError."""
        node = avro_of_schema(schema, self._options)
        return Draft(self.kind, json.dumps(node, ensure_ascii=False, separators=(",", ":")), _record_name(node))

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema as ``registered`` says. Raises: DataError."""
        return encoder(schema, parsed(registered.text, registered.imports), self._options)

    def reader(self, registered: RegisteredSchema) -> Read:
        """Reads what ``registered`` describes. Raises: DataError."""
        return decoder(parsed(registered.text, registered.imports), self._options)


def _record_name(node: Any) -> str | None:
    branches = node if isinstance(node, list) else [node]
    named = [branch for branch in branches if isinstance(branch, dict) and "name" in branch]
    return full_name(named[0]["name"], named[0].get("namespace")) if len(named) == 1 else None
