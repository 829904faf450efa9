"""Avro schemas of Connect schemas, as Confluent's converter makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.converters.avro.names import checked, scrubbed, split_name
from connect_runtime.converters.avro.words import (
    DEFAULT_DECIMAL_PRECISION,
    DEFAULT_NAME,
    ENUM_DEFAULT,
    ENUM_DOC,
    FIELD_DEFAULT,
    FIELD_DOC,
    FIXED_SIZE,
    MAP_ENTRY,
    NAMESPACE,
    PRECISION,
    RECORD_DOC,
    AvroOptions,
    is_enum,
    is_fixed,
    is_union,
)
from connect_runtime.converters.checking import known
from connect_runtime.sdk import DataError, Field, Schema, Type
from connect_runtime.sdk.data import (
    DATE_NAME,
    DECIMAL_NAME,
    TIME_NAME,
    TIMESTAMP_NAME,
    is_recursive,
    logical_type,
    schema_scale,
)

__all__ = ["Node", "avro_of_schema"]

Node = Any
"""An Avro schema as parsed JSON."""

_PRIMITIVES: Final[Mapping[Type, str]] = MappingProxyType(
    {
        Type.INT8: "int",
        Type.INT16: "int",
        Type.INT32: "int",
        Type.INT64: "long",
        Type.FLOAT32: "float",
        Type.FLOAT64: "double",
        Type.BOOLEAN: "boolean",
        Type.STRING: "string",
        Type.BYTES: "bytes",
    }
)
_LOGICAL: Final[Mapping[str, str]] = MappingProxyType(
    {DECIMAL_NAME: "decimal", DATE_NAME: "date", TIME_NAME: "time-millis", TIMESTAMP_NAME: "timestamp-millis"}
)
_DOC: Final = "connect.record.doc"
_ENUM_DOC: Final = "connect.enum.doc"


def avro_of_schema(schema: Schema, options: AvroOptions) -> Node:
    """The Avro schema of a Connect schema. Raises: DataError, when Avro cannot say it."""
    return _Maker(options).node(schema, None)


class _Maker:
    """Makes one Avro schema; keeps the named types in it, each of which is written out once."""

    def __init__(self, options: AvroOptions) -> None:
        self._options = options
        self._defined: dict[str, Node] = {}
        self._unnamed: dict[Schema, str] = {}
        self._open: dict[Sequence[Field], str] = {}

    def node(self, schema: Schema, namespace: str | None) -> Node:
        """The schema, a union with null when it is optional."""
        base = self._base(schema, namespace)
        if not schema.optional or isinstance(base, list):
            return base
        return ["null", base] if schema.default is None else [base, "null"]

    def _base(self, schema: Schema, namespace: str | None) -> Node:
        if is_union(schema):
            branches = [self._base(field.schema, namespace) for field in schema.fields]
            return ["null", *branches] if schema.optional else branches
        match schema.type:
            case Type.STRUCT if schema.fields in self._open:
                return self._open[schema.fields]
            case Type.STRUCT:
                return self._struct(schema, namespace)
            case Type.STRING if is_enum(schema) and (self._options.enhanced or self._options.generalized):
                return self._named(self._enum_name(schema), namespace, lambda _: self._enum(schema))
            case Type.BYTES if is_fixed(schema):
                return self._named(self._name(schema), namespace, lambda _: self._fixed(schema))
            case Type.ARRAY:
                node = {"type": "array", "items": self.node(known(schema.value_schema), namespace)}
            case Type.MAP:
                node = self._map(schema, namespace)
            case _:
                node = {"type": _PRIMITIVES[schema.type]}
        node |= self._decimal(schema) | self._properties(schema)
        return node["type"] if len(node) == 1 else node

    def _struct(self, schema: Schema, namespace: str | None) -> Node:
        name = self._name(schema)
        if is_recursive(schema):
            self._open[schema.fields] = name
        try:
            return self._named(name, namespace, lambda inner: self._record(schema, inner))
        finally:
            self._open.pop(schema.fields, None)

    def _named(self, name: str, enclosing: str | None, make: Any) -> Node:
        namespace, last = split_name(name)
        definition = {"name": checked(last)}
        if namespace != enclosing:
            definition["namespace"] = namespace or ""
        for part in (namespace or "").split(".") if namespace else ():
            checked(part)
        known = self._defined.get(name)
        self._defined[name] = definition  # until it is made, for what is inside
        made = make(namespace)
        if known is None:
            self._defined[name] = made
            return {"type": made["type"]} | definition | made
        self._defined[name] = known
        if known != made:
            raise DataError(f"Avro allows one type of a name, and there are two different ones named {name}")
        return name

    def _record(self, schema: Schema, namespace: str | None) -> Node:
        parameters = schema.parameters or {}
        node: dict[str, Any] = {"type": "record"}
        if doc := parameters.get(_DOC if self._options.discard_docs else RECORD_DOC):
            node["doc"] = doc
        node["fields"] = []
        for field in schema.fields:
            about = None if self._options.discard_docs else parameters.get(FIELD_DOC + field.name)
            node["fields"].append(self._field(field.name, field.schema, about, namespace))
        names = [field["name"] for field in node["fields"]]
        if len(set(names)) < len(names):
            raise DataError(f"Two fields of {schema.name or 'a struct'} have the same name in Avro: {', '.join(names)}")
        return node | self._properties(schema)

    def _field(self, name: str, schema: Schema, doc: str | None, namespace: str | None) -> Node:
        node: dict[str, Any] = {"name": checked(scrubbed(name) if self._options.scrub else name)}
        node["type"] = self.node(schema, namespace)
        about = schema.doc if self._options.discard_docs else doc
        if about:
            node["doc"] = about
        if schema.default is not None:
            node["default"] = self._json(schema, schema.default)
        elif schema.optional:
            node["default"] = None
        return node

    def _enum(self, schema: Schema) -> Node:
        parameters, mark = schema.parameters or {}, f"{self._options.enum_parameter}."
        symbols = [name.removeprefix(mark) for name in parameters if name.startswith(mark)]
        if self._options.generalized:
            symbols.sort(key=lambda symbol: int(parameters[mark + symbol]))
        last = split_name(self._enum_name(schema))[1]
        node: dict[str, Any] = {"type": "enum"}
        if doc := parameters.get(_ENUM_DOC if self._options.discard_docs else ENUM_DOC + last):
            node["doc"] = doc
        node["symbols"] = [checked(symbol) for symbol in symbols]
        default = None if self._options.discard_docs else parameters.get(ENUM_DEFAULT + last)
        return node | ({} if default is None else {"default": default}) | self._properties(schema)

    def _fixed(self, schema: Schema) -> Node:
        size = int((schema.parameters or {})[FIXED_SIZE])
        return {"type": "fixed", "size": size} | self._decimal(schema) | self._properties(schema)

    def _map(self, schema: Schema, namespace: str | None) -> dict[str, Any]:
        keys, values = known(schema.key_schema), known(schema.value_schema)
        if self._options.is_avro_map(keys):
            return {"type": "map", "values": self.node(values, namespace)}
        name = self._entry_name(schema)

        def entry(inner: str | None) -> Node:
            fields = [self._field("key", keys, None, inner), self._field("value", values, None, inner)]
            is_marked = name != f"{NAMESPACE}.{MAP_ENTRY}"
            return {"type": "record", "fields": fields} | ({"connect.internal.type": MAP_ENTRY} if is_marked else {})

        return {"type": "array", "items": self._named(name, namespace, entry)}

    def _properties(self, schema: Schema) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._options.meta_data:
            parameters = {key: text for key, text in (schema.parameters or {}).items() if key != FIELD_DEFAULT}
            has_own_default = schema.default is not None and FIELD_DEFAULT not in (schema.parameters or {})
            narrow = schema.type in (Type.INT8, Type.INT16)
            facts = {
                "connect.doc": schema.doc,
                "connect.version": schema.version,
                "connect.parameters": parameters or None,
                "connect.default": self._json(schema, schema.default) if has_own_default else None,
                "connect.name": schema.name,
                "connect.type": schema.type.value if narrow else None,
            }
            found = {name: fact for name, fact in facts.items() if fact is not None}
        if schema.name is not None and schema.name in _LOGICAL:
            found["logicalType"] = _LOGICAL[schema.name]
        return found | {key: text for key, text in (schema.parameters or {}).items() if key.startswith("avro")}

    def _decimal(self, schema: Schema) -> dict[str, Any]:
        if schema.name != DECIMAL_NAME:
            return {}
        precision = int((schema.parameters or {}).get(PRECISION, DEFAULT_DECIMAL_PRECISION))
        return {"scale": schema_scale(schema), "precision": precision}

    def _name(self, schema: Schema) -> str:
        if schema.name:
            return ".".join(map(scrubbed, schema.name.split("."))) if self._options.scrub else schema.name
        return self._default_name(schema.with_(optional=False, default=None), DEFAULT_NAME)

    def _entry_name(self, schema: Schema) -> str:
        if schema.name:
            return self._name(schema)
        return self._default_name(
            schema.with_(optional=False, default=None, doc=None, version=None, parameters=None),
            f"{NAMESPACE}.{MAP_ENTRY}",
        )

    def _default_name(self, schema: Schema, base: str) -> str:
        if schema not in self._unnamed:
            count = sum(name.startswith(base) for name in self._unnamed.values())
            self._unnamed[schema] = base if count == 0 else f"{base}{count + 1}"
        return self._unnamed[schema]

    def _enum_name(self, schema: Schema) -> str:
        name = (schema.parameters or {}).get(self._options.enum_parameter)
        return name or self._name(schema)

    def _json(self, schema: Schema, value: Any) -> Any:  # noqa: PLR0911  # one for each type
        """A default as Avro writes it."""
        if value is None:
            return None
        logical = logical_type(schema)
        if logical is not None:
            value = logical.encode(schema, value)
        match schema.type:
            case Type.BYTES:
                return bytes(value).decode("latin-1")
            case Type.ARRAY:
                return [self._json(known(schema.value_schema), item) for item in value]
            case Type.MAP:
                keys, values = known(schema.key_schema), known(schema.value_schema)
                if self._options.is_avro_map(keys):
                    return {key: self._json(values, item) for key, item in value.items()}
                return [[self._json(keys, key), self._json(values, item)] for key, item in value.items()]
            case Type.STRUCT:
                return {
                    scrubbed(field.name) if self._options.scrub else field.name: self._json(
                        field.schema, schema.get(value, field.name)
                    )
                    for field in schema.fields
                }
            case _:
                return value
