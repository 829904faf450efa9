"""HeaderFrom: fields become headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

from msgspec.structs import replace

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigType,
    DataError,
    Header,
    Importance,
    Schema,
    Transform,
    validators,
)
from connect_runtime.sdk.data import add_header
from connect_runtime.transforms.part import Part
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copier,
    null_rule,
    reader,
    rebuilt_schema,
    replace_null_key,
    require_map,
    require_struct,
    require_struct_schema,
)

__all__ = ["HeaderFromKey", "HeaderFromValue"]

_FIELDS: Final = "fields"
_HEADERS: Final = "headers"
_OPERATION: Final = "operation"
_MOST_PLANS: Final = 256
_Headers = tuple[Header, ...]


class _Plan(NamedTuple):
    """What happens to a part of one schema: the schema that follows, the value that follows, the new headers."""

    schema: Schema | None
    remaining: Callable[[Any], Any]
    headers: Callable[[Any], _Headers]


class HeaderFrom(Transform):
    """Moves or copies fields of the key or value into headers.

    New headers stand behind those that are there. With schema, a header has its field's schema and the field must be
    there; without, a field that is not there gives a header without value.
    """

    part: ClassVar[Part]
    _plans: Callable[[Schema | None], _Plan]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``fields``, ``headers``, ``operation``, ``replace.null.with.default``."""
        fields = ConfigKey(
            _FIELDS,
            ConfigType.LIST,
            required=True,
            validator=validators.non_empty_list(),
            importance=Importance.HIGH,
            doc="Comma-separated list of field names in the record whose values are to be copied or moved to headers.",
        )
        headers = ConfigKey(
            _HEADERS,
            ConfigType.LIST,
            required=True,
            validator=validators.non_empty_list(),
            importance=Importance.HIGH,
            doc="Comma-separated list of header names, in the same order as the field names listed in the fields "
            "configuration property.",
        )
        operation = ConfigKey(
            _OPERATION,
            required=True,
            validator=validators.one_of("move", "copy"),
            importance=Importance.HIGH,
            doc="Either move if the fields are to be moved to the headers (removed from the key or value), or copy if "
            "the fields are to be copied to the headers (retained in the key or value).",
        )
        return ConfigDef([fields, headers, operation, replace_null_key()])

    def configure(self, config: Mapping[str, str]) -> None:
        """Take fields and headers. Raises: ConfigError."""
        options = self.config_def().parse(config)
        fields, headers = options[_FIELDS], options[_HEADERS]
        if len(fields) != len(headers):
            raise ConfigError(
                f"'{_FIELDS}' config must have the same number of elements as '{_HEADERS}' config: "
                f"there are {len(fields)} and {len(headers)}"
            )
        pairs, moves = list(zip(fields, headers, strict=True)), options[_OPERATION] == "move"
        replace_null = options[REPLACE_NULL]

        def plan(schema: Schema | None) -> _Plan:
            if schema is None:
                return _of_map(pairs, moves=moves)
            return _of_struct(schema, pairs, moves=moves, replace_null=replace_null)

        self._plans = lru_cache(_MOST_PLANS)(plan)

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with more headers. Raises: DataError."""
        if self.part is Part.VALUE:
            plan = self._plans(record.value_schema)
            headers = record.headers + plan.headers(record.value)
            return replace(record, headers=headers, value=plan.remaining(record.value), value_schema=plan.schema)
        plan = self._plans(record.key_schema)
        headers = record.headers + plan.headers(record.key)
        return replace(record, headers=headers, key=plan.remaining(record.key), key_schema=plan.schema)


class HeaderFromKey(HeaderFrom):
    """`HeaderFrom` of keys."""

    part = Part.KEY


class HeaderFromValue(HeaderFrom):
    """`HeaderFrom` of values."""

    part = Part.VALUE


def _of_map(pairs: Sequence[tuple[str, str]], *, moves: bool) -> _Plan:
    purpose = f"header {'move' if moves else 'copy'}"
    fields = [field for field, _ in pairs]

    def headers(value: Any) -> _Headers:
        found = require_map(value, purpose)
        return tuple([Header(header, found.get(field)) for field, header in pairs])

    def remaining(value: Any) -> dict[Any, Any]:
        kept = dict(value)
        for field in fields:
            kept.pop(field, None)
        return kept

    return _Plan(None, remaining if moves else _same, headers)


def _of_struct(schema: Schema, pairs: Sequence[tuple[str, str]], *, moves: bool, replace_null: bool) -> _Plan:
    purpose = f"header {'move' if moves else 'copy'}"
    require_struct_schema(schema, purpose)
    sources = []
    for name, header in pairs:
        field = schema.field(name)
        if field is None:
            raise DataError(f"Field {name} for the header {header} does not exist")
        sources.append((header, reader(field, replace_null=replace_null), field.schema))

    def headers(value: Any) -> _Headers:
        struct = require_struct(value, purpose)
        found: _Headers = ()
        for header, read, field_schema in sources:
            found = add_header(found, header, read(struct), field_schema)
        return found

    if not moves:
        return _Plan(schema, _same, headers)
    moved = {field for field, _ in pairs}
    kept = [field for field in schema.fields if field.name not in moved]
    copy = copier(null_rule(schema.fields, replace_null=replace_null, without=moved), purpose)

    def remaining(value: Any) -> dict[str, Any]:
        rest = copy(value)
        for name in moved:
            rest.pop(name, None)
        return rest

    return _Plan(rebuilt_schema(schema, [(field.name, field.schema) for field in kept]), remaining, headers)


def _same(value: Any) -> Any:
    return value
