"""Writes Protobuf messages: values are checked and put into the fields of messages, which the library writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from functools import partial
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import EncodeError

from connect_runtime.converters.checking import Encode, checked, given_branch, known, made_once, of_type, optionally
from connect_runtime.converters.protobuf.files import message_class
from connect_runtime.converters.protobuf.to_connect import entry_fields, is_map
from connect_runtime.converters.protobuf.words import (
    DATE,
    DECIMAL,
    TIME,
    TIMESTAMP,
    WRAPPED,
    ProtobufOptions,
    is_enum,
    is_union,
)
from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import (
    DATE_NAME,
    DECIMAL_NAME,
    TIME_NAME,
    TIMESTAMP_NAME,
    class_text,
    date_of_days,
    days_of_date,
    logical_type,
    ms_of_time,
    ms_of_timestamp,
    schema_scale,
    unscaled_of_decimal,
)

__all__ = ["message_encoder"]

_CPP: Final = FieldDescriptor
_FITTING: Final[Mapping[Type, tuple[int, ...]]] = {
    Type.INT8: (_CPP.CPPTYPE_INT32, _CPP.CPPTYPE_INT64),
    Type.INT16: (_CPP.CPPTYPE_INT32, _CPP.CPPTYPE_INT64),
    Type.INT32: (_CPP.CPPTYPE_INT32, _CPP.CPPTYPE_INT64),
    Type.INT64: (_CPP.CPPTYPE_INT64, _CPP.CPPTYPE_UINT64, _CPP.CPPTYPE_UINT32),
    Type.FLOAT32: (_CPP.CPPTYPE_FLOAT, _CPP.CPPTYPE_DOUBLE),
    Type.FLOAT64: (_CPP.CPPTYPE_DOUBLE,),
    Type.BOOLEAN: (_CPP.CPPTYPE_BOOL,),
    Type.STRING: (_CPP.CPPTYPE_STRING,),
    Type.BYTES: (_CPP.CPPTYPE_STRING,),
}
_LOGICAL: Final = {DECIMAL_NAME: DECIMAL, DATE_NAME: DATE, TIME_NAME: TIME, TIMESTAMP_NAME: TIMESTAMP}


def message_encoder(schema: Schema, descriptor: Descriptor, options: ProtobufOptions) -> Callable[[Any], bytes]:
    """Writes values of a Connect schema as messages of a type; raises ``DataError``.

    Raises:
        DataError: Values of the one cannot be written as the other.
    """
    encoders = _Encoders(options)
    if descriptor.full_name in WRAPPED:
        encode = encoders.wrapped(schema, descriptor)
    elif schema.type is Type.STRUCT:
        encode = encoders.message(schema, descriptor)
    else:
        raise DataError(f"Cannot write {schema.type.name} as the Protobuf message {descriptor.full_name}")

    def payload(value: Any) -> bytes:
        try:
            data: bytes = encode(value).SerializeToString()
        except (EncodeError, ValueError, TypeError) as exc:
            raise DataError(f"Cannot be written as {descriptor.full_name}: {exc}") from exc
        return data

    return payload


class _Encoders:
    def __init__(self, options: ProtobufOptions) -> None:
        self._options = options
        self._messages: dict[Any, Encode] = {}

    def message(self, schema: Schema, descriptor: Descriptor) -> Encode:
        """Encoder of structs to messages, which may contain such messages themselves."""
        key = (schema.fields, descriptor.full_name)
        return made_once(self._messages, key, lambda: self._message(schema, descriptor))

    def _message(self, schema: Schema, descriptor: Descriptor) -> Encode:
        make = message_class(descriptor)
        put = [(field.name, self._setter(field.name, field.schema, descriptor)) for field in schema.fields]
        names = {field.name for field in schema.fields}

        def encode(struct: Any) -> Any:
            if not isinstance(struct, Mapping):
                raise DataError(f"Invalid type for STRUCT: {class_text(struct)}")
            if not struct.keys() <= names:
                unknown = next(name for name in struct if name not in names)
                raise DataError(f"{unknown!r} is not a valid field name: the struct's schema has {sorted(names)}")
            message, get = make(), struct.get
            for name, put_field in put:
                try:
                    put_field(message, get(name))
                except DataError as exc:
                    raise DataError(f"Field {name!r}: {exc}") from exc
            return message

        return encode

    def wrapped(self, schema: Schema, descriptor: Descriptor) -> Encode:
        """Encoder of primitive values to the messages that wrap them."""
        make: Any = message_class(descriptor)
        encode = self._scalar(schema, descriptor.fields_by_name["value"])
        return lambda value: make(value=encode(value))

    def _setter(self, name: str, schema: Schema, descriptor: Descriptor) -> Callable[[Any, Any], None]:
        if is_union(schema):
            return self._oneof(schema, descriptor)
        written = self._options.written(name)
        field = descriptor.fields_by_name.get(written)
        if field is None:
            raise DataError(f"The registered schema of {descriptor.full_name} has no field {written!r}")
        try:
            encode = self._nullable(schema, field)
        except DataError as exc:
            raise DataError(f"Field {name!r}: {exc}") from exc
        return _putter(field, encode)

    def _oneof(self, schema: Schema, descriptor: Descriptor) -> Callable[[Any, Any], None]:
        put = {field.name: self._setter(field.name, field.schema, descriptor) for field in schema.fields}
        is_optional = schema.optional

        def put_union(message: Any, value: Any) -> None:
            if value is None and is_optional:
                return
            name = given_branch(value, put)
            put[name](message, value[name])

        return put_union

    def _nullable(self, schema: Schema, field: FieldDescriptor) -> Encode:
        default = None if self._options.ignore_default else schema.default
        return optionally(schema, self._present(schema, field), default, null_is_valid=schema.optional)

    def _present(self, schema: Schema, field: FieldDescriptor) -> Encode:
        if schema.type is Type.MAP:
            return self._map(schema, field)
        if schema.type is Type.ARRAY:
            if not field.is_repeated or is_map(field):
                raise _misfit(schema, field)
            item = self._item(known(schema.value_schema), field)
            return of_type(schema.type, lambda values: [item(value) for value in values])
        if field.is_repeated:
            raise _misfit(schema, field)
        return self._item(schema, field)

    def _map(self, schema: Schema, field: FieldDescriptor) -> Encode:
        if not is_map(field):
            raise _misfit(schema, field)
        make: Any = message_class(_message_type(field))
        key, value = entry_fields(field)
        put_key = _putter(key, self._nullable(known(schema.key_schema), key))
        put_value = _putter(value, self._nullable(known(schema.value_schema), value))

        def encode(entries: Any) -> Any:
            made = []
            for at, item in entries.items():
                entry = make()
                put_key(entry, at)
                put_value(entry, item)
                made.append(entry)
            return made

        return of_type(schema.type, encode)

    def _item(self, schema: Schema, field: FieldDescriptor) -> Encode:
        logical = logical_type(schema)
        if logical is not None:
            if field.message_type is None or field.message_type.full_name != _LOGICAL[logical.name]:
                raise _misfit(schema, field)
            make: Any = message_class(field.message_type)
            parts = _logical_parts(schema, logical.name)
            return checked(
                logical.name, lambda value: isinstance(value, logical.classes), lambda value: make(**parts(value))
            )
        if field.enum_type is not None:
            return _enum(schema, field)
        if field.message_type is None:
            return self._scalar(schema, field)
        if schema.type is Type.STRUCT:
            return self.message(schema, field.message_type)
        if field.message_type.full_name in WRAPPED:
            return self.wrapped(schema, field.message_type)
        raise _misfit(schema, field)

    def _scalar(self, schema: Schema, field: FieldDescriptor) -> Encode:
        is_text = schema.type is Type.STRING
        if field.cpp_type not in _FITTING.get(schema.type, ()) or (
            field.cpp_type == _CPP.CPPTYPE_STRING and is_text != (field.type == _CPP.TYPE_STRING)
        ):
            raise _misfit(schema, field)
        if field.cpp_type == _CPP.CPPTYPE_UINT64:
            return of_type(schema.type, lambda number: number & 0xFFFF_FFFF_FFFF_FFFF)
        if field.cpp_type == _CPP.CPPTYPE_UINT32:
            return of_type(schema.type, lambda number: number & 0xFFFF_FFFF)
        return of_type(schema.type, bytes if schema.type is Type.BYTES else None)


def _putter(field: FieldDescriptor, encode: Encode) -> Callable[[Any, Any], None]:
    """Sets a field of a message; a ``None`` is left unset, which is all that Protobuf can say."""
    name = field.name
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return partial(_put_entries, name, encode)
    if field.is_repeated:

        def put_items(message: Any, value: Any) -> None:
            items = encode(value)
            if items is not None:
                getattr(message, name).extend(items)

        return put_items
    if field.message_type is not None:

        def put_message(message: Any, value: Any) -> None:
            inner = encode(value)
            if inner is not None:
                getattr(message, name).CopyFrom(inner)
                getattr(message, name).SetInParent()

        return put_message

    def put_scalar(message: Any, value: Any) -> None:
        scalar = encode(value)
        if scalar is not None:
            setattr(message, name, scalar)

    return put_scalar


def _put_entries(name: str, encode: Encode, message: Any, value: Any) -> None:
    entries = encode(value)
    if entries is None:
        return
    target = getattr(message, name)
    for entry in entries:
        if hasattr(target, "GetEntryClass") and hasattr(entry.value, "SerializeToString"):
            target[entry.key].MergeFrom(entry.value)
        else:
            target[entry.key] = entry.value


def _logical_parts(schema: Schema, name: str) -> Callable[[Any], dict[str, Any]]:
    match name:
        case str() if name == DECIMAL_NAME:
            scale = schema_scale(schema)
            return lambda value: {
                "value": unscaled_of_decimal(value, scale),
                "precision": len(value.as_tuple().digits),
                "scale": scale,
            }
        case str() if name == DATE_NAME:
            return _date_parts
        case str() if name == TIME_NAME:
            return _time_parts
        case _:
            return _timestamp_parts


def _date_parts(value: Any) -> dict[str, Any]:
    day = date_of_days(days_of_date(value))
    return {"year": day.year, "month": day.month, "day": day.day}


def _time_parts(value: time | timedelta) -> dict[str, Any]:
    seconds, millis = divmod(ms_of_time(value), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return {"hours": hours, "minutes": minutes, "seconds": seconds, "nanos": millis * 1_000_000}


def _timestamp_parts(value: Any) -> dict[str, Any]:
    seconds, millis = divmod(ms_of_timestamp(value), 1000)
    return {"seconds": seconds, "nanos": millis * 1_000_000}


def _message_type(field: FieldDescriptor) -> Descriptor:
    if field.message_type is None:
        raise DataError(f"Field {field.full_name} is no message")
    return field.message_type


def _enum(schema: Schema, field: FieldDescriptor) -> Encode:
    enum: Any = field.enum_type
    numbers = {value.name: value.number for value in enum.values}
    if schema.type is Type.STRING:
        unknown = f"UNKNOWN_ENUM_VALUE_{enum.name}_"

        def number_of(symbol: Any) -> Any:
            if symbol in numbers:
                return numbers[symbol]
            if symbol.startswith(unknown) and symbol.removeprefix(unknown).lstrip("-").isdigit():
                return int(symbol.removeprefix(unknown))
            raise DataError(f"Enum {enum.name} has the values {list(numbers)}, the value is none of them")

        return checked("STRING", lambda value: isinstance(value, str), number_of)
    if schema.type is Type.INT32 and is_enum(schema):
        return of_type(Type.INT32)
    raise _misfit(schema, field)


def _misfit(schema: Schema, field: FieldDescriptor) -> DataError:
    what = field.message_type.full_name if field.message_type else f"field of Protobuf type number {field.type}"
    return DataError(f"Cannot write {schema.name or schema.type.name} as {field.full_name}, which is a {what}")
