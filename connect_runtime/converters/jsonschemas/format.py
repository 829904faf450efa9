"""Schemas and payloads of JSON Schema."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from connect_runtime.converters.json_dump import dump_tree
from connect_runtime.converters.jsonschemas.decode import has_decimals, value_decoder
from connect_runtime.converters.jsonschemas.encode import tree_encoder
from connect_runtime.converters.jsonschemas.references import References, json_of
from connect_runtime.converters.jsonschemas.to_connect import schema_of_json_schema
from connect_runtime.converters.jsonschemas.to_json_schema import json_schema_of
from connect_runtime.converters.jsonschemas.validation import validator
from connect_runtime.converters.jsonschemas.words import JsonSchemaOptions
from connect_runtime.converters.registry.converter import Read, Write
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.converters.registry.words import versioned
from connect_runtime.sdk import DataError, Schema, SchemaAndValue

__all__ = ["JsonSchemaFormat"]


class JsonSchemaFormat:
    """Schemas and payloads of JSON Schema."""

    kind = "JSON"
    schemaless = None

    def __init__(self, options: JsonSchemaOptions) -> None:
        self._options = options

    def draft(self, schema: Schema) -> Draft:
        """The JSON schema of a Connect schema. Raises: DataError."""
        node = json_schema_of(schema, self._options, self._default)
        return Draft(self.kind, json.dumps(node, ensure_ascii=False, separators=(",", ":")), schema.name)

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema, checked against ``registered`` if that is wanted. Raises: DataError."""
        encode = tree_encoder(schema, self._options)
        if not self._options.validate:
            return lambda value: dump_tree(encode(value))
        document = json_of(registered.text)
        check = validator(document, References(document, registered.imports))

        def write(value: Any) -> bytes:
            data = dump_tree(encode(value))
            check(data)
            return data

        return write

    def record_name(self, registered: RegisteredSchema) -> str | None:
        """The title of ``registered``. Raises: DataError."""
        document = json_of(registered.text)
        return document.get("title") if isinstance(document, dict) else None

    def reader(self, registered: RegisteredSchema, version: int | None = None) -> Read:
        """Reads what ``registered`` describes. Raises: DataError."""
        document = json_of(registered.text)
        references = References(document, registered.imports)
        schema = versioned(schema_of_json_schema(document, references, self._options, _decoded), version)
        check = validator(document, references) if self._options.validate else None
        parse = msgspec.json.Decoder(float_hook=Decimal if has_decimals(schema) else None).decode
        decode = value_decoder(schema)

        def read(payload: bytes) -> SchemaAndValue:
            try:
                node = parse(payload)
            except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
                raise DataError(f"A message of {len(payload)} bytes is no JSON: {exc}") from exc
            if check is not None:
                check(payload)
            return schema, decode(node)

        return read

    def _default(self, schema: Schema, default: Any) -> Any:
        options = replace(self._options, numeric_decimals=False)  # a number in a JSON schema would lose its scale
        return json.loads(dump_tree(tree_encoder(schema.with_(default=None), options)(default)))


def _decoded(schema: Schema, default: Any) -> Any:
    return value_decoder(schema)(default)
