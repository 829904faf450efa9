"""Reads Avro payloads: fastavro does it in C, and what it leaves to be finished is finished here."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import fastavro

from connect_runtime.converters.avro.bare import NATIVE, bare_schema, branch_field, branches
from connect_runtime.converters.avro.parsing import is_map_entry
from connect_runtime.converters.avro.to_connect import branch_name, schema_of_avro
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.checking import known, made_once
from connect_runtime.converters.registry.words import versioned
from connect_runtime.sdk import DataError, Schema, SchemaAndValue, Type
from connect_runtime.sdk.data import (
    DECIMAL_NAME,
    decimal_of_unscaled,
    hashable,
    is_recursive,
    logical_type,
    schema_scale,
)

__all__ = ["NOT_AVRO", "decoder", "raw_decoder"]

NOT_AVRO: Final = (EOFError, ValueError, TypeError, IndexError, KeyError, OverflowError, RecursionError, MemoryError)
_Finish = Callable[[Any], Any]


def decoder(node: Any, version: int | None, options: AvroOptions) -> Callable[[bytes], SchemaAndValue]:
    """Reads payloads of an Avro schema, see `parsing.parsed`; raises ``DataError`` for what is none.

    Args:
        node: The schema.
        version: For the Connect schema, if it has none.
        options: How that is made.

    Raises:
        DataError: Connect cannot say what the schema says.
    """
    schema = versioned(schema_of_avro(node, options), version)
    read, finish = raw_decoder(node, schema.name or ""), _Finishing(options).of(schema, node)
    if finish is None:
        return lambda payload: (schema, read(payload))
    return lambda payload: (schema, finish(read(payload)))


def raw_decoder(node: Any, name: str) -> Callable[[bytes], Any]:
    """Reads payloads of an Avro schema as fastavro does; raises ``DataError``, naming the schema, for what is none."""
    layout = fastavro.parse_schema(bare_schema(node))
    read = fastavro.schemaless_reader

    def decode(payload: bytes) -> Any:
        try:
            return read(BytesIO(payload), layout, None)
        except NOT_AVRO as exc:
            raise DataError(
                f"A message of {len(payload)} bytes is not what its Avro schema {name} says: "
                f"{type(exc).__name__}: {exc}"
            ) from exc

    return decode


class _Finishing:
    def __init__(self, options: AvroOptions) -> None:
        self._options = options
        self._recursive: dict[Any, _Finish] = {}

    def of(self, schema: Schema, node: Any) -> _Finish | None:  # noqa: PLR0911  # one for each type
        if isinstance(node, list):
            return self._of_union(schema, node)
        logical = logical_type(schema)
        if logical is not None:
            if (node["type"], node.get("logicalType")) in NATIVE:
                return None
            if logical.name == DECIMAL_NAME:
                scale = schema_scale(schema)
                return lambda data: decimal_of_unscaled(data, scale)
            decode = logical.decode
            return lambda base: decode(schema, base)
        match schema.type:
            case Type.STRUCT if is_recursive(schema):
                key = (schema.fields, id(node))
                return made_once(self._recursive, key, lambda: self._of_struct(schema, node) or _as_it_is)
            case Type.STRUCT:
                return self._of_struct(schema, node)
            case Type.ARRAY:
                item = self.of(known(schema.value_schema), node["items"])
                return item and (lambda values: [item(value) for value in values])
            case Type.MAP:
                return self._of_map(schema, node)
            case _:
                return None

    def _of_union(self, schema: Schema, node: list[Any]) -> _Finish | None:
        found = branches(node)
        if len(found) == 1:
            only = found[0][1]
            if len(node) == 1 and not self._options.flatten_singleton_unions:
                name = branch_name(only, 0, self._options)
                inner = self.of(_field(schema, name), only) or _as_it_is
                return lambda value: {name: inner(value)}
            finish = self.of(schema, only)
            return finish and (lambda value: None if value is None else finish(value))
        names = {branch_field(place): branch_name(branch, place, self._options) for place, branch in found}
        finishing = {
            branch_field(place): self.of(_field(schema, name), branch) or _as_it_is
            for (place, branch), name in zip(found, names.values(), strict=True)
        }
        empty: dict[str, Any] = dict.fromkeys(names.values())

        def finish_union(value: Any) -> Any:
            if value is None:
                return None
            ((at, inner),) = value.items()
            return {**empty, names[at]: finishing[at](inner)}

        return finish_union

    def _of_struct(self, schema: Schema, node: Any) -> _Finish | None:
        fields = [
            (field["name"], finish)
            for field in node["fields"]
            if (finish := self.of(_field(schema, field["name"]), field["type"])) is not None
        ]
        if not fields:
            return None

        def finish_fields(value: dict[str, Any]) -> dict[str, Any]:
            for name, finish in fields:
                value[name] = finish(value[name])
            return value

        return finish_fields

    def _of_map(self, schema: Schema, node: Any) -> _Finish | None:
        values = known(schema.value_schema)
        if node["type"] == "map":
            finish = self.of(values, node["values"])
            return finish and (lambda value: {key: finish(item) for key, item in value.items()})
        keys, entry = known(schema.key_schema), {field["name"]: field["type"] for field in node["items"]["fields"]}
        assert is_map_entry(node["items"])  # noqa: S101  # or the schema would be an array's
        finish_key = self.of(keys, entry["key"]) or _as_it_is
        finish_value = self.of(values, entry["value"]) or _as_it_is
        key_of = finish_key if keys.type.is_primitive else (lambda key: hashable(finish_key(key)))
        return lambda entries: {key_of(entry["key"]): finish_value(entry["value"]) for entry in entries}


def _field(schema: Schema, name: str) -> Schema:
    field = schema.field(name)
    return known(None if field is None else field.schema)


def _as_it_is(value: Any) -> Any:
    return value
