"""Schemas and payloads of Protobuf."""

from __future__ import annotations

from collections.abc import Sequence

from connect_runtime.converters.protobuf.decode import message_decoder
from connect_runtime.converters.protobuf.encode import message_encoder
from connect_runtime.converters.protobuf.files import file_of, message_at, messages_of
from connect_runtime.converters.protobuf.to_proto import proto_of_schema
from connect_runtime.converters.protobuf.wire import path_bytes, read_path
from connect_runtime.converters.protobuf.words import ProtobufOptions
from connect_runtime.converters.registry.converter import Read, Write
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.sdk import DataError, Schema, SchemaAndValue

__all__ = ["ProtobufFormat"]


class ProtobufFormat:
    """Schemas and payloads of Protobuf."""

    kind = "PROTOBUF"
    schemaless = None

    def __init__(self, options: ProtobufOptions) -> None:
        self._options = options

    def draft(self, schema: Schema) -> Draft:
        """The Protobuf schema of a Connect schema. Raises: DataError."""
        made = proto_of_schema(schema, self._options)
        return Draft(self.kind, made.text, made.name)

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema as the message of that name in ``registered``. Raises: DataError."""
        name = proto_of_schema(schema, self._options).name
        messages = messages_of(file_of(registered.text, registered.imports))
        place = _place(name, [descriptor.full_name for descriptor in messages])
        head, encode = path_bytes((place,)), message_encoder(schema, messages[place], self._options)
        return lambda value: head + encode(value)

    def record_name(self, registered: RegisteredSchema) -> str | None:
        """Full name of the first message in ``registered``, ``None`` when there is none. Raises: DataError."""
        messages = messages_of(file_of(registered.text, registered.imports))
        return str(messages[0].full_name) if messages else None

    def reader(self, registered: RegisteredSchema, version: int | None = None) -> Read:
        """Reads messages of any type in ``registered``. Raises: DataError."""
        file, options = file_of(registered.text, registered.imports), self._options
        decoders: dict[tuple[int, ...], Read] = {}

        def read(payload: bytes) -> SchemaAndValue:
            path, size = read_path(payload)
            decode = decoders.get(path)
            if decode is None:
                decode = decoders[path] = message_decoder(message_at(file, path), version, options)
            return decode(payload[size:])

        return read


def _place(name: str, names: Sequence[str]) -> int:
    """The place of a message: of that full name, or else of that name in another package. Raises: DataError."""
    short = [other.rpartition(".")[2] for other in names]
    for known, wanted in ((names, name), (short, name.rpartition(".")[2])):
        if wanted in known:
            return known.index(wanted)
    raise DataError(
        f"The registered Protobuf schema has no message {name}, as the record's schema is named, but {', '.join(names)}"
    )
