"""The reference pages of the converters without a schema registry, written from their keys and their worked examples.

``python -m connect_runtime.cli.docs docs`` writes them. The examples are cases that ``connect-runtime conformance``
runs.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any, Final

from connect_runtime.cli.class_text import class_paragraphs
from connect_runtime.cli.conformance.cases import Case, read_cases
from connect_runtime.cli.record_text import part_text
from connect_runtime.config.docs import render_keys
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
from connect_runtime.converters.plugins import connect_aliases
from connect_runtime.converters.simple_header import SimpleHeaderConverter
from connect_runtime.converters.string_converter import StringConverter
from connect_runtime.sdk import Converter, HeaderConverter

__all__ = ["CONVERTER_EXAMPLES", "plain_converter_pages"]

CONVERTER_EXAMPLES: Final = Path("examples", "converters.jsonl")
_AnyConverter = type[Converter] | type[HeaderConverter]
_SIMPLE: Final[tuple[_AnyConverter, ...]] = (
    StringConverter,
    ByteArrayConverter,
    BooleanConverter,
    ShortConverter,
    IntegerConverter,
    LongConverter,
    FloatConverter,
    DoubleConverter,
    SimpleHeaderConverter,
)
_JSON: Final = """\
# JSON converter

JSON, with the schema beside every value or without any.

It stands in for `{java}`, whose name and configuration work here, too.

```properties
value.converter=JsonConverter
value.converter.schemas.enable=false
```

- With `schemas.enable`, the default, a message is `{{"schema": …, "payload": …}}`. It can be read by itself, but the
  schema is often larger than the value; a [converter with a schema registry](avro.md) sends it once.
- Without, a message is the bare value. What is written is still checked against its schema, if it has one; what is read
  has none: objects are maps, whole numbers INT64, other numbers FLOAT64.
- Bytes and decimals are base64 text, decimals with `decimal.format=NUMERIC` numbers; dates, times and timestamps are
  integers: days, milliseconds of the day, milliseconds since 1970.
- A map whose keys are not strings is an array of pairs.
- Null without a schema is a tombstone: no message at all. Null under a schema is written.

## Errors

| what is wrong | what happens |
|---|---|
| the message is not JSON | the record is at fault: `errors.tolerance` decides |
| with `schemas.enable`, the message has other members than `schema` and `payload` | likewise |
| the schema in the message is none, or the value is not what it says | likewise |
| the value to be written is not what its schema says | likewise |

## Examples

{examples}
{run}
## Options

Behind `key.converter.`, `value.converter.` or `header.converter.`, in the connector's configuration or the worker's.

{keys}
This page is written by `python -m connect_runtime.cli.docs docs`.
"""
_SIMPLE_PAGE: Final = """\
# Converters of single values

Text, bytes, numbers and booleans by themselves, and the converter that headers have unless another is named. All but
the last do for keys, values and headers alike.

```properties
key.converter=LongConverter
value.converter=StringConverter
header.converter=SimpleHeaderConverter
```

What a converter refuses, in the examples below, puts the record at fault: `errors.tolerance` decides. Null is no
message at all and comes back as null.

{contents}

{run}
{sections}
This page is written by `python -m connect_runtime.cli.docs docs`.
"""
_RUN: Final = """\
Every example is a case in [examples/converters.jsonl](../examples/converters.jsonl). The tests run them, and so does
`connect-runtime conformance converters.jsonl` in `docs/examples`. Bytes are in hexadecimal, inside other
values in base64; `string?` is an optional string.
"""


def plain_converter_pages(folder: Path) -> dict[str, str]:
    """The pages in Markdown by file name, in the folder ``converters``.

    Args:
        folder: The folder ``docs``, which has the examples.
    """
    java_names = {path.rpartition(".")[2]: java for java, path in connect_aliases().items()}
    cases = read_cases(folder / CONVERTER_EXAMPLES)
    contents = ", ".join(f"[{cls.__name__}](#{cls.__name__.lower()})" for cls in _SIMPLE)
    json_page = _JSON.format(
        java=java_names[JsonConverter.__name__],
        examples=_examples(JsonConverter, cases),
        run=_RUN,
        keys=_keys(JsonConverter),
    )
    simple_page = _SIMPLE_PAGE.format(
        contents=fill(f"{contents}.", 120),
        run=_RUN,
        sections="\n".join(_section(cls, java_names, cases) for cls in _SIMPLE),
    )
    return {"json.md": json_page, "simple.md": simple_page}


def _section(cls: _AnyConverter, java_names: Mapping[str, str], cases: Sequence[Case]) -> str:
    parts = [f"## {cls.__name__}", f"In Java `{java_names[cls.__name__]}`.", *class_paragraphs(cls)]
    parts += [_keys(cls).strip() or "No options.", _examples(cls, cases)]
    return "\n\n".join(parts)


def _keys(cls: _AnyConverter) -> str:
    shown = [key for key in cls.config_def() if key.name != "converter.type"]
    return render_keys(shown, level=3) if shown else ""


def _examples(cls: _AnyConverter, cases: Sequence[Case]) -> str:
    """A table for each configuration."""
    lines: list[str] = []
    for config, group in groupby((case for case in cases if case.cls == cls.__name__), key=lambda case: case.config):
        options = " and ".join(f"`{name}={value}`" for name, value in config.items())
        lines += [f"With {options}:" if options else "As it is by default:", ""]
        lines += ["| | schema | value | message | |", "|---|---|---|---|---|", *map(_row, group), ""]
    return "\n".join(lines)


def _row(case: Case) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in _cells(case))} |"


def _cells(case: Case) -> Iterator[str]:
    is_writing = case.input["op"].startswith("from_connect")
    record, message = (case.input, case.output) if is_writing else (case.output, case.input)
    refused = f"*refused: {case.error}*"
    yield "written" if is_writing else "read"
    yield part_text("value_schema", record["schema"]) if record else ""
    yield _value(record["value"]) if record else refused
    yield _bytes(message["data"]) if message else refused
    yield case.note


def _value(spec: Any) -> str:
    return _bytes(spec) if isinstance(spec, dict) and "$bytes" in spec else f"`{part_text('value', spec)}`"


def _bytes(spec: Mapping[str, str] | None) -> str:
    match spec:
        case None:
            return "none"
        case {"$utf8": text}:
            return f"`{text}`"
        case _:
            return f"bytes `{b64decode(spec['$bytes']).hex(' ')}`"
