"""Protobuf, with the schema in a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connect_runtime.converters.protobuf.words import ProtobufOptions
from connect_runtime.converters.registry.converter import SchemaFormat, SchemaRegistryConverter
from connect_runtime.converters.registry.keys import flag
from connect_runtime.sdk import ConfigKey

__all__ = ["ProtobufConverter"]

_KEYS: Final = {
    "enhanced": flag(
        "enhanced.protobuf.schema.support",
        "Whether messages, enums and oneofs are known by their full names in Connect.",
    ),
    "scrub": flag(
        "scrub.invalid.names",
        "Whether names that Protobuf does not allow are written in an allowed form, e.g. order-id as order_id.",
    ),
    "int_enums": flag("int.for.enums", "Whether enums are integers in Connect, not strings."),
    "optional_for_nullables": flag(
        "optional.for.nullables", "Whether optional fields are optional in Protobuf, so that null differs from zero."
    ),
    "optional_for_proto2": flag(
        "optional.for.proto2", "Whether optional fields of proto2 that are not set are null.", default=True
    ),
    "wrapper_for_nullables": flag(
        "wrapper.for.nullables",
        "Whether optional fields are messages such as google.protobuf.StringValue, so that null differs from zero.",
    ),
    "wrapper_for_primitives": flag(
        "wrapper.for.raw.primitives",
        "Whether a message such as google.protobuf.StringValue at the top is read as the value in it.",
        default=True,
    ),
    "union_index": flag(
        "generate.index.for.unions",
        "Whether the field that stands for a oneof has the oneof's place behind its name, e.g. payment_0.",
        default=True,
    ),
    "generalized": flag(
        "generalized.sum.type.support",
        "Whether oneofs and enums become what they become with the Avro and JSON Schema converters, too.",
    ),
    "ignore_default": flag(
        "ignore.default.for.nullables",
        "Whether null is left out even where the schema has a default.",
    ),
}


class ProtobufConverter(SchemaRegistryConverter):
    """Confluent's ``ProtobufConverter``: Protobuf, with the schema in a registry. Configure it before use."""

    @classmethod
    def format_keys(cls) -> Sequence[ConfigKey]:
        """Keys of Protobuf."""
        return list(_KEYS.values())

    def make_format(self, options: Mapping[str, Any]) -> SchemaFormat:
        """Protobuf as parsed options ask for."""
        from connect_runtime.converters.protobuf.format import ProtobufFormat  # noqa: PLC0415  # protobuf and a parser: only for who uses it

        return ProtobufFormat(ProtobufOptions(**{name: options[key.name] for name, key in _KEYS.items()}))
