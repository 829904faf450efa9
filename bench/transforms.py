"""What transforms cost per record, one by one and as a chain of five, beside copying the record by hand.

Run ``.venv/bin/python -m bench.transforms``. Every figure is the processor time of the best of many runs over a batch
whose results are kept, as the runtime keeps them. The ratio is to ``dict(value)`` and a new record of it, the least
that a change costs.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from msgspec.structs import replace

from bench.messages import messages
from connect_runtime.pipeline.build import build_chain
from connect_runtime.plugins import PluginLoader, PluginSettings
from connect_runtime.sdk import Schema, SinkRecord, struct_schema
from connect_runtime.sdk.data import BOOLEAN, FLOAT64, INT64, STRING
from connect_runtime.sdk.testing import sink_record

RECORDS = 500
RUNS = 40
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


def main() -> None:
    """Print the table."""
    print(f"{'ns/record':22}{'schemaless':>12}{'ratio':>7}{'schema':>10}{'ratio':>7}")
    floors = [nanoseconds(by_hand, records(schema)) for schema in (None, SCHEMA)]
    show("by hand, one copy", floors, floors)
    for name in STEPS:
        show(name, [measured([name], schema) for schema in (None, SCHEMA)], floors)
    five = [measured(FIVE, schema) for schema in (None, SCHEMA)]
    show("five: first of these", five, floors)
    print(f"five, records/s       {1e9 / five[0]:>12,.0f}{'':7}{1e9 / five[1]:>10,.0f}")


def show(title: str, figures: Sequence[float], floors: Sequence[float]) -> None:
    """One line."""
    cells = [f"{figure:>10.0f}{figure / floor:>7.1f}" for figure, floor in zip(figures, floors, strict=True)]
    print(f"{title:22}  {''.join(cells)}")


def measured(names: Sequence[str], schema: Schema | None) -> float:
    """Best time per record of a chain of these transforms."""
    config = {"transforms": ",".join(f"t{place}" for place in range(len(names)))}
    for place, name in enumerate(names):
        config |= {f"transforms.t{place}.{key}": value for key, value in STEPS[name].items()}
    chain = build_chain(config, PLUGINS, SinkRecord)
    return nanoseconds(chain.apply_batch, records(schema))


def records(schema: Schema | None) -> list[SinkRecord]:
    """Reference records as a sink task gets them."""
    values = [orjson.loads(message) for message in islice(messages(RECORDS), RECORDS)]
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


def nanoseconds(run: Callable[[Sequence[SinkRecord]], Sequence[Any]], batch: Sequence[SinkRecord]) -> float:
    """Best time per record."""
    run(batch)
    times = timeit.repeat(lambda: run(batch), timer=time.process_time, number=1, repeat=RUNS)
    return min(times) / len(batch) * 1e9


if __name__ == "__main__":
    main()
