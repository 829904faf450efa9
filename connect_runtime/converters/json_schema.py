"""Schemas as JSON, the ``schema`` member of JsonConverter's envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.sdk import DataError, Schema, Type, array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.sdk.data import is_recursive, validate

__all__ = ["schema_from_json", "schema_to_json"]

_TYPES: Final[Mapping[str, Type]] = MappingProxyType({type_.value: type_ for type_ in Type})


def schema_to_json(schema: Schema, encode: Callable[[Schema, Any], Any]) -> dict[str, Any]:
    """The JSON object of a schema, its members in Java's order.

    Args:
        schema: The schema; those of its parts must be known.
        encode: Makes JSON of a default value, given its schema.

    Raises:
        DataError: The schema of an element is not known, or a struct contains itself.
    """
    if is_recursive(schema):
        raise DataError(
            f"The struct {schema.name or 'without name'} contains itself, which JsonConverter's schemas cannot say: "
            "set schemas.enable=false, or use AvroConverter, ProtobufConverter or JsonSchemaConverter"
        )
    node: dict[str, Any] = {"type": schema.type.value}
    match schema.type:
        case Type.ARRAY:
            node["items"] = schema_to_json(_known(schema.value_schema), encode)
        case Type.MAP:
            node["keys"] = schema_to_json(_known(schema.key_schema), encode)
            node["values"] = schema_to_json(_known(schema.value_schema), encode)
        case Type.STRUCT:
            fields = ((field, schema_to_json(field.schema, encode)) for field in schema.fields)
            node["fields"] = [inner | {"field": field.name} for field, inner in fields]
        case _:
            pass
    node["optional"] = schema.optional
    facts = {
        "name": schema.name, "version": schema.version, "doc": schema.doc, "parameters": dict(schema.parameters or {}),
    }  # fmt: skip
    node |= {name: fact for name, fact in facts.items() if fact is not None and fact != {}}
    if schema.default is not None:
        node["default"] = encode(schema, schema.default)
    return node


def schema_from_json(node: Any, decode: Callable[[Schema, Any], Any]) -> Schema | None:
    """The schema that a JSON object describes, ``None`` for JSON null.

    Args:
        node: Parsed JSON.
        decode: Makes a default value of parsed JSON, given its schema without the default.

    Raises:
        DataError: It describes none.
    """
    return None if node is None else _schema(node, decode)


def _schema(node: Any, decode: Callable[[Schema, Any], Any]) -> Schema:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise DataError("Schema must contain 'type' field: a JSON object with the name of a type")
    type_ = _TYPES.get(node["type"])
    if type_ is None:
        raise DataError(f"Unknown schema type: {node['type']}; the types are {', '.join(_TYPES)}")
    attributes = _attributes(node)
    match type_:
        case Type.ARRAY:
            schema = array_schema(_part(node, "items", decode), **attributes)
        case Type.MAP:
            schema = map_schema(_part(node, "keys", decode), _part(node, "values", decode), **attributes)
        case Type.STRUCT:
            schema = struct_schema(_fields(node, decode), **attributes)
        case _:
            schema = primitive_schema(type_, **attributes)
    return _with_default(schema, node["default"], decode) if "default" in node else schema


def _known(schema: Schema | None) -> Schema:
    if schema is None:
        raise DataError("A schema with elements of unknown type cannot be written as JSON")
    return schema


def _attributes(node: dict[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {"optional": node.get("optional") is True}
    attributes |= {name: node[name] for name in ("name", "doc") if isinstance(node.get(name), str)}
    if type(node.get("version")) is int:
        attributes["version"] = node["version"]
    parameters = node.get("parameters")
    if isinstance(parameters, dict) and parameters:
        if not all(isinstance(value, str) for value in parameters.values()):
            raise DataError("Schema parameters must have string values.")
        attributes["parameters"] = parameters
    return attributes


def _part(node: dict[str, Any], name: str, decode: Callable[[Schema, Any], Any]) -> Schema:
    if node.get(name) is None:
        raise DataError(f"A schema of type {node['type']} must say what its {name!r} are")
    return _schema(node[name], decode)


def _fields(node: dict[str, Any], decode: Callable[[Schema, Any], Any]) -> dict[str, Schema]:
    entries = node.get("fields")
    if not isinstance(entries, list):
        raise DataError("Struct schema's 'fields' argument is not an array.")
    fields: dict[str, Schema] = {}
    for entry in entries:
        name = entry.get("field") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise DataError("Struct schema's field name not specified properly: each field needs a string 'field'")
        if name in fields:
            raise DataError(f"Cannot create field because of field name duplication: {name}")
        fields[name] = _schema(entry, decode)
    return fields


def _with_default(schema: Schema, node: Any, decode: Callable[[Schema, Any], Any]) -> Schema:
    if schema.type is Type.STRUCT:
        raise DataError("A default of a struct cannot be read: give its fields defaults")
    default = decode(schema, node)
    validate(schema, default)
    return schema.with_(default=default)
