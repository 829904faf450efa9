"""What transforms cost per record, one by one and as a chain of five, beside copying the record by hand.

Part of ``make bench``; by itself ``python -m bench.transforms [--quick]``. Every figure is the processor time of the
best of many runs over a batch whose results are kept, as the runtime keeps them. The ratio is to ``dict(value)`` and a
new record of it, the least that a change costs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from textwrap import fill
from typing import NamedTuple

import orjson
from msgspec.structs import replace

from bench.messages import MESSAGE_BYTES, messages
from bench.observe import say
from bench.options import made_by, read_options
from bench.sections import machine_and_load, mark, write_section
from bench.timing import nanoseconds
from connect_runtime.pipeline.build import build_chain
from connect_runtime.plugins import PluginLoader, PluginSettings
from connect_runtime.sdk import Schema, SinkRecord, struct_schema
from connect_runtime.sdk.data import BOOLEAN, FLOAT64, INT64, STRING
from connect_runtime.sdk.testing import sink_record

RECORDS = 500
RUNS, QUICK_RUNS = 40, 5
FIVE_BAR = 250_000
WIDTH = 120
SCHEMA = struct_schema(
    {
        "id": INT64,
        "account": STRING,
        "amount": FLOAT64,
        "currency": STRING,
        "booked": BOOLEAN,
        "at": STRING,
        "note": STRING,
    },
    name="booking",
)
SCHEMAS = (None, SCHEMA)
STEPS: Mapping[str, Mapping[str, str]] = {
    "InsertField": {"type": "InsertFieldValue", "topic.field": "topic", "static.field": "env", "static.value": "prod"},
    "ReplaceField": {"type": "ReplaceFieldValue", "exclude": "note", "renames": "at:booked_at"},
    "Cast": {"type": "CastValue", "spec": "amount:string,id:int32"},
    "MaskField": {"type": "MaskFieldValue", "fields": "account"},
    "RegexRouter": {"type": "RegexRouter", "regex": "(.*)", "replacement": "$1-clean"},
    "ExtractField": {"type": "ExtractFieldValue", "field": "account"},
    "Flatten": {"type": "FlattenValue"},
    "HoistField": {"type": "HoistFieldValue", "field": "booking"},
    "HeaderFrom": {"type": "HeaderFromValue", "fields": "currency", "headers": "currency", "operation": "move"},
    "InsertHeader": {"type": "InsertHeader", "header": "env", "value.literal": "prod"},
    "DropHeaders": {"type": "DropHeaders", "headers": "env"},
    "TimestampConverter": {
        "type": "TimestampConverterValue", "field": "at", "target.type": "Timestamp", "format": "yyyy-MM-dd'T'HH:mm:ss"
    },
    "TimestampRouter": {"type": "TimestampRouter"},
    "ValueToKey": {"type": "ValueToKey", "fields": "id,account"},
    "Expression, filter": {"type": "Expression", "filter": "value.amount >= `0` && value.currency != 'XXX'"},
    "Expression, set": {
        "type": "Expression", "set": "{double: multiply(value.amount, `2`)}", "set.types": "double:float64"
    },
    "PythonFunction": {"type": "PythonFunction", "function": "bench.transforms:double"},
}  # fmt: skip
FIVE = ("InsertField", "ReplaceField", "Cast", "MaskField", "RegexRouter")
PLUGINS = PluginLoader(PluginSettings(functions=frozenset({"bench.transforms"}))).registry()


class Cost(NamedTuple):
    """Nanoseconds a record, of values without and with a schema."""

    title: str
    schemaless: float
    schema: float


def main() -> None:
    """Run what the command line says."""
    options = read_options("bench.transforms", __doc__)
    load = os.getloadavg()[0]
    runs = QUICK_RUNS if options.quick else RUNS
    floor = Cost("by hand, one copy", *(nanoseconds(partial(by_hand, records(schema)), runs) for schema in SCHEMAS))
    costs = [measured(name, [name], runs) for name in STEPS if options.only in name]
    if not costs:
        say(f"no transform has {options.only!r} in its name")
        return
    text = page(load, floor, costs, measured("five", FIVE, runs))
    print(text)
    if not options.only:
        write_section(options.page, "transforms", text)


def page(load: float, floor: Cost, costs: Iterable[Cost], five: Cost) -> str:
    """The part of the page in Markdown; ``load`` is the machine's load before the measurement began."""
    chain = f"a chain of {', '.join(FIVE[:-1])} and {FIVE[-1]}"
    introduction = (
        f"Made by `{made_by()}` on {datetime.now(UTC):%Y-%m-%d}: nanoseconds of processor time a record on one core, "
        f"the best of many runs over a batch. The records are those of `bench/messages.py`, {MESSAGE_BYTES} bytes as "
        "JSON, seven fields. The ratio is to copying the value and the record by hand, the least that a change costs."
    )
    lines = [
        "## Transforms",
        "",
        fill(introduction, WIDTH),
        "",
        "| ns/record | without schema | ratio | with schema | ratio |",
        "|---|---:|---:|---:|---:|",
        *(cost_row(cost, floor) for cost in (floor, *costs, five._replace(title="the chain of five below"))),
        "",
        "| records a second on one core | measured | to reach | |",
        "|---|---:|---:|---|",
        rate_row(f"{chain}, without schema", 1e9 / five.schemaless),
        rate_row("the same, with schema", 1e9 / five.schema),
        "",
        machine_and_load(load),
    ]
    return "\n".join(lines)


def cost_row(cost: Cost, floor: Cost) -> str:
    """A row of the costs."""
    cells = [f"{ours:,.0f} | {ours / least:.1f}" for ours, least in zip(cost[1:], floor[1:], strict=True)]
    return f"| {cost.title} | {' | '.join(cells)} |"


def rate_row(name: str, rate: float) -> str:
    """A row of the rates to reach."""
    return f"| {name} | {rate:,.0f}/s | >= {FIVE_BAR:,}/s | {mark(reached=rate >= FIVE_BAR)} |"


def measured(title: str, names: Sequence[str], runs: int) -> Cost:
    """What a chain of these transforms costs."""
    config = {"transforms": ",".join(f"t{place}" for place in range(len(names)))}
    for place, name in enumerate(names):
        config |= {f"transforms.t{place}.{key}": value for key, value in STEPS[name].items()}
    chain = build_chain(config, PLUGINS, SinkRecord)
    return Cost(title, *(nanoseconds(partial(chain.apply_batch, records(schema)), runs) for schema in SCHEMAS))


def records(schema: Schema | None) -> list[SinkRecord]:
    """Reference records as a sink task gets them."""
    values = [orjson.loads(message) for message in messages(RECORDS)]
    return [
        sink_record(value, schema=schema, topic="bookings", offset=offset, timestamp=1_700_000_000_000 + offset)
        for offset, value in enumerate(values)
    ]


def double(record: SinkRecord) -> SinkRecord:
    """A function of a user's."""
    record.value["double"] = record.value["amount"] * 2
    return record


def by_hand(batch: Sequence[SinkRecord]) -> list[SinkRecord]:
    """Each record with a copy of its value."""
    return [replace(record, value=dict(record.value)) for record in batch]


if __name__ == "__main__":
    main()
