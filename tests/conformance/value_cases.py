"""Random cases for what the header converter is made of: texts as values, conversions, projections, validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tests.conformance.drawing import DATES, LOGICAL, NUMBER_TEXTS, PRIMITIVES, Drawing, Spec

__all__ = ["VALUES", "structured_text"]

Made = tuple[dict[str, str], Spec]
_DATA: Final = "org.apache.kafka.connect.data."
_PIECES: Final = (
    "[", "]", "{", "}", ":", ",", '"', "\\", " ", "null", "true", "false", "a", "1", "-1", "1.5", '"a"', '"1"', "\\,",
    "\\:", '\\"', "\\\\", "300",
    "[]", "{}", "[1,2]", '{"a":1}', "é", "'", "\n", "70000", "1e400", '""', '" "', "é:1",
)  # fmt: skip


def structured_text(draw: Drawing, depth: int = 3) -> str:
    roll = draw.random.random()
    if roll < 0.25:
        return "".join(draw.one(_PIECES) for _ in range(draw.random.randint(1, 8)))
    if roll < 0.4 or depth == 0:
        return draw.one((draw.text(), draw.one(NUMBER_TEXTS), draw.one(DATES), draw.one(DATES).replace(":", "\\:")))
    return _container_text(draw, depth)


def _container_text(draw: Drawing, depth: int) -> str:
    def item() -> str:
        if depth > 1 and draw.chance(0.25):
            return _container_text(draw, depth - 1)
        plain = draw.one(
            (
                "null",
                "true",
                "1",
                "2",
                "300",
                "-1",
                "1.5",
                "70000",
                "5000000000",
                '"a"',
                '"b c"',
                '""',
                "1e400",
                '"1"',
                "x",
                draw.one(NUMBER_TEXTS),
            )
        )
        return draw.one(
            (plain, plain, plain, f'"{draw.one(DATES)}"', draw.one(DATES), '"' + draw.text() + '"', " " + plain)
        )

    items = [item() for _ in range(draw.random.randint(0, 4))]
    if draw.chance(0.5):
        return "[" + draw.one((",", ", ", ",", " ")).join(items) + draw.one(("]", "]", "]", ",]", "", "]x", " ]", "]]"))
    entries = []
    for value in items:
        key = item() if draw.chance(0.3) else draw.one(("a", '"a"', '"b"', "1", "null"))
        entries.append(key + draw.one((":", ":", ": ", "=")) + value)
    return "{" + draw.one((",", ", ", ",", " ")).join(entries) + draw.one(("}", "}", "}", ",}", "", "}x", " }"))


_CONVERSIONS: Final = (
    "Boolean", "Byte", "Short", "Integer", "Long", "Float", "Double", "String", "List", "Map", "Struct", "Date",
    "Time", "Timestamp", "Decimal",
)  # fmt: skip


def _values(draw: Drawing, cls: str) -> Made:
    if draw.chance(0.35):
        return {}, {"fn": "parseString", "text": structured_text(draw)}
    if draw.chance(0.1):
        return {}, {"fn": "inferSchema", "value": draw.plain()}
    function = draw.one(_CONVERSIONS)
    schema = draw.one((None, draw.schema(1), draw.schema(0, types=LOGICAL)))
    value = draw.value(schema)
    if schema is None and draw.chance(0.4):
        value = structured_text(draw)
    spec = {"fn": f"convertTo{function}", "schema": schema, "value": value}
    return {}, spec | ({"scale": draw.one((0, 1, 2, 5))} if function == "Decimal" else {})


def _project(draw: Drawing, cls: str) -> Made:
    source = draw.schema(2)
    target = _changed(draw, source)
    return {}, {"fn": "project", "source": source, "value": draw.value(source), "target": target}


def _changed(draw: Drawing, schema: Spec) -> Spec:
    changed = dict(schema)
    if draw.chance(0.2):
        changed.pop("default", None)
    if draw.chance(0.25):
        changed["optional"] = not changed["optional"]
    if draw.chance(0.04):
        changed["name"] = "other"
    if draw.chance(0.04):
        changed["parameters"] = draw.one(({"p": "2"}, {"p": "1", "q": ""}))
    if draw.chance(0.04):
        changed["version"] = 3
    if draw.chance(0.04):
        changed["doc"] = "other"
    if "fields" in schema:
        fields = [_changed(draw, field) for field in schema["fields"] if not draw.chance(0.1)]
        if draw.chance(0.2):
            fields.append({"field": "new"} | draw.schema(0))
        if draw.chance(0.2):
            draw.random.shuffle(fields)
        changed["fields"] = fields
    for inner in ("items", "values", "keys"):
        if inner in schema:
            changed[inner] = _changed(draw, schema[inner])
    integers = ("int8", "int16", "int32", "int64", "float", "double")
    if changed["type"] in integers and draw.chance(0.4) and not str(changed.get("name", "")).startswith(_DATA):
        changed.pop("default", None)
        changed["type"] = draw.one(integers)
        if draw.chance(0.4):
            changed["default"] = draw.primitive(changed["type"])
    elif draw.chance(0.03):
        return {name: schema[name] for name in ("field",) if name in schema} | draw.schema(1)
    if draw.chance(0.1) and changed["type"] in PRIMITIVES and not str(changed.get("name", "")).startswith(_DATA):
        changed["default"] = draw.primitive(changed["type"])
    return changed


def _validate(draw: Drawing, cls: str) -> Made:
    schema = draw.schema(2)
    value = draw.value(schema)
    roll = draw.random.random()
    if roll < 0.2:
        value = draw.plain(0)
    elif roll < 0.4:
        value = draw.value(draw.schema(0))
    return {}, {"fn": "validate", "schema": schema, "value": value}


Make = Callable[[Drawing, str], Made]
VALUES: Final[Mapping[str, Make]] = MappingProxyType(
    {f"{_DATA}Values": _values, f"{_DATA}SchemaProjector": _project, f"{_DATA}ConnectSchema": _validate}
)
