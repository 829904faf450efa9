"""From a topic to the name of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from connect_runtime.sdk import ConfigError

__all__ = ["TableId", "TableNames", "parse_mapping", "split_name"]

MAPPING_KEY = "topics.to.tables.mapping"
_UNUSUAL = re.compile(r"[^A-Za-z0-9_]")
_PART = re.compile(r'(?:^|\.)(?:"((?:[^"]|"")*)"(?=\.|$)|([^.]*))')


class TableId(NamedTuple):
    """A table as the database stores its name; ``schema`` is ``None`` for the connection's default."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class TableNames:
    """Names the table of a topic.

    Args:
        pattern: ``table.name.format``, with ``${topic}`` for the topic.
        mapping: Tables of single topics, which go before ``pattern``.
        normalize: Whether characters outside ``[A-Za-z0-9_]`` of a topic become ``_`` in ``pattern``.
    """

    def __init__(self, pattern: str, mapping: Mapping[str, str], *, normalize: bool) -> None:
        self._pattern = pattern
        self._mapping = mapping
        self._normalize = normalize

    def table_of(self, topic: str) -> str:
        """The table's name as configured: dots part schema and table."""
        mapped = self._mapping.get(topic)
        if mapped is not None:
            return mapped
        return self._pattern.replace("${topic}", _UNUSUAL.sub("_", topic) if self._normalize else topic)


def split_name(name: str) -> list[str]:
    """Parts of a table's name between dots; a part in double quotes may hold dots, a double quote is doubled there."""
    return [quoted.replace('""', '"') or plain for quoted, plain in _PART.findall(name)]


def parse_mapping(items: Sequence[str]) -> dict[str, str]:
    """Tables by topic from ``topic:table`` items.

    Raises:
        ConfigError: An item has no topic or no table.
    """
    mapping = {}
    for item in items:
        topic, _, table = item.partition(":")
        if not topic or not table:
            raise ConfigError(
                f"Invalid value {item} for configuration {MAPPING_KEY}: expected topic:table,topic:table",
                key=MAPPING_KEY,
            )
        mapping[topic] = table
    return mapping
