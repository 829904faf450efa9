"""Which subject of a registry a schema belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from connect_runtime.sdk import DataError

__all__ = ["STRATEGIES", "SubjectName", "subject_name"]

SubjectName = Callable[[str, str | None], str]
"""Makes a subject of a topic and the name of a record."""


def subject_name(strategy: str, *, is_key: bool) -> SubjectName:
    """The strategy of one of the names `STRATEGIES`, with or without the Java package."""
    return STRATEGIES[strategy.rpartition(".")[2]](is_key)


def _topic_name(is_key: bool) -> SubjectName:  # noqa: FBT001  # only called through `subject_name`
    part = "key" if is_key else "value"
    return lambda topic, _: f"{topic}-{part}"


def _record_name(is_key: bool) -> SubjectName:  # noqa: FBT001
    return lambda topic, name: _named(topic, name, is_key=is_key)


def _topic_record_name(is_key: bool) -> SubjectName:  # noqa: FBT001
    return lambda topic, name: f"{topic}-{_named(topic, name, is_key=is_key)}"


def _named(topic: str, name: str | None, *, is_key: bool) -> str:
    if name is None:
        part = "key" if is_key else "value"
        raise DataError(
            f"A {part} for topic {topic} has no record name, and its subject is named after that: give the schema a "
            f"name (SetSchemaMetadata does), or use {part}.subject.name.strategy TopicNameStrategy"
        )
    return name


STRATEGIES: Final[Mapping[str, Callable[[bool], SubjectName]]] = MappingProxyType(
    {
        "TopicNameStrategy": _topic_name,
        "RecordNameStrategy": _record_name,
        "TopicRecordNameStrategy": _topic_record_name,
    }
)
