"""Names and properties by which Confluent's converter marks in a JSON schema what only Connect knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connect_runtime.converters.registry.words import GENERALIZED_ENUM, is_generalized_union
from connect_runtime.sdk import Schema, Type

__all__ = [
    "CONNECT_TYPES",
    "ENUM",
    "NAMESPACE",
    "NULL_SYMBOL",
    "ONE_OF",
    "JsonSchemaOptions",
    "is_enum",
    "is_plain_map",
    "is_union",
]

NAMESPACE: Final = "io.confluent.connect.json"
ENUM: Final = f"{NAMESPACE}.Enum"
ONE_OF: Final = f"{NAMESPACE}.OneOf"
NULL_SYMBOL: Final = "<NULL>"
CONNECT_TYPES: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "int8": Type.INT8,
        "int16": Type.INT16,
        "int32": Type.INT32,
        "int64": Type.INT64,
        "float32": Type.FLOAT32,
        "float64": Type.FLOAT64,
        "bytes": Type.BYTES,
    }
)


@dataclass(frozen=True, slots=True)
class JsonSchemaOptions:
    """How Connect schemas and JSON schemas are made of each other; the converter's keys say what each means."""

    additional_properties: bool = True
    optional_for_nonrequired: bool = False
    generalized: bool = False
    ignore_default: bool = False
    numeric_decimals: bool = False
    validate: bool = False

    @property
    def enum_parameter(self) -> str:
        """Parameter that marks a string schema made of an enum; with a dot and a symbol behind, one of its symbols."""
        return GENERALIZED_ENUM if self.generalized else ENUM


def is_union(schema: Schema) -> bool:
    """Whether a struct stands for ``oneOf``: one of its fields has the value."""
    return is_generalized_union(schema) or (schema.type is Type.STRUCT and schema.name == ONE_OF)


def is_enum(schema: Schema) -> bool:
    """Whether a string schema was made of an enum."""
    parameters = schema.parameters or {}
    return schema.type is Type.STRING and (ENUM in parameters or GENERALIZED_ENUM in parameters)


def is_plain_map(keys: Schema) -> bool:
    """Whether a map with such keys is an object, not an array of entries."""
    return keys.type is Type.STRING and not keys.optional
