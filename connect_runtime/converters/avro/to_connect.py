"""Connect schemas of Avro schemas, as Confluent's converter makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.converters.avro.bare import branches, is_nullable
from connect_runtime.converters.avro.names import split_name
from connect_runtime.converters.avro.parsing import NAMED, is_map_entry
from connect_runtime.converters.avro.words import (
    DEFAULT_DECIMAL_PRECISION,
    DEFAULT_NAME,
    ENUM_DEFAULT,
    ENUM_DOC,
    FIELD_DEFAULT,
    FIELD_DOC,
    FIXED_SIZE,
    PRECISION,
    RECORD_DOC,
    UNION,
    AvroOptions,
)
from connect_runtime.converters.registry.words import GENERALIZED_UNION, GENERALIZED_UNION_NAME
from connect_runtime.sdk import DataError, Schema, Type, array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.sdk.data import (
    DATE,
    STRING,
    TIME,
    TIMESTAMP,
    decimal_schema,
    is_recursive,
    logical_type,
    recursive_schema,
    validate,
)

__all__ = ["branch_name", "schema_of_avro"]

_TYPES: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "boolean": Type.BOOLEAN,
        "int": Type.INT32,
        "long": Type.INT64,
        "float": Type.FLOAT32,
        "double": Type.FLOAT64,
        "bytes": Type.BYTES,
        "string": Type.STRING,
    }
)
_NARROW: Final[Mapping[str, Type]] = MappingProxyType({"int8": Type.INT8, "int16": Type.INT16})
_LOGICAL: Final[Mapping[tuple[str, str], Schema]] = MappingProxyType(
    {("int", "date"): DATE, ("int", "time-millis"): TIME, ("long", "timestamp-millis"): TIMESTAMP}
)
_DOC: Final = "connect.record.doc"
_ENUM_DOC: Final = "connect.enum.doc"


def schema_of_avro(node: Any, options: AvroOptions) -> Schema:
    """The Connect schema of an Avro schema, see `parsing.parsed`. Raises: DataError, when Connect cannot say it."""
    return _Reading(options).schema(node)


def branch_name(node: Any, place: int, options: AvroOptions) -> str:
    """The field of a union's struct that stands for one of its types."""
    if options.generalized:
        return f"{GENERALIZED_UNION_NAME}field_{place}"
    if node["type"] in NAMED:
        return str(node["name"]) if options.enhanced else split_name(node["name"])[1]
    return str(node["type"])


class _Reading:
    def __init__(self, options: AvroOptions) -> None:
        self._options = options
        self._unions = 0
        self._open: dict[int, Callable[[], Schema]] = {}
        self._recursive: dict[int, Schema] = {}

    def schema(self, node: Any, *, optional: bool = False, default: Any = None, doc: str | None = None) -> Schema:
        """The schema of a node.

        Args:
            node: The node.
            optional: Whether it stands in a union.
            default: Default of the record's field that has it.
            doc: Text about that field.
        """
        if isinstance(node, list):
            return self._union(node, doc)
        if id(node) in self._open:
            return self._open[id(node)]().with_(optional=optional)
        schema = self._base(node)
        own = node.get("connect.default") if default is None else default
        if own is not None:
            schema = _with_default(schema, node, own)
        changes = self._facts(schema, node, doc, has_field_default=default is not None)
        return schema.with_(**changes, optional=optional or schema.optional)

    def _base(self, node: Any) -> Schema:
        match node["type"]:
            case "record":
                return self._record(node)
            case "enum":
                return primitive_schema(Type.STRING, parameters=self._enum_parameters(node))
            case "bytes" | "fixed":
                return _bytes(node)
            case "array":
                return self._array(node["items"])
            case "map":
                return map_schema(STRING, self.schema(node["values"]))
            case "null":
                raise DataError("Standalone null schemas are not supported by this converter")
            case type_:
                logical = _LOGICAL.get((type_, str(node.get("logicalType")).lower()))
                return logical or primitive_schema(_primitive(node))

    def _record(self, node: Any) -> Schema:
        found = self._recursive.get(id(node))
        if found is not None:
            return found
        parameters = self._docs(node) if self._options.meta_data and not self._options.discard_docs else {}
        described = struct_schema({}, parameters=parameters or None)
        facts = {"parameters": parameters or None} | self._facts(described, node, None, has_field_default=False)
        made = recursive_schema(lambda itself: self._fields(node, itself), **facts)
        if is_recursive(made):
            self._recursive[id(node)] = made
            return made
        return struct_schema({field.name: field.schema for field in made.fields}, parameters=parameters or None)

    def _fields(self, node: Any, itself: Callable[[], Schema]) -> dict[str, Schema]:
        self._open[id(node)] = itself
        try:
            return {
                field["name"]: self.schema(field["type"], default=field.get("default"), doc=field.get("doc"))
                for field in node["fields"]
            }
        finally:
            del self._open[id(node)]

    def _docs(self, node: Any) -> dict[str, str]:
        own = {} if node.get("doc") is None else {RECORD_DOC: node["doc"]}
        return own | {
            FIELD_DOC + field["name"]: field["doc"] for field in node["fields"] if field.get("doc") is not None
        }

    def _enum_parameters(self, node: Any) -> dict[str, str]:
        parameters = {}
        name, doc, default = split_name(node["name"])[1], node.get("doc"), node.get("default")
        if self._options.meta_data and doc is not None:
            parameters[_ENUM_DOC if self._options.discard_docs else ENUM_DOC + name] = doc
        if self._options.meta_data and default is not None and not self._options.discard_docs:
            parameters[ENUM_DEFAULT + name] = default
        mark = self._options.enum_parameter
        parameters[mark] = node["name"]
        for place, symbol in enumerate(node["symbols"]):
            parameters[f"{mark}.{symbol}"] = str(place) if self._options.generalized else symbol
        return parameters

    def _array(self, items: Any) -> Schema:
        if not is_map_entry(items):
            return array_schema(self.schema(items))
        fields = {field["name"]: field for field in items["fields"]}
        if fields.keys() != {"key", "value"}:
            raise DataError("A map written as an array of entries must have entries of a key and a value")
        key, value = fields["key"], fields["value"]
        return map_schema(
            self.schema(key["type"], default=key.get("default")),
            self.schema(value["type"], default=value.get("default")),
        )

    def _union(self, node: list[Any], doc: str | None) -> Schema:
        found = branches(node)
        if len(node) == 1 and self._options.flatten_singleton_unions:
            return self.schema(node[0], doc=doc)
        if len(node) > len(found) == 1:
            return self.schema(found[0][1], optional=True, doc=doc)
        name, parameters = UNION, None
        if self._options.generalized:
            name = f"{GENERALIZED_UNION_NAME}{self._unions}"
            parameters = {GENERALIZED_UNION: name}
            self._unions += 1
        fields = {}
        for place, branch in found:
            field = branch_name(branch, place, self._options)
            if field in fields:
                raise DataError(
                    f"Two types of a union are both named {field}: set enhanced.avro.schema.support=true, which uses "
                    "their full names"
                )
            fields[field] = self.schema(branch, optional=True)
        return struct_schema(fields, name=name, parameters=parameters, optional=is_nullable(node))

    def _facts(self, schema: Schema, node: Any, doc: str | None, *, has_field_default: bool) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        parameters = dict(schema.parameters or {})
        text = node.get("connect.doc") if self._options.meta_data or self._options.discard_docs else None
        if self._options.discard_docs:
            text = doc or node.get("doc") or text
            if self._options.meta_data and node.get("doc") is not None:
                parameters[_DOC] = node["doc"]
        if text is not None:
            facts["doc"] = text
        if self._options.meta_data:
            parameters |= _parameters(node)
            if has_field_default and "connect.default" not in node and not self._options.discard_docs:
                parameters[FIELD_DEFAULT] = "true"
        parameters |= {key: str(text) for key, text in node.items() if key.startswith("avro")}
        if "connect.version" in node:
            facts["version"] = _version(schema, node["connect.version"])
        name = node.get("connect.name") or (node["name"] if node["type"] in NAMED else None)
        if name is not None and not name.startswith(DEFAULT_NAME):
            if schema.name not in (None, name):
                raise DataError(f"An Avro schema of the logical type {schema.name} has another connect.name: {name}")
            facts["name"] = name
        return facts | {"parameters": parameters or None}


