"""Reads Protobuf messages: the library parses them in C, here their fields become a struct's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.message import DecodeError

from connect_runtime.converters.checking import made_once
from connect_runtime.converters.protobuf.files import message_class
from connect_runtime.converters.protobuf.to_connect import (
    entry_fields,
    has_presence,
    is_map,
    is_unwrapped,
    plain_fields,
    real_oneofs,
    schema_of_message,
    union_name,
)
from connect_runtime.converters.protobuf.words import DATE, DECIMAL, TIME, TIMESTAMP, WRAPPED, ProtobufOptions
from connect_runtime.converters.registry.words import versioned
from connect_runtime.sdk import DataError, SchemaAndValue
from connect_runtime.sdk.data import decimal_of_unscaled, hashable

__all__ = ["message_decoder"]

_Convert = Callable[[Any], Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNSIGNED: Final = (FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64)


def message_decoder(
    descriptor: Descriptor, version: int | None, options: ProtobufOptions
) -> Callable[[bytes], SchemaAndValue]:
    """Reads messages of a type; raises ``DataError`` for what is none.

    Args:
        descriptor: The type.
        version: Of the Connect schema, ``None`` for none.
        options: How that is made.

    Raises:
        DataError: Connect cannot say what the type says.
    """
    schema = versioned(schema_of_message(descriptor, options), version)
    parse: Any = message_class(descriptor).FromString
    is_wrapper = options.wrapper_for_primitives and descriptor.full_name in WRAPPED
    convert = _unwrapped(descriptor) if is_wrapper else _Converting(options).struct(descriptor)

    def decode(payload: bytes) -> SchemaAndValue:
        try:
            message = parse(payload)
        except DecodeError as exc:
            raise DataError(
                f"A message of {len(payload)} bytes is no {descriptor.full_name}, as its schema says: {exc}"
            ) from exc
        return schema, convert(message)

    return decode


class _Converting:
    def __init__(self, options: ProtobufOptions) -> None:
        self._options = options
        self._structs: dict[str, _Convert] = {}

    def struct(self, descriptor: Descriptor) -> _Convert:
        """Makes structs of messages, which may contain such messages themselves."""
        return made_once(self._structs, descriptor.full_name, lambda: self._fields(descriptor))

    def _fields(self, descriptor: Descriptor) -> _Convert:
        getters = [(union_name(oneof, self._options), self._oneof(oneof)) for oneof in real_oneofs(descriptor)]
        getters += [(field.name, self._field(field)) for field in plain_fields(descriptor)]
        return lambda message: {name: get(message) for name, get in getters}

    def _oneof(self, oneof: OneofDescriptor) -> _Convert:
        branches = {field.name: self._item(field) for field in oneof.fields}
        empty: dict[str, Any] = dict.fromkeys(branches)
        name = oneof.name

        def get(message: Any) -> Any:
            which = message.WhichOneof(name)
            return None if which is None else {**empty, which: branches[which](getattr(message, which))}

        return get

    def _field(self, field: FieldDescriptor) -> _Convert:
        name, get, convert = field.name, attrgetter(field.name), self._item(field)
        if is_map(field):
            return self._map(field)
        if field.is_repeated:
            return (
                (lambda message: list(get(message)))
                if convert is _as_it_is
                else (lambda message: [convert(item) for item in get(message)])
            )
        if has_presence(field, self._options):
            return lambda message: convert(get(message)) if message.HasField(name) else None
        return get if convert is _as_it_is else lambda message: convert(get(message))

    def _map(self, field: FieldDescriptor) -> _Convert:
        get = attrgetter(field.name)
        key, value = entry_fields(field)
        key_of, value_of = self._item(key), self._item(value)
        if _is_map_entry(field):
            return lambda message: {key_of(at): value_of(item) for at, item in get(message).items()}
        get_key, get_value = self._field(key), self._field(value)
        return lambda message: {hashable(get_key(entry)): get_value(entry) for entry in get(message)}

    def _item(self, field: FieldDescriptor) -> _Convert:
        if field.enum_type is not None:
            return _as_it_is if self._options.int_enums else _enum(field)
        if field.message_type is None:
            return _signed if field.type in _UNSIGNED else _as_it_is
        logical = {DECIMAL: _decimal, DATE: _date, TIME: _time, TIMESTAMP: _timestamp}.get(field.message_type.full_name)
        if logical is not None:
            return logical
        if is_unwrapped(field.message_type, self._options):
            return _unwrapped(field.message_type)
        return self.struct(field.message_type)


def _is_map_entry(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _enum(field: FieldDescriptor) -> _Convert:
    enum: Any = field.enum_type
    names = {value.number: value.name for value in reversed(list(enum.values))}  # of aliases the first
    unknown = f"UNKNOWN_ENUM_VALUE_{enum.name}_"
    return lambda number: names.get(number) or f"{unknown}{number}"


def _unwrapped(descriptor: Descriptor) -> _Convert:
    is_unsigned = descriptor.fields_by_name["value"].type in _UNSIGNED
    return (lambda message: _signed(message.value)) if is_unsigned else (lambda message: message.value)


def _signed(number: int) -> int:
    """A number of 64 bits as Java has it, which knows none without sign."""
    return number if number < 1 << 63 else number - (1 << 64)


def _decimal(message: Any) -> Decimal:
    return decimal_of_unscaled(message.value or b"\x00", message.scale)


def _date(message: Any) -> date:
    try:
        return date(message.year, message.month, message.day)
    except ValueError as exc:
        raise DataError(f"A message has a google.type.Date that is no date: {exc}") from exc


def _time(message: Any) -> time | timedelta:
    try:
        if message.hours == 24:  # noqa: PLR2004  # the end of the day
            return timedelta(days=1)
        return time(message.hours, message.minutes, message.seconds, message.nanos // 1_000_000 * 1000)
    except ValueError as exc:
        raise DataError(f"A message has a google.type.TimeOfDay that is no time: {exc}") from exc


def _timestamp(message: Any) -> datetime:
    try:
        return _EPOCH + timedelta(seconds=message.seconds, milliseconds=message.nanos // 1_000_000)
    except OverflowError as exc:
        raise DataError("A message has a timestamp outside the years 1 to 9999") from exc


def _as_it_is(value: Any) -> Any:
    return value
