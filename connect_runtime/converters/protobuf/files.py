"""Registered Protobuf schemas as message types that can be read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from connect_runtime.converters.protobuf.parsing import file_of_text
from connect_runtime.converters.protobuf.wellknown import META_FILE, well_known_file
from connect_runtime.sdk import DataError

__all__ = ["field_parameters", "file_of", "message_at", "message_class", "messages_of"]

_SCHEMA: Final = "schema.proto"
_OPTIONS: Final = "confluent.OptionsWithMeta"


def file_of(text: str, imports: Mapping[str, str]) -> FileDescriptor:
    """The file of a schema, in a pool of its own with everything that it imports.

    Args:
        text: The schema.
        imports: Texts of the schemas that it imports, by file name.

    Raises:
        DataError: One of them cannot be parsed, or imports what is not there.
    """
    pool = DescriptorPool()
    added: set[str] = set()

    def add(file: FileDescriptorProto) -> None:
        added.add(file.name)
        for name in file.dependency:
            if name not in added:
                add(_imported(name, imports))
        pool.Add(file)

    try:
        add(file_of_text(text, _SCHEMA))
        return pool.FindFileByName(_SCHEMA)
    except (TypeError, KeyError) as exc:
        raise DataError(f"The registry holds a Protobuf schema that does not hold together: {exc}") from exc


def messages_of(parent: FileDescriptor | Descriptor) -> Sequence[Descriptor]:
    """The declared messages of a file or message, in the order by which messages on the wire count them."""
    if isinstance(parent, FileDescriptor):
        return list(parent.message_types_by_name.values())
    return [nested for nested in parent.nested_types if not nested.GetOptions().map_entry]


def message_at(file: FileDescriptor, path: Sequence[int]) -> Descriptor:
    """The message at a path of places, from the file's messages inward. Raises: DataError, when there is none."""
    parent: Any = file
    for place in path:
        messages = messages_of(parent)
        if not 0 <= place < len(messages):
            raise DataError(f"A message is of the type at {list(path)} of its Protobuf schema, which has no such type")
        parent = messages[place]
    if not isinstance(parent, Descriptor):
        raise DataError("A message does not say of which type of its Protobuf schema it is")
    return parent


def message_class(descriptor: Descriptor) -> type[Message]:
    """The Python class of a message type."""
    made: type[Message] = GetMessageClass(descriptor)
    return made


def field_parameters(field: FieldDescriptor) -> Mapping[str, str]:
    """What Confluent's option ``field_meta`` says of a field."""
    serialized = field.GetOptions().SerializeToString()
    if not serialized:
        return {}
    read: Any = _options_class().FromString(serialized)
    return dict(read.meta.params)


def _imported(name: str, imports: Mapping[str, str]) -> FileDescriptorProto:
    if name in imports:
        return file_of_text(imports[name], name)
    return well_known_file(name)


@cache  # takes milliseconds to build; without state
def _options_class() -> type[Message]:
    pool = DescriptorPool()
    pool.Add(well_known_file(META_FILE))
    return message_class(pool.FindMessageTypeByName(_OPTIONS))