def _primitive(node: Any) -> Type:
    narrow = node.get("connect.type")
    if node["type"] != "int" or narrow is None:
        return _TYPES[node["type"]]
    if narrow not in _NARROW:
        raise DataError(f"An Avro int has an unknown connect.type: {narrow}; there are {', '.join(_NARROW)}")
    return _NARROW[narrow]


def _bytes(node: Any) -> Schema:
    schema = primitive_schema(Type.BYTES)
    if str(node.get("logicalType")).lower() == "decimal":
        scale, precision = node.get("scale", 0), node.get("precision", DEFAULT_DECIMAL_PRECISION)
        schema = decimal_schema(scale if type(scale) is int else 0)
        if type(precision) is int and precision != DEFAULT_DECIMAL_PRECISION:
            schema = schema.with_(parameters={**(schema.parameters or {}), PRECISION: str(precision)})
    if node["type"] == "fixed":
        schema = schema.with_(parameters={**(schema.parameters or {}), FIXED_SIZE: str(node["size"])})
    return schema


def _version(schema: Schema, version: Any) -> int:
    if type(version) is not int or schema.version not in (None, version):
        raise DataError(f"Invalid Connect version found in an Avro schema: {version!r}")
    return version


def _parameters(node: Any) -> dict[str, str]:
    parameters = node.get("connect.parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(text, str) for text in parameters.values()):
        raise DataError(f"Expected connect.parameters of an Avro schema to be strings, but found: {parameters!r}")
    return parameters


def _with_default(schema: Schema, node: Any, default: Any) -> Schema:
    try:
        value = _value(schema, node, default)
        validate(schema, value)
    except (DataError, TypeError, ValueError, KeyError, AttributeError):
        return schema  # as in Java: a default that does not fit is no default
    return schema.with_(default=value)


def _value(schema: Schema, node: Any, default: Any) -> Any:
    """The Connect value of a default in Avro's JSON form."""
    logical = logical_type(schema)
    value = _base_value(schema, node, default)
    return value if logical is None or value is None else logical.decode(schema, value)


def _base_value(schema: Schema, node: Any, default: Any) -> Any:  # noqa: PLR0911  # one for each type
    if default is None:
        return None
    match schema.type:
        case Type.BYTES:
            return default.encode("latin-1")
        case Type.FLOAT32 | Type.FLOAT64:
            return float(default)
        case Type.ARRAY if schema.value_schema is not None:
            return [_value(schema.value_schema, node["items"], item) for item in default]
        case Type.MAP if schema.value_schema is not None and node["type"] == "map":
            return {key: _value(schema.value_schema, node["values"], item) for key, item in default.items()}
        case Type.MAP if schema.key_schema is not None and schema.value_schema is not None:
            key, value = (field["type"] for field in node["items"]["fields"])
            return {
                _value(schema.key_schema, key, pair[0]): _value(schema.value_schema, value, pair[1]) for pair in default
            }
        case Type.STRUCT:
            types = {field["name"]: field["type"] for field in node["fields"]}
            return {
                field.name: _value(field.schema, types[field.name], default.get(field.name)) for field in schema.fields
            }
        case _:
            return default
