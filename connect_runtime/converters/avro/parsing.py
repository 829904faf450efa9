"""Avro schemas as they are read: every name in full, every reference to a type replaced by the type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from connect_runtime.converters.avro.names import full_name
from connect_runtime.sdk import DataError

__all__ = ["NAMED", "is_map_entry", "parsed"]

NAMED: Final = ("record", "error", "enum", "fixed")
_PRIMITIVES: Final = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_ENTRY: Final = "io.confluent.connect.avro.MapEntry"


def parsed(text: str, imports: Mapping[str, str]) -> Any:
    """The tree of a schema: ``dict``s with a ``type``, and ``list``s, which are unions.

    A type that refers to itself is a cycle in the tree.

    Args:
        text: The schema's JSON.
        imports: JSON of schemas with types that it refers to, in an order in which each has what it needs before it.

    Raises:
        DataError: It is no Avro schema.
    """
    named: dict[str, dict[str, Any]] = {}
    for other in imports.values():
        _node(_json(other), named, None)
    return _node(_json(text), named, None)


def is_map_entry(node: Any) -> bool:
    """Whether an array of these stands for a map."""
    is_record = isinstance(node, dict) and node["type"] == "record"
    return is_record and (node["name"] == _ENTRY or node.get("connect.internal.type") == "MapEntry")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        if text.strip() in _PRIMITIVES:
            return text.strip()
        raise DataError(f"The registry holds an Avro schema that is no JSON: {text[:80]!r}") from None


def _node(node: Any, named: dict[str, dict[str, Any]], namespace: str | None) -> Any:  # noqa: PLR0911  # one for each type
    match node:
        case str():
            return {"type": node} if node in _PRIMITIVES else _referred(node, named, namespace)
        case list():
            return [_node(branch, named, namespace) for branch in node]
        case {"type": "array", "items": items}:
            return {**node, "items": _node(items, named, namespace)}
        case {"type": "map", "values": values}:
            return {**node, "values": _node(values, named, namespace)}
        case {"type": str(type_), "name": str()} if type_ in NAMED:
            return _named(node, named, namespace)
        case {"type": str(type_)} if type_ in _PRIMITIVES:
            return dict(node)
        case {"type": inner}:
            return _node(inner, named, namespace)
        case _:
            raise DataError(f"The registry holds an Avro schema that cannot be understood: {json.dumps(node)[:200]}")


def _named(node: dict[str, Any], named: dict[str, dict[str, Any]], namespace: str | None) -> dict[str, Any]:
    own = node.get("namespace", namespace) or None
    name = full_name(node["name"], own)
    made = named[name] = {**node, "type": "record" if node["type"] == "error" else node["type"], "name": name}
    if made["type"] == "record":
        inner = name.rpartition(".")[0] or None
        made["fields"] = [{**field, "type": _node(field["type"], named, inner)} for field in node.get("fields", ())]
    return made


def _referred(name: str, named: Mapping[str, dict[str, Any]], namespace: str | None) -> dict[str, Any]:
    for known in (full_name(name, namespace), name):
        if known in named:
            return named[known]
    raise DataError(f"The registry holds an Avro schema with a type {name!r} that is nowhere defined")
