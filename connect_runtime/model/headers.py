"""Record headers: an ordered multimap, held as a tuple so that records may share it."""

from __future__ import annotations

from typing import Any, NamedTuple

from connect_runtime.model.schema import Schema

__all__ = ["NO_HEADERS", "Header", "Headers"]


class Header(NamedTuple):
    """One header; ``schema`` is ``None`` for a schemaless value."""

    key: str
    value: Any
    schema: Schema | None = None


Headers = tuple[Header, ...]
NO_HEADERS: Headers = ()
