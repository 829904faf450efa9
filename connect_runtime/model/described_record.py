"""Records described in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connect_runtime.model.described import same, schema_of, spec_of_schema, spec_of_value, value_of
from connect_runtime.model.headers import Header
from connect_runtime.model.record import SinkRecord, SourceRecord, TimestampType

__all__ = ["record_of", "same_record", "spec_of_record"]

AnyRecord = SourceRecord | SinkRecord


def record_of(spec: Mapping[str, Any]) -> AnyRecord:
    """The record that is described, every member of it. Raises: as `schema_of` and `value_of`."""
    key_schema, value_schema = schema_of(spec["key_schema"]), schema_of(spec["value_schema"])
    key, value = value_of(key_schema, spec["key"]), value_of(value_schema, spec["value"])
    headers = tuple(_header(header) for header in spec["headers"])
    topic, partition, timestamp = spec["topic"], spec["partition"], spec["timestamp"]
    if spec["record"] == "source":
        return SourceRecord(
            {}, {}, topic, value, value_schema, key, key_schema, partition, timestamp, headers
        )  # fmt: skip
    return SinkRecord(
        topic,
        partition,
        spec.get("offset", 0),
        value,
        value_schema,
        key,
        key_schema,
        timestamp,
        TimestampType.CREATE_TIME,
        headers,
        topic,
        partition,
    )


def same_record(actual: AnyRecord, expected: AnyRecord) -> bool:
    """Whether two records are equal; integers without schema have any width, an absent field is ``None``."""
    return (
        type(actual) is type(expected)
        and (actual.topic, actual.kafka_partition, actual.timestamp)
        == (expected.topic, expected.kafka_partition, expected.timestamp)
        and getattr(actual, "kafka_offset", None) == getattr(expected, "kafka_offset", None)
        and actual.key_schema == expected.key_schema
        and actual.value_schema == expected.value_schema
        and same(expected.key_schema, actual.key, expected.key)
        and same(expected.value_schema, actual.value, expected.value)
        and len(actual.headers) == len(expected.headers)
        and all(_same_header(one, other) for one, other in zip(actual.headers, expected.headers, strict=True))
    )


def spec_of_record(record: AnyRecord) -> dict[str, Any]:
    """The description of a record."""
    spec: dict[str, Any] = {"record": "source" if isinstance(record, SourceRecord) else "sink", "topic": record.topic}
    spec["partition"] = record.kafka_partition
    if isinstance(record, SinkRecord):
        spec["offset"] = record.kafka_offset
    return spec | {
        "timestamp": record.timestamp,
        "key_schema": spec_of_schema(record.key_schema),
        "key": spec_of_value(record.key_schema, record.key),
        "value_schema": spec_of_schema(record.value_schema),
        "value": spec_of_value(record.value_schema, record.value),
        "headers": [
            {"key": h.key, "schema": spec_of_schema(h.schema), "value": spec_of_value(h.schema, h.value)}
            for h in record.headers
        ],
    }


def _header(spec: Mapping[str, Any]) -> Header:
    schema = schema_of(spec["schema"])
    return Header(spec["key"], value_of(schema, spec["value"]), schema)


def _same_header(actual: Header, expected: Header) -> bool:
    return (actual.key, actual.schema) == (expected.key, expected.schema) and same(
        expected.schema, actual.value, expected.value
    )
