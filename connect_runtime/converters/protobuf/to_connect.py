"""Connect schemas of Protobuf messages, as Confluent's converter makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor, OneofDescriptor

from connect_runtime.converters.protobuf.files import field_parameters
from connect_runtime.converters.protobuf.words import (
    DATE,
    DECIMAL,
    PRECISION,
    PROTOBUF_TYPE,
    TAG,
    TIME,
    TIMESTAMP,
    UNION,
    WRAPPED,
    ProtobufOptions,
)
from connect_runtime.converters.registry.words import GENERALIZED_UNION
from connect_runtime.sdk import DataError, Schema, Type, array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.sdk.data import DATE as DATE_SCHEMA
from connect_runtime.sdk.data import TIME as TIME_SCHEMA
from connect_runtime.sdk.data import TIMESTAMP as TIMESTAMP_SCHEMA
from connect_runtime.sdk.data import decimal_schema, is_recursive, recursive_schema

__all__ = [
    "entry_fields",
    "has_presence",
    "is_map",
    "is_unwrapped",
    "plain_fields",
    "real_oneofs",
    "schema_of_message",
    "union_name",
]

_TYPES: Final[Mapping[int, tuple[Type, str]]] = MappingProxyType(
    {
        FieldDescriptor.TYPE_DOUBLE: (Type.FLOAT64, "double"),
        FieldDescriptor.TYPE_FLOAT: (Type.FLOAT32, "float"),
        FieldDescriptor.TYPE_INT64: (Type.INT64, "int64"),
        FieldDescriptor.TYPE_UINT64: (Type.INT64, "uint64"),
        FieldDescriptor.TYPE_INT32: (Type.INT32, "int32"),
        FieldDescriptor.TYPE_FIXED64: (Type.INT64, "fixed64"),
        FieldDescriptor.TYPE_FIXED32: (Type.INT64, "fixed32"),
        FieldDescriptor.TYPE_BOOL: (Type.BOOLEAN, "bool"),
        FieldDescriptor.TYPE_STRING: (Type.STRING, "string"),
        FieldDescriptor.TYPE_BYTES: (Type.BYTES, "bytes"),
        FieldDescriptor.TYPE_UINT32: (Type.INT64, "uint32"),
        FieldDescriptor.TYPE_SFIXED32: (Type.INT32, "sfixed32"),
        FieldDescriptor.TYPE_SFIXED64: (Type.INT64, "sfixed64"),
        FieldDescriptor.TYPE_SINT32: (Type.INT32, "sint32"),
        FieldDescriptor.TYPE_SINT64: (Type.INT64, "sint64"),
    }
)
_USUAL: Final = ("int32", "int64")
_NARROW: Final = MappingProxyType({"int8": Type.INT8, "int16": Type.INT16})
_LOGICAL: Final = MappingProxyType({DATE: DATE_SCHEMA, TIME: TIME_SCHEMA, TIMESTAMP: TIMESTAMP_SCHEMA})
_ENTRY: Final = ("key", "value")


def schema_of_message(descriptor: Descriptor, options: ProtobufOptions) -> Schema:
    """The Connect schema of a message type. Raises: DataError, when Connect cannot say it."""
    if options.wrapper_for_primitives and descriptor.full_name in WRAPPED:
        return primitive_schema(WRAPPED[descriptor.full_name])
    return _Reading(options).struct(descriptor)


def is_unwrapped(descriptor: Descriptor | None, options: ProtobufOptions) -> bool:
    """Whether a field of such messages is read as the primitive value in them."""
    return descriptor is not None and options.wrapper_for_nullables and descriptor.full_name in WRAPPED


def real_oneofs(descriptor: Descriptor) -> list[OneofDescriptor]:
    """The oneofs that somebody wrote, without those that stand for ``optional``."""
    return [oneof for oneof in descriptor.oneofs if not _is_synthetic(oneof)]


def plain_fields(descriptor: Descriptor) -> list[FieldDescriptor]:
    """The fields that are in no oneof."""
    return [
        field for field in descriptor.fields if field.containing_oneof is None or _is_synthetic(field.containing_oneof)
    ]


def union_name(oneof: OneofDescriptor, options: ProtobufOptions) -> str:
    """The field of the struct that stands for a oneof."""
    return f"{oneof.name}_{oneof.index}" if options.union_index else str(oneof.name)


def is_map(field: FieldDescriptor) -> bool:
    """Whether a repeated message stands for a map."""
    entry = field.message_type
    if not _is_repeated(field) or entry is None:
        return False
    return bool(entry.name.endswith("Entry") and tuple(inner.name for inner in entry.fields) == _ENTRY)


def entry_fields(field: FieldDescriptor) -> tuple[FieldDescriptor, FieldDescriptor]:
    """Key and value of a field that is a map."""
    entry: Any = field.message_type
    key, value = entry.fields
    return key, value


def has_presence(field: FieldDescriptor, options: ProtobufOptions) -> bool:
    """Whether a field that is not set reads as null, not as its type's zero."""
    if _is_repeated(field):
        return False
    if field.message_type is not None:
        return True
    is_proto3_optional = field.containing_oneof is not None and _is_synthetic(field.containing_oneof)
    return is_proto3_optional or bool(options.optional_for_proto2 and field.has_presence)


