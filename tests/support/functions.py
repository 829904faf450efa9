"""Functions for the transform PythonFunction."""

from __future__ import annotations

from typing import Any

from connect_runtime.errors import RetriableError
from connect_runtime.sdk import SinkRecord, SourceRecord

Record = SourceRecord | SinkRecord
NOT_A_FUNCTION = 5


def shout(record: Record) -> Record | None:
    """Texts in capitals; tombstones are dropped."""
    if record.value is None:
        return None
    record.value = record.value.upper()
    return record


def shout_all(records: list[Record]) -> list[Record | None]:
    """`shout` for many."""
    return [shout(record) for record in records]


def set_field(record: Record) -> Record:
    """Changes what it is given, as people do."""
    record.value["new"] = record.topic
    record.topic = "elsewhere"
    return record


def answer_nonsense(record: Record) -> Any:
    """Something that is no record."""
    return {"value": record.value}


def answer_too_few(records: list[Record]) -> Any:
    """Not one for each."""
    return records[1:]


def fail_for_now(record: Record) -> Record:
    """An error that may pass."""
    raise RetriableError(f"not yet: {record.topic}")
