"""Avro schemas as fastavro gets them: only what says how bytes are laid out.

Names are made up, so that they never clash; of a record that stands again, as inside itself, there is only its name.
Logical types are left out, but for those that fastavro makes exactly what Connect has: dates and timestamps in
milliseconds. In a union of several types every one is put into a record of one field, named after its place; that
changes no byte, and tells which it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

__all__ = ["NATIVE", "bare_schema", "branch_field", "branches", "is_nullable", "records_of"]

NATIVE: Final = {("int", "date"), ("long", "timestamp-millis")}


def bare_schema(node: Any) -> Any:
    """The schema for fastavro of a tree."""
    return _Bare().node(node)


def records_of(bare: Any) -> dict[str, Any]:
    """The records in a schema for fastavro, by name."""
    found: dict[str, Any] = {}
    _collect(bare, found)
    return found


def _collect(bare: Any, found: dict[str, Any]) -> None:
    match bare:
        case list():
            for branch in bare:
                _collect(branch, found)
        case {"type": "record", "name": name, "fields": fields}:
            found[name] = bare
            for field in fields:
                _collect(field["type"], found)
        case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
            _collect(inner, found)
        case _:
            pass


def branch_field(place: int) -> str:
    """The field that the branch at a place of a union is put into."""
    return f"at{place}"


def branches(union: list[Any]) -> list[tuple[int, Any]]:
    """The types of a union, with their places, but for null."""
    return [(place, branch) for place, branch in enumerate(union) if not _is_null(branch)]


def is_nullable(union: list[Any]) -> bool:
    """Whether null is in a union."""
    return any(map(_is_null, union))


def _is_null(node: Any) -> bool:
    return isinstance(node, dict) and bool(node["type"] == "null")


class _Bare:
    def __init__(self) -> None:
        self._names: Iterator[str] = (f"T{number}" for number in count())
        self._known: dict[int, str] = {}

    def node(self, node: Any) -> Any:  # noqa: PLR0911  # one for each type
        if isinstance(node, list):
            return self._union(node)
        match node["type"]:
            case "record" if id(node) in self._known:
                return self._known[id(node)]
            case "record":
                name = self._known[id(node)] = next(self._names)
                return {"type": "record", "name": name, "fields": [self._field(field) for field in node["fields"]]}
            case "enum":
                return {"type": "enum", "name": next(self._names), "symbols": node["symbols"]}
            case "fixed":
                return {"type": "fixed", "name": next(self._names), "size": node["size"]}
            case "array":
                return {"type": "array", "items": self.node(node["items"])}
            case "map":
                return {"type": "map", "values": self.node(node["values"])}
            case type_:
                logical = node.get("logicalType")
                return {"type": type_, "logicalType": logical} if (type_, logical) in NATIVE else type_

    def _field(self, field: Any) -> Any:
        made = {"name": field["name"], "type": self.node(field["type"])}
        if "default" in field:
            made["default"] = _default(field["type"], field["default"])
        return made

    def _union(self, union: list[Any]) -> Any:
        if len(union) == 1:
            return self.node(union[0])
        if len(branches(union)) <= 1:
            return [self.node(branch) for branch in union]
        return ["null" if _is_null(branch) else self._wrapped(branch, at) for at, branch in enumerate(union)]

    def _wrapped(self, branch: Any, place: int) -> Any:
        field = {"name": branch_field(place), "type": self.node(branch)}
        return {"type": "record", "name": next(self._names), "fields": [field]}


def _default(node: Any, default: Any) -> Any:
    if isinstance(node, list) and len(branches(node)) > 1 and not _is_null(node[0]):
        return {branch_field(0): default}
    return default