def _is_synthetic(oneof: OneofDescriptor) -> bool:
    return len(oneof.fields) == 1 and oneof.name == f"_{oneof.fields[0].name}" and oneof.fields[0].has_presence


def _is_repeated(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)


class _Reading:
    def __init__(self, options: ProtobufOptions) -> None:
        self._options = options
        self._open: dict[str, Callable[[], Schema]] = {}
        self._recursive: dict[str, Schema] = {}

    def struct(self, descriptor: Descriptor) -> Schema:
        """The schema of a message, which may contain such messages itself."""
        full_name = str(descriptor.full_name)
        if full_name in self._open:
            return self._open[full_name]()
        if full_name in self._recursive:
            return self._recursive[full_name]
        name = full_name if self._options.enhanced else descriptor.name
        schema = recursive_schema(lambda itself: self._fields(descriptor, itself), name=name)
        if is_recursive(schema):
            self._recursive[full_name] = schema
        return schema

    def _fields(self, descriptor: Descriptor, itself: Callable[[], Schema]) -> dict[str, Schema]:
        self._open[str(descriptor.full_name)] = itself
        fields = {union_name(oneof, self._options): self._union(oneof) for oneof in real_oneofs(descriptor)}
        fields |= {field.name: self._field(field) for field in plain_fields(descriptor)}
        del self._open[str(descriptor.full_name)]
        return fields

    def _union(self, oneof: OneofDescriptor) -> Schema:
        branches = {field.name: self._field(field) for field in oneof.fields}
        name = oneof.full_name if self._options.enhanced else oneof.name
        return struct_schema(
            branches,
            name=oneof.name if self._options.generalized else f"{UNION}.{name}",
            parameters={GENERALIZED_UNION: oneof.name} if self._options.generalized else None,
            optional=True,
        )

    def _field(self, field: FieldDescriptor) -> Schema:
        if is_map(field):
            key, value = entry_fields(field)
            schema = map_schema(self._field(key), self._field(value), optional=True)
        else:
            schema = self._item(field)
            if _is_repeated(field):
                schema = array_schema(schema.as_optional(), optional=True)
        if not self._options.optional_for_nullables:
            is_nullable = not self._options.wrapper_for_nullables
        else:
            is_nullable = has_presence(field, self._options) and field.message_type is None
        parameters = {**(schema.parameters or {}), TAG: str(field.number)}
        return schema.with_(optional=schema.optional or is_nullable, parameters=parameters)

    def _item(self, field: FieldDescriptor) -> Schema:
        if field.enum_type is not None:
            return _enum(field, self._options)
        if field.message_type is None:
            return _scalar(field)
        name = field.message_type.full_name
        if name == DECIMAL:
            return _decimal(field_parameters(field))
        if name in _LOGICAL:
            return _LOGICAL[name].as_optional()
        if is_unwrapped(field.message_type, self._options):
            return primitive_schema(WRAPPED[name], optional=True)
        return self.struct(field.message_type).as_optional()


def _scalar(field: FieldDescriptor) -> Schema:
    if field.type not in _TYPES:
        raise DataError(f"Field {field.full_name} is of a Protobuf type that is not supported: a group")
    type_, name = _TYPES[field.type]
    if type_ is Type.INT32:
        type_ = _NARROW.get(field_parameters(field).get("connect.type", ""), type_)
    is_marked = type_ in (Type.INT32, Type.INT64) and name not in _USUAL
    return primitive_schema(type_, parameters={PROTOBUF_TYPE: name} if is_marked else None)


def _enum(field: FieldDescriptor, options: ProtobufOptions) -> Schema:
    enum: Any = field.enum_type
    mark = options.enum_parameter
    parameters = {mark: enum.name} | {f"{mark}.{value.name}": str(value.number) for value in enum.values}
    return primitive_schema(
        Type.INT32 if options.int_enums else Type.STRING,
        name=enum.full_name if options.enhanced else enum.name,
        parameters=parameters,
        optional=True,
    )


def _decimal(params: Mapping[str, str]) -> Schema:
    scale, precision = params.get("scale", ""), params.get("precision", "")
    schema = decimal_schema(int(scale) if scale.lstrip("-").isdigit() else 0, optional=True)
    if not precision.isdigit():
        return schema
    return schema.with_(parameters={**(schema.parameters or {}), PRECISION: precision})
