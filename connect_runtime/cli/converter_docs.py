"""The reference pages of the converters with a schema registry, written from their keys and from what they write.

``python -m connect_runtime.cli.docs docs`` writes them. The example on each page is run while the page is written.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
from decimal import Decimal
from typing import Any, Final, NamedTuple

from connect_runtime.config.docs import render_keys
from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.plugins import connect_aliases
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.converters.registry.converter import SchemaFormat, SchemaRegistryConverter
from connect_runtime.converters.registry.schemas import RegisteredSchema
from connect_runtime.converters.registry.wire import head_of
from connect_runtime.sdk import Schema, array_schema, struct_schema
from connect_runtime.sdk.data import INT64, OPTIONAL_STRING, STRING, TIMESTAMP, decimal_schema

__all__ = ["EXAMPLE_SCHEMA", "EXAMPLE_VALUE", "converter_pages", "example_format"]

EXAMPLE_SCHEMA: Final[Schema] = struct_schema(
    {
        "id": INT64,
        "customer": STRING,
        "total": decimal_schema(2),
        "placed": TIMESTAMP,
        "note": OPTIONAL_STRING,
        "items": array_schema(STRING),
    },
    name="acme.Order",
)
"""The schema of the examples' record."""
EXAMPLE_VALUE: Final[dict[str, Any]] = {
    "id": 4711,
    "customer": "Ann",
    "total": Decimal("12.30"),
    "placed": dt.datetime(2024, 3, 1, 8, 0, 0, tzinfo=dt.UTC),
    "note": None,
    "items": ["pen", "ink"],
}
"""The examples' record."""
_ID: Final = 7


class _Page(NamedTuple):
    converter: type[SchemaRegistryConverter]
    title: str
    language: str
    notes: str
    options: dict[str, str]


_PAGES: Final = {
    "avro.md": _Page(
        AvroConverter,
        "Avro",
        "json",
        """\
- Decimals, dates, times and timestamps are Avro's logical types `decimal`, `date`, `time-millis` and
  `timestamp-millis`. Other logical types are read as the type beneath them.
- An optional schema is a union with null. A union of several types is a struct with one optional field for each, of
  which one has a value: `{"int": 5}`.
- A map whose keys are not required strings is an array of entries with `key` and `value`.
- Enums are strings, fixed values are bytes. With `enhanced.avro.schema.support` enums are written as enums again.
- What only Connect knows of a schema stands in `connect.` properties, so that it comes back as it was.
- A record may contain itself, as a tree's node does; what it contains is then of the very same schema.
- Values without schema (booleans, numbers, text, bytes, null, and lists and maps of these) are written as records of
  `io.confluent.connect.avro.Anything`, and read without schema again, as with Confluent's converter.
""",
        {},
    ),
    "protobuf.md": _Page(
        ProtobufConverter,
        "Protobuf",
        "protobuf",
        """\
- A record is a message; a primitive value by itself is one of Google's wrappers, e.g. `google.protobuf.StringValue`.
- Decimals, dates, times and timestamps are `confluent.type.Decimal`, `google.type.Date`, `google.type.TimeOfDay` and
  `google.protobuf.Timestamp`.
- Protobuf cannot tell a null from zero or an empty text, unless `optional.for.nullables` or `wrapper.for.nullables` is
  set; it never has null arrays or maps, nulls in arrays, or arrays of arrays.
- A oneof is an optional struct with one optional field for each of its fields, of which one has a value; it is named
  after the oneof and its place, e.g. `payment_0`, and comes before the other fields.
- Enums are strings, with `int.for.enums` integers. A message of any type in the schema can be read, also a nested one.
- A message may contain itself, as a tree's node does; what it contains is then of the very same schema.
- Groups cannot be read.
""",
        {"optional.for.nullables": "true"},
    ),
    "json-schema.md": _Page(
        JsonSchemaConverter,
        "JSON Schema",
        "json",
        """\
- Bytes and decimals are base64 text, decimals with `decimal.format=NUMERIC` numbers; dates, times and timestamps are
  integers: days, milliseconds of the day, milliseconds since 1970.
- Numbers of a JSON schema without `connect.type` are INT64 or FLOAT64.
- An optional schema is `oneOf` null and the other. Any other `oneOf` or `anyOf` is a struct with one optional field for
  each, of which one has a value. The parts of `allOf` are read as one object.
- A map whose keys are not required strings is an array of entries with `key` and `value`.
- A property that is missing in a document is null, even if its schema is not optional: documents often lack what they
  need not have. `use.optional.for.nonrequired` makes such properties optional.
- An object may contain itself (`$ref`), as a tree's node does; what it contains is then of the very same schema. What
  contains itself without an object in between, as an array of such arrays, cannot be read.
""",
        {},
    ),
}
_FAILURES: Final = (
    (
        "no answer: the host has no address, refuses or cuts off connections, or takes longer than `http.*.timeout.ms`",
        "retried for `errors.retry.timeout`, at every URL; then the task fails",
    ),
    ("408, 425, 429 or 5xx", "likewise"),
    (
        "TLS: the certificate is not trusted or not made out to the host, this worker's is refused, or it is no TLS",
        "the task fails; the message says which `schema.registry.ssl.` keys to set",
    ),
    ("401 or 403", "the task fails; the message has the URL, the user that was refused and the keys to set"),
    (
        "another 4xx, or the answer is no registry's: 404 without the registry's `error_code`, or no JSON",
        "the task fails; the message has the URL",
    ),
    ("404 for a subject, version or schema id", "the record is at fault: `errors.tolerance` decides"),
    ("409: the schema is incompatible with an earlier one", "likewise; the message has the registry's reasons"),
    ("422: the schema is invalid", "likewise"),
    ("the message has no schema id", "likewise; the message says what it looks like"),
    ("the value is not what its schema says", "likewise; the message names the field"),
)
_TEXT: Final = """\
# {title} converter

{description}

It stands in for `{java}`, whose name and configuration work here, too.

A message is a zero byte, the four bytes of the schema's id in the registry, and the value. Any registry with the REST
API of Confluent's will do. Registered schemas are kept, so that the registry is asked once for each. A
value whose schema has no version of its own (`connect.version`) is read with the schema's version in its subject.

```properties
value.converter={name}
value.converter.schema.registry.url=http://registry:8081{options}
```

{notes}
## Errors

What is no record's fault costs none: the task fails even with `errors.tolerance=all`.

| what is wrong | what happens |
|---|---|
{failures}

## Example

The record

| field | type | value |
|---|---|---|
{rows}

of a schema named `acme.Order` is registered as

```{language}
{schema}
```

and written, when the registry gives it the id 7, as these {size} bytes:

```
{data}
```

## Options

Behind `key.converter.` or `value.converter.`, in the connector's configuration or the worker's.

{keys}
This page is written by `python -m connect_runtime.cli.docs docs`.
"""


