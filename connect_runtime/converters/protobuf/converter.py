"""Protobuf, with the schema in a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connect_runtime.converters.protobuf.decode import message_decoder
from connect_runtime.converters.protobuf.encode import message_encoder
from connect_runtime.converters.protobuf.files import file_of, message_at, messages_of
from connect_runtime.converters.protobuf.to_proto import proto_of_schema
from connect_runtime.converters.protobuf.wire import path_bytes, read_path
from connect_runtime.converters.protobuf.words import ProtobufOptions
from connect_runtime.converters.registry.converter import Read, SchemaRegistryConverter, Write
from connect_runtime.converters.registry.keys import flag
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.sdk import ConfigKey, DataError, Schema, SchemaAndValue

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

    def make_format(self, options: Mapping[str, Any]) -> ProtobufFormat:
        """Protobuf as parsed options ask for."""
        return ProtobufFormat(ProtobufOptions(**{name: options[key.name] for name, key in _KEYS.items()}))


class ProtobufFormat:
    """Schemas and payloads of Protobuf."""

    kind = "PROTOBUF"

    def __init__(self, options: ProtobufOptions) -> None:
        self._options = options

    def draft(self, schema: Schema) -> Draft:
        """The Protobuf schema of a Connect schema. Raises: DataError."""
        made = proto_of_schema(schema, self._options)
        return Draft(self.kind, made.text, made.name)

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema as the message of that name in ``registered``. Raises: DataError."""
        made = proto_of_schema(schema, self._options)
        file = file_of(registered.text, registered.imports)
        for place, descriptor in enumerate(messages_of(file)):
            if descriptor.full_name == made.name:
                head, encode = path_bytes((place,)), message_encoder(schema, descriptor, self._options)
                return lambda value: head + encode(value)
        names = ", ".join(descriptor.full_name for descriptor in messages_of(file))
        raise DataError(
            f"The registered Protobuf schema has no message {made.name} of the record's schema, but {names}"
        )

    def reader(self, registered: RegisteredSchema) -> Read:
        """Reads messages of any type in ``registered``. Raises: DataError."""
        file, options = file_of(registered.text, registered.imports), self._options
        decoders: dict[tuple[int, ...], Read] = {}

        def read(payload: bytes) -> SchemaAndValue:
            path, size = read_path(payload)
            decode = decoders.get(path)
            if decode is None:
                decode = decoders[path] = message_decoder(message_at(file, path), options)
            return decode(payload[size:])

        return read
