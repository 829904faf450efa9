"""Random cases for every converter of Kafka's."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from tests.conformance.drawing import FIELDS, Drawing, Spec
from tests.conformance.value_cases import structured_text

__all__ = ["CONVERTERS"]

Made = tuple[dict[str, str], Spec]
_JSON: Final = "org.apache.kafka.connect.json.JsonConverter"
_STORAGE: Final = "org.apache.kafka.connect.storage."
_NUMBERS: Final = "org.apache.kafka.connect.converters."
_DATA: Final = "org.apache.kafka.connect.data."
_BROKEN: Final = (
    "", " ", "{", "}", "[1,", "nul", "null", "null x", "1 2", "01", "-01", "+1", ".5", "1.", "1e400", "-0", "-0.0",
    "NaN", "Infinity", "-Infinity",
    "'a'", "/*x*/1", "//x", '"\\x"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\t"', '{"a":1,"a":2}', "{a:1}", "[1,]",
    '{"a":1,}', "\ufeff1", "1.0E+2",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1E3", "1e-400",
    "123456789012345678901.5",
    "true", "tru", "TRUE", "[[[[[]]]]]", "{}", "[]", '""', '"a"', '{"schema":null,"payload":1}', '{"schema":null}',
    '{"payload":1}', "0.1", "1e2",
    '{"schema":null,"payload":null}', '{"schema":{},"payload":1}', '{"schema":null,"payload":1,"x":1}',
    '{"schema":1,"payload":1}', '"\\"', '\x00',
    '{"schema":{"type":"int32"},"payload":1}', '{"schema":{"type":"foo"},"payload":1}',
    '{"schema":{"type":null},"payload":1}',
    "1\n", "\n1", '"a"b',
    '{"payload":5,"schema":{"type":"int8","optional":true}}', "{\"schema\":[],\"payload\":1}",
    "{\"schema\":\"string\",\"payload\":\"a\"}", "0x10", "1_0",
)  # fmt: skip


def _json(draw: Drawing, cls: str) -> Made:
    config = _json_options(draw)
    operation = _operation(draw)
    if operation.startswith("from"):
        return config, _from_connect(draw, operation, "utf8")
    if draw.chance(0.15):
        return config, {"op": operation, "data": {"$utf8": draw.one(_BROKEN)}}
    if draw.chance(0.03):
        return config, {"op": operation, "data": draw.one((None, {"$bytes": b64encode(b'"\xff"').decode()}))}
    schema = draw.one((None, draw.schema(2), draw.schema(2), draw.schema(2)))
    payload = _payload(draw, schema)
    if config.get("schemas.enable", "true").strip().lower() == "true" or draw.chance(0.1):
        payload = {"schema": _broken(draw, _json_schema(draw, schema)), "payload": payload}
    return config, {"op": operation, "data": {"$utf8": json.dumps(payload, ensure_ascii=draw.chance(0.5))}}


def _json_options(draw: Drawing) -> dict[str, str]:
    config: dict[str, str] = {}
    if draw.chance(0.6):
        config["schemas.enable"] = draw.one(("true", "false", "false"))
    if draw.chance(0.4):
        config["decimal.format"] = draw.one(("NUMERIC", "BASE64", "numeric"))
    if draw.chance(0.4):
        config["replace.null.with.default"] = "false"
    if draw.chance(0.03):
        option = draw.one(("schemas.enable", "decimal.format", "replace.null.with.default", "schemas.cache.size"))
        config[option] = draw.one(("", "x", " TRUE ", "1", " numeric", "-1"))
    return config


def _operation(draw: Drawing) -> str:
    return draw.one(("from_connect", "to_connect")) + ("_header" if draw.chance(0.2) else "")


def _from_connect(draw: Drawing, operation: str, form: str) -> Spec:
    schema = draw.one((None, draw.schema(2), draw.schema(2), draw.schema(1)))
    value = draw.value(schema)
    if draw.chance(0.04):
        value = draw.plain()
    if draw.chance(0.04):
        value = None
    return {"op": operation, "schema": schema, "value": value, "as": form}


def _json_schema(draw: Drawing, schema: Spec | None) -> Any:
    """The schema as JsonConverter writes it."""
    if schema is None:
        return None
    spec = {name: item for name, item in schema.items() if name not in ("items", "keys", "values", "fields", "default")}
    for inner in ("items", "keys", "values"):
        if inner in schema:
            spec[inner] = _json_schema(draw, schema[inner])
    if "fields" in schema:
        spec["fields"] = [_json_schema(draw, field) for field in schema["fields"]]
    if "default" in schema:
        spec["default"] = _payload(draw, schema, odd=0.02)
    return spec


def _broken(draw: Drawing, schema: Any) -> Any:
    """Now and then the schema with a member that is something else, or missing."""
    if not isinstance(schema, dict) or not draw.chance(0.2):
        return schema
    schema = dict(schema)
    inner = [name for name in ("items", "keys", "values") if isinstance(schema.get(name), dict)]
    if schema.get("fields") and draw.chance(0.7):
        fields = list(schema["fields"])
        position = draw.random.randrange(len(fields))
        fields[position] = _broken(draw, fields[position])
        return schema | {"fields": fields}
    if inner and draw.chance(0.7):
        name = draw.one(inner)
        return schema | {name: _broken(draw, schema[name])}
    member = draw.one(
        (
            "type",
            "optional",
            "name",
            "version",
            "doc",
            "parameters",
            "default",
            "field",
            "fields",
            "items",
            "keys",
            "values",
        )
    )
    if draw.chance(0.3):
        schema.pop(member, None)
        return schema
    return schema | {
        member: draw.one(
            (
                None,
                1,
                1.5,
                "x",
                "",
                True,
                [],
                {},
                {"p": 1},
                {"p": None},
                "int32",
                "2",
                -1,
                2**40,
                "true",
                {"scale": "2"},
            )
        )
    }


def _payload(draw: Drawing, schema: Spec | None, odd: float = 0.08) -> Any:
    """A JSON value for the schema, sometimes of another type."""
    if schema is None:
        return _any_json(draw)
    if draw.chance(odd):
        return _any_json(draw, 1)
    if schema["optional"] and draw.chance(0.15):
        return None
    name = (schema.get("name") or "").removeprefix(_DATA)
    if name == "Decimal":
        return draw.one(("AQ==", "", "/w==", "MDk=", 12, 1.5, 1.50, 123456789012345678901234567890, "1.5", -0.0, 1e22))
    match schema["type"]:
        case "struct":
            fields = {f["field"]: _payload(draw, f, odd) for f in schema["fields"] if not draw.chance(0.05)}
            return fields | ({"further": 1} if draw.chance(0.05) else {})
        case "array":
            return [_payload(draw, schema["items"], odd) for _ in range(draw.random.randint(0, 3))]
        case "map" if schema["keys"]["type"] == "string":
            return {key: _payload(draw, schema["values"], odd) for key in draw.some(FIELDS, 3)}
        case "map":
            return [
                [_payload(draw, schema["keys"], odd), _payload(draw, schema["values"], odd)]
                for _ in range(draw.random.randint(0, 2))
            ]
        case "boolean":
            return draw.chance(0.5)
        case "string":
            return draw.text()
        case "bytes":
            return draw.one(
                ("", "AA==", "AAE=", "AAE", "A", "_w==", "/w==", "YWJj", "YW Jj", "YWJj\n", "é", "===", "YQ", "YR==")
            )
        case "float" | "double":
            return draw.one(
                (
                    0.1,
                    1,
                    -0.0,
                    1e10,
                    1e39,
                    123456789,
                    2**63,
                    16777217,
                    1e-46,
                    0.30000001,
                    3.4028235677973366e38,
                    1.5,
                    "NaN",
                    "Infinity",
                    "1.5",
                )
            )
        case _:
            return draw.integer()


def _any_json(draw: Drawing, depth: int = 2) -> Any:
    if depth and draw.chance(0.4):
        if draw.chance(0.5):
            return [_any_json(draw, depth - 1) for _ in range(draw.random.randint(0, 3))]
        return {name: _any_json(draw, depth - 1) for name in draw.some(FIELDS, 3)}
    return draw.one(
        (
            None,
            True,
            False,
            0,
            1,
            -1,
            2**31,
            2**63 - 1,
            2**63,
            -(2**63) - 1,
            2**64 + 5,
            1.5,
            -0.0,
            1e22,
            1e300,
            0.1,
            1.0,
            1e-7,
            draw.text(),
            draw.integer(),
        )
    )


def _string(draw: Drawing, cls: str) -> Made:
    config: dict[str, str] = {}
    if draw.chance(0.4):
        config["converter.encoding"] = draw.one((
            "UTF-8", "utf-8", "UTF8", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-1", "latin1", "US-ASCII", "ASCII",
            "windows-1252", "x", "",
            "Shift_JIS", "UTF-32", "GBK", "IBM037", "cp1252", "KOI8-R", "EUC-JP", "Big5", "ISO-8859-15", "UTF_8",
            "utf_16", "UTF-32LE", "GB18030",
            "Cp850", "MacRoman", "x-MacRoman", "ISO-2022-JP", "UTF-7", "CESU-8", "windows-1251", "IBM437", "l9",
            "unicode", "ISO8859_1",
        ))  # fmt: skip
    if draw.chance(0.05):
        config[
            draw.one(
                (
                    "value.serializer.encoding",
                    "value.deserializer.encoding",
                    "serializer.encoding",
                    "deserializer.encoding",
                )
            )
        ] = "UTF-16"
    operation = _operation(draw)
    if operation.startswith("from"):
        return config, _from_connect(draw, operation, "bytes" if config else "utf8")
    return config, {
        "op": operation,
        "data": draw.one(
            (
                None,
                {"$utf8": draw.text()},
                {"$bytes": b64encode(draw.random.randbytes(draw.random.randint(0, 5))).decode()},
            )
        ),
    }


def _simple_header(draw: Drawing, cls: str) -> Made:
    if draw.chance(0.4):
        return {}, _from_connect(draw, "from_connect_header", "utf8")
    if draw.chance(0.05):
        return {}, {"op": "to_connect_header", "data": draw.one((None, draw.bytes_()))}
    return {}, {"op": "to_connect_header", "data": {"$utf8": structured_text(draw)}}


def _fixed(draw: Drawing, cls: str) -> Made:
    """Converters of one type."""
    operation = _operation(draw)
    if operation.startswith("to"):
        size = draw.one((0, 1, 2, 3, 4, 8, 9))
        data = b64encode(draw.one((draw.random.randbytes(size), bytes(size), b"\x01" * min(size, 1)))).decode()
        return {}, {"op": operation, "data": draw.one((None, {"$bytes": data}, {"$bytes": data}))}
    own = {
        "Short": "int16",
        "Integer": "int32",
        "Long": "int64",
        "Float": "float",
        "Double": "double",
        "Boolean": "boolean",
        "ByteArray": "bytes",
    }
    type_ = own[cls.removeprefix(_NUMBERS).removesuffix("Converter")]
    schema: Spec | None = {"type": type_, "optional": draw.chance(0.5)}
    value = draw.value(schema)
    if draw.chance(0.2):
        schema = draw.one((None, draw.schema(1)))
        value = draw.value(schema)
    elif draw.chance(0.2):
        marker = {
            "int16": "$int16",
            "int32": "$int32",
            "int64": "$int64",
            "float": "$float32",
            "double": "$float64",
        }.get(type_)
        if marker and value is not None and not isinstance(value, dict):
            schema, value = None, {marker: value}
    return {}, {"op": operation, "schema": schema, "value": value, "as": "bytes"}


Make = Callable[[Drawing, str], Made]
_OF_ONE_TYPE: Final = ("Boolean", "ByteArray", "Double", "Float", "Integer", "Long", "Short")
CONVERTERS: Final[Mapping[str, Make]] = MappingProxyType(
    {f"{_NUMBERS}{name}Converter": _fixed for name in _OF_ONE_TYPE}
    | {_JSON: _json, f"{_STORAGE}StringConverter": _string, f"{_STORAGE}SimpleHeaderConverter": _simple_header}
)
