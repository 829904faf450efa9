"""Which registered schema a record is written with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connect_runtime.converters.registry.client import LATEST, SchemaRegistry
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.sdk import DataError

__all__ = ["RegistrationOptions", "registered_for"]


@dataclass(frozen=True, slots=True)
class RegistrationOptions:
    """How written schemas meet the registry; see the keys of the same names in `registry.keys`."""

    auto_register: bool
    use_latest: bool
    latest_strict: bool
    use_id: int
    normalize: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> RegistrationOptions:
        """Those among a converter's parsed options."""
        return cls(
            auto_register=options["auto.register.schemas"],
            use_latest=options["use.latest.version"],
            latest_strict=options["latest.compatibility.strict"],
            use_id=options["use.schema.id"],
            normalize=options["normalize.schemas"],
        )


def registered_for(
    registry: SchemaRegistry, subject: str, draft: Draft, options: RegistrationOptions
) -> RegisteredSchema:
    """The schema to write with: the record's own, or the one that the options ask for.

    Raises:
        RetriableError: The registry does not answer.
        DataError: The schema is not registered and shall not be, or is incompatible.
        ConnectError: The registry refuses for another reason.
    """
    if options.auto_register:
        schema_id = registry.register(subject, draft, normalize=options.normalize)
        return RegisteredSchema(schema_id, draft.kind, draft.text)
    if options.use_id >= 0:
        return _of_kind(registry.by_id(options.use_id), draft, "use.schema.id")
    if options.use_latest:
        latest = _of_kind(registry.by_version(subject, LATEST), draft, "use.latest.version")
        if options.latest_strict and (reasons := registry.incompatibilities(subject, draft)):
            raise DataError(
                f"The record's schema is incompatible with the latest of subject {subject}: {'; '.join(reasons)}. "
                "Correct one of them, or set latest.compatibility.strict=false"
            )
        return latest
    schema_id = registry.lookup(subject, draft, normalize=options.normalize)
    return RegisteredSchema(schema_id, draft.kind, draft.text)


def _of_kind(found: RegisteredSchema, draft: Draft, key: str) -> RegisteredSchema:
    if found.kind != draft.kind:
        raise DataError(
            f"{key}: the schema of id {found.id} is of type {found.kind}, this converter writes {draft.kind}"
        )
    return found
