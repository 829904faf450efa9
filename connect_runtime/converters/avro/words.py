"""Names and properties by which Confluent's converter marks in an Avro schema what only Connect knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connect_runtime.converters.registry.words import GENERALIZED_ENUM, is_generalized_union
from connect_runtime.sdk import Schema, Type

__all__ = [
    "DEFAULT_DECIMAL_PRECISION",
    "DEFAULT_NAME",
    "ENUM",
    "ENUM_DEFAULT",
    "ENUM_DOC",
    "FIELD_DEFAULT",
    "FIELD_DOC",
    "FIXED_SIZE",
    "MAP_ENTRY",
    "NAMESPACE",
    "PRECISION",
    "RECORD_DOC",
    "UNION",
    "AvroOptions",
    "is_enum",
    "is_fixed",
    "is_union",
]

NAMESPACE: Final = "io.confluent.connect.avro"
DEFAULT_NAME: Final = f"{NAMESPACE}.ConnectDefault"
MAP_ENTRY: Final = "MapEntry"
UNION: Final = f"{NAMESPACE}.Union"
ENUM: Final = f"{NAMESPACE}.Enum"
RECORD_DOC: Final = f"{NAMESPACE}.record.doc"
FIELD_DOC: Final = f"{NAMESPACE}.field.doc."
FIELD_DEFAULT: Final = f"{NAMESPACE}.field.default"
ENUM_DOC: Final = f"{NAMESPACE}.enum.doc."
ENUM_DEFAULT: Final = f"{NAMESPACE}.enum.default."
FIXED_SIZE: Final = "connect.fixed.size"
PRECISION: Final = "connect.decimal.precision"
DEFAULT_DECIMAL_PRECISION: Final = 64


@dataclass(frozen=True, slots=True)
class AvroOptions:
    """How Connect schemas and Avro schemas are made of each other; the converter's keys say what each means."""

    enhanced: bool = False
    meta_data: bool = True
    scrub: bool = False
    generalized: bool = False
    ignore_default: bool = False
    optional_map_keys: bool = False
    discard_docs: bool = False
    flatten_singleton_unions: bool = True

    @property
    def enum_parameter(self) -> str:
        """Parameter of a string schema that names the enum; with a dot and a symbol behind, one of its symbols."""
        return GENERALIZED_ENUM if self.generalized else ENUM

    def is_avro_map(self, keys: Schema) -> bool:
        """Whether a map with such keys is Avro's map, not an array of entries."""
        return keys.type is Type.STRING and (self.optional_map_keys or not keys.optional)


def is_union(schema: Schema) -> bool:
    """Whether a struct stands for a union: one of its fields has the value."""
    return is_generalized_union(schema) or (schema.type is Type.STRUCT and schema.name == UNION)


def is_enum(schema: Schema) -> bool:
    """Whether a string schema was made of an enum."""
    parameters = schema.parameters or {}
    return schema.type is Type.STRING and (ENUM in parameters or GENERALIZED_ENUM in parameters)


def is_fixed(schema: Schema) -> bool:
    """Whether a bytes schema was made of a fixed."""
    return schema.type is Type.BYTES and schema.name is not None and FIXED_SIZE in (schema.parameters or {})
