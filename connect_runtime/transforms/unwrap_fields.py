"""Parts of a change event that are added to the row in it: which, where they are, what they are called then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import ConfigError, Schema
from connect_runtime.transforms.structs import part_of

__all__ = ["OPERATION", "Addition", "Located", "located", "parsed_additions", "schemaless_values"]

OPERATION: Final = "op"
_TOP_LEVEL: Final = frozenset({OPERATION, "ts_ms", "ts_us", "ts_ns"})
_OF_TRANSACTION: Final = frozenset({"id", "data_collection_order", "total_order"})


class Addition(NamedTuple):
    """One part.

    Attributes:
        parent: The struct that holds it, ``None`` for the event itself.
        field: Its name there.
        name: Its name as a field of the row or as a header.
    """

    parent: str | None
    field: str
    name: str


class Located(NamedTuple):
    """An addition found in events of one schema: its optional schema, and how it is read from an event."""

    addition: Addition
    schema: Schema
    read: Callable[[Mapping[str, Any]], Any]


def parsed_additions(items: Sequence[str], prefix: str, key: str) -> list[Addition]:
    """The parts that a list such as ``op,source.ts_ms:changed_at`` names.

    Raises:
        ConfigError: An item has more than one dot or colon.
    """
    return [_parsed(item, prefix, key) for item in items if item]


def located(additions: Sequence[Addition], event: Schema) -> list[Located]:
    """Those parts that events of a schema have; what is not where it should be is looked for in the event itself."""
    found = []
    for addition in additions:
        parent, field, _ = addition
        inner = None if parent is None else part_of(event, parent)
        held = None if inner is None else part_of(inner, field)
        if parent is not None and held is not None:
            found.append(Located(addition, _optional(held), _inner_reader(parent, field)))
        elif (top := part_of(event, field)) is not None:
            found.append(Located(addition, _optional(top), _reader(field)))
    return found


def schemaless_values(additions: Sequence[Addition], event: Mapping[str, Any]) -> dict[str, Any]:
    """Names and values of those parts that an event without schema has."""
    found: dict[str, Any] = {}
    for parent, field, name in additions:
        inner = event if parent is None else event.get(parent)
        if isinstance(inner, Mapping) and field in inner:
            found[name] = inner[field]
        elif field in event:
            found[name] = event[field]
    return found


def _parsed(item: str, prefix: str, key: str) -> Addition:
    path, _, new_name = item.partition(":")
    parent, _, field = path.rpartition(".")
    if not field or "." in parent or ":" in new_name or item.endswith(":"):
        raise ConfigError(f"{key}: {item!r} is no field; write e.g. op, source.ts_ms or op:operation", key=key)
    if new_name:
        return Addition(parent or _default_parent(field), field, prefix + new_name)
    return Addition(parent or _default_parent(field), field, f"{prefix}{parent}_{field}" if parent else prefix + field)


def _default_parent(field: str) -> str | None:
    if field in _TOP_LEVEL:
        return None
    return "transaction" if field in _OF_TRANSACTION else "source"


def _optional(schema: Schema) -> Schema:
    return schema.with_(optional=True, default=None)


def _reader(field: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda event: event.get(field)


def _inner_reader(parent: str, field: str) -> Callable[[Mapping[str, Any]], Any]:
    def read(event: Mapping[str, Any]) -> Any:
        inner = event.get(parent)
        return None if inner is None else inner.get(field)

    return read
