"""Reference pages in Markdown, written from the definitions of keys.

``python -m connect_runtime.config.docs docs`` writes the pages about the worker's keys and the keys of every connector.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from connect_runtime.config.connector_keys import (
    COMMON_CONNECTOR_DEF,
    SINK_CONNECTOR_DEF,
    SOURCE_CONNECTOR_DEF,
)
from connect_runtime.config.definition import ConfigDef
from connect_runtime.config.key import ConfigKey
from connect_runtime.config.parsing import to_text
from connect_runtime.config.worker_keys import EMBEDDED_DEFAULTS, WORKER_DEF

__all__ = ["pages", "render_keys", "write_pages"]

_WORKER_PAGE: Final = """\
# Worker configuration

A worker's file is a Java properties file, as Kafka Connect's own, or, named `*.toml`, a TOML file. The whole of a file
for one machine without Kafka is `bootstrap.servers=embedded`. A variable of the environment wins over the file:
`CONNECT_GROUP_ID` is `group.id`; two underscores stand for one, three for a dash.

Values may hold variables such as `${file:/run/secrets/db.properties:password}` of the `config.providers`. Durations are
milliseconds. Keys that are not listed are passed on: `producer.`, `consumer.` and `admin.` to the clients of
connectors, `key.converter.`, `value.converter.` and `header.converter.` to the converters, `config.storage.`,
`offset.storage.` and `status.storage.` to the internal topics when they are made, all others to the worker's own Kafka
clients.

This page is written by `python -m connect_runtime.config.docs docs`.
"""
_CONNECTOR_PAGE: Final = """\
# Configuration of every connector

Besides its own keys, every connector understands these. Client settings of one connector go behind
`producer.override.`, `consumer.override.` and `admin.override.`, as far as the worker's
`connector.client.config.override.policy` lets them.

This page is written by `python -m connect_runtime.config.docs docs`.
"""
_HEADER: Final = "| Key | Type | Default | Valid | Importance | Meaning |\n|---|---|---|---|---|---|\n"


def render_keys(
    definition: Iterable[ConfigKey], other_defaults: Mapping[str, str] = MappingProxyType({}), *, level: int = 2
) -> str:
    """Tables of keys, one for each group, in the order of the definition; internal keys are left out.

    Args:
        definition: The keys.
        other_defaults: Defaults that hold with the embedded broker only.
        level: Level of the groups' headings.
    """
    shown = [key for key in definition if not key.internal]
    parts = []
    for group in dict.fromkeys(key.group for key in shown):
        rows = "".join(_row(key, other_defaults.get(key.name)) for key in shown if key.group == group)
        heading = f"{'#' * level} {group}\n\n" if group else ""
        parts.append(f"{heading}{_HEADER}{rows}")
    return "\n".join(parts)


def pages() -> dict[str, str]:
    """The pages by file name."""
    common = set(COMMON_CONNECTOR_DEF.keys)
    connector = "\n".join(
        [
            f"{_CONNECTOR_PAGE}\n## Sources and sinks\n",
            render_keys(COMMON_CONNECTOR_DEF, level=3),
            "## Sinks\n",
            render_keys(_without(SINK_CONNECTOR_DEF, common), level=3),
            "## Sources\n",
            render_keys(_without(SOURCE_CONNECTOR_DEF, common), level=3),
        ]
    )
    worker = f"{_WORKER_PAGE}\n{render_keys(WORKER_DEF, EMBEDDED_DEFAULTS)}"
    return {"worker-config.md": worker, "connector-config.md": connector}


def write_pages(folder: Path) -> list[Path]:
    """Write all pages into ``folder``; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages()]


def _without(definition: ConfigDef, names: set[str]) -> list[ConfigKey]:
    return [key for key in definition if key.name not in names]


def _row(key: ConfigKey, embedded_default: str | None) -> str:
    valid = f"`{key.validator}`" if key.validator else ""
    cells = [f"`{key.name}`", key.type.value, _default(key, embedded_default), valid, key.importance.value, key.doc]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _default(key: ConfigKey, embedded_default: str | None) -> str:
    text = to_text(key.type, key.default)
    plain = "required" if key.required else "" if text is None else "empty" if text == "" else f"`{text}`"
    return f"{plain}; embedded broker: `{embedded_default}`" if embedded_default else plain


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
