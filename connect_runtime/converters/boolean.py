"""Booleans in one byte."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.converters.any_part import AnyPartConverter, converter_config_def, parse_options
from connect_runtime.sdk import ConfigDef, DataError, Schema, SchemaAndValue, Type
from connect_runtime.sdk.data import OPTIONAL_BOOLEAN

__all__ = ["BooleanConverter"]

_OF_BYTES: Final[Mapping[bytes | None, bool | None]] = MappingProxyType({b"\x00": False, b"\x01": True, None: None})


class BooleanConverter(AnyPartConverter):
    """Connect's ``BooleanConverter``: 0x01 and 0x00."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No options."""
        return converter_config_def()

    def configure(self, config: Mapping[str, str], *, is_key: bool | None = None) -> None:
        """There is nothing to set."""
        parse_options(self.config_def(), config, is_key=is_key)

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """One byte; ``None`` stays ``None``. Raises: DataError, also for ``None`` under another schema."""
        if schema is not None and schema.type is not Type.BOOLEAN:
            raise DataError(
                f"Invalid schema type for BooleanConverter (topic {topic}): {schema.type.name}; it takes only BOOLEAN"
            )
        if value is None:
            return None
        if not isinstance(value, bool):
            raise DataError(f"BooleanConverter (topic {topic}) takes only booleans, not {type(value).__name__}")
        return b"\x01" if value else b"\x00"

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """The boolean. Raises: DataError, for anything but one byte of 0 or 1."""
        if data not in _OF_BYTES:
            raise DataError(f"BooleanConverter (topic {topic}): a boolean is one byte of 0 or 1")
        return OPTIONAL_BOOLEAN, _OF_BYTES[data]
