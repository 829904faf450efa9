"""Names by which Confluent's converter marks what in a Connect schema came from Protobuf, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connect_runtime.converters.registry.words import GENERALIZED_ENUM, is_generalized_union, scrubbed_form
from connect_runtime.sdk import DataError, Schema, Type

__all__ = [
    "DATE",
    "DECIMAL",
    "ENUM",
    "PRECISION",
    "PROTOBUF_TYPE",
    "TAG",
    "TIME",
    "TIMESTAMP",
    "UNION",
    "WRAPPED",
    "ProtobufOptions",
    "checked_name",
    "is_enum",
    "is_union",
    "scrubbed",
    "wrapper_of",
]

_NAMESPACE: Final = "io.confluent.connect.protobuf"
TAG: Final = f"{_NAMESPACE}.Tag"
ENUM: Final = f"{_NAMESPACE}.Enum"
UNION: Final = f"{_NAMESPACE}.Union"
PROTOBUF_TYPE: Final = f"{_NAMESPACE}.Type"
PRECISION: Final = "connect.decimal.precision"
DECIMAL: Final = "confluent.type.Decimal"
DATE: Final = "google.type.Date"
TIME: Final = "google.type.TimeOfDay"
TIMESTAMP: Final = "google.protobuf.Timestamp"
WRAPPED: Final[Mapping[str, Type]] = MappingProxyType(
    {  # in the order of google/protobuf/wrappers.proto
        "google.protobuf.DoubleValue": Type.FLOAT64,
        "google.protobuf.FloatValue": Type.FLOAT32,
        "google.protobuf.Int64Value": Type.INT64,
        "google.protobuf.UInt64Value": Type.INT64,
        "google.protobuf.Int32Value": Type.INT32,
        "google.protobuf.UInt32Value": Type.INT64,
        "google.protobuf.BoolValue": Type.BOOLEAN,
        "google.protobuf.StringValue": Type.STRING,
        "google.protobuf.BytesValue": Type.BYTES,
    }
)
_WRAPPERS: Final[Mapping[Type, str]] = MappingProxyType(
    {
        **{type_: name for name, type_ in reversed(list(WRAPPED.items()))},
        Type.INT8: "google.protobuf.Int32Value",
        Type.INT16: "google.protobuf.Int32Value",
        Type.INT64: "google.protobuf.Int64Value",
    }
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ProtobufOptions:
    """How Connect schemas and Protobuf schemas are made of each other; the converter's keys say what each means."""

    enhanced: bool = False
    scrub: bool = False
    int_enums: bool = False
    optional_for_nullables: bool = False
    optional_for_proto2: bool = True
    wrapper_for_nullables: bool = False
    wrapper_for_primitives: bool = True
    union_index: bool = True
    generalized: bool = False
    ignore_default: bool = False

    @property
    def enum_parameter(self) -> str:
        """Parameter that names the enum that a schema was made of; with a dot and a symbol behind, the symbol's tag."""
        return GENERALIZED_ENUM if self.generalized else ENUM

    def written(self, name: str) -> str:
        """A field's or message's name as it is written. Raises: DataError, when Protobuf does not allow it."""
        return checked_name(scrubbed(name) if self.scrub else name)


def is_union(schema: Schema) -> bool:
    """Whether a struct stands for a oneof: one of its fields has the value."""
    return is_generalized_union(schema) or (schema.type is Type.STRUCT and (schema.name or "").startswith(UNION))


def is_enum(schema: Schema) -> bool:
    """Whether a schema was made of an enum."""
    parameters = schema.parameters or {}
    return ENUM in parameters or GENERALIZED_ENUM in parameters


def wrapper_of(schema: Schema) -> str:
    """The message of Google's that holds such a primitive value."""
    if schema.type is Type.INT64 and schema.parameters:
        named = {"uint32": "UInt32Value", "fixed32": "UInt32Value", "uint64": "UInt64Value", "fixed64": "UInt64Value"}
        wrapper = named.get(schema.parameters.get(PROTOBUF_TYPE, ""))
        if wrapper is not None:
            return f"google.protobuf.{wrapper}"
    return _WRAPPERS[schema.type]


def scrubbed(name: str) -> str:
    """A name that Protobuf allows, as ``scrub.invalid.names`` makes it."""
    if not name or (_NAME.fullmatch(name) and name[0] != "_"):
        return name
    form = scrubbed_form(name)
    return form if form[0].isalpha() else f"x{form}"


def checked_name(name: str) -> str:
    """The name, if Protobuf allows it. Raises: DataError."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f"Protobuf does not allow the name {name!r}: letters, digits and underscores, no digit first. Rename it "
            "(ReplaceField, SetSchemaMetadata), or set scrub.invalid.names=true"
        )
    return name
