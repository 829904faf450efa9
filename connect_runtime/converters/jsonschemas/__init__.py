"""JSON Schema with a schema registry."""

from connect_runtime.converters.jsonschemas.converter import JsonSchemaConverter

__all__ = ["JsonSchemaConverter"]
