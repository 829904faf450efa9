"""What converters for keys, values and headers alike share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Final

from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    Converter,
    ConverterType,
    HeaderConverter,
    Importance,
    Schema,
    SchemaAndValue,
    validators,
)

__all__ = ["AnyPartConverter", "converter_config_def", "parse_options"]

_TYPE: Final = "converter.type"
_TYPES: Final = tuple(type_.value for type_ in ConverterType)


class AnyPartConverter(Converter, HeaderConverter):
    """A converter that treats headers as it treats keys and values."""

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The converter's configuration keys, without prefix."""

    @abstractmethod
    def configure(self, config: Mapping[str, str], *, is_key: bool | None = None) -> None:
        """Take the options, without prefix; ``is_key`` is ``None`` for headers.

        Raises:
            ConfigError: An option is bad.
        """

    def from_connect_header(self, topic: str, key: str, schema: Schema | None, value: Any) -> bytes | None:
        """Bytes of a header value. Raises: DataError."""
        del key
        return self.from_connect(topic, schema, value)

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        """Schema and value of a header's bytes. Raises: DataError."""
        del key
        return self.to_connect(topic, data)

    def close(self) -> None:
        """Nothing to release."""


def converter_config_def(keys: Iterable[ConfigKey] = ()) -> ConfigDef:
    """The keys of a converter and ``converter.type``, which the runtime sets."""
    type_key = ConfigKey(
        _TYPE,
        required=True,
        validator=validators.one_of(*_TYPES),
        importance=Importance.LOW,
        doc="How this converter will be used: key, value or header. Set by the runtime.",
    )
    return ConfigDef([type_key, *keys])


def parse_options(config_def: ConfigDef, config: Mapping[str, str], *, is_key: bool | None) -> dict[str, Any]:
    """Parsed options, with the ``converter.type`` that ``is_key`` stands for. Raises: ConfigError."""
    type_ = ConverterType.HEADER if is_key is None else ConverterType.KEY if is_key else ConverterType.VALUE
    return config_def.parse({**config, _TYPE: type_.value})
