"""Text in any character set; what is no text is written as Java prints it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.converters.any_part import AnyPartConverter, converter_config_def, parse_options
from connect_runtime.sdk import (
    ConfigDef,
    ConfigError,
    ConfigKey,
    Importance,
    Schema,
    SchemaAndValue,
    Utf8Column,
    Width,
)
from connect_runtime.sdk.data import OPTIONAL_STRING, java_text

__all__ = ["StringConverter"]

_ENCODING: Final = "converter.encoding"
_UTF_8: Final = "utf-8"
_MARKS: Final[Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
        "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    }
)
"""Byte order marks of the character sets that may have one; without, the first byte is the highest, as in Java."""


class StringConverter(AnyPartConverter):
    """Connect's ``StringConverter``: strings as they are, everything else in Java's text form, whatever the schema.

    Neither direction fails: characters that the character set lacks become ``?``, malformed bytes U+FFFD.
    """

    def __init__(self) -> None:
        self._to_bytes = self._from_bytes = _UTF_8

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``converter.encoding``."""
        encoding = ConfigKey(
            _ENCODING,
            default="UTF-8",
            importance=Importance.HIGH,
            width=Width.MEDIUM,
            display_name="Encoding",
            doc="The name of the character set to use for encoding strings, e.g. ISO-8859-1.",
        )
        return converter_config_def([encoding])

    def configure(self, config: Mapping[str, str], *, is_key: bool | None = None) -> None:
        """Take the character set; those of Kafka's own string serializers win. Raises: ConfigError."""
        encoding = parse_options(self.config_def(), config, is_key=is_key)[_ENCODING]
        part = "key" if is_key else "value"
        self._to_bytes, self._from_bytes = (
            _codec(config.get(f"{part}.{way}.encoding", encoding)) for way in ("serializer", "deserializer")
        )

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """The text's bytes; ``None`` stays ``None``."""
        del topic
        return None if value is None else _encoded(java_text(schema, value), self._to_bytes)

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """The text, always under an optional STRING."""
        del topic
        return OPTIONAL_STRING, None if data is None else _decoded(data, self._from_bytes)

    def from_connect_batch(
        self, topic: str, schemas: Sequence[Schema | None], values: Sequence[Any]
    ) -> Sequence[bytes | None]:
        """`from_connect` of many."""
        del topic
        encoding = self._to_bytes
        if encoding == "utf-8":
            if isinstance(values, Utf8Column):
                return values.encoded
            try:
                # All of them text, as a rule: one call from C each.
                return list(map(str.encode, values))
            except (TypeError, UnicodeEncodeError):
                pass
        return [
            _encoded(value, encoding)
            if type(value) is str
            else None
            if value is None
            else _encoded(java_text(schema, value), encoding)
            for schema, value in zip(schemas, values, strict=True)
        ]

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Sequence[Schema | None], Sequence[Any]]:
        """`to_connect` of many."""
        del topic
        return [OPTIONAL_STRING] * len(data), self._texts(data)

    def _texts(self, data: Sequence[bytes | None]) -> Sequence[str | None]:
        if self._from_bytes == "utf-8":
            try:
                # Half the time of the general form below.
                return [None if item is None else item.decode() for item in data]
            except UnicodeDecodeError:
                pass
        encoding = self._from_bytes
        return [None if item is None else _decoded(item, encoding) for item in data]


def _encoded(text: str, codec: str) -> bytes:
    if codec not in _MARKS:
        return text.encode(codec, "replace")
    mark = codecs.BOM_UTF16_BE if text and codec == "utf-16" else b""  # Java marks UTF-16, but not UTF-32
    return mark + text.encode(f"{codec}-be", "replace")


def _decoded(data: bytes, codec: str) -> str:
    is_marked = codec not in _MARKS or data.startswith(_MARKS[codec])
    return data.decode(codec if is_marked else f"{codec}-be", "replace")


def _codec(name: str) -> str:
    for candidate in (name, name.removeprefix("x-").replace("windows-", "cp")):  # Java's x-windows-949 is cp949 here
        try:
            b"x".decode(candidate, "replace")
            found = codecs.lookup(candidate).name
        except LookupError:
            continue
        return found
    raise ConfigError(f"{_ENCODING}: no character set is called {name!r}; use e.g. UTF-8 or ISO-8859-1", key=_ENCODING)
