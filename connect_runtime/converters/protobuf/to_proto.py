"""Protobuf schemas of Connect schemas, as Confluent's converter makes them: the text of a ``.proto`` file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import Final, NamedTuple

from connect_runtime.converters.checking import known
from connect_runtime.converters.protobuf.wellknown import DATE_FILE, DECIMAL_FILE, META_FILE, TIME_FILE
from connect_runtime.converters.protobuf.words import (
    DATE,
    DECIMAL,
    PRECISION,
    PROTOBUF_TYPE,
    TAG,
    TIME,
    TIMESTAMP,
    UNION,
    WRAPPED,
    ProtobufOptions,
    is_enum,
    is_union,
    wrapper_of,
)
from connect_runtime.converters.registry.words import GENERALIZED_UNION
from connect_runtime.sdk import DataError, Field, Schema, Type
from connect_runtime.sdk.data import DATE_NAME, DECIMAL_NAME, TIME_NAME, TIMESTAMP_NAME, is_recursive, logical_type

__all__ = ["ProtoText", "proto_of_schema"]

_SCALARS: Final[Mapping[Type, str]] = MappingProxyType(
    {
        Type.INT8: "int32",
        Type.INT16: "int32",
        Type.INT32: "int32",
        Type.INT64: "int64",
        Type.FLOAT32: "float",
        Type.FLOAT64: "double",
        Type.BOOLEAN: "bool",
        Type.STRING: "string",
        Type.BYTES: "bytes",
    }
)
_LOGICAL: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        DECIMAL_NAME: (DECIMAL, DECIMAL_FILE),
        DATE_NAME: (DATE, DATE_FILE),
        TIME_NAME: (TIME, TIME_FILE),
        TIMESTAMP_NAME: (TIMESTAMP, "google/protobuf/timestamp.proto"),
    }
)
_WRAPPERS_FILE: Final = "google/protobuf/wrappers.proto"
_INDENT: Final = "  "


class ProtoText(NamedTuple):
    """A schema.

    Attributes:
        text: The ``.proto`` file.
        name: Full name of the message.
        path: Its place among the file's messages.
    """

    text: str
    name: str
    path: tuple[int, ...]


def proto_of_schema(schema: Schema, options: ProtobufOptions) -> ProtoText:
    """The Protobuf schema of a Connect schema. Raises: DataError, when Protobuf cannot say it."""
    if schema.type is not Type.STRUCT or is_union(schema):
        return _wrapper(schema)
    return _Maker(options).file(schema)


def _wrapper(schema: Schema) -> ProtoText:
    if not schema.type.is_primitive or logical_type(schema) is not None:
        raise DataError(
            f"Protobuf has messages at the top, and a {schema.name or schema.type.name} is none: wrap it (HoistField)"
        )
    name = wrapper_of(schema)
    lines = ['syntax = "proto3";', "package google.protobuf;", ""]
    for wrapper in WRAPPED:
        short = wrapper.rpartition(".")[2]
        lines += [f"message {short} {{", f"{_INDENT}{short.removesuffix('Value').lower()} value = 1;", "}"]
    return ProtoText("\n".join([*lines, ""]), name, (list(WRAPPED).index(name),))


class _Message:
    """A message in the making."""

    def __init__(self) -> None:
        self.body: list[str] = []
        self.nested: dict[str, list[str]] = {}
        self._numbers: Iterator[int] = count(1)

    def number(self, schema: Schema) -> int:
        """Number of the next field: the one it had in Protobuf before, if it came from there."""
        tag = (schema.parameters or {}).get(TAG)
        return next(self._numbers) if tag is None else int(tag)

    def define(self, name: str, lines: list[str]) -> None:
        """Define a type in the message. Raises: DataError, when there is another of that name."""
        if self.nested.setdefault(name, lines) != lines:
            raise DataError(f"Two different types of a Protobuf message would both be named {name}: name their schemas")

    def lines(self, name: str) -> list[str]:
        """The whole of it."""
        inner = [line for nested in self.nested.values() for line in nested] + self.body
        return [f"message {name} {{", *(f"{_INDENT}{line}" for line in inner), "}"]


class _Maker:
    def __init__(self, options: ProtobufOptions) -> None:
        self._options = options
        self._imports: dict[str, None] = {}
        self._unnamed: dict[Schema, str] = {}
        self._open: dict[Sequence[Field], str] = {}

    def file(self, schema: Schema) -> ProtoText:
        package, _, last = (schema.name or self._default_name(schema)).rpartition(".")
        name = self._options.written(last)
        package = ".".join(map(self._options.written, package.split("."))) if package else ""
        full_name = f"{package}.{name}" if package else name
        message = self._inside(schema, f".{full_name}").lines(name)
        lines = ['syntax = "proto3";', *([f"package {package};"] if package else []), ""]
        lines += [f'import "{imported}";' for imported in self._imports]
        text = "\n".join([*lines, *([""] if self._imports else []), *message, ""])
        return ProtoText(text, full_name, (0,))

    def _inside(self, schema: Schema, name: str) -> _Message:
        """The message of a struct, in which the same struct is called ``name``."""
        if not is_recursive(schema):
            return self._message(schema)
        self._open[schema.fields] = name
        message = self._message(schema)
        del self._open[schema.fields]
        return message

    def _message(self, schema: Schema) -> _Message:
        message = _Message()
        names = set()
        for field in schema.fields:
            name = self._options.written(field.name)
            if name in names:
                raise DataError(f"Two fields of {schema.name or 'a struct'} are both named {name} in Protobuf")
            names.add(name)
            if is_union(field.schema):
                self._oneof(message, field.schema)
            else:
                self._field(message, name, field.schema)
        return message

    def _oneof(self, message: _Message, union: Schema) -> None:
        if self._options.generalized:
            name = (union.parameters or {})[GENERALIZED_UNION]
        else:
            name = (union.name or "").removeprefix(f"{UNION}.").rpartition(".")[2]
        inner = []
        for field in union.fields:
            type_, options = self._type(message, field.schema, self._options.written(field.name))
            inner.append(
                f"{_INDENT}{type_} {self._options.written(field.name)} = {message.number(field.schema)}{options};"
            )
        message.body += [f"oneof {self._options.written(name)} {{", *inner, "}"]

    def _field(self, message: _Message, name: str, schema: Schema) -> None:
        label, item = "", schema
        if schema.type is Type.ARRAY:
            label, item = "repeated ", known(schema.value_schema)
            if item.type in (Type.ARRAY, Type.MAP):
                raise DataError(f"Field {name!r}: Protobuf has no arrays of arrays or maps: put them into structs")
        elif schema.type is Type.MAP:
            label = "repeated "
        elif self._options.optional_for_nullables and schema.optional:
            label = "optional "
        type_, options = self._type(message, item, name)
        message.body.append(f"{label}{type_} {name} = {message.number(schema)}{options};")

    def _type(self, message: _Message, schema: Schema, field: str) -> tuple[str, str]:
        """Type of a field and its options; what is not there yet is defined in ``message``."""
        logical = logical_type(schema)
        if logical is not None:
            message_type, file = _LOGICAL[logical.name]
            self._imports[file] = None
            return f".{message_type}", self._decimal_options(schema)
        if is_enum(schema):
            return self._enum(message, schema), ""
        if is_union(schema):
            raise DataError(f"Field {field!r}: Protobuf has a oneof only as a field of a message")
        match schema.type:
            case Type.STRUCT:
                return self._open.get(schema.fields) or self._nested(message, schema, field), ""
            case Type.MAP:
                name = self._entry_name(schema)
                message.define(name, self._entry(schema).lines(name))
                return name, ""
            case Type.ARRAY:
                raise DataError(f"Field {field!r}: Protobuf has arrays only as fields of messages")
            case Type.INT8 | Type.INT16:
                return self._scalar(schema), self._field_options({"connect.type": schema.type.value})
            case _:
                return self._scalar(schema), ""

    def _nested(self, message: _Message, schema: Schema, field: str) -> str:
        name = self._short_name(schema)
        name = f"{name}Message" if name == field else name
        message.define(name, self._inside(schema, name).lines(name))
        return name

    def _scalar(self, schema: Schema) -> str:
        if self._options.wrapper_for_nullables and schema.optional:
            self._imports[_WRAPPERS_FILE] = None
            return f".{wrapper_of(schema)}"
        named = (schema.parameters or {}).get(PROTOBUF_TYPE) if schema.type in (Type.INT32, Type.INT64) else None
        return named or _SCALARS[schema.type]

    def _entry(self, schema: Schema) -> _Message:
        entry = _Message()
        for name, part in (("key", schema.key_schema), ("value", schema.value_schema)):
            if (part := known(part)).type in (Type.ARRAY, Type.MAP):
                raise DataError("Protobuf has no maps of arrays or maps: put them into structs")
            self._field(entry, name, part.with_(parameters=_without_tag(part)))
        return entry

    def _enum(self, message: _Message, schema: Schema) -> str:
        parameters, mark = schema.parameters or {}, f"{self._options.enum_parameter}."
        name = self._options.written(parameters.get(self._options.enum_parameter) or self._short_name(schema))
        values = {key.removeprefix(mark): int(tag) for key, tag in parameters.items() if key.startswith(mark)}
        values = dict(sorted(values.items(), key=lambda value: (value[1] != 0, value[1])))
        alias = [f"{_INDENT}option allow_alias = true;"] if len(set(values.values())) < len(values) else []
        lines = [f"{_INDENT}{symbol} = {tag};" for symbol, tag in values.items()]
        message.define(name, [f"enum {name} {{", *alias, *lines, "}"])
        return name

    def _decimal_options(self, schema: Schema) -> str:
        parameters = schema.parameters or {}
        named = {"precision": parameters.get(PRECISION), "scale": parameters.get("scale")}
        is_decimal = schema.name == DECIMAL_NAME
        return self._field_options({key: text for key, text in named.items() if text is not None} if is_decimal else {})

    def _field_options(self, params: Mapping[str, str]) -> str:
        if not params:
            return ""
        self._imports[META_FILE] = None
        entries = ", ".join(f'{{key: "{key}", value: "{text}"}}' for key, text in params.items())
        return f" [(confluent.field_meta) = {{params: [{entries}]}}]"

    def _short_name(self, schema: Schema) -> str:
        return self._options.written((schema.name or self._default_name(schema)).rpartition(".")[2])

    def _entry_name(self, schema: Schema) -> str:
        name = self._short_name(schema)
        return name if name.endswith("Entry") else f"{name}Entry"

    def _default_name(self, schema: Schema) -> str:
        return self._unnamed.setdefault(schema, f"ConnectDefault{len(self._unnamed) + 1}")


def _without_tag(schema: Schema) -> Mapping[str, str] | None:
    return {key: text for key, text in (schema.parameters or {}).items() if key != TAG} or None
