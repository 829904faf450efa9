"""JSON, with the schema beside every value or without any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from connect_runtime.converters.any_part import AnyPartConverter, converter_config_def, parse_options
from connect_runtime.converters.json_compiled import NOT_READ, plain_decoder
from connect_runtime.converters.json_dump import dump_lines, dump_tree
from connect_runtime.converters.json_envelope import EnvelopeReader, Message, SchemaTexts
from connect_runtime.converters.json_plain import write_plain, write_plain_batch
from connect_runtime.converters.json_read import int64_where_integral
from connect_runtime.converters.json_text import read_json
from connect_runtime.converters.json_write import DecimalFormat, JsonEncoders
from connect_runtime.sdk import ConfigDef, ConfigKey, ConfigType, Importance, Schema, SchemaAndValue, Width, validators

__all__ = ["JsonConverter"]

_ENABLE: Final = "schemas.enable"
_CACHE_SIZE: Final = "schemas.cache.size"
_DECIMAL_FORMAT: Final = "decimal.format"
_NULL_IS_DEFAULT: Final = "replace.null.with.default"


class JsonConverter(AnyPartConverter):
    """Connect's ``JsonConverter``. Configure it before use.

    With ``schemas.enable`` (the default) a message is ``{"schema":…,"payload":…}``; without, it is the bare value: what
    is written is still checked against its schema, what is read has none.
    """

    def __init__(self) -> None:
        self._configure(DecimalFormat.BASE64, enveloped=True, null_is_default=True, cache_size=1000)

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``schemas.enable``, ``schemas.cache.size``, ``decimal.format`` and ``replace.null.with.default``."""
        return converter_config_def(
            [
                ConfigKey(
                    _ENABLE,
                    ConfigType.BOOLEAN,
                    default=True,
                    importance=Importance.HIGH,
                    group="Schemas",
                    order=0,
                    width=Width.MEDIUM,
                    display_name="Enable Schemas",
                    doc="Include schemas within each of the serialized values and keys.",
                ),
                ConfigKey(
                    _CACHE_SIZE,
                    ConfigType.INT,
                    default=1000,
                    importance=Importance.HIGH,
                    group="Schemas",
                    order=1,
                    width=Width.MEDIUM,
                    display_name="Schema Cache Size",
                    doc="The maximum number of schemas that can be cached in this converter instance, e.g. 1000.",
                ),
                ConfigKey(
                    _DECIMAL_FORMAT,
                    default=DecimalFormat.BASE64.value,
                    validator=validators.one_of_ignoring_case(*(form.value for form in DecimalFormat)),
                    importance=Importance.LOW,
                    group="Serialization",
                    order=0,
                    width=Width.MEDIUM,
                    display_name="Decimal Format",
                    doc="Controls which format this converter will serialize decimals in: BASE64 (the unscaled bytes) "
                    "or NUMERIC (a number, e.g. 12.30). This value is case insensitive.",
                ),
                ConfigKey(
                    _NULL_IS_DEFAULT,
                    ConfigType.BOOLEAN,
                    default=True,
                    importance=Importance.LOW,
                    group="Serialization",
                    order=1,
                    width=Width.MEDIUM,
                    display_name="Replace null with default",
                    doc="Whether to replace fields that have a default value and that are null to the default value. "
                    "When set to true, the default value is used, otherwise null is used.",
                ),
            ]
        )

    def configure(self, config: Mapping[str, str], *, is_key: bool | None = None) -> None:
        """Take the options, without prefix; ``is_key`` is ``None`` for headers. Raises: ConfigError."""
        options = parse_options(self.config_def(), config, is_key=is_key)
        self._configure(
            DecimalFormat(options[_DECIMAL_FORMAT].upper()),
            enveloped=options[_ENABLE],
            null_is_default=options[_NULL_IS_DEFAULT],
            cache_size=options[_CACHE_SIZE],
        )

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """JSON of a value; only a schemaless ``None`` is a tombstone. Raises: DataError."""
        del topic
        if schema is None and value is None:
            return None
        if schema is None and not self._enveloped:
            return write_plain(value)
        tree = msgspec.Raw(write_plain(value)) if schema is None else self._encoders.encoder(schema)(value)
        return dump_tree(Message(self._texts.text(schema), tree) if self._enveloped else tree)

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """Schema and value; no bytes give ``(None, None)``. Raises: DataError."""
        del topic
        if data is None:
            return None, None
        return self._envelopes.read(data) if self._enveloped else (None, self._read_plain(data))

    def from_connect_batch(
        self, topic: str, schemas: Sequence[Schema | None], values: Sequence[Any]
    ) -> Sequence[bytes | None]:
        """`from_connect` of many, fastest where all have the same schema."""
        first = schemas[0] if schemas else None
        if first is None or schemas.count(first) < len(schemas):
            is_plain = not self._enveloped and not any(schemas) and None not in values
            return write_plain_batch(values) if is_plain else super().from_connect_batch(topic, schemas, values)
        trees = self._encoders.encode_batch(first, values)
        if not self._enveloped:
            return dump_lines(trees)
        text = self._texts.text(first)
        return dump_lines([Message(text, tree) for tree in trees])

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Sequence[Schema | None], Sequence[Any]]:
        """`to_connect` of many."""
        del topic
        if self._enveloped:
            return self._envelopes.read_batch(data)
        decode = self._decode_plain
        try:
            values = [None if item is None else decode(item) for item in data]
        except NOT_READ:
            values = [None if item is None else self._read_plain(item) for item in data]
        return [None] * len(values), values

    def _configure(
        self, decimal_format: DecimalFormat, *, enveloped: bool, null_is_default: bool, cache_size: int
    ) -> None:
        self._enveloped = enveloped
        self._encoders = JsonEncoders(decimal_format, null_is_default=null_is_default, cache_size=cache_size)
        self._texts = SchemaTexts(self._encoders, cache_size)
        self._envelopes = EnvelopeReader(null_is_default=null_is_default, cache_size=cache_size)
        self._decode_plain = plain_decoder()

    def _read_plain(self, data: bytes) -> Any:
        try:
            return self._decode_plain(data)
        except NOT_READ:
            return int64_where_integral(read_json(data, exact=True))
