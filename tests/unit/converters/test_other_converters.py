"""Encodings, guessed headers, and the names under which converters are found."""

from __future__ import annotations

import logging

import pytest

from connect_runtime.converters import plugins
from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.byte_array import ByteArrayConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.converters.simple_header import SimpleHeaderConverter
from connect_runtime.converters.string_converter import StringConverter
from connect_runtime.errors import ConfigError
from connect_runtime.sdk import Converter, HeaderConverter, Utf8Column, struct_schema
from connect_runtime.sdk.data import BYTES, FLOAT32, INT32, OPTIONAL_STRING, STRING


def string_converter(is_key: bool = False, **config: str) -> StringConverter:
    made = StringConverter()
    made.configure({name.replace("_", "."): value for name, value in config.items()}, is_key=is_key)
    return made


@pytest.mark.parametrize("name", ["ISO-8859-1", "windows-1252", "x-windows-949", "Shift_JIS", "utf8"])
def test_javas_names_of_character_sets_are_known(name: str) -> None:
    assert string_converter(converter_encoding=name).from_connect("t", STRING, "abc") == b"abc"


@pytest.mark.parametrize("name", ["nonsense", "base64", "rot13"])
def test_what_is_no_character_set_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}'"):
        string_converter(converter_encoding=name)


def test_the_encodings_of_kafkas_serializers_win() -> None:
    converter = string_converter(value_serializer_encoding="ISO-8859-1", value_deserializer_encoding="UTF-16LE")

    assert converter.from_connect("t", STRING, "é") == b"\xe9"
    assert converter.to_connect("t", b"a\x00") == (OPTIONAL_STRING, "a")
    assert (
        string_converter(is_key=True, value_serializer_encoding="ISO-8859-1").from_connect("t", STRING, "é")
        == "é".encode()
    )


def test_the_first_byte_is_the_highest_where_no_mark_says_otherwise() -> None:
    utf_16 = string_converter(converter_encoding="UTF-16")

    assert utf_16.from_connect("t", STRING, "a") == b"\xfe\xff\x00a"
    assert utf_16.from_connect("t", STRING, "") == b""
    assert [utf_16.to_connect("t", data)[1] for data in (b"\x00a", b"\xff\xfea\x00")] == ["a", "a"]
    assert string_converter(converter_encoding="UTF-32").from_connect("t", STRING, "a") == b"\x00\x00\x00a"


def test_what_is_no_text_is_written_as_java_prints_it() -> None:
    schema = struct_schema({"a": INT32, "f": FLOAT32, "b": OPTIONAL_STRING})
    converter = string_converter()

    assert converter.from_connect("t", schema, {"a": 1, "f": 0.1, "b": None}) == b"Struct{a=1,f=0.1}"
    assert list(converter.from_connect_batch("t", [None] * 4, [{"k": [1, None]}, 1e10, True, b"\x01"])) == [
        b"{k=[1, null]}",
        b"1.0E10",
        b"true",
        b"AQ==",
    ]


def test_bytes_pass_without_being_copied() -> None:
    converter = ByteArrayConverter()
    data = [b"x", None]

    assert converter.to_connect_batch("t", data)[1] is data


def test_a_header_too_deep_to_parse_keeps_its_bytes(caplog: pytest.LogCaptureFixture) -> None:
    data = b"[" * 100_000

    with caplog.at_level(logging.WARNING):
        assert SimpleHeaderConverter().to_connect_header("t", "key", data) == (BYTES, data)
    assert "kept as bytes" in caplog.text


def test_every_converter_has_its_java_name_once_and_its_kinds() -> None:
    classes = plugins.connect_converters()
    aliases = plugins.connect_aliases()

    assert sorted(aliases.values()) == sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in classes)
    assert aliases["org.apache.kafka.connect.json.JsonConverter"].endswith(".JsonConverter")
    header_only = [cls for cls in classes if not issubclass(cls, Converter)]
    assert header_only == [SimpleHeaderConverter]
    not_for_headers = [cls for cls in classes if not issubclass(cls, HeaderConverter)]
    assert not_for_headers == [AvroConverter, ProtobufConverter, JsonSchemaConverter]


def test_texts_that_are_held_as_utf8_are_passed_on_as_they_are() -> None:
    converter = StringConverter()
    converter.configure({}, is_key=False)
    texts = Utf8Column(["grün".encode(), b"x"])
    assert converter.from_connect_batch("t", [None, None], texts) == ["grün".encode(), b"x"]
    latin = StringConverter()
    latin.configure({"converter.encoding": "ISO-8859-1"}, is_key=False)
    assert latin.from_connect_batch("t", [None, None], texts) == ["grün".encode("latin-1"), b"x"]