def converter_pages() -> dict[str, str]:
    """The pages in Markdown by file name, in the folder ``converters``."""
    return {name: _page(page) for name, page in _PAGES.items()}


def example_format(name: str) -> SchemaFormat:
    """The format that the example on a page uses."""
    page = _PAGES[name]
    given = {"schema.registry.url": "http://registry:8081", "converter.type": "value", **page.options}
    return page.converter().make_format(page.converter.config_def().parse(given))


def _page(page: _Page) -> str:
    name = page.converter.__name__
    java = {path.rpartition(".")[2]: java for java, path in connect_aliases().items()}[name]
    fmt = example_format(next(file for file, other in _PAGES.items() if other is page))
    text = fmt.draft(EXAMPLE_SCHEMA).text
    registered = RegisteredSchema(_ID, fmt.kind, text)
    data = head_of(_ID) + fmt.writer(EXAMPLE_SCHEMA, registered)(EXAMPLE_VALUE)
    description = inspect.cleandoc(page.converter.__doc__ or "").partition("``: ")[2].partition(". ")[0]
    return _TEXT.format(
        title=page.title,
        description=f"{description}.",
        java=java,
        name=name,
        options="".join(f"\nvalue.converter.{key}={value}" for key, value in page.options.items()),
        notes=page.notes,
        failures="\n".join(f"| {wrong} | {happens} |" for wrong, happens in _FAILURES),
        rows="\n".join(_rows()),
        language=page.language,
        schema=json.dumps(json.loads(text), indent=2) if page.language == "json" else text.strip(),
        size=len(data),
        data=_shown(data),
        keys=render_keys([key for key in page.converter.config_def() if key.name != "converter.type"], level=3),
    )


def _rows() -> list[str]:
    return [
        f"| `{field.name}` | {_type(field.schema)} | `{EXAMPLE_VALUE[field.name]}` |" for field in EXAMPLE_SCHEMA.fields
    ]


def _type(schema: Schema) -> str:
    name = (schema.name or schema.type.value).rpartition(".")[2]
    scale = f" of scale {schema.parameters['scale']}" if schema.parameters else ""
    items = f" of {schema.value_schema.type.value}" if schema.value_schema else ""
    return f"{name}{scale}{items}{', optional' if schema.optional else ''}"


def _shown(data: bytes) -> str:
    lines = [data[at : at + 16] for at in range(0, len(data), 16)]
    return "\n".join(
        f"{line.hex(' '):<47}  {''.join(chr(byte) if 32 <= byte < 127 else '.' for byte in line)}"  # noqa: PLR2004  # printable
        for line in lines
    )
