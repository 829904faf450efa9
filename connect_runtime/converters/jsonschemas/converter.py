"""JSON, with a JSON schema in a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions
from connect_runtime.converters.registry.converter import SchemaFormat, SchemaRegistryConverter
from connect_runtime.converters.registry.keys import flag
from connect_runtime.sdk import ConfigKey, Importance, validators

__all__ = ["JsonSchemaConverter"]

_DECIMAL_FORMAT: Final = "decimal.format"
_KEYS: Final = {
    "validate": flag(
        "json.fail.invalid.schema",
        "Whether every value that is written or read is checked against its JSON schema. Costs much time. Decimals "
        "need decimal.format=NUMERIC then.",
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

    def make_format(self, options: Mapping[str, Any]) -> SchemaFormat:
        """JSON Schema as parsed options ask for."""
        from connect_runtime.converters.jsonschemas.format import JsonSchemaFormat  # noqa: PLC0415  # jsonschema: only for who uses it

        flags = {name: options[key.name] for name, key in _KEYS.items()}
        numeric = options[_DECIMAL_FORMAT].upper() == "NUMERIC"
        return JsonSchemaFormat(JsonSchemaOptions(**flags, numeric_decimals=numeric))
