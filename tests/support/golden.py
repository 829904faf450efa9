"""What Kafka Connect itself wrote and showed, recorded by ``python -m tests.golden.record``."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import Event
from typing import Any

from connect_runtime.storage import KeyedRecord, LogRecord, RecordListener

__all__ = [
    "GoldenLog",
    "GoldenRecord",
    "InternalTopic",
    "Run",
    "read_records",
    "read_view",
    "write_records",
    "write_view",
]

_FOLDER = Path(__file__).resolve().parents[1] / "data" / "golden"


class InternalTopic(Enum):
    """Which of the internal topics; the value is the beginning of its worker keys."""

    CONFIG = "config"
    OFFSET = "offset"
    STATUS = "status"


class Run(Enum):
    """How the recorded worker delivered; the value is the name of the files."""

    AT_LEAST_ONCE = "at-least-once"
    EXACTLY_ONCE = "exactly-once"


@dataclass(frozen=True)
class GoldenRecord:
    """One record of an internal topic; ``value`` is ``None`` for a tombstone, ``timestamp`` is epoch ms."""

    topic: InternalTopic
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None


class GoldenLog:
    """A `Log` that holds recorded records and takes no others."""

    def __init__(self, records: Sequence[GoldenRecord]) -> None:
        self._records = records

    def start(self, on_record: RecordListener) -> None:
        """Give all to `on_record`."""
        for record in self._records:
            on_record(LogRecord(record.partition, record.offset, record.key, record.value, record.timestamp))

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        """Refuse to write."""
        raise NotImplementedError

    def send_soon(self, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        """Refuse to write."""
        raise NotImplementedError

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
        """Do nothing: all was given."""

    def stop(self) -> None:
        """Do nothing."""


def read_records(run: Run, topic: InternalTopic) -> list[GoldenRecord]:
    """Records of one topic in the order of their partitions and offsets."""
    lines = (_FOLDER / f"{run.value}.jsonl").read_text(encoding="utf-8").split("\n")[1:]
    records = [_record(json.loads(line)) for line in lines if line]
    return [record for record in records if record.topic is topic]


def read_view(run: Run) -> dict[str, Any]:
    """What REST showed when the last of the records had been written; the members are those of the recorder."""
    view: dict[str, Any] = json.loads((_FOLDER / f"{run.value}.view.json").read_text(encoding="utf-8"))
    return view


def write_records(run: Run, header: dict[str, Any], records: Iterable[GoldenRecord]) -> Path:
    """Replace a run's records; the file."""
    path = _FOLDER / f"{run.value}.jsonl"
    lines = [header, *(_members(record) for record in records)]
    path.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines), encoding="utf-8")
    return path


def write_view(run: Run, view: dict[str, Any]) -> Path:
    """Replace what REST showed at the end of a run; the file."""
    path = _FOLDER / f"{run.value}.view.json"
    path.write_text(f"{json.dumps(view, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
    return path


def _record(members: dict[str, Any]) -> GoldenRecord:
    key, value = _bytes(members.pop("key")), _bytes(members.pop("value"))
    if key is None:
        raise ValueError("a record without a key")
    return GoldenRecord(InternalTopic(members.pop("topic")), **members, key=key, value=value)


def _members(record: GoldenRecord) -> dict[str, Any]:
    return {
        "topic": record.topic.value,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": _text(record.key),
        "value": _text(record.value),
    }


def _text(data: bytes | None) -> str | dict[str, str] | None:
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _bytes(text: str | dict[str, str] | None) -> bytes | None:
    if isinstance(text, dict):
        return base64.b64decode(text["base64"])
    return None if text is None else text.encode()
