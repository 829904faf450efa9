"""Schemas and payloads of Avro."""

from __future__ import annotations

import json
from typing import Any

from connect_runtime.converters.avro.anything import (
    ANYTHING,
    ANYTHING_NAME,
    ANYTHING_TEXT,
    anything_reader,
    anything_writer,
    is_anything,
)
from connect_runtime.converters.avro.decode import decoder
from connect_runtime.converters.avro.encode import encoder
from connect_runtime.converters.avro.names import full_name
from connect_runtime.converters.avro.parsing import parsed
from connect_runtime.converters.avro.to_avro import avro_of_schema
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.registry.converter import Read, Write
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.sdk import DataError, Schema

__all__ = ["AvroFormat"]


class AvroFormat:
    """Schemas and payloads of Avro."""

    kind = "AVRO"
    schemaless = ANYTHING

    def __init__(self, options: AvroOptions) -> None:
        self._options = options

    def draft(self, schema: Schema) -> Draft:
        """The Avro schema of a Connect schema. Raises: DataError."""
        if schema is ANYTHING:
            return Draft(self.kind, ANYTHING_TEXT, ANYTHING_NAME)
        node = avro_of_schema(schema, self._options)
        return Draft(self.kind, json.dumps(node, ensure_ascii=False, separators=(",", ":")), _record_name(node))

    def record_name(self, registered: RegisteredSchema) -> str | None:
        """Full name of the record that ``registered`` describes, ``None`` when it is none. Raises: DataError."""
        return _record_name(parsed(registered.text, registered.imports))

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema as ``registered`` says. Raises: DataError."""
        node = parsed(registered.text, registered.imports)
        if schema is not ANYTHING:
            return encoder(schema, node, self._options)
        if not is_anything(node):
            raise DataError(
                f"Values without schema are written as {ANYTHING_NAME}, which the registered schema of id "
                f"{registered.id} is not: set auto.register.schemas=true, or give the records schemas"
            )
        return anything_writer()

    def reader(self, registered: RegisteredSchema, version: int | None = None) -> Read:
        """Reads what ``registered`` describes. Raises: DataError."""
        node = parsed(registered.text, registered.imports)
        return anything_reader(node) if is_anything(node) else decoder(node, version, self._options)


def _record_name(node: Any) -> str | None:
    branches = node if isinstance(node, list) else [node]
    named = [branch for branch in branches if isinstance(branch, dict) and "name" in branch]
    return full_name(named[0]["name"], named[0].get("namespace")) if len(named) == 1 else None
