"""Texts of Protobuf schemas to file descriptors.

The grammar is proto_schema_parser's; names of types are left as they stand, the descriptor pool finds them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

from antlr4.error.ErrorListener import ErrorListener
from antlr4.error.Errors import RecognitionException
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    Edition,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FieldOptions,
    FileDescriptorProto,
)
from google.protobuf.message import DecodeError
from proto_schema_parser import ast
from proto_schema_parser.parser import Parser

from connect_runtime.sdk import DataError

__all__ = ["FIELD_META", "file_of_text"]

FIELD_META: Final = 1088
"""Number of Confluent's extension of field options."""
_SCALARS: Final = {
    name: FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}")
    for name in (
        "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "bytes", "uint32",
        "sfixed32", "sfixed64", "sint32", "sint64",
    )
}  # fmt: skip
_LABELS: Final = {
    ast.FieldCardinality.REQUIRED: FieldDescriptorProto.LABEL_REQUIRED,
    ast.FieldCardinality.REPEATED: FieldDescriptorProto.LABEL_REPEATED,
}


def file_of_text(text: str, name: str) -> FileDescriptorProto:
    """The descriptor of a schema.

    Args:
        text: A ``.proto`` file, or a serialized descriptor in base64, as some clients register.
        name: The file name by which others import it.

    Raises:
        DataError: It is neither, or has groups.
    """
    serialized = _serialized(text)
    if serialized is not None:
        serialized.name = name
        return serialized
    try:
        parsed = Parser(setup_lexer=_strictly, setup_parser=_strictly).parse(text)
    except (ValueError, TypeError, AttributeError, RecognitionException) as exc:
        raise DataError(f"The registry holds a Protobuf schema {name} that cannot be parsed: {exc}") from exc
    return _file(parsed, name)


class _Refusing(ErrorListener):  # type: ignore[misc]  # without types
    """Raises where the parser would print the error and read on."""

    def syntaxError(  # noqa: N802  # the name that is called
        self, _recognizer: Any, _symbol: Any, line: int, column: int, message: str, _error: Any
    ) -> None:
        raise ValueError(f"line {line}, column {column}: {message}")


def _strictly(recognizer: Any) -> None:
    recognizer.removeErrorListeners()
    recognizer.addErrorListener(_Refusing())


def _serialized(text: str) -> FileDescriptorProto | None:
    try:
        return FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, DecodeError):
        return None


def _file(parsed: ast.File, name: str) -> FileDescriptorProto:
    file = FileDescriptorProto(name=name, syntax=parsed.syntax or "proto2")
    if parsed.edition:
        file.syntax = "editions"
        file.edition = Edition.Value(f"EDITION_{parsed.edition}")
    is_proto3 = file.syntax == "proto3"
    for element in parsed.file_elements:
        match element:
            case ast.Package(name=package):
                file.package = package
            case ast.Import(name=imported, public=public):
                if public:
                    file.public_dependency.append(len(file.dependency))
                file.dependency.append(imported)
            case ast.Message():
                _fill_message(file.message_type.add(), element, is_proto3=is_proto3)
            case ast.Enum():
                _fill_enum(file.enum_type.add(), element)
            case _:
                pass  # options, services and extensions do not change how messages are laid out
    return file


def _fill_message(message: DescriptorProto, parsed: ast.Message, *, is_proto3: bool) -> None:
    message.name = parsed.name
    optional: list[FieldDescriptorProto] = []
    for element in parsed.elements:
        match element:
            case ast.Field():
                field = _field(message, element)
                if is_proto3 and element.cardinality is ast.FieldCardinality.OPTIONAL:
                    optional.append(field)
            case ast.MapField():
                _map_field(message, element)
            case ast.OneOf():
                _oneof(message, element)
            case ast.Message():
                _fill_message(message.nested_type.add(), element, is_proto3=is_proto3)
            case ast.Enum():
                _fill_enum(message.enum_type.add(), element)
            case ast.Group():
                raise DataError(f"Message {parsed.name} has a group, which is not supported: use a message")
            case _:
                pass
    _fill_entries(message, parsed)
    for field in optional:  # behind the declared oneofs
        field.proto3_optional = True
        field.oneof_index = len(message.oneof_decl)
        message.oneof_decl.add(name=f"_{field.name}")


