"""What converting costs per record, beside bare orjson on the same bytes.

Converters with a schema registry are compared with orjson, too, and Avro with bare fastavro.

Part of ``make bench``; by itself ``python -m bench.converters [--quick]``. Every figure is the processor time of the
best of several runs over a batch whose results are kept, as the runtime keeps them; the ratio is to orjson on the
payload alone.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from textwrap import fill
from typing import Any, NamedTuple

import fastavro
import orjson

from bench.messages import message
from bench.observe import say
from bench.options import made_by, read_options
from bench.sections import machine_and_load, mark, write_section
from bench.timing import nanoseconds
from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.avro.format import AvroFormat
from connect_runtime.converters.avro.words import AvroOptions
from connect_runtime.converters.json_converter import JsonConverter
from connect_runtime.converters.jsonschemas import JsonSchemaConverter
from connect_runtime.converters.protobuf import ProtobufConverter
from connect_runtime.converters.registry.converter import SchemaRegistryConverter
from connect_runtime.converters.string_converter import StringConverter
from connect_runtime.sdk import Converter, Schema, Type, primitive_schema, struct_schema
from connect_runtime.sdk.data import (
    FLOAT64,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
)
from tests.support.fake_schema_registry import FakeSchemaRegistry

RECORDS = 2000
RUNS, QUICK_RUNS = 15, 3
FASTAVRO_BAR = 2.0
WIDTH = 120

EVENT = {
    "id": 123456, "ts": 1700000000000, "user": "user-12345", "event": "click", "url": "/path/to/page?x=1",
    "agent": "Mozilla/5.0 (X11)", "ok": True, "n": 17,
}  # fmt: skip
FLIGHT = {
    "year": 2013, "month": 1, "day": 1, "dep_time": 517, "sched_dep_time": 515, "dep_delay": 2, "arr_time": 830,
    "sched_arr_time": 819, "arr_delay": 11, "carrier": "UA", "flight": 1545, "tailnum": "N14228", "origin": "EWR",
    "dest": "IAH", "air_time": 227, "distance": 1400, "hour": 5, "minute": 15, "time_hour": "2013-01-01T05:00:00Z",
}  # fmt: skip
ORDER = {
    "id": 9876543210, "customer": "customer-4711", "status": "SHIPPED", "items": 3, "total": 149.95, "discount": 0.05,
    "note": None, "country": "DE", "paid": True, "created": dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC),
}  # fmt: skip

FLIGHT_SCHEMA = struct_schema(
    {name: OPTIONAL_INT32 if isinstance(value, int) else OPTIONAL_STRING for name, value in FLIGHT.items()},
    name="flights",
)
ORDER_SCHEMA = struct_schema(
    {
        "id": INT64, "customer": STRING, "status": STRING, "items": INT32, "total": FLOAT64, "discount": FLOAT64,
        "note": OPTIONAL_STRING, "country": STRING, "paid": primitive_schema(Type.BOOLEAN), "created": TIMESTAMP,
    },
    name="order",
)  # fmt: skip
RECORDS_WITH_SCHEMA = {
    "19 fields": (FLIGHT_SCHEMA, FLIGHT),
    "10 fields, timestamp": (ORDER_SCHEMA, ORDER),
}


class Cost(NamedTuple):
    """Nanoseconds a record: orjson on the payload alone, and the converter."""

    title: str
    bytes: int
    dumped: float
    written: float
    loaded: float
    read: float


class Subject(NamedTuple):
    """Something that converts, and what it is given.

    Attributes:
        title: Its name on the page.
        value: The value of every record.
        write: Batch of values to batch of messages.
        read: And back.
    """

    title: str
    value: Any
    write: Callable[[Sequence[Any]], Sequence[bytes | None]]
    read: Callable[[Sequence[bytes | None]], Sequence[Any]]


def main() -> None:
    """Run what the command line says."""
    options = read_options("bench.converters", __doc__)
    load = os.getloadavg()[0]
    runs = QUICK_RUNS if options.quick else RUNS
    costs = [measured(subject, runs) for subject in subjects() if options.only in subject.title]
    if not costs:
        say(f"no converter has {options.only!r} in its name")
        return
    text = page(load, costs)
    print(text)
    if not options.only:
        write_section(options.page, "converters", text)


def page(load: float, costs: Sequence[Cost]) -> str:
    """The part of the page in Markdown; ``load`` is the machine's load before the measurement began."""
    introduction = (
        f"Made by `{made_by()}` on {dt.datetime.now(dt.UTC):%Y-%m-%d}: nanoseconds of processor time a record on one "
        "core, the best of many runs over a batch. The ratios are to orjson, which writes and reads the same payload "
        "without a schema; the bytes are the whole message's."
    )
    lines = [
        "## Converters",
        "",
        fill(introduction, WIDTH),
        "",
        "| ns/record | bytes | orjson writes | writes | ratio | orjson reads | reads | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *map(cost_row, costs),
        "",
        "| ns/record to read Avro | bare fastavro | AvroConverter | ratio | to reach | |",
        "|---|---:|---:|---:|---:|---|",
        *avro_rows(costs),
        "",
        machine_and_load(load),
    ]
    return "\n".join(lines)


