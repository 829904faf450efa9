"""Protobuf with a schema registry."""

from connect_runtime.converters.protobuf.converter import ProtobufConverter

__all__ = ["ProtobufConverter"]