def _oneof(message: DescriptorProto, parsed: ast.OneOf) -> None:
    place = len(message.oneof_decl)
    message.oneof_decl.add(name=parsed.name)
    for element in parsed.elements:
        if isinstance(element, ast.Field):
            _field(message, element).oneof_index = place


def _field(message: DescriptorProto, parsed: ast.Field) -> FieldDescriptorProto:
    label = (
        _LABELS.get(parsed.cardinality, FieldDescriptorProto.LABEL_OPTIONAL)
        if parsed.cardinality
        else (FieldDescriptorProto.LABEL_OPTIONAL)
    )
    field = message.field.add(name=parsed.name, number=parsed.number, label=label)
    _set_type(field, parsed.type)
    for option in parsed.options:
        _set_option(field, option)
    return field


def _set_type(field: FieldDescriptorProto, name: str) -> None:
    if name in _SCALARS:
        field.type = _SCALARS[name]
    else:
        field.type_name = name


def _set_option(field: FieldDescriptorProto, option: ast.Option) -> None:
    match option.name, option.value:
        case "packed", bool(packed):
            field.options.packed = packed
        case "default", ast.Identifier(name=text):
            field.default_value = text
        case "default", value:
            field.default_value = str(value).lower() if isinstance(value, bool) else str(value)
        case "json_name", str(name):
            field.json_name = name
        case "(confluent.field_meta)", ast.MessageLiteral() as literal:
            field.options.MergeFrom(_meta(_pairs(literal)))
        case _:
            pass


def _pairs(literal: ast.MessageLiteral) -> list[tuple[str, str]]:
    pairs = []
    for field in literal.elements:
        if isinstance(field, ast.MessageLiteralField) and field.name == "params":
            entries: Sequence[Any] = field.value if isinstance(field.value, list) else [field.value]
            for entry in entries:
                parts = {part.name: part.value for part in entry.elements if isinstance(part, ast.MessageLiteralField)}
                pairs.append((str(parts.get("key", "")), str(parts.get("value", ""))))
    return pairs


def _meta(params: Sequence[tuple[str, str]]) -> FieldOptions:
    """Options with Confluent's extension in them, which the class at hand does not know: as bytes."""
    entries = b"".join(_chunk(2, _chunk(1, key.encode()) + _chunk(2, value.encode())) for key, value in params)
    return FieldOptions.FromString(_chunk(FIELD_META, entries))


def _chunk(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004  # seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _map_field(message: DescriptorProto, parsed: ast.MapField) -> None:
    label = FieldDescriptorProto.LABEL_REPEATED
    message.field.add(name=parsed.name, number=parsed.number, label=label, type_name=_entry_name(parsed.name))


def _fill_entries(message: DescriptorProto, parsed: ast.Message) -> None:
    """The entries of maps, behind the declared messages, whose places messages on the wire name."""
    for element in parsed.elements:
        if isinstance(element, ast.MapField):
            _fill_entry(message.nested_type.add(), element)


def _fill_entry(entry: DescriptorProto, parsed: ast.MapField) -> None:
    entry.name = _entry_name(parsed.name)
    entry.options.map_entry = True
    for number, (name, type_) in enumerate((("key", parsed.key_type), ("value", parsed.value_type)), 1):
        field = entry.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
        _set_type(field, type_)


def _entry_name(field: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in field.split("_")) + "Entry"


def _fill_enum(enum: EnumDescriptorProto, parsed: ast.Enum) -> None:
    enum.name = parsed.name
    for element in parsed.elements:
        match element:
            case ast.EnumValue(name=name, number=number):
                enum.value.add(name=name, number=number)
            case ast.Option(name="allow_alias", value=bool(allowed)):
                enum.options.allow_alias = allowed
            case _:
                pass
