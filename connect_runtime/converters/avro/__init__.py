"""Avro with a schema registry."""

from connect_runtime.converters.avro.converter import AvroConverter

__all__ = ["AvroConverter"]
