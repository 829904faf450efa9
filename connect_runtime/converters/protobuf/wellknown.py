"""Schemas that others import and nobody registers: Google's and Confluent's common types."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf import (
    any_pb2,
    api_pb2,
    descriptor_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    source_context_pb2,
    struct_pb2,
    timestamp_pb2,
    type_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from connect_runtime.converters.protobuf.parsing import file_of_text
from connect_runtime.sdk import DataError

__all__ = ["DATE_FILE", "DECIMAL_FILE", "META_FILE", "TIME_FILE", "well_known_file"]

DATE_FILE: Final = "google/type/date.proto"
TIME_FILE: Final = "google/type/timeofday.proto"
DECIMAL_FILE: Final = "confluent/type/decimal.proto"
META_FILE: Final = "confluent/meta.proto"
_COMPILED: Final = MappingProxyType(
    {
        module.DESCRIPTOR.name: module.DESCRIPTOR
        for module in (
            any_pb2, api_pb2, descriptor_pb2, duration_pb2, empty_pb2, field_mask_pb2, source_context_pb2, struct_pb2,
            timestamp_pb2, type_pb2, wrappers_pb2,
        )
    }
)  # fmt: skip
# By file name, the package and its messages. The last message of Confluent's is ours: what options look like with its
# extension in them.
_MESSAGES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        DATE_FILE: ("google.type", "message Date { int32 year = 1; int32 month = 2; int32 day = 3; }"),
        TIME_FILE: (
            "google.type",
            "message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }",
        ),
        DECIMAL_FILE: ("confluent.type", "message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }"),
        META_FILE: (
            "confluent",
            """
            message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }
            message OptionsWithMeta { Meta meta = 1088; }
            """,
        ),
    }
)


def well_known_file(name: str) -> FileDescriptorProto:
    """The descriptor of a file of common types. Raises: DataError, when there is none of that name."""
    if name in _MESSAGES:
        package, messages = _MESSAGES[name]
        return file_of_text(f'syntax = "proto3"; package {package}; {messages}', name)
    if name in _COMPILED:
        return FileDescriptorProto.FromString(_COMPILED[name].serialized_pb)
    raise DataError(
        f"A Protobuf schema imports {name}, which is not among the schemas that the registry says it refers to"
    )
