"""Announces the built-in converters, also under the names of the Java classes that they stand in for."""

from __future__ import annotations

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.boolean import BooleanConverter
from connect_runtime.converters.byte_array import ByteArrayConverter
from connect_runtime.converters.json_converter import JsonConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.numbers import (
    DoubleConverter,
    FloatConverter,
    IntegerConverter,
    LongConverter,
    ShortConverter,
)
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.converters.simple_header import SimpleHeaderConverter
from connect_runtime.converters.string_converter import StringConverter
from connect_runtime.sdk import Converter, HeaderConverter, hookimpl

__all__ = ["connect_aliases", "connect_converters"]

_KAFKA = "org.apache.kafka.connect"
_CONFLUENT = "io.confluent.connect"
_JAVA_NAMES: dict[type[Converter] | type[HeaderConverter], str] = {
    JsonConverter: f"{_KAFKA}.json.JsonConverter",
    StringConverter: f"{_KAFKA}.storage.StringConverter",
    SimpleHeaderConverter: f"{_KAFKA}.storage.SimpleHeaderConverter",
    ByteArrayConverter: f"{_KAFKA}.converters.ByteArrayConverter",
    BooleanConverter: f"{_KAFKA}.converters.BooleanConverter",
    ShortConverter: f"{_KAFKA}.converters.ShortConverter",
    IntegerConverter: f"{_KAFKA}.converters.IntegerConverter",
    LongConverter: f"{_KAFKA}.converters.LongConverter",
    FloatConverter: f"{_KAFKA}.converters.FloatConverter",
    DoubleConverter: f"{_KAFKA}.converters.DoubleConverter",
    AvroConverter: f"{_CONFLUENT}.avro.AvroConverter",
    ProtobufConverter: f"{_CONFLUENT}.protobuf.ProtobufConverter",
    JsonSchemaConverter: f"{_CONFLUENT}.json.JsonSchemaConverter",
}


@hookimpl
def connect_converters() -> list[type[Converter] | type[HeaderConverter]]:
    """Every built-in converter and header converter."""
    return list(_JAVA_NAMES)


@hookimpl
def connect_aliases() -> dict[str, str]:
    """Java class name to Python class."""
    return {java: f"{cls.__module__}.{cls.__qualname__}" for cls, java in _JAVA_NAMES.items()}
