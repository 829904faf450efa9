"""Base classes of converters: between bytes on a topic and values with schemas."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

from connect_runtime.config import ConfigDef
from connect_runtime.model import Schema

__all__ = ["Converter", "ConverterType", "HeaderConverter", "RawHeaders", "SchemaAndValue"]

SchemaAndValue = tuple[Schema | None, Any]
RawHeaders = Sequence[tuple[str, bytes | None]]


class ConverterType(Enum):
    """What part of a record a converter is configured for."""

    KEY = "key"
    VALUE = "value"
    HEADER = "header"


class Converter(ABC):
    """Converts keys and values. One instance serves one part of one task's records, on one thread."""

    version: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The converter's configuration keys, without prefix."""

    @abstractmethod
    def configure(self, config: Mapping[str, str], *, is_key: bool) -> None:
        """Take the options, without prefix.

        Raises:
            ConfigError: An option is bad.
        """

    @abstractmethod
    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """Bytes of a value, ``None`` for a tombstone.

        Raises:
            DataError: The value cannot be converted.
        """

    @abstractmethod
    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """Schema and value of bytes.

        Raises:
            DataError: The bytes are not this converter's format.
        """

    def from_connect_batch(
        self, topic: str, schemas: Sequence[Schema | None], values: Sequence[Any]
    ) -> Sequence[bytes | None]:
        """`from_connect` of many; override when it can be done faster. The first bad value raises."""
        convert = self.from_connect
        return [convert(topic, schema, value) for schema, value in zip(schemas, values, strict=True)]

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Sequence[Schema | None], Sequence[Any]]:
        """`to_connect` of many, as schemas and values; override when it can be faster. The first bad value raises."""
        convert = self.to_connect
        pairs = [convert(topic, item) for item in data]
        return [schema for schema, _ in pairs], [value for _, value in pairs]

    def close(self) -> None:  # noqa: B027  # most converters have nothing to release
        """Release what `configure` opened."""


class HeaderConverter(ABC):
    """Converts header values."""

    version: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The converter's configuration keys, without prefix."""

    @abstractmethod
    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options, without prefix.

        Raises:
            ConfigError: An option is bad.
        """

    @abstractmethod
    def from_connect_header(self, topic: str, key: str, schema: Schema | None, value: Any) -> bytes | None:
        """Bytes of a header value."""

    @abstractmethod
    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        """Schema and value of a header's bytes."""

    def close(self) -> None:  # noqa: B027  # most converters have nothing to release
        """Release what `configure` opened."""
