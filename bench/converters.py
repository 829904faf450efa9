"""What converting costs per record, beside bare orjson on the same bytes.

Converters with a schema registry are compared with orjson, too, and Avro with bare fastavro.

Run ``.venv/bin/python -m bench.converters``. Every figure is the best of several runs over a batch whose results are
kept, as the runtime keeps them; the ratio is to orjson on the payload alone.
"""

from __future__ import annotations

import datetime as dt
import timeit
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import fastavro
import orjson

from bench.messages import message
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
RUNS = 15

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


def main() -> None:
    """Print the table."""
    print(f"{'':34}{'bytes':>7}{'orjson':>9}{'write':>9}{'ratio':>7}{'orjson':>9}{'read':>9}{'ratio':>7}   ns/record")
    plain, enveloped, text = JsonConverter(), JsonConverter(), StringConverter()
    plain.configure({"schemas.enable": "false"}, is_key=False)
    enveloped.configure({}, is_key=False)
    text.configure({}, is_key=False)
    show("JSON schemaless, 8 members", plain, None, EVENT)
    show("JSON schemaless, 7, one a fraction", plain, None, orjson.loads(message(4711)))
    show("JSON schemaless, 19 members", plain, None, FLIGHT)
    show("JSON enveloped, 19 fields", enveloped, FLIGHT_SCHEMA, FLIGHT)
    show("JSON enveloped, 10 fields, timestamp", enveloped, ORDER_SCHEMA, ORDER)
    show("JSON bare but checked, 19 fields", plain, FLIGHT_SCHEMA, FLIGHT)
    show("String", text, STRING, orjson.dumps(EVENT).decode())
    for cls in (AvroConverter, ProtobufConverter, JsonSchemaConverter):
        title = cls.__name__.removesuffix("Converter")
        show(f"{title}, 19 fields", with_registry(cls), FLIGHT_SCHEMA, FLIGHT)
        show(f"{title}, 10 fields, timestamp", with_registry(cls), ORDER_SCHEMA, ORDER)
    show_fastavro("bare fastavro, 19 fields", FLIGHT_SCHEMA, FLIGHT)
    show_fastavro("bare fastavro, 10 fields, timestamp", ORDER_SCHEMA, ORDER)


def with_registry(cls: type[SchemaRegistryConverter]) -> Converter:
    """A converter with a registry in memory."""
    converter = cls(FakeSchemaRegistry().connect)
    converter.configure({"schema.registry.url": "http://registry:8081"}, is_key=False)
    return converter


def show_fastavro(title: str, schema: Schema, value: Any) -> None:
    """One line: fastavro alone, with the schema that the converter makes; the ratios are to orjson, as above."""
    text = AvroFormat(AvroOptions()).draft(schema).text
    parsed = fastavro.parse_schema(orjson.loads(text))

    def write(item: Any) -> bytes:
        out = BytesIO()
        fastavro.schemaless_writer(out, parsed, item)
        return out.getvalue()

    values = [dict(value) for _ in range(RECORDS)]
    data, payloads = [write(item) for item in values], [orjson.dumps(item) for item in values]
    dumped = nanoseconds(lambda: [orjson.dumps(item) for item in values])
    written = nanoseconds(lambda: [write(item) for item in values])
    loaded = nanoseconds(lambda: [orjson.loads(item) for item in payloads])
    read = nanoseconds(lambda: [fastavro.schemaless_reader(BytesIO(item), parsed, None) for item in data])
    print(
        f"{title:34}{len(data[0]):>7}{dumped:>9.0f}{written:>9.0f}{written / dumped:>7.2f}"
        f"{loaded:>9.0f}{read:>9.0f}{read / loaded:>7.2f}"
    )


def show(title: str, converter: Converter, schema: Schema | None, value: Any) -> None:
    """One line: writing and reading a batch, and orjson doing the same to the payload."""
    values = [dict(value) if isinstance(value, dict) else value + " " for _ in range(RECORDS)]
    schemas = [schema] * RECORDS
    data = converter.from_connect_batch("topic", schemas, values)
    payloads = [orjson.dumps(item) for item in values]
    dumped = nanoseconds(lambda: [orjson.dumps(item) for item in values])
    written = nanoseconds(lambda: converter.from_connect_batch("topic", schemas, values))
    loaded = nanoseconds(lambda: [orjson.loads(item) for item in payloads])
    read = nanoseconds(lambda: converter.to_connect_batch("topic", data))
    print(
        f"{title:34}{len(data[0] or b''):>7}{dumped:>9.0f}{written:>9.0f}{written / dumped:>7.2f}"
        f"{loaded:>9.0f}{read:>9.0f}{read / loaded:>7.2f}"
    )


def nanoseconds(run: Callable[[], Sequence[Any]]) -> float:
    """Best time per record."""
    return min(timeit.repeat(run, number=1, repeat=RUNS)) / RECORDS * 1e9


if __name__ == "__main__":
    main()
