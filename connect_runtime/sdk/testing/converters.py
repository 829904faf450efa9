"""What holds for every converter and header converter."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model import Schema
from connect_runtime.sdk.converter import Converter, HeaderConverter, SchemaAndValue

__all__ = ["ConverterContract", "HeaderConverterContract"]

_TOPIC = "contract"


class _Examples:
    """What both suites are told about a converter."""

    examples: ClassVar[Sequence[tuple[Schema | None, Any]]] = ()
    unwritable: ClassVar[Sequence[tuple[Schema | None, Any]]] = ()
    unreadable: ClassVar[Sequence[bytes]] = ()

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        """What an example comes back as; the same, unless overridden."""
        return schema, value


class ConverterContract(_Examples):
    """Subclass it for a converter of keys and values, give it examples and the fixture ``converter``.

    Attributes:
        examples: Schemas and values that can be written and read back, see `expected`.
        unwritable: Schemas and values that must be refused with ``DataError``.
        unreadable: Bytes that must be refused with ``DataError``.
    """

    @pytest.fixture
    def converter(self) -> Converter:
        """A configured converter of values."""
        raise NotImplementedError("override the fixture 'converter': return a configured converter")

    def test_there_are_examples(self) -> None:
        assert self.examples, "give the contract examples to try"

    def test_what_is_written_is_read_back(self, converter: Converter) -> None:
        for schema, value in self.examples:
            data = converter.from_connect(_TOPIC, schema, value)
            assert data is None or type(data) is bytes
            assert converter.to_connect(_TOPIC, data) == self.expected(schema, value)

    def test_a_tombstone_stays_one(self, converter: Converter) -> None:
        assert converter.from_connect(_TOPIC, None, None) is None
        assert converter.to_connect(_TOPIC, None)[1] is None

    def test_a_batch_is_converted_as_its_records_are(self, converter: Converter) -> None:
        pairs = [*self.examples, (None, None), *self.examples]
        written = [converter.from_connect(_TOPIC, schema, value) for schema, value in pairs]
        read = [converter.to_connect(_TOPIC, data) for data in written]

        assert _written(converter, pairs) == written
        assert _read(converter, written) == read
        assert _written(converter, []) == []
        assert _read(converter, []) == []
        for (schema, value), data, pair in zip(pairs, written, read, strict=True):
            assert _written(converter, [(schema, value)] * 3) == [data] * 3
            assert _read(converter, [data] * 3) == [pair] * 3

    def test_a_value_is_not_changed_by_writing_it(self, converter: Converter) -> None:
        for schema, value in self.examples:
            before = copy.deepcopy(value)
            converter.from_connect(_TOPIC, schema, value)
            converter.from_connect_batch(_TOPIC, [schema], [value])
            assert value == before

    def test_what_it_cannot_write_is_refused(self, converter: Converter) -> None:
        for schema, value in self.unwritable:
            with pytest.raises(DataError):
                converter.from_connect(_TOPIC, schema, value)
            with pytest.raises(DataError):
                converter.from_connect_batch(_TOPIC, [schema, schema], [value, value])
        self.test_what_is_written_is_read_back(converter)

    def test_what_it_cannot_read_is_refused(self, converter: Converter) -> None:
        for data in self.unreadable:
            with pytest.raises(DataError):
                converter.to_connect(_TOPIC, data)
            with pytest.raises(DataError):
                converter.to_connect_batch(_TOPIC, [None, data])
        self.test_what_is_written_is_read_back(converter)

    def test_it_can_be_closed(self, converter: Converter) -> None:
        converter.close()


class HeaderConverterContract(_Examples):
    """Subclass it for a header converter, give it examples and the fixture ``header_converter``.

    Attributes:
        examples: Schemas and values that can be written and read back, see `expected`.
        unwritable: Schemas and values that must be refused with ``DataError``.
        unreadable: Bytes that must be refused with ``DataError``.
    """

    @pytest.fixture
    def header_converter(self) -> HeaderConverter:
        """A configured header converter."""
        raise NotImplementedError("override the fixture 'header_converter': return a configured header converter")

    def test_there_are_headers_to_try(self) -> None:
        assert self.examples, "give the contract examples to try"

    def test_a_header_that_is_written_is_read_back(self, header_converter: HeaderConverter) -> None:
        for schema, value in self.examples:
            data = header_converter.from_connect_header(_TOPIC, "key", schema, value)
            assert header_converter.to_connect_header(_TOPIC, "key", data) == self.expected(schema, value)

    def test_a_header_without_value_stays_one(self, header_converter: HeaderConverter) -> None:
        assert header_converter.from_connect_header(_TOPIC, "key", None, None) is None
        assert header_converter.to_connect_header(_TOPIC, "key", None)[1] is None

    def test_a_header_it_cannot_write_is_refused(self, header_converter: HeaderConverter) -> None:
        for schema, value in self.unwritable:
            with pytest.raises(DataError):
                header_converter.from_connect_header(_TOPIC, "key", schema, value)

    def test_a_header_it_cannot_read_is_refused(self, header_converter: HeaderConverter) -> None:
        for data in self.unreadable:
            with pytest.raises(DataError):
                header_converter.to_connect_header(_TOPIC, "key", data)


def _written(converter: Converter, pairs: Sequence[tuple[Schema | None, Any]]) -> list[bytes | None]:
    schemas, values = [schema for schema, _ in pairs], [value for _, value in pairs]
    return list(converter.from_connect_batch(_TOPIC, schemas, values))


def _read(converter: Converter, data: Sequence[bytes | None]) -> list[SchemaAndValue]:
    schemas, values = converter.to_connect_batch(_TOPIC, data)
    return list(zip(schemas, values, strict=True))
