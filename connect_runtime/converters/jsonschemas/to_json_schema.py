"""JSON schemas of Connect schemas, as Confluent's converter makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from connect_runtime.converters.checking import known
from connect_runtime.converters.jsonschemas.words import (
    CONNECT_TYPES,
    NAMESPACE,
    NULL_SYMBOL,
    JsonSchemaOptions,
    is_enum,
    is_plain_map,
    is_union,
)
from connect_runtime.sdk import Field, Schema, Type
from connect_runtime.sdk.data import DECIMAL_NAME, is_recursive

__all__ = ["json_schema_of"]

_CONNECT_NAMES: Final[Mapping[Type, str]] = MappingProxyType({type_: name for name, type_ in CONNECT_TYPES.items()})
_FLOATS: Final = (Type.FLOAT32, Type.FLOAT64)


def json_schema_of(schema: Schema, options: JsonSchemaOptions, encode: Callable[[Schema, Any], Any]) -> dict[str, Any]:
    """The JSON schema of a Connect schema.

    Args:
        schema: The Connect schema.
        options: How it is made.
        encode: Makes JSON of a default, given its schema.

    Raises:
        DataError: The schema of an element is not known.
    """
    return _Maker(options, encode).document(schema)


class _Maker:
    def __init__(self, options: JsonSchemaOptions, encode: Callable[[Schema, Any], Any]) -> None:
        self._options = options
        self._encode = encode
        self._open: dict[Sequence[Field], str] = {}
        self._definitions: dict[str, Any] = {}

    def document(self, schema: Schema) -> dict[str, Any]:
        """The whole JSON schema; structs that contain themselves are ``#``, if they are all of it, or definitions."""
        if not is_recursive(schema) or schema.optional:
            node = self.node(schema, None)
        else:
            self._open[schema.fields] = "#"
            node = self._described(schema)
        return node | ({"definitions": self._definitions} if self._definitions else {})

    def node(self, schema: Schema, index: int | None) -> dict[str, Any]:
        """The JSON schema; ``index`` is the place of the struct's field that has it."""
        at = {} if index is None else {"connect.index": index}
        if is_union(schema):
            branches = [self._base(field.schema) | {"connect.index": field.index} for field in schema.fields]
            return {"oneOf": [*([{"type": "null"}] if schema.optional else []), *branches]} | at
        base = self._base(schema)
        return {"oneOf": [{"type": "null"}, base]} | at if schema.optional else base | at

    def _base(self, schema: Schema) -> dict[str, Any]:
        if is_union(schema):
            return self.node(schema.with_(optional=False), None)
        return self._reference(schema) if is_recursive(schema) else self._described(schema)

    def _reference(self, schema: Schema) -> dict[str, Any]:
        if schema.fields not in self._open:
            name = f"{schema.name or 'struct'}{len(self._definitions) + 1}"
            self._open[schema.fields] = f"#/definitions/{quote(name, safe='')}"
            self._definitions[name] = {}  # takes its place before those inside it
            self._definitions[name] = self._described(schema.with_(optional=False, default=None))
        return {"$ref": self._open[schema.fields]}

    def _described(self, schema: Schema) -> dict[str, Any]:
        node = self._shape(schema)
        if schema.name is not None:
            node["title"] = schema.name
        if schema.version is not None:
            node["connect.version"] = schema.version
        if schema.doc is not None:
            node["description"] = schema.doc
        parameters = {key: text for key, text in (schema.parameters or {}).items() if not key.startswith(NAMESPACE)}
        if parameters:
            node["connect.parameters"] = parameters
        if schema.default is not None:
            node["default"] = self._encode(schema, schema.default)
        return node

    def _shape(self, schema: Schema) -> dict[str, Any]:  # noqa: PLR0911  # one for each type
        connect = {"connect.type": _CONNECT_NAMES[schema.type]} if schema.type in _CONNECT_NAMES else {}
        match schema.type:
            case Type.BOOLEAN:
                return {"type": "boolean"}
            case Type.STRING:
                return self._enum(schema) if is_enum(schema) else {"type": "string"}
            case Type.BYTES:
                return {"type": "number" if schema.name == DECIMAL_NAME else "string"} | connect
            case Type.ARRAY:
                return {"type": "array", "items": self.node(known(schema.value_schema), None)}
            case Type.MAP:
                return self._map(known(schema.key_schema), known(schema.value_schema))
            case Type.STRUCT:
                return self._object(schema)
            case type_:
                return {"type": "number" if type_ in _FLOATS else "integer"} | connect

    def _enum(self, schema: Schema) -> dict[str, Any]:
        parameters, mark = schema.parameters or {}, f"{self._options.enum_parameter}."
        symbols = [name.removeprefix(mark) for name in parameters if name.startswith(mark)]
        if self._options.generalized:
            symbols.sort(key=lambda symbol: int(parameters[mark + symbol]))
        return {"enum": [None if symbol == NULL_SYMBOL else symbol for symbol in symbols]}

    def _map(self, keys: Schema, values: Schema) -> dict[str, Any]:
        if is_plain_map(keys):
            return {"type": "object", "connect.type": "map", "additionalProperties": self.node(values, None)}
        entry = {"type": "object", "properties": {"key": self.node(keys, 0), "value": self.node(values, 1)}}
        return {"type": "array", "connect.type": "map", "items": entry}

    def _object(self, schema: Schema) -> dict[str, Any]:
        node: dict[str, Any] = {"type": "object"}
        node["properties"] = {field.name: self.node(field.schema, field.index) for field in schema.fields}
        if self._options.optional_for_nonrequired:
            node["required"] = [field.name for field in schema.fields if not field.schema.optional]
        if not self._options.additional_properties:
            node["additionalProperties"] = False
        return node
