"""Names in Avro schemas."""

from __future__ import annotations

import re
from typing import Final

from connect_runtime.converters.registry.words import scrubbed_form
from connect_runtime.sdk import DataError

__all__ = ["checked", "full_name", "scrubbed", "split_name"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def scrubbed(name: str) -> str:
    """A name that Avro allows, as ``scrub.invalid.names`` makes it."""
    if not name or _NAME.fullmatch(name):
        return name
    form = scrubbed_form(name)
    return f"x{form}" if form[0].isdigit() else form


def split_name(name: str) -> tuple[str | None, str]:
    """Namespace, if any, and the last part."""
    namespace, _, last = name.rpartition(".")
    return namespace or None, last


def full_name(name: str, namespace: str | None) -> str:
    """A name in a namespace, unless it has one."""
    return name if "." in name or not namespace else f"{namespace}.{name}"


def checked(name: str) -> str:
    """The name of a field or of a type without namespace. Raises: DataError, when Avro does not allow it."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f"Avro does not allow the name {name!r}: letters, digits and underscores, no digit first. Rename it "
            "(ReplaceField, SetSchemaMetadata), or set scrub.invalid.names=true"
        )
    return name
