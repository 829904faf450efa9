"""Words that the formats with a schema registry share."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote_plus

from connect_runtime.sdk import Schema, Type

__all__ = [
    "GENERALIZED_ENUM",
    "GENERALIZED_UNION",
    "GENERALIZED_UNION_NAME",
    "is_generalized_union",
    "scrubbed_form",
    "versioned",
]

GENERALIZED_ENUM: Final = "org.apache.kafka.connect.data.Enum"
"""Parameter of a schema made of an enum, in every format, with ``generalized.sum.type.support``."""
GENERALIZED_UNION: Final = "org.apache.kafka.connect.data.Union"
"""Parameter of a struct made of a union, likewise."""
GENERALIZED_UNION_NAME: Final = "connect_union_"
"""How the names of such structs begin."""
_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_]")


def is_generalized_union(schema: Schema) -> bool:
    """Whether a struct is such a union."""
    return schema.type is Type.STRUCT and GENERALIZED_UNION in (schema.parameters or {})


def versioned(schema: Schema, version: int | None) -> Schema:
    """The schema with a version, unless it has one."""
    return schema if version is None or schema.version is not None else schema.with_(version=version)


def scrubbed_form(name: str) -> str:
    """What Confluent's ``scrub.invalid.names`` makes of a name: its form in URLs, and underscores for the rest."""
    return _NOT_IN_NAME.sub("_", quote_plus(name, safe="*", errors="replace").replace("~", "%7E"))