def cost_row(cost: Cost) -> str:
    """A row of the costs."""
    written = f"{cost.dumped:,.0f} | {cost.written:,.0f} | {cost.written / cost.dumped:.2f}"
    read = f"{cost.loaded:,.0f} | {cost.read:,.0f} | {cost.read / cost.loaded:.2f}"
    return f"| {cost.title} | {cost.bytes} | {written} | {read} |"


def avro_rows(costs: Iterable[Cost]) -> list[str]:
    """A row for each kind of record that both `AvroConverter` and fastavro read."""
    by_title = {cost.title: cost for cost in costs}
    return [
        f"| {name} | {bare.read:,.0f} | {ours.read:,.0f} | **{ours.read / bare.read:.2f}** | <= {FASTAVRO_BAR:g} "
        f"| {mark(reached=ours.read / bare.read <= FASTAVRO_BAR)} |"
        for name in RECORDS_WITH_SCHEMA
        if (ours := by_title.get(f"Avro, {name}")) and (bare := by_title.get(f"bare fastavro, {name}"))
    ]


# -- what is measured --------------------------------------------------------------------------------------------------


def subjects() -> list[Subject]:
    """All that is measured, in the order of the page."""
    plain, enveloped, text = JsonConverter(), JsonConverter(), StringConverter()
    plain.configure({"schemas.enable": "false"}, is_key=False)
    enveloped.configure({}, is_key=False)
    text.configure({}, is_key=False)
    found = [
        converting("JSON schemaless, 8 members", plain, None, EVENT),
        converting("JSON schemaless, 7, one a fraction", plain, None, orjson.loads(message(4711))),
        converting("JSON schemaless, 19 members", plain, None, FLIGHT),
        converting("JSON enveloped, 19 fields", enveloped, FLIGHT_SCHEMA, FLIGHT),
        converting("JSON enveloped, 10 fields, timestamp", enveloped, ORDER_SCHEMA, ORDER),
        converting("JSON bare but checked, 19 fields", plain, FLIGHT_SCHEMA, FLIGHT),
        converting("String", text, STRING, orjson.dumps(EVENT).decode()),
    ]
    for cls in (ProtobufConverter, JsonSchemaConverter, AvroConverter):
        title = cls.__name__.removesuffix("Converter")
        found += [
            converting(f"{title}, {name}", with_registry(cls), schema, value)
            for name, (schema, value) in RECORDS_WITH_SCHEMA.items()
        ]
    found += [fastavro_alone(f"bare fastavro, {name}", *record) for name, record in RECORDS_WITH_SCHEMA.items()]
    return found


def with_registry(cls: type[SchemaRegistryConverter]) -> Converter:
    """A converter with a registry in memory."""
    converter = cls(FakeSchemaRegistry().connect)
    converter.configure({"schema.registry.url": "http://registry:8081"}, is_key=False)
    return converter


def converting(title: str, converter: Converter, schema: Schema | None, value: Any) -> Subject:
    """A converter."""
    schemas = [schema] * RECORDS
    return Subject(
        title,
        value,
        lambda values: converter.from_connect_batch("topic", schemas, values),
        lambda data: converter.to_connect_batch("topic", data)[1],
    )


def fastavro_alone(title: str, schema: Schema, value: Any) -> Subject:
    """Fastavro with the schema that the converter makes."""
    parsed = fastavro.parse_schema(orjson.loads(AvroFormat(AvroOptions()).draft(schema).text))

    def write(item: Any) -> bytes:
        out = BytesIO()
        fastavro.schemaless_writer(out, parsed, item)
        return out.getvalue()

    return Subject(
        title,
        value,
        lambda values: [write(item) for item in values],
        lambda data: [fastavro.schemaless_reader(BytesIO(item or b""), parsed, None) for item in data],
    )


def measured(subject: Subject, runs: int) -> Cost:
    """Its writing and reading of a batch, and orjson doing the same to the payload."""
    value = subject.value
    values = [dict(value) if isinstance(value, dict) else value + " " for _ in range(RECORDS)]
    data = subject.write(values)
    payloads = [orjson.dumps(item) for item in values]
    return Cost(
        subject.title,
        len(data[0] or b""),
        dumped=nanoseconds(lambda: [orjson.dumps(item) for item in values], runs),
        written=nanoseconds(partial(subject.write, values), runs),
        loaded=nanoseconds(lambda: [orjson.loads(item) for item in payloads], runs),
        read=nanoseconds(partial(subject.read, data), runs),
    )


if __name__ == "__main__":
    main()
