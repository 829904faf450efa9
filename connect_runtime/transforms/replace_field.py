"""ReplaceField: fields left out and renamed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import (
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigType,
    DataError,
    Field,
    Schema,
    SinkRecord,
    SourceRecord,
    validators,
)
from connect_runtime.transforms.part import Edit, Part, PartTransform, Plan, Planner
from connect_runtime.transforms.structs import (
    REPLACE_NULL,
    copier,
    map_copier,
    null_rule,
    rebuilt_schema,
    replace_null_key,
    require_struct_schema,
)

__all__ = ["ReplaceFieldKey", "ReplaceFieldValue"]

_PURPOSE: Final = "field replacement"
_EXCLUDE: Final = "exclude"
_INCLUDE: Final = "include"
_RENAMES: Final = "renames"
_OLD_AND_NEW: Final = 2


class _Choice(NamedTuple):
    """Which fields stay, by their old names, and what they are called then."""

    exclude: frozenset[str]
    include: frozenset[str]
    renames: Mapping[str, str]

    def keeps(self, name: str) -> bool:
        return name not in self.exclude and (not self.include or name in self.include)


class ReplaceField(PartTransform):
    """Filters or renames fields.

    A field stays if it is not excluded, and is included if anything is; both go by the old names. What is renamed must
    not be called like another field that stays.
    """

    passes_null = True
    edits_fields = True

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``exclude``, ``include``, ``renames``, ``replace.null.with.default``."""
        exclude = ConfigKey(
            _EXCLUDE,
            ConfigType.LIST,
            default="",
            validator=validators.non_empty_items(),
            doc="Fields to exclude. This takes precedence over include.",
        )
        include = ConfigKey(
            _INCLUDE,
            ConfigType.LIST,
            default="",
            validator=validators.non_empty_items(),
            doc="Fields to include. If specified, only these fields are used.",
        )
        renames = ConfigKey(
            _RENAMES,
            ConfigType.LIST,
            default="",
            validator=_RenamesCheck(),
            doc="Field rename mappings, of the form old:new, e.g. cust_id:customer,ts:at.",
        )
        return ConfigDef([exclude, include, renames, replace_null_key()])

    def planner(self, options: Mapping[str, Any]) -> Planner:
        """Keeps and renames those fields."""
        renames = _parsed(options[_RENAMES])
        choice = _Choice(frozenset(options[_EXCLUDE]), frozenset(options[_INCLUDE]), renames)
        replace_null = options[REPLACE_NULL]

        def plan(schema: Schema | None) -> Plan:
            return _of_map(choice) if schema is None else _of_struct(schema, choice, replace_null=replace_null)

        return plan


class ReplaceFieldKey(ReplaceField):
    """`ReplaceField` of keys."""

    part = Part.KEY


class ReplaceFieldValue(ReplaceField):
    """`ReplaceField` of values."""

    part = Part.VALUE


class _RenamesCheck:
    def __call__(self, name: str, value: Any) -> None:
        del name
        _parsed(value or [])

    def __str__(self) -> str:
        return "list of colon-delimited pairs, e.g. foo:bar,abc:xyz"


def _parsed(renames: Sequence[str]) -> dict[str, str]:
    parsed = {}
    for item in renames:
        parts = item.rstrip(":").split(":")
        if len(parts) != _OLD_AND_NEW:
            raise ConfigError(f"Invalid rename mapping: {item}. Write old:new", key=_RENAMES)
        parsed[parts[0]] = parts[1]
    return parsed


def _of_map(choice: _Choice) -> Plan:
    new_names = set(choice.renames.values())
    # Two renames to one name, or in a row, need the order of the map.
    is_simple = len(new_names) == len(choice.renames) and not new_names & (set(choice.renames) | choice.exclude)
    edit = _edit_of_few(choice) if is_simple and not choice.include else _edit_of_all(choice)
    return Plan(None, map_copier(_PURPOSE), (edit,))


def _edit_of_all(choice: _Choice) -> Edit:
    rebuilt = _rebuilder(choice)

    def edit(maps: list[dict[Any, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        maps[:] = map(rebuilt, maps)

    return edit


def _edit_of_few(choice: _Choice) -> Edit:
    rebuilt, new_names = _rebuilder(choice), set(choice.renames.values())

    def edit(maps: list[dict[Any, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for name in choice.exclude:
            for fields in maps:
                fields.pop(name, None)
        if new_names:
            maps[:] = map(renamed, maps)

    def renamed(fields: dict[Any, Any]) -> dict[Any, Any]:
        for name in new_names:
            if name in fields:
                return rebuilt(fields)  # what comes later in the map wins
        for old, new in choice.renames.items():
            if old in fields:
                fields[new] = fields.pop(old)
        return fields

    return edit


def _rebuilder(choice: _Choice) -> Callable[[Mapping[Any, Any]], dict[Any, Any]]:
    renames, exclude = choice.renames, choice.exclude
    include = choice.include - exclude
    if choice.include:
        keeps: Callable[[Any], bool] = include.__contains__
    else:

        def keeps(name: Any) -> bool:
            return name not in exclude

    return lambda fields: {renames.get(name, name): item for name, item in fields.items() if keeps(name)}


def _of_struct(schema: Schema, choice: _Choice, *, replace_null: bool) -> Plan:
    require_struct_schema(schema, _PURPOSE)
    kept = [(choice.renames.get(field.name, field.name), field) for field in schema.fields if choice.keeps(field.name)]
    target = rebuilt_schema(schema, [(name, field.schema) for name, field in kept])
    # As in Connect, what should be renamed to the name of a field that stays gives that field its value.
    old_names = {new: old for old, new in choice.renames.items()}
    sources = {
        name: field if name != field.name else _existing(schema, old_names.get(name, name), name)
        for name, field in kept
    }
    read = {field.name for field in sources.values()}
    dropped = [field.name for field in schema.fields if field.name not in read]
    moved = [(name, field.name) for name, field in sources.items() if name != field.name]
    is_in_a_row = not read.isdisjoint(new for new, _ in moved)  # a:b,b:c

    def edit(structs: list[dict[str, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for name in dropped:
            for struct in structs:
                struct.pop(name, None)
        if is_in_a_row:
            for struct in structs:
                struct.update([(new, struct.pop(old, None)) for new, old in moved])
            return
        for new, old in moved:
            for struct in structs:
                struct[new] = struct.pop(old, None)

    nulls = null_rule(schema.fields, replace_null=replace_null, without=dropped)
    origins = {name: field.name for name, field in sources.items()}
    return Plan(target, copier(nulls, _PURPOSE), (edit,), nulls, origins)


def _existing(schema: Schema, name: str, new_name: str) -> Field:
    field = schema.field(name)
    if field is None:
        raise DataError(f"{name} is not a valid field name: it should be renamed to {new_name}, which is another field")
    return field
