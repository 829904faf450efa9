"""Unwrap: the row in a change event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from connect_runtime.sdk import AnyRecord, ConfigDef, DataError, Header, Schema, Transform, Type
from connect_runtime.sdk.data import OPTIONAL_STRING, STRING, last_header
from connect_runtime.transforms.structs import copied_map, copier, null_rule, part_of, rebuilt_schema
from connect_runtime.transforms.unwrap_fields import OPERATION, Located, located, schemaless_values
from connect_runtime.transforms.unwrap_options import UNWRAP_DEF, Deletes, UnwrapOptions, unwrap_options

__all__ = ["Unwrap"]

_AFTER: Final = "after"
_BEFORE: Final = "before"
_DELETED: Final = "__deleted"
_DELETE: Final = "d"
_TRUNCATE: Final = "t"
_ENVELOPE: Final = "Envelope"
_MOST_PLANS: Final = 256
_Fill = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


class _Side(NamedTuple):
    """Rows of one side of events of one schema: their schema when they go on, and how they become what goes on."""

    schema: Schema | None
    fill: _Fill


class _Plan(NamedTuple):
    """What events of one schema have.

    Attributes:
        after: Rows after the change.
        before: Rows before it, as they go on when a delete event is rewritten.
        null_schema: Schema of the null that a delete event becomes.
        headers: What becomes headers; ``None`` for events without schema, which are asked one by one.
    """

    after: _Side
    before: _Side
    null_schema: Schema | None
    headers: Sequence[Located] | None


class Unwrap(Transform):
    """Takes the row out of a change event, as Debezium and connectors like it write them.

    The value becomes the row after the change; what a delete becomes is for you to say. Events are structs whose
    schema is called ``...Envelope``, or, without schema, maps with ``op`` and ``before`` or ``after``; other records
    pass as they are. Events that say that a table was emptied are dropped.
    """

    _options: UnwrapOptions
    _plans: Callable[[Schema | None], _Plan]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """The keys of Debezium's ``ExtractNewRecordState``."""
        return UNWRAP_DEF

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options. Raises: ConfigError."""
        options = unwrap_options(config)
        self._options = options
        self._plans = lru_cache(_MOST_PLANS)(lambda schema: _plan(schema, options))

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with the row as its value. Raises: DataError."""
        event = record.value
        if event is None:
            return None if self._options.drops_tombstones else self._tombstone(record)
        if not _is_event(record.value_schema, event):
            return record
        after, before = event.get(_AFTER), event.get(_BEFORE)
        if event.get(OPERATION) == _TRUNCATE or (after is None and before is None and not _is_delete(event)):
            return None
        plan = self._plans(record.value_schema)
        if after is None:
            return self._deleted(record, plan, event, before)
        row = replace(record, value=plan.after.fill(after, event), value_schema=plan.after.schema)
        return self._finished(row, plan, event, after)

    def _deleted(
        self, record: AnyRecord, plan: _Plan, event: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> AnyRecord | None:
        match self._options.deletes:
            case Deletes.DROP:
                return None
            case Deletes.NULL:
                record = replace(record, value=None, value_schema=plan.null_schema)
            case Deletes.TOMBSTONE:
                record = replace(record, value=None, value_schema=None)
            case Deletes.REWRITE:
                if before is None:
                    raise DataError(
                        "A delete event has no row before the change, so that it cannot be rewritten: have the "
                        "database log whole rows (PostgreSQL: REPLICA IDENTITY FULL), or choose another mode"
                    )
                record = replace(record, value=plan.before.fill(before, event), value_schema=plan.before.schema)
        return self._finished(record, plan, event, before or {})

    def _finished(self, record: AnyRecord, plan: _Plan, event: Mapping[str, Any], row: Mapping[str, Any]) -> AnyRecord:
        options = self._options
        if options.headers:
            added = _headers(plan, options, event)
            record = replace(record, headers=record.headers + added)
        if options.route_by:
            record = replace(record, topic=_topic(row, options.route_by) or record.topic)
        return _without_fields(record, options) if options.drop_header else record

    def _tombstone(self, record: AnyRecord) -> AnyRecord:
        added = tuple(
            Header(name, _DELETE, STRING)
            for parent, field, name in self._options.headers
            if parent is None and field == OPERATION
        )
        return replace(record, headers=record.headers + added) if added else record


def _is_event(schema: Schema | None, value: Any) -> bool:
    if schema is not None:
        return schema.type is Type.STRUCT and (schema.name or "").endswith(_ENVELOPE) and isinstance(value, Mapping)
    return isinstance(value, Mapping) and OPERATION in value and (_AFTER in value or _BEFORE in value)


def _is_delete(event: Mapping[str, Any]) -> bool:
    return event.get(OPERATION) == _DELETE


def _plan(schema: Schema | None, options: UnwrapOptions) -> _Plan:
    if schema is None:
        return _Plan(_schemaless_side(options, "false"), _schemaless_side(options, "true"), None, None)
    after = part_of(schema, _AFTER)
    return _Plan(
        _side(schema, _AFTER, options, "false"),
        _side(schema, _BEFORE, options, "true"),
        after,
        located(options.headers, schema),
    )


def _schemaless_side(options: UnwrapOptions, deleted: str) -> _Side:
    marks = {_DELETED: deleted} if options.deletes is Deletes.REWRITE else {}

    def fill(row: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
        filled = copied_map(row, "unwrapping change events")
        filled.update(marks)
        if options.fields:
            filled.update(schemaless_values(options.fields, event))
        return filled

    return _Side(None, fill)


def _side(event: Schema, side: str, options: UnwrapOptions, deleted: str) -> _Side:
    row = part_of(event, side)
    added = located(options.fields, event)
    marks = {_DELETED: deleted} if options.deletes is Deletes.REWRITE else {}
    if row is None or row.type is not Type.STRUCT:
        return _Side(row, _refuse)
    if not added and not marks:
        return _Side(row, lambda struct, _: dict(struct))
    fields = [(field.name, field.schema) for field in row.fields]
    fields += [(name, OPTIONAL_STRING) for name in marks]
    fields += [(part.addition.name, part.schema) for part in added]
    copy = copier(null_rule(row.fields, replace_null=options.replace_null), "unwrapping change events")

    def fill(struct: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
        filled = copy(struct)
        filled.update(marks)
        for part in added:
            filled[part.addition.name] = part.read(whole)
        return filled

    return _Side(rebuilt_schema(row, fields), fill)


def _refuse(row: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    del row, event
    raise DataError("The change event's schema says of its row that it is no struct: it cannot be unwrapped")


def _headers(plan: _Plan, options: UnwrapOptions, event: Mapping[str, Any]) -> tuple[Header, ...]:
    if plan.headers is None:
        return tuple(Header(name, value) for name, value in schemaless_values(options.headers, event).items())
    return tuple(Header(part.addition.name, part.read(event), part.schema) for part in plan.headers)


def _topic(row: Mapping[str, Any], field: str) -> str | None:
    topic = row.get(field)
    if topic is None or isinstance(topic, str):
        return topic
    raise DataError(f"Field {field} cannot be a topic: it is a {type(topic).__name__}, not text")


def _without_fields(record: AnyRecord, options: UnwrapOptions) -> AnyRecord:
    header = last_header(record.headers, options.drop_header)
    names = header.value if header is not None and isinstance(header.value, list | tuple) else ()
    if not names:
        return record
    value_schema, value = _dropped(record.value_schema, record.value, names, options)
    record = replace(record, value=value, value_schema=value_schema)
    if not options.drops_from_key:
        return record
    key_schema, key = _dropped(record.key_schema, record.key, names, options)
    return replace(record, key=key, key_schema=key_schema)


def _dropped(
    schema: Schema | None, value: Any, names: Sequence[str], options: UnwrapOptions
) -> tuple[Schema | None, Any]:
    if not isinstance(value, Mapping):
        return schema, value
    if schema is None:
        return None, {name: item for name, item in value.items() if name not in names}
    kept = [f for f in schema.fields if f.name not in names or not (f.schema.optional or options.drops_required)]
    if len(kept) == len(schema.fields):
        return schema, value
    stays = {field.name for field in kept}
    return (
        rebuilt_schema(schema, [(field.name, field.schema) for field in kept]),
        {name: item for name, item in value.items() if name in stays},
    )
