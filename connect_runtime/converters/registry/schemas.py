"""Schemas as a registry holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Draft", "RegisteredSchema"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A schema that a converter made, to be registered or looked up.

    Attributes:
        kind: ``AVRO``, ``PROTOBUF`` or ``JSON``.
        text: The schema.
        name: Full name of the record that it describes, for subjects; ``None`` when it has none.
    """

    kind: str
    text: str
    name: str | None


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """A schema that a registry gave an id.

    Attributes:
        id: Its id.
        kind: ``AVRO``, ``PROTOBUF`` or ``JSON``.
        text: The schema.
        imports: Texts of the schemas that it refers to, directly or not, by the names by which they are referred to;
            each comes after those that it refers to itself.
    """

    id: int
    kind: str
    text: str
    imports: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
