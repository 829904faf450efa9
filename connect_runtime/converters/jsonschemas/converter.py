"""JSON, with a JSON schema in a registry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import msgspec

from connect_runtime.converters.json_dump import dump_tree
from connect_runtime.converters.jsonschemas.decode import has_decimals, value_decoder
from connect_runtime.converters.jsonschemas.encode import tree_encoder
from connect_runtime.converters.jsonschemas.references import References, json_of
from connect_runtime.converters.jsonschemas.to_connect import schema_of_json_schema
from connect_runtime.converters.jsonschemas.to_json_schema import json_schema_of
from connect_runtime.converters.jsonschemas.validation import validator
from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions
from connect_runtime.converters.registry.converter import Read, SchemaRegistryConverter, Write
from connect_runtime.converters.registry.keys import flag
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.sdk import ConfigKey, DataError, Importance, Schema, SchemaAndValue, validators

__all__ = ["JsonSchemaConverter"]

_DECIMAL_FORMAT: Final = "decimal.format"
_KEYS: Final = {
    "validate": flag(
        "json.fail.invalid.schema",
        "Whether every value that is written or read is checked against its JSON schema. Costs much time. Decimals need "
        "decimal.format=NUMERIC then.",
    ),
    "optional_for_nonrequired": flag(
        "use.optional.for.nonrequired",
        "Whether properties that an object does not require are optional in Connect; without, only null makes them so.",
    ),
    "additional_properties": flag(
        "object.additional.properties",
        "Whether objects may have other properties than those of their schema, by the JSON schemas that are made.",
        default=True,
    ),
    "generalized": flag(
        "generalized.sum.type.support",
        "Whether unions and enums become what they become with the Avro and Protobuf converters, too.",
    ),
    "ignore_default": flag(
        "ignore.default.for.nullables",
        "Whether null is written as null even where the schema has a default.",
    ),
}


class JsonSchemaConverter(SchemaRegistryConverter):
    """Confluent's ``JsonSchemaConverter``: JSON, with a JSON schema in a registry. Configure it before use."""

    @classmethod
    def format_keys(cls) -> Sequence[ConfigKey]:
        """Keys of JSON Schema."""
        decimal_format = ConfigKey(
            _DECIMAL_FORMAT,
            default="BASE64",
            validator=validators.one_of_ignoring_case("BASE64", "NUMERIC"),
            importance=Importance.LOW,
            group="Data",
            doc="How decimals are written: BASE64 (the unscaled bytes) or NUMERIC (a number, e.g. 12.30).",
        )
        return [*_KEYS.values(), decimal_format]

    def make_format(self, options: Mapping[str, Any]) -> JsonSchemaFormat:
        """JSON Schema as parsed options ask for."""
        flags = {name: options[key.name] for name, key in _KEYS.items()}
        numeric = options[_DECIMAL_FORMAT].upper() == "NUMERIC"
        return JsonSchemaFormat(JsonSchemaOptions(**flags, numeric_decimals=numeric))


class JsonSchemaFormat:
    """Schemas and payloads of JSON Schema."""

    kind = "JSON"

    def __init__(self, options: JsonSchemaOptions) -> None:
        self._options = options

    def draft(self, schema: Schema) -> Draft:
        """The JSON schema of a Connect schema. Raises: DataError."""
        node = json_schema_of(schema, self._options, self._default)
        return Draft(self.kind, json.dumps(node, ensure_ascii=False, separators=(",", ":")), schema.name)

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema, checked against ``registered`` if that is wanted. Raises: DataError."""
        encode = tree_encoder(schema, self._options)
        if not self._options.validate:
            return lambda value: dump_tree(encode(value))
        document = json_of(registered.text)
        check = validator(document, References(document, registered.imports))

        def write(value: Any) -> bytes:
            data = dump_tree(encode(value))
            check(data)
            return data

        return write

    def reader(self, registered: RegisteredSchema) -> Read:
        """Reads what ``registered`` describes. Raises: DataError."""
        document = json_of(registered.text)
        references = References(document, registered.imports)
        schema = schema_of_json_schema(document, references, self._options, _decoded)
        check = validator(document, references) if self._options.validate else None
        parse = msgspec.json.Decoder(float_hook=Decimal if has_decimals(schema) else None).decode
        decode = value_decoder(schema)

        def read(payload: bytes) -> SchemaAndValue:
            try:
                node = parse(payload)
            except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
                raise DataError(f"A message of {len(payload)} bytes is no JSON: {exc}") from exc
            if check is not None:
                check(payload)
            return schema, decode(node)

        return read

    def _default(self, schema: Schema, default: Any) -> Any:
        options = replace(self._options, numeric_decimals=False)  # a number in a JSON schema would lose its scale
        return json.loads(dump_tree(tree_encoder(schema.with_(default=None), options)(default)))


def _decoded(schema: Schema, default: Any) -> Any:
    return value_decoder(schema)(default)
