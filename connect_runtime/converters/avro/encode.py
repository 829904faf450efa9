"""Writes Avro payloads: values are checked and brought into Avro's form, then fastavro writes them.

The schema that is written with is another than the record's own when the registry's latest is used; both are walked
together, so that a field is found by name, and what cannot be written is found out before any record is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import Any, Final

import fastavro

from connect_runtime.converters.avro.bare import bare_schema, branches, is_nullable, records_of
from connect_runtime.converters.avro.decode import NOT_AVRO
from connect_runtime.converters.avro.names import scrubbed
from connect_runtime.converters.avro.parsing import NAMED
from connect_runtime.converters.avro.to_connect import branch_name
from connect_runtime.converters.avro.words import AvroOptions, is_union
from connect_runtime.converters.checking import (
    Encode,
    checked,
    given_branch,
    known,
    made_once,
    of_type,
    optionally,
    struct_encoder,
)
from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import logical_type

__all__ = ["encoder"]

_FITTING: Final[Mapping[Type, tuple[str, ...]]] = MappingProxyType(
    {
        Type.INT8: ("int", "long"),
        Type.INT16: ("int", "long"),
        Type.INT32: ("int", "long"),
        Type.INT64: ("long",),
        Type.FLOAT32: ("float", "double"),
        Type.FLOAT64: ("double",),
        Type.BOOLEAN: ("boolean",),
        Type.STRING: ("string", "enum"),
        Type.BYTES: ("bytes", "fixed"),
        Type.ARRAY: ("array",),
        Type.MAP: ("map", "array"),
        Type.STRUCT: ("record",),
    }
)


def encoder(schema: Schema, node: Any, options: AvroOptions) -> Callable[[Any], bytes]:
    """Writes values of a Connect schema as an Avro schema says, see `parsing.parsed`; raises ``DataError``.

    Raises:
        DataError: Values of the one cannot be written as the other.
    """
    bare = bare_schema(node)
    layout = fastavro.parse_schema(bare)
    encode = _Encoders(options, records_of(bare)).of(schema, node, bare)
    write = fastavro.schemaless_writer

    def payload(value: Any) -> bytes:
        tree, out = encode(value), BytesIO()
        try:
            write(out, layout, tree)
        except (*NOT_AVRO, AttributeError) as exc:
            raise DataError(f"Cannot be written as Avro: {type(exc).__name__}: {exc}") from exc
        return out.getvalue()

    return payload


class _Encoders:
    def __init__(self, options: AvroOptions, records: Mapping[str, Any]) -> None:
        self._options = options
        self._records = records
        self._structs: dict[Any, Encode] = {}

    def of(self, schema: Schema, node: Any, bare: Any) -> Encode:
        """Encoder of values under a Connect schema, for an Avro schema and what fastavro has of it."""
        if isinstance(node, list):
            return self._union(schema, node, bare)
        default = None if self._options.ignore_default else schema.default
        if schema.optional and default is None:
            inner = self._present(schema, node, bare)
            # Only the value can tell whether a null meets a type that has none.
            return lambda value: _no_null(node) if value is None else inner(value)
        return optionally(schema, self._present(schema, node, bare), default, null_is_valid=False)

    def _present(self, schema: Schema, node: Any, bare: Any) -> Encode:  # noqa: PLR0911  # one for each type
        if node["type"] not in _FITTING[schema.type]:
            raise DataError(f"Cannot write {schema.type.name} {schema.name or ''} as Avro {node['type']}")
        logical = logical_type(schema)
        if logical is not None:
            is_one = partial(_is_instance, logical.classes)
            return checked(logical.name, is_one, partial(logical.encode, schema))
        match schema.type:
            case Type.STRUCT:
                return made_once(self._structs, (schema.fields, id(node)), lambda: self._struct(schema, node, bare))
            case Type.ARRAY:
                encode = self.of(known(schema.value_schema), node["items"], bare["items"])
                return of_type(schema.type, lambda values: [encode(value) for value in values])
            case Type.MAP:
                return self._map(schema, node, bare)
            case Type.BYTES:
                return of_type(schema.type, bytes)
            case Type.STRING if node["type"] == "enum":
                return _enum(node)
            case _:
                return of_type(schema.type)

    def _record(self, bare: Any) -> Any:
        return self._records[bare] if isinstance(bare, str) else bare

    def _struct(self, schema: Schema, node: Any, bare: Any) -> Encode:
        scrub = scrubbed if self._options.scrub else str
        own = {scrub(field.name): field for field in schema.fields}
        encoders = []
        for field, inner in zip(node["fields"], self._record(bare)["fields"], strict=True):
            found = own.get(field["name"])
            if found is not None:
                encoders.append((found.name, field["name"], self.of(found.schema, field["type"], inner["type"])))
            elif "default" not in field:
                raise DataError(
                    f"Field {field['name']!r} of the registered schema {node['name']} has no default, and the record's "
                    "schema has no such field"
                )
        return struct_encoder(schema, encoders)

    def _map(self, schema: Schema, node: Any, bare: Any) -> Encode:
        keys, values = known(schema.key_schema), known(schema.value_schema)
        if node["type"] == "map":
            encode_key = self.of(keys, {"type": "string"}, "string")
            encode = self.of(values, node["values"], bare["values"])
            return of_type(schema.type, lambda value: {encode_key(key): encode(item) for key, item in value.items()})
        entries = (node["items"], self._record(bare["items"]))
        types, inner = ({field["name"]: field["type"] for field in entry["fields"]} for entry in entries)
        key_of = self.of(keys, types["key"], inner["key"])
        value_of = self.of(values, types["value"], inner["value"])
        return of_type(
            schema.type,
            lambda value: [{"key": key_of(key), "value": value_of(item)} for key, item in value.items()],
        )

    def _union(self, schema: Schema, node: list[Any], bare: Any) -> Encode:
        found = branches(node)
        if is_union(schema):
            encode = self._branches(schema, node, bare)
        elif len(node) == 1:
            return self.of(schema, node[0], bare)
        elif len(found) == 1:
            place, branch = found[0]
            encode = _tagged(branch, bare[place], self._present(schema, branch, bare[place]))
        else:
            encode = self._first_fitting(schema, found, bare)
        default = None if self._options.ignore_default else schema.default
        return optionally(schema, encode, default, null_is_valid=schema.optional and is_nullable(node))

    def _branches(self, schema: Schema, node: list[Any], bare: Any) -> Encode:
        encoders: dict[str, Encode] = {}
        for place, branch in branches(node):
            name = branch_name(branch, place, self._options)
            field = schema.field(name)
            if field is not None:
                encoders[name] = self._branch(field.schema, branch, bare, place)

        def encode_union(value: Any) -> Any:
            name = given_branch(value, encoders)
            return encoders[name](value[name])

        return encode_union

    def _branch(self, schema: Schema, branch: Any, bare: Any, place: int) -> Encode:
        if not isinstance(bare, list):
            return self._present(schema, branch, bare)
        if len(bare) == 1 or not _is_wrapped(bare[place]):
            return _tagged(branch, bare[place], self._present(schema, branch, bare[place]))
        wrapper = bare[place]
        field = wrapper["fields"][0]
        encode, name, inside = self._present(schema, branch, field["type"]), wrapper["name"], field["name"]
        return lambda value: (name, {inside: encode(value)})

    def _first_fitting(self, schema: Schema, found: list[tuple[int, Any]], bare: Any) -> Encode:
        refusals = []
        for place, branch in found:
            try:
                return self._branch(schema, branch, bare, place)
            except DataError as exc:
                refusals.append(str(exc))
        raise DataError(f"No type of the registered union fits: {'; '.join(refusals)}")


def _is_instance(classes: tuple[type, ...], value: Any) -> bool:
    return isinstance(value, classes)


def _is_wrapped(bare: Any) -> bool:
    return isinstance(bare, dict) and bare["type"] == "record"


def _tagged(branch: Any, bare: Any, encode: Encode) -> Encode:
    """Says which type of a union it is, where that is possible, so that fastavro need not find out."""
    if branch["type"] not in NAMED:
        return encode
    name = bare if isinstance(bare, str) else bare["name"]
    return lambda value: (name, encode(value))


def _enum(node: Any) -> Encode:
    symbols = frozenset(node["symbols"])

    def encode(value: Any) -> Any:
        if value not in symbols:
            raise DataError(f"Enum {node['name']} has the symbols {node['symbols']}, the value is none of them")
        return value

    return checked("STRING", lambda value: isinstance(value, str), encode)


def _no_null(node: Any) -> Any:
    raise DataError(f"Found null for Avro type {node['type']}, which does not allow it")
