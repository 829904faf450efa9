"""The envelope ``{"schema":…,"payload":…}`` around values, in which the schema's text is seldom looked at twice.

Reading: a producer writes the same bytes up to the payload again and again; where a message starts with bytes seen
before, only its payload is parsed, by a decoder compiled for the schema. Writing: the schema's bytes are kept ready.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from connect_runtime.converters.json_compiled import NOT_READ, Decoder, SchemaCompiler, plain_decoder
from connect_runtime.converters.json_dump import dump_tree
from connect_runtime.converters.json_read import ExactReader
from connect_runtime.converters.json_schema import schema_from_json, schema_to_json
from connect_runtime.converters.json_text import read_json
from connect_runtime.converters.json_write import JsonEncoders
from connect_runtime.sdk import DataError, Schema, SchemaAndValue

__all__ = ["EnvelopeReader", "Message", "SchemaTexts"]

_BEFORE_PAYLOAD: Final = re.compile(rb'"payload"\s*:\s*\Z')
_CLOSING_BRACE: Final = ord("}")
_MEMBERS: Final = {"schema", "payload"}
_NO_SCHEMA: Final = msgspec.Raw(b"null")
_MOST_HEADS: Final = 8
_OTHER: Final = object()  # stands for a value that was read another way
_WRONG_SHAPE: Final = (
    'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. '
    "If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration."
)


class Message(msgspec.Struct, gc=False):
    """An envelope to write; ``payload`` is an object tree, or ready text."""

    schema: msgspec.Raw
    payload: Any


class SchemaTexts:
    """Schemas as ready text. Used by one thread.

    Args:
        encoders: Encoders of values, for defaults.
        cache_size: Most schemas to keep the text of.
    """

    def __init__(self, encoders: JsonEncoders, cache_size: int) -> None:
        self._encoders = encoders
        self._cache_size = cache_size
        self._texts: dict[Schema, msgspec.Raw] = {}

    def text(self, schema: Schema | None) -> msgspec.Raw:
        """JSON of a schema. Raises: DataError, for one with unknown parts."""
        if schema is None:
            return _NO_SCHEMA
        found = self._texts.get(schema)
        if found is None:
            if len(self._texts) >= self._cache_size:
                self._texts.clear()
            node = schema_to_json(schema, lambda at, default: self._encoders.encoder(at)(default))
            found = self._texts[schema] = msgspec.Raw(dump_tree(node))
        return found


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    schema: msgspec.Raw
    payload: msgspec.Raw


class _Payloads:
    """How the payloads of one schema are read, fast; the decoder becomes a slower one where members are left out."""

    def __init__(self, schema: Schema | None, *, null_is_default: bool) -> None:
        self.schema = schema
        self._null_is_default = null_is_default
        self._relaxed: Decoder | None = None
        self.decode: Decoder = plain_decoder() if schema is None else self._compiled(schema, absent_is_null=False)

    def relax(self, payload: bytes) -> Any:
        """Read a payload that `decode` could not, and all later ones in the same way. Raises: one of `NOT_READ`."""
        if self._relaxed is None and self.schema is not None:
            self._relaxed = self._compiled(self.schema, absent_is_null=True)
        if self._relaxed is None:
            raise ValueError("not what the decoder of schemaless JSON reads")
        value = self._relaxed(payload)
        self.decode = self._relaxed
        return value

    def _compiled(self, schema: Schema, *, absent_is_null: bool) -> Decoder:
        return SchemaCompiler(null_is_default=self._null_is_default, absent_is_null=absent_is_null).decoder(schema)


class _Head(NamedTuple):
    text: bytes
    payloads: _Payloads


class EnvelopeReader:
    """Reads enveloped values. Used by one thread.

    Args:
        null_is_default: Whether null is read as the schema's default where it has one.
        cache_size: Most schemas to keep decoders of.
    """

    def __init__(self, *, null_is_default: bool, cache_size: int) -> None:
        self._null_is_default = null_is_default
        self._cache_size = cache_size
        self._exact = ExactReader(null_is_default=null_is_default)
        self._payloads: dict[bytes, _Payloads] = {}
        self._heads: list[_Head] = []

    def read(self, data: bytes) -> SchemaAndValue:
        """Schema and value of one message. Raises: DataError."""
        for head in self._heads:
            if data.startswith(head.text) and data[-1] == _CLOSING_BRACE:
                try:
                    return head.payloads.schema, head.payloads.decode(data[len(head.text) : -1])
                except NOT_READ:
                    break
        try:
            envelope = msgspec.json.decode(data, type=_Envelope)
            return self._read_parts(data, bytes(envelope.schema), bytes(envelope.payload))
        except NOT_READ:
            return self._read_exactly(data)

    def read_batch(self, data: Sequence[bytes | None]) -> tuple[list[Schema | None], list[Any]]:
        """`read` of many, fastest where all start alike; ``None`` gives ``None`` twice."""
        if not self._heads:
            return self._read_each(data)
        (text, payloads), others = self._heads[0], []
        size, decode = len(text), payloads.decode

        def other(item: bytes | None) -> Any:
            others.append((None, None) if item is None else self.read(item))
            return _OTHER

        try:
            values = [
                decode(item[size:-1])
                if item is not None and item.startswith(text) and item[-1] == _CLOSING_BRACE
                else other(item)
                for item in data
            ]
        except NOT_READ:
            return self._read_each(data)
        schemas = [payloads.schema] * len(values)
        if others:
            places = (place for place, value in enumerate(values) if value is _OTHER)
            for place, (schema, value) in zip(places, others, strict=True):
                schemas[place], values[place] = schema, value
        return schemas, values

    def _read_each(self, data: Sequence[bytes | None]) -> tuple[list[Schema | None], list[Any]]:
        read = [(None, None) if item is None else self.read(item) for item in data]
        return [schema for schema, _ in read], [value for _, value in read]

    def _read_parts(self, data: bytes, schema: bytes, payload: bytes) -> SchemaAndValue:
        payloads = self._payloads.get(schema)
        if payloads is None:
            if len(self._payloads) >= self._cache_size:
                self._payloads.clear()
            node = read_json(schema, exact=True)
            made = schema_from_json(node, self._exact.value)
            payloads = self._payloads[schema] = _Payloads(made, null_is_default=self._null_is_default)
        try:
            value = payloads.decode(payload)
        except NOT_READ:
            value = payloads.relax(payload)
        self._remember(data, payload, payloads)
        return payloads.schema, value

    def _remember(self, data: bytes, payload: bytes, payloads: _Payloads) -> None:
        text = data[: -len(payload) - 1]
        if data.endswith(payload + b"}") and _BEFORE_PAYLOAD.search(text):
            others = [head for head in self._heads if head.text != text]
            self._heads = [_Head(text, payloads), *others[: _MOST_HEADS - 1]]

    def _read_exactly(self, data: bytes) -> SchemaAndValue:
        document = read_json(data, exact=True)
        if not isinstance(document, dict) or document.keys() != _MEMBERS:
            raise DataError(_WRONG_SHAPE)
        schema = schema_from_json(document["schema"], self._exact.value)
        return schema, self._exact.value(schema, document["payload"])
