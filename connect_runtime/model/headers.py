"""Record headers: an ordered multimap, held as a tuple so that records may share it.

The functions are the operations of Connect's ``Headers``; each gives a new tuple. Keys are case-sensitive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from connect_runtime.errors import DataError
from connect_runtime.model.logical import logical_type
from connect_runtime.model.schema import Schema
from connect_runtime.model.validate import class_text, is_of_type

__all__ = [
    "NO_HEADERS",
    "Header",
    "Headers",
    "add_header",
    "headers_with_name",
    "last_header",
    "map_headers",
    "remove_headers",
    "retain_latest_headers",
]


class Header(NamedTuple):
    """One header; ``schema`` is ``None`` for a schemaless value."""

    key: str
    value: Any
    schema: Schema | None = None


Headers = tuple[Header, ...]
NO_HEADERS: Final[Headers] = ()


def add_header(headers: Headers, key: str, value: Any, schema: Schema | None = None) -> Headers:
    """With one more header at the end.

    Raises:
        DataError: The value is of another class than the schema wants. What is in a container is not looked at.
    """
    if schema is not None:
        _check(key, value, schema)
    return (*headers, Header(key, value, schema))


def last_header(headers: Headers, key: str) -> Header | None:
    """The last header of that key."""
    return next((header for header in reversed(headers) if header.key == key), None)


def headers_with_name(headers: Headers, key: str) -> Headers:
    """All headers of that key, in order."""
    return tuple(header for header in headers if header.key == key)


def remove_headers(headers: Headers, key: str) -> Headers:
    """Without all headers of that key."""
    return tuple(header for header in headers if header.key != key)


def retain_latest_headers(headers: Headers, key: str | None = None) -> Headers:
    """Only the last of that key, or, for ``None``, of each key; the others as they are."""
    last = {header.key: place for place, header in enumerate(headers)}
    return tuple(
        header
        for place, header in enumerate(headers)
        if last[header.key] == place or (key is not None and header.key != key)
    )


def map_headers(headers: Headers, change: Callable[[Header], Header | None], key: str | None = None) -> Headers:
    """Every header, or only those of ``key``, as ``change`` gives it back; ``None`` removes it."""
    changed = (change(header) if key is None or header.key == key else header for header in headers)
    return tuple(header for header in changed if header is not None)


def _check(key: str, value: Any, schema: Schema) -> None:
    logical = logical_type(schema)
    if value is None:
        fits = schema.optional
    elif logical is not None:
        fits = isinstance(value, logical.classes)
    else:
        fits = is_of_type(schema.type, value)
    if not fits:
        wanted = logical.name if logical else schema.type.name
        raise DataError(f"Header {key!r}: {class_text(value)} is no value for a required schema of type {wanted}")
