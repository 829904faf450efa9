"""Connect schemas of JSON schemas, as Confluent's converter makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from connect_runtime.converters.jsonschemas.references import References
from connect_runtime.converters.jsonschemas.words import (
    CONNECT_TYPES,
    NULL_SYMBOL,
    ONE_OF,
    JsonSchemaOptions,
)
from connect_runtime.converters.registry.words import GENERALIZED_UNION, GENERALIZED_UNION_NAME
from connect_runtime.sdk import DataError, Schema, Type, array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.sdk.data import STRING, is_recursive, recursive_schema, validate

__all__ = ["schema_of_json_schema"]

_Decode = Callable[[Schema, Any], Any]
_ALTERNATIVES: Final = ("oneOf", "anyOf")
_MOST_NESTED: Final = 64


def schema_of_json_schema(node: Any, references: References, options: JsonSchemaOptions, decode: _Decode) -> Schema:
    """The Connect schema of a JSON schema.

    Args:
        node: The JSON schema, parsed.
        references: Finds what ``$ref`` names.
        options: How it is made.
        decode: Makes a default of JSON, given its schema.

    Raises:
        DataError: Connect cannot say it.
    """
    return _Reading(options, decode).schema(node, _Place(references, 0))


class _Place(NamedTuple):
    """Where a JSON schema stands: from where its references are looked up, and how deep in other schemas."""

    references: References
    depth: int

    def inside(self, references: References | None = None) -> _Place:
        return _Place(references or self.references, self.depth + 1)


class _Reading:
    def __init__(self, options: JsonSchemaOptions, decode: _Decode) -> None:
        self._options = options
        self._decode = decode
        self._unions = 0
        self._open: dict[int, Callable[[], Schema]] = {}
        self._recursive: dict[int, Schema] = {}
        self._derived: dict[tuple[int, str], Any] = {}

    def schema(self, node: Any, at: _Place, *, optional: bool = False) -> Schema:
        """The schema of a node.

        Args:
            node: The JSON schema.
            at: Where it stands.
            optional: Whether null is allowed by what it stands in.
        """
        if at.depth > _MOST_NESTED:
            raise DataError(
                f"A JSON schema is nested more than {_MOST_NESTED} deep, or contains itself without an object in "
                "between: give it a property that has the inner one"
            )
        if not isinstance(node, dict):
            raise DataError(f"A JSON schema that is {node!r} says nothing of what is in it: Connect needs a type")
        if id(node) in self._open:
            itself = self._open[id(node)]()
            return itself.with_(optional=optional or itself.optional)
        if "$ref" in node:
            found, references = at.references.found(node["$ref"])
            return self.schema(found, at.inside(references), optional=optional)
        if "allOf" in node:
            return self.schema(self._once(node, "allOf", lambda: _merged(node, at)), at.inside(), optional=optional)
        alternatives = self._once(node, "oneOf", lambda: _alternatives(node))
        if alternatives is not None:
            return self._one_of(node, alternatives, at, optional=optional)
        schema = self._shape(node, at)
        return self._described(schema, node, optional=optional)

    def _shape(self, node: dict[str, Any], at: _Place) -> Schema:  # noqa: PLR0911  # one for each type
        connect = node.get("connect.type")
        if "enum" in node or "const" in node:
            return self._enum(node)
        match node.get("type"):
            case "boolean":
                return primitive_schema(Type.BOOLEAN)
            case "integer" | "number" as type_ if connect is not None:
                return primitive_schema(_connect_type(connect, type_))
            case "integer":
                return primitive_schema(Type.INT64)
            case "number":
                return primitive_schema(Type.FLOAT64)
            case "string":
                return primitive_schema(Type.BYTES if connect == "bytes" else Type.STRING)
            case "array":
                return self._array(node, at)
            case "object" if connect == "map":
                return map_schema(STRING, self.schema(node.get("additionalProperties"), at.inside()))
            case "object" | None if node.get("type") or "properties" in node:
                return self._struct(node, at)
            case type_:
                raise DataError(f"A JSON schema of type {type_!r} has no counterpart in Connect: {_short(node)}")

    def _enum(self, node: dict[str, Any]) -> Schema:
        values = node["enum"] if "enum" in node else [node["const"]]
        type_ = {"integer": Type.INT64, "number": Type.FLOAT64}.get(str(node.get("type")))
        if type_ is not None:
            return primitive_schema(type_)
        mark = self._options.enum_parameter
        parameters = {mark: ""}
        for place, value in enumerate(values):
            symbol = NULL_SYMBOL if value is None else str(value)
            parameters[f"{mark}.{symbol}"] = str(place) if self._options.generalized else symbol
        return primitive_schema(Type.STRING, parameters=parameters if "enum" in node else None)

    def _array(self, node: dict[str, Any], at: _Place) -> Schema:
        items = node.get("items")
        if items is None:
            raise DataError(f"A JSON schema of an array does not say what its items are: {_short(node)}")
        if node.get("connect.type") == "map" and isinstance(items, dict) and "properties" in items:
            key, value = (items["properties"].get(name) for name in ("key", "value"))
            return map_schema(self.schema(key, at.inside()), self.schema(value, at.inside()))
        return array_schema(self.schema(items, at.inside()))

    def _once(self, node: dict[str, Any], purpose: str, make: Callable[[], Any]) -> Any:
        """What is made of a node: the same object each time, by which it is known when it is met again."""
        key = (id(node), purpose)
        if key not in self._derived:
            self._derived[key] = make()
        return self._derived[key]

    def _struct(self, node: dict[str, Any], at: _Place) -> Schema:
        if id(node) in self._recursive:
            return self._recursive[id(node)]
        facts = self._facts(struct_schema({}), node)
        made = recursive_schema(lambda itself: self._fields(node, at, itself), **facts)
        if is_recursive(made):
            self._recursive[id(node)] = made
        return made

    def _fields(self, node: dict[str, Any], at: _Place, itself: Callable[[], Schema]) -> dict[str, Schema]:
        self._open[id(node)] = itself
        fields = self._properties(node, at)
        del self._open[id(node)]
        return fields

    def _properties(self, node: dict[str, Any], at: _Place) -> dict[str, Schema]:
        properties = node.get("properties") or {}
        places = {name: _index(inner, place) for place, (name, inner) in enumerate(properties.items())}
        required = node.get("required") or ()
        return {
            name: self.schema(
                properties[name],
                at.inside(),
                optional=self._options.optional_for_nonrequired and name not in required,
            )
            for name in sorted(properties, key=places.__getitem__)
        }

    def _one_of(self, node: dict[str, Any], alternatives: list[Any], at: _Place, *, optional: bool) -> Schema:
        others = [branch for branch in alternatives if not _is_null(branch)]
        allows_null = len(others) < len(alternatives)
        if len(others) == 1 and (allows_null or len(alternatives) == 1):
            return self.schema(others[0], at.inside(), optional=optional or allows_null)
        name, parameters = ONE_OF, None
        if self._options.generalized:
            name = f"{GENERALIZED_UNION_NAME}{self._unions}"
            parameters = {GENERALIZED_UNION: name}
            self._unions += 1
        field = f"{GENERALIZED_UNION_NAME}field_" if self._options.generalized else f"{name}.field."
        fields = {
            f"{field}{place}": self.schema(branch, at.inside(), optional=True) for place, branch in enumerate(others)
        }
        schema = struct_schema(fields, name=name, parameters=parameters, optional=allows_null)
        return self._described(schema, node, optional=optional)

    def _described(self, schema: Schema, node: Mapping[str, Any], *, optional: bool) -> Schema:
        schema = schema.with_(optional=optional or schema.optional, **self._facts(schema, node))
        if node.get("default") is None:
            return schema
        default = self._decode(schema, node["default"])
        validate(schema, default)
        return schema.with_(default=default)

    def _facts(self, schema: Schema, node: Mapping[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if node.get("title") is not None and schema.name is None:
            facts["name"] = node["title"]
        if type(node.get("connect.version")) is int:
            facts["version"] = node["connect.version"]
        if node.get("description") is not None:
            facts["doc"] = node["description"]
        parameters = node.get("connect.parameters")
        if isinstance(parameters, dict):
            facts["parameters"] = {**(schema.parameters or {}), **{key: str(text) for key, text in parameters.items()}}
        return facts


def _merged(node: dict[str, Any], at: _Place) -> dict[str, Any]:
    """All of the parts of ``allOf`` as one schema. References in parts of other documents must be whole addresses."""
    merged = {key: value for key, value in node.items() if key != "allOf"}
    for part in node["allOf"]:
        found = part
        while isinstance(found, dict) and "$ref" in found:
            found = at.references.found(found["$ref"])[0]
        inner = _merged(found, at.inside()) if isinstance(found, dict) and "allOf" in found else found
        if isinstance(inner, dict):
            properties = {**merged.get("properties", {}), **inner.get("properties", {})}
            required = [*merged.get("required", ()), *inner.get("required", ())]
            merged = inner | merged | ({"properties": properties, "required": required} if properties else {})
    return merged


def _alternatives(node: dict[str, Any]) -> list[Any] | None:
    for key in _ALTERNATIVES:
        if isinstance(node.get(key), list):
            return list(node[key])
    if isinstance(node.get("type"), list):
        return [{**node, "type": type_} for type_ in node["type"]]
    return None


def _is_null(node: Any) -> bool:
    return isinstance(node, dict) and (node.get("type") == "null" or node.get("enum") == [None])


def _index(node: Any, place: int) -> int:
    index = node.get("connect.index") if isinstance(node, dict) else None
    return index if type(index) is int else place


def _connect_type(name: Any, type_: str) -> Type:
    if name not in CONNECT_TYPES:
        raise DataError(f"A JSON schema of type {type_} has an unknown connect.type: {name!r}")
    return CONNECT_TYPES[name]


def _short(node: Any) -> str:
    return str(node)[:200]
