"""Random schemas, values and records, described as in ``tests/data/conformance.jsonl``, and rather odd ones."""

from __future__ import annotations

import math
import struct
from base64 import b64encode
from collections.abc import Sequence
from random import Random
from typing import Any, Final, TypeVar

__all__ = ["DATES", "FIELDS", "INTEGERS", "LOGICAL", "NUMBER_TEXTS", "PRIMITIVES", "TEXTS", "Drawing"]

Spec = dict[str, Any]
_T = TypeVar("_T")

_BITS: Final = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
PRIMITIVES: Final = ("boolean", *_BITS, "float", "double", "string", "bytes")
LOGICAL: Final = ("Decimal", "Date", "Time", "Timestamp")
_DATA: Final = "org.apache.kafka.connect.data."
FIELDS: Final = ("a", "b", "c", "d", "a.b", "x`y", "`q`", "Ä", "A")

INTEGERS: Final = (
    0, 1, -1, 2, 9, 10, 42, 100, 127, 128, -128, -129, 255, 256, 300, 32_767, 32_768, -32_768, -32_769, 65_536,
    2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 1_700_000_000_000,
)  # fmt: skip
_FLOATS: Final = (
    0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 100.0, 127.9, 128.0, 1e-3, 9.99e-4, 9_999_999.0, 1e7, 12_500_000.0,
    16_777_217.0, 1e10, 1e21, 1e22, 2.0**31, -(2.0**31), 2.0**53 + 2, 2.0**63, -(2.0**63), 1e19, 3.4028234663852886e38,
    3.5e38, 1.401298464324817e-45, 1e-46, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2e-3, 1.0e23,
    123456.789,
    4.35, 1 / 3, 2.0e-3, 9.5e-3, 1.1754943508222875e-38, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
NUMBER_TEXTS: Final = (
    "0", "1", "-1", "+5", "-0", "007", "42", "127", "128", "-128", "-129", "32768", "2147483648", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1.0", "1.5", "-0.0", "1e3", "1E3", "1e-3",
    "1E+3", "5.", ".5", "+.5", "1e400", "1e-400", "1e39", "3.5e38", "NaN", "-NaN", "Infinity", "-Infinity", "inf",
    "0x10", "0x1p3", "1f", "1d", "1L", "1_000", "1,000", " 12", "12 ", "1 2", "--1", "+-1", "+", "-", "1e", "٣", "１２",
    "0.10000000000000000001", "123456789.123456789", "1.7976931348623159e308", "12345678901234567890.5", "1e2147483648",
    "00012.50", "1.50", "100000000000000000000", "1e19", "1.0e18",
)  # fmt: skip
DATES: Final = (
    "2024-03-01", "2024-02-30", "2024-13-45", "0001-01-01", "1500-02-29", "1582-10-10", "9999-12-31", " 2024-3-1",
    "2024-3-01x",
    "12:00:00.123Z", "25:61:61.123Z", "00:00:00.000Z", "2024-03-01T12:00:00.123Z", "2024-02-30T25:00:00.000Z",
    "2024-03-01T12:00:00Z", "2024-03-01 12:00:00", "1969-12-31T23:59:59.999Z", "0000-00-00", "-024-03-01", "20240-3-01",
)  # fmt: skip
TEXTS: Final = (
    "", " ", "  ", "x", "abc", "true", "TRUE", "True", "false", "False", " true", "yes", "null", "NULL", "é", "ÄÖ",
    "😀", "\u0000",
    "\n", "\t x ", 'a"b', "a\\b", "a,b", "a:b", "[1,2]", '{"a":1}', "\u2028", "\u007f", "a/b", "<&>", "$1",
    "Struct{a=1}", "ǆ",
)  # fmt: skip
_BYTES: Final = (b"", b"\x00", b"\xff\xfe", b"abc", b"\x80", b"\x00\x80", b"\xff\xff", b"\x00\x01\x00", "é".encode())
_DECIMALS: Final = (
    "0", "0.00", "-0.5", "12.340", "1E+3", "-1E+10", "1E-10", "1.5", "127.9", "300", "-129", "2147483648",
    "9223372036854775808",
    "123456789012345678901234567890.5", "0.0000001", "0.000001", "1E-7", "1E+400", "-9223372036854775809", "5E-324",
    "0E+3", "0E-9",
)  # fmt: skip
_INSTANTS: Final = (
    0, 1, -1, 45, 999, 1000, 86_399_999, 86_400_000, 86_400_001, -86_400_000, -86_399_999, 1_709_280_000_045,
    951_782_400_000,
    1_709_164_800_000, 1_704_067_199_999, 1_735_689_600_000, 1_735_603_200_000, -12_219_292_800_000,
    -12_219_292_800_001,
    -12_219_379_200_000, -14_831_769_600_000, -62_135_596_800_000, 253_402_300_799_999, -2_208_988_800_000,
    4_102_444_800_000,
)  # fmt: skip
_DAY_MS: Final = 86_400_000


class Drawing:
    """Draws from a source of chance; the same source gives the same cases.

    Args:
        random: That source.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self.random.random() < probability

    def one(self, choices: Sequence[_T]) -> _T:
        """One of them."""
        return self.random.choice(choices)

    def some(self, choices: Sequence[_T], most: int, least: int = 0) -> list[_T]:
        """Different ones of them, in any order."""
        return self.random.sample(choices, min(len(choices), self.random.randint(least, most)))

    # Schemas

    def schema(self, depth: int = 2, *, types: Sequence[str] = (*PRIMITIVES, *LOGICAL)) -> Spec:
        """A schema with attributes; of one of the types, or of a container while there is depth."""
        if depth and self.chance(0.3):
            return self.container(depth)
        type_ = self.one(types)
        return self._with_default(self.logical(type_) if type_ in LOGICAL else self.attributes({"type": type_}))

    def logical(self, type_: str) -> Spec:
        """A schema of a logical type."""
        base = {"Decimal": "bytes", "Date": "int32", "Time": "int32", "Timestamp": "int64"}[type_]
        spec: Spec = {"type": base, "optional": self.chance(0.5), "name": _DATA + type_, "version": 1}
        if type_ == "Decimal":
            spec["parameters"] = {"scale": str(self.one((0, 1, 2, 3, 10, -2)))}
        return spec

    def container(self, depth: int = 2) -> Spec:
        """A schema of an array, a map or a struct."""
        match self.one(("array", "map", "struct", "struct")):
            case "array":
                return self.attributes({"type": "array"}) | {"items": self.schema(depth - 1)}
            case "map":
                keys = {"type": self.one(("string", "string", "int32", "boolean")), "optional": False}
                return self.attributes({"type": "map"}) | {"keys": keys, "values": self.schema(depth - 1)}
            case _:
                return self.struct(depth)

    def struct(self, depth: int = 2, *, types: Sequence[str] = (*PRIMITIVES, *LOGICAL), least: int = 0) -> Spec:
        """A schema of a struct with some of `FIELDS`."""
        names = self.some(FIELDS, 5, least)
        fields = [{"field": name} | self.schema(depth - 1, types=types) for name in names]
        return self.attributes({"type": "struct"}) | {"fields": fields}

    def attributes(self, spec: Spec) -> Spec:
        """The schema with some attributes."""
        spec = spec | {"optional": self.chance(0.5)}
        further: Spec = {
            "name": self.one(("acme.N", "n", "")),
            "version": self.one((1, 0, 7)),
            "doc": self.one(("d", "")),
        }
        further["parameters"] = {"p": "1", "q": ""}
        return spec | {name: value for name, value in further.items() if self.chance(0.12)}

    def _with_default(self, spec: Spec) -> Spec:
        return spec | {"default": self.value(spec, null=0)} if self.chance(0.2) else spec

    # Values

    def value(self, schema: Spec | None, null: float = 0.2) -> Any:
        """A value that fits the schema; without schema, anything that JSON can hold and more."""
        if schema is None:
            return self.plain()
        if schema["optional"] and self.chance(null):
            return None
        name = schema.get("name") or ""
        if name.startswith(_DATA):
            return self._logical_value(name.removeprefix(_DATA), schema)
        match schema["type"]:
            case "struct":
                return {field["field"]: self.member(field) for field in schema["fields"]}
            case "array":
                return [self.value(schema["items"]) for _ in range(self.random.randint(0, 3))]
            case "map":
                return self._map(schema)
            case type_:
                return self.primitive(type_)

    def member(self, field: Spec) -> Any:
        """The value of a field, null also where a default stands in for it."""
        return None if "default" in field and self.chance(0.4) else self.value(field)

    def primitive(self, type_: str) -> Any:
        """A value of a primitive type, to be read with its schema."""
        match type_:
            case "boolean":
                return self.chance(0.5)
            case "string":
                return self.text()
            case "bytes":
                return self.bytes_()
            case "float" | "double":
                return self.floating(type_)
            case _:
                return self.integer(_BITS[type_])

    def integer(self, bits: int = 64) -> int:
        """An integer of so many bits."""
        number = self.one(INTEGERS) if self.chance(0.8) else self.random.randint(-(2**63), 2**63 - 1)
        half = 1 << (bits - 1)
        return (number + half) % (2 * half) - half

    def floating(self, type_: str) -> Any:
        """A number of a width, as written where its schema says the width."""
        number = self._float()
        if type_ == "float" and abs(number) <= 3.4028234663852886e38:
            number = struct.unpack("<f", struct.pack("<f", number))[0]
        elif type_ == "float" and not math.isnan(number):
            number = float("inf") if number > 0 else float("-inf")
        return number if abs(number) < float("inf") else {f"$float{32 if type_ == 'float' else 64}": _name(number)}

    def text(self) -> str:
        """A text."""
        return self.one(self.one((TEXTS, TEXTS, NUMBER_TEXTS, DATES)))

    def bytes_(self) -> Spec:
        """Bytes."""
        return {"$bytes": b64encode(self.one(_BYTES)).decode()}

    def instant(self) -> int:
        """Milliseconds since the epoch that a Python date can hold."""
        if self.chance(0.6):
            return self.one(_INSTANTS)
        return self.random.randint(-62_135_596_800_000, 253_402_300_799_999)

    def plain(self, depth: int = 2) -> Any:
        """A value without schema, of a class for which Connect can find one."""
        if depth and self.chance(0.25):
            if self.chance(0.4):
                return [self.plain(depth - 1) for _ in range(self.random.randint(0, 3))]
            return self.plain_map(depth)
        if self.chance(0.03):
            return self.one((self.decimal(), {"$timestamp": self.instant()}))
        match self.one(("null", "boolean", "text", "text", "integer", "integer", "float", "width", "bytes")):
            case "null":
                return None
            case "boolean":
                return self.chance(0.5)
            case "text":
                return self.text()
            case "integer":
                return self.integer()
            case "float":
                return self.floating("double")
            case "bytes":
                return self.bytes_()
            case _:
                return self.of_width()

    def of_width(self) -> Spec:
        """A number without schema that says its width."""
        type_ = self.one(("int8", "int16", "int32", "float"))
        if type_ == "float":
            number = self.floating("float")
            return number if isinstance(number, dict) else {"$float32": number}
        return {f"${type_}": self.integer(_BITS[type_])}

    def plain_map(self, depth: int = 2) -> Any:
        """A map without schema, nearly always with texts as keys."""
        if self.chance(0.04):
            return {"$map": [[self.integer(), self.plain(depth - 1)]]}
        return {name: self.plain(depth - 1) for name in self.some(FIELDS, 4)}

    # Records

    def record(self, schema: Spec | None, value: Any, *, is_key: bool = False) -> Spec:
        """A record with the value, or with it as its key."""
        is_sink = self.chance(0.3)
        other: Spec | None = self.one((None, {"type": "string", "optional": True}))
        pair, further = (schema, value), (other, self.one((None, "other")))
        (key_schema, key), (value_schema, value) = (pair, further) if is_key else (further, pair)
        spec: Spec = {"record": "sink" if is_sink else "source", "topic": self.topic()}
        spec["partition"] = self.one((0, 3)) if is_sink else self.one((None, 0, 3))
        if is_sink:
            spec["offset"] = self.one((0, 7, 2**40))
        spec["timestamp"] = self.one((None, self.instant(), self.instant()))
        spec |= {"key_schema": key_schema, "key": key, "value_schema": value_schema, "value": value}
        return spec | {"headers": [self._header() for _ in range(self.one((0, 0, 1, 3)))]}

    def any_record(self) -> Spec:
        """A record whose key and value do not matter."""
        schema = self.one((None, self.schema(1)))
        return self.record(schema, self.value(schema))

    def topic(self) -> str:
        """Name of a topic."""
        return self.one(("t", "ab", "orders", "orders-2024", "db.public.orders", "a_b-c.d", "aXbXc", "12"))

    def _header(self) -> Spec:
        schema = self.one((None, self.schema(1)))
        return {"key": self.one(("h", "H", "x-1", "a", "")), "schema": schema, "value": self.value(schema)}

    def _float(self) -> float:
        if self.chance(0.8):
            return self.one(_FLOATS)
        number: float = struct.unpack("<d", struct.pack("<Q", self.random.getrandbits(64)))[0]
        return number if self.chance(0.5) else round(self.random.uniform(-1e9, 1e9), self.random.randint(0, 9))

    def _map(self, schema: Spec) -> Spec:
        keys = {str(key): key for key in (self.value(schema["keys"]) for _ in range(self.random.randint(0, 3)))}
        return {"$map": [[key, self.value(schema["values"])] for key in keys.values()]}

    def _logical_value(self, type_: str, schema: Spec) -> Any:
        match type_:
            case "Decimal":
                scale = int(schema.get("parameters", {}).get("scale", 0))
                unscaled = self.one((self.integer(), self.random.randint(-(10**25), 10**25)))
                return {"$decimal": _decimal_text(unscaled, scale)}
            case "Date":
                return {"$timestamp": self.instant() // _DAY_MS * _DAY_MS}
            case "Time":
                return {"$timestamp": self.one((0, 1, 999, 45_296_789, 86_399_999, self.instant() % _DAY_MS))}
            case _:
                return {"$timestamp": self.instant()}

    def decimal(self) -> Spec:
        """A decimal of any scale."""
        return {"$decimal": self.one(_DECIMALS)}


def _decimal_text(unscaled: int, scale: int) -> str:
    digits = str(abs(unscaled))
    sign = "-" if unscaled < 0 else ""
    if scale <= 0:
        return f"{sign}{digits}" + (f"E+{-scale}" if scale else "")
    digits = digits.rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def _name(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
