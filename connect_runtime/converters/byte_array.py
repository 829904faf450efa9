"""Bytes as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Final

from connect_runtime.converters.any_part import AnyPartConverter, converter_config_def, parse_options
from connect_runtime.sdk import ConfigDef, DataError, Schema, SchemaAndValue, Type
from connect_runtime.sdk.data import OPTIONAL_BYTES

__all__ = ["ByteArrayConverter"]

_AS_THEY_ARE: Final = frozenset({bytes, NoneType})


class ByteArrayConverter(AnyPartConverter):
    """Connect's ``ByteArrayConverter``: bytes under an optional BYTES; nothing else can be written."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No options."""
        return converter_config_def()

    def configure(self, config: Mapping[str, str], *, is_key: bool | None = None) -> None:
        """There is nothing to set."""
        parse_options(self.config_def(), config, is_key=is_key)

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """The bytes. Raises: DataError, also for ``None`` under another schema than BYTES."""
        if schema is not None and schema.type is not Type.BYTES:
            raise DataError(
                f"Invalid schema type for ByteArrayConverter (topic {topic}): {schema.type.name}; it takes only BYTES"
            )
        if value is None or type(value) is bytes:
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        raise DataError(f"ByteArrayConverter (topic {topic}) takes only bytes, not {type(value).__name__}")

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """The bytes."""
        del topic
        return OPTIONAL_BYTES, data

    def from_connect_batch(
        self, topic: str, schemas: Sequence[Schema | None], values: Sequence[Any]
    ) -> Sequence[bytes | None]:
        """`from_connect` of many."""
        if all(schema is None or schema.type is Type.BYTES for schema in set(schemas)) and _AS_THEY_ARE.issuperset(
            map(type, values)
        ):
            return values
        return super().from_connect_batch(topic, schemas, values)

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Sequence[Schema | None], Sequence[Any]]:
        """`to_connect` of many."""
        del topic
        return [OPTIONAL_BYTES] * len(data), data
