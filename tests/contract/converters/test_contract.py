"""Every built-in converter keeps the contract of its kind."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.converters.boolean import BooleanConverter
from connect_runtime.converters.byte_array import ByteArrayConverter
from connect_runtime.converters.json_converter import JsonConverter
from connect_runtime.converters.numbers import (
    DoubleConverter,
    FloatConverter,
    IntegerConverter,
    LongConverter,
    ShortConverter,
)
from connect_runtime.converters.simple_header import SimpleHeaderConverter
from connect_runtime.converters.string_converter import StringConverter
from connect_runtime.sdk import (
    Converter,
    HeaderConverter,
    Schema,
    SchemaAndValue,
    array_schema,
    map_schema,
    struct_schema,
)
from connect_runtime.sdk.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_BOOLEAN,
    OPTIONAL_BYTES,
    OPTIONAL_FLOAT32,
    OPTIONAL_FLOAT64,
    OPTIONAL_INT16,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    decimal_schema,
)
from connect_runtime.sdk.testing import ConverterContract, HeaderConverterContract

ADDRESS = struct_schema({"street": STRING, "number": OPTIONAL_INT32}, name="address", version=2, doc="where")
ORDER = struct_schema(
    {
        "id": INT64,
        "address": ADDRESS,
        "lines": array_schema(struct_schema({"sku": STRING, "price": decimal_schema(2)})),
        "tags": map_schema(STRING, OPTIONAL_STRING),
        "places": map_schema(INT32, STRING),
        "quota": FLOAT64,
        "share": FLOAT32,
        "raw": OPTIONAL_BYTES,
        'odd "name"': BOOLEAN,
        "day": DATE,
        "at": TIME,
        "created": TIMESTAMP,
    }
)
AN_ORDER: dict[str, Any] = {
    "id": 2**62,
    "address": {"street": "é \x01 😀", "number": None},
    "lines": [{"sku": "a", "price": Decimal("12.30")}, {"sku": "b", "price": Decimal("-0.01")}],
    "tags": {"x": "1", "y": None},
    "places": {1: "one", -2: "minus two"},
    "quota": 1e10,
    "share": 0.5,
    "raw": b"\x00\xff",
    'odd "name"': True,
    "day": dt.date(2024, 3, 1),
    "at": dt.time(12, 0, 0, 123000),
    "created": dt.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=dt.UTC),
}
PLAIN: tuple[tuple[None, Any], ...] = (
    (None, {"a": [1, 2.5, "x", None, True], "b": {"c": {}}, "é": -(2**63)}),
    (None, [1e-7, 1e300, 0.0]),
    (None, "text"),
    (None, False),
)
NOT_JSON = (b"{bad}", b"tru", b"[1,]", b'{"a":1,}', b"\xff\xfe\xfd")


class TestEnvelopedJson(ConverterContract, HeaderConverterContract):
    examples = (
        *PLAIN,
        (ORDER, AN_ORDER),
        (INT8, -128),
        (OPTIONAL_STRING, None),
        (decimal_schema(-2), Decimal("5E+2")),
        (array_schema(array_schema(OPTIONAL_FLOAT64)), [[1.5, None], []]),
    )
    unwritable = (
        (ORDER, AN_ORDER | {"id": "1"}),
        (ORDER, AN_ORDER | {"share": None}),
        (ORDER, AN_ORDER | {"more": 1}),
        (ORDER, AN_ORDER | {"places": {"1": "one"}}),
        (ORDER, AN_ORDER | {"created": dt.datetime(2024, 3, 1)}),  # noqa: DTZ001  # without time zone
        (ORDER, [AN_ORDER]),
        (INT8, 128),
        (INT64, True),
        (FLOAT64, 1),
        (STRING, None),
        (decimal_schema(2), Decimal("1.234")),
        (None, dt.date(2024, 3, 1)),
        (None, Decimal(1)),
        (None, {1, 2}),
        (None, 2**63),
        (array_schema(None), [1]),
    )
    unreadable = (*NOT_JSON, b"", b"null", b'{"payload":1}', b'{"schema":null,"payload":1,"x":1}', b'{"schema":{}}')

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(JsonConverter())

    @pytest.fixture
    def header_converter(self) -> HeaderConverter:
        converter = JsonConverter()
        converter.configure({})
        return converter


class TestBareJson(ConverterContract):
    examples = (*PLAIN, (STRING, "x"), (INT64, 2**63 - 1), (map_schema(STRING, INT32), {"a": 1}))
    unwritable = TestEnvelopedJson.unwritable
    unreadable = NOT_JSON

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(JsonConverter(), {"schemas.enable": "false"})

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return None, value


class TestString(ConverterContract, HeaderConverterContract):
    examples = ((STRING, "añb 😀"), (OPTIONAL_STRING, ""), (None, "12"), (OPTIONAL_STRING, None))

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(StringConverter())

    @pytest.fixture
    def header_converter(self) -> HeaderConverter:
        converter = StringConverter()
        converter.configure({})
        return converter

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_STRING, value


class TestByteArray(ConverterContract, HeaderConverterContract):
    examples = ((BYTES, b"\x00\xff"), (None, b""), (OPTIONAL_BYTES, None), (BYTES, bytearray(b"x")))
    unwritable = ((STRING, "x"), (None, "x"), (STRING, None), (decimal_schema(1), Decimal("1.0")))

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(ByteArrayConverter())

    @pytest.fixture
    def header_converter(self) -> HeaderConverter:
        converter = ByteArrayConverter()
        converter.configure({})
        return converter

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_BYTES, value


class TestBoolean(ConverterContract):
    examples = ((BOOLEAN, True), (None, False), (OPTIONAL_BOOLEAN, None))
    unwritable = ((INT32, 1), (None, "true"), (None, 1), (STRING, None))
    unreadable = (b"", b"\x02", b"\x01\x01")

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(BooleanConverter())

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_BOOLEAN, value


class TestShort(ConverterContract):
    examples = ((INT16, -32768), (None, 32767))
    unwritable = ((INT32, 32768), (None, True), (None, 1.0), (None, "1"))
    unreadable = (b"", b"\x00", b"\x00\x00\x00")

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(ShortConverter())

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_INT16, value


class TestInteger(ConverterContract):
    examples = ((INT32, -(2**31)), (None, 258))
    unwritable = ((INT64, 2**31), (None, "x"))
    unreadable = (b"\x00\x01",)

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(IntegerConverter())

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_INT32, value


class TestLong(ConverterContract):
    examples = ((INT64, -(2**63)), (None, 2**63 - 1))
    unwritable = ((INT64, 2**63), (None, dt.date(2024, 3, 1)))
    unreadable = (b"\x00\x01",)

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(LongConverter())

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_INT64, value


class TestFloat(ConverterContract):
    examples = ((FLOAT32, 1.5), (None, -0.0), (None, float("inf")))
    unwritable = ((FLOAT32, 1), (None, "1.5"))
    unreadable = (b"\x00",)

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(FloatConverter())

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_FLOAT32, value


class TestDouble(ConverterContract):
    examples = ((FLOAT64, 0.1), (None, float("-inf")))
    unwritable = ((FLOAT64, 1), (None, "1.5"))
    unreadable = (b"\x00\x00\x00\x00",)

    @pytest.fixture
    def converter(self) -> Converter:
        return _configured(DoubleConverter())

    def expected(self, schema: Schema | None, value: Any) -> SchemaAndValue:
        return OPTIONAL_FLOAT64, value


class TestSimpleHeader(HeaderConverterContract):
    examples = (
        (STRING, "plain text"),
        (INT8, 12),
        (BOOLEAN, True),
        (DATE, dt.date(2024, 3, 1)),
        (array_schema(INT16), [1, 300]),
        (map_schema(STRING, STRING), {"k": "v"}),
    )
    unwritable = ((None, {1, 2}),)

    @pytest.fixture
    def header_converter(self) -> HeaderConverter:
        converter = SimpleHeaderConverter()
        converter.configure({})
        return converter


def _configured(converter: Converter, config: dict[str, str] | None = None) -> Converter:
    converter.configure(config or {}, is_key=False)
    return converter
