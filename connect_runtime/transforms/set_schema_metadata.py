"""SetSchemaMetadata: another name and version for the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connect_runtime.sdk import ConfigDef, ConfigError, ConfigKey, ConfigType, DataError, Importance, Schema
from connect_runtime.transforms.part import Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copier,
    null_rule,
    replace_null_key,
    require_struct_schema,
)

__all__ = ["SetSchemaMetadataKey", "SetSchemaMetadataValue"]

_PURPOSE: Final = "updating schema metadata"
_NAME: Final = "schema.name"
_VERSION: Final = "schema.version"


class SetSchemaMetadata(PartTransform):
    """Sets the schema name, version or both of a struct.

    Keys or values with another schema, or with none, are an error; a null without schema passes.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``schema.name``, ``schema.version``, ``replace.null.with.default``."""
        name = ConfigKey(_NAME, importance=Importance.HIGH, doc="Schema name to set, e.g. com.acme.Order.")
        version = ConfigKey(
            _VERSION, ConfigType.INT, importance=Importance.HIGH, doc="Schema version to set, a number, e.g. 2."
        )
        return ConfigDef([name, version, replace_null_key()])

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Sets what is configured. Raises: ConfigError, if nothing is."""
        configured = {"name": options[_NAME], "version": options[_VERSION]}
        changes = {attribute: value for attribute, value in configured.items() if value is not None}
        if not changes:
            raise ConfigError(f"Neither schema name nor version configured: set {_NAME} or {_VERSION}")
        replace_null = options[REPLACE_NULL]

        def plan(schema: Schema | None) -> Plan:
            if schema is None:
                return Plan(None, _only_null)
            require_struct_schema(schema, _PURPOSE)
            copy = copier(null_rule(schema.fields, replace_null=replace_null), _PURPOSE)
            return Plan(schema.with_(**changes), lambda value: None if value is None else copy(value))

        return plan


class SetSchemaMetadataKey(SetSchemaMetadata):
    """`SetSchemaMetadata` of keys."""

    part = Part.KEY


class SetSchemaMetadataValue(SetSchemaMetadata):
    """`SetSchemaMetadata` of values."""

    part = Part.VALUE


def _only_null(value: Any) -> None:
    if value is not None:
        raise DataError(f"Schema required for [{_PURPOSE}]: schemaless data has no name or version to set")
