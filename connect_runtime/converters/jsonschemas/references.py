"""What ``$ref`` in a JSON schema names: a part of the same document, or another one that the registry holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import referencing
import referencing.exceptions
import referencing.jsonschema

from connect_runtime.sdk import DataError

__all__ = ["References", "json_of"]


def json_of(text: str) -> Any:
    """A parsed JSON schema. Raises: DataError."""
    try:
        return json.loads(text)
    except ValueError as exc:
        raise DataError(f"The registry holds a JSON schema that is no JSON: {exc}") from exc


class References:
    """Looks up references from a place in a document. Immutable.

    Args:
        document: The parsed JSON schema.
        imports: JSON of other schemas, by the names by which they are referred to.
    """

    def __init__(self, document: Any, imports: Mapping[str, str]) -> None:
        specification = referencing.jsonschema.DRAFT7
        others = ((name, json_of(text)) for name, text in imports.items())
        registry: Any = referencing.Registry()
        self.registry = registry.with_resources(
            [(name, specification.create_resource(other)) for name, other in others]
        ).with_resource("", specification.create_resource(document))
        self._resolver = self.registry.resolver()

    def found(self, reference: Any) -> tuple[Any, References]:
        """What a reference names, and from where references in it are looked up. Raises: DataError."""
        try:
            resolved = self._resolver.lookup(str(reference))
        except referencing.exceptions.Unresolvable as exc:
            raise DataError(
                f"A JSON schema refers to {reference!r}, which is neither in it nor among the schemas that the "
                "registry says it refers to"
            ) from exc
        there = object.__new__(References)
        there.registry, there._resolver = self.registry, resolved.resolver
        return resolved.contents, there
