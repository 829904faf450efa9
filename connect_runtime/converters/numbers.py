"""Single numbers as big-endian bytes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from struct import Struct
from typing import Any, ClassVar

from connect_runtime.converters.any_part import AnyPartConverter, converter_config_def, parse_options
from connect_runtime.sdk import ConfigDef, DataError, Schema, SchemaAndValue
from connect_runtime.sdk.data import (
    OPTIONAL_FLOAT32,
    OPTIONAL_FLOAT64,
    OPTIONAL_INT16,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    class_text,
    is_of_type,
    to_float32,
)

__all__ = [
    "DoubleConverter",
    "FloatConverter",
    "IntegerConverter",
    "LongConverter",
    "NumberConverter",
    "ShortConverter",
]


class NumberConverter(AnyPartConverter):
    """What the five have in common: the value must be a number of exactly their type, its schema is not looked at."""

    schema: ClassVar[Schema]
    layout: ClassVar[Struct]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No options."""
        return converter_config_def()

    def configure(self, config: Mapping[str, str], *, is_key: bool | None = None) -> None:
        """There is nothing to set."""
        parse_options(self.config_def(), config, is_key=is_key)

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """The number's bytes; ``None`` stays ``None``. Raises: DataError."""
        del schema
        if value is None:
            return None
        if not is_of_type(self.schema.type, value):
            raise DataError(
                f"{type(self).__name__} (topic {topic}) takes only {self.schema.type.name}, not {class_text(value)}"
            )
        return self.layout.pack(value)

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """The number. Raises: DataError, for another length than the type's."""
        if data is None:
            return self.schema, None
        try:
            return self.schema, self.layout.unpack(data)[0]
        except struct.error as exc:
            raise DataError(
                f"{type(self).__name__} (topic {topic}): a {self.schema.type.name} has {self.layout.size} bytes, "
                f"not {len(data)}"
            ) from exc


class ShortConverter(NumberConverter):
    """INT16 in 2 bytes."""

    schema = OPTIONAL_INT16
    layout = Struct(">h")


class IntegerConverter(NumberConverter):
    """INT32 in 4 bytes."""

    schema = OPTIONAL_INT32
    layout = Struct(">i")


class LongConverter(NumberConverter):
    """INT64 in 8 bytes."""

    schema = OPTIONAL_INT64
    layout = Struct(">q")


class FloatConverter(NumberConverter):
    """FLOAT32 in 4 bytes; what is too large for it is infinite."""

    schema = OPTIONAL_FLOAT32
    layout = Struct(">f")

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """The number's bytes; ``None`` stays ``None``. Raises: DataError."""
        return super().from_connect(topic, schema, to_float32(value) if isinstance(value, float) else value)


class DoubleConverter(NumberConverter):
    """FLOAT64 in 8 bytes."""

    schema = OPTIONAL_FLOAT64
    layout = Struct(">d")
