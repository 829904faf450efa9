"""Where a record comes from, for messages about it: never what is in it."""

from __future__ import annotations

from typing import Any

import orjson

from connect_runtime.model import SourceRecord
from connect_runtime.pipeline.consume import ConsumedMessage

__all__ = ["place_of"]


def place_of(subject: SourceRecord | ConsumedMessage) -> str:
    """In words that follow "failed for": topic, partition and offset, or what a source calls them."""
    if isinstance(subject, SourceRecord):
        return f"the record at offset {_text(subject.source_offset)} of {_text(subject.source_partition)}"
    return f"the record at offset {subject.offset()} of {subject.topic()}-{subject.partition()}"


def _text(place: Any) -> str:
    return orjson.dumps(place, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
