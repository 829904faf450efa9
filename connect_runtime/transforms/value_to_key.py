"""ValueToKey: fields of the value become the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigKey,
    ConfigType,
    DataError,
    Importance,
    Schema,
    Transform,
    struct_schema,
    validators,
)
from connect_runtime.transforms.part import NO_SCHEMA_YET, Plan, Planner, kept_plans
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    reader,
    replace_null_key,
    require_map,
    require_struct,
    require_struct_schema,
)

__all__ = ["ValueToKey"]

_PURPOSE: Final = "copying fields from value to key"
_FIELDS: Final = "fields"


class ValueToKey(Transform):
    """Replaces the record key with a new key formed from a subset of fields in the record value.

    The value stays as it is. With schema, the fields must be there; without, a missing one is null in the key.
    Tombstones are an error: exclude them with a predicate.
    """

    _plans: Planner

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``fields`` and ``replace.null.with.default``."""
        fields = ConfigKey(
            _FIELDS,
            ConfigType.LIST,
            required=True,
            validator=validators.all_of(validators.non_empty_list(), validators.non_empty_items()),
            importance=Importance.HIGH,
            doc="Field names on the record value to extract as the record key, e.g. customer,order.",
        )
        return ConfigDef([fields, replace_null_key()])

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the fields. Raises: ConfigError."""
        options = self.config_def().parse(config)
        names, replace_null = options[_FIELDS], options[REPLACE_NULL]

        def plan(schema: Schema | None) -> Plan:
            return _of_map(names) if schema is None else _of_struct(schema, names, replace_null=replace_null)

        self._plans = kept_plans(plan)

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with its new key. Raises: DataError."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        changed: list[AnyRecord] = []
        schema: Any = NO_SCHEMA_YET
        for record in records:
            if record.value_schema is not schema:
                key_schema, key_of, *_ = self._plans(record.value_schema)
                schema = record.value_schema
            changed.append(replace(record, key=key_of(record.value), key_schema=key_schema))
        return changed


def _of_map(names: Sequence[str]) -> Plan:
    def key_of(value: Any) -> dict[Any, Any]:
        fields = require_map(value, _PURPOSE)
        return {name: fields.get(name) for name in names}

    return Plan(None, key_of)


def _of_struct(schema: Schema, names: Sequence[str], *, replace_null: bool) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    fields = []
    for name in names:
        field = schema.field(name)
        if field is None:
            raise DataError(f"Field does not exist: {name}")
        fields.append(field)
    if len(set(names)) < len(names):
        raise DataError(f"Cannot create field because of field name duplication in {','.join(names)}")
    readers = [(field.name, reader(field, replace_null=replace_null)) for field in fields]
    required = {field.name for field in fields if not field.schema.optional}

    def key_of(value: Any) -> dict[str, Any]:
        struct = require_struct(value, _PURPOSE)
        key = {name: read(struct) for name, read in readers}
        if None in key.values():
            missing = next((name for name in required if key[name] is None), None)
            if missing is not None:
                raise DataError(f'Invalid value: null used for required field: "{missing}"')
        return key

    return Plan(struct_schema({field.name: field.schema for field in fields}), key_of)
