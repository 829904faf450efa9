"""Parts of described records as text for people, in short."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

__all__ = ["part_text", "shown_part"]

_MARKERS: Final = ("$bytes", "$decimal", "$int8", "$int16", "$int32", "$float32", "$float64")


def shown_part(part: str, spec: Any) -> str:
    """A part of a described record as Markdown."""
    return part_text(part, spec).replace("|", "\\|")


def part_text(part: str, spec: Any) -> str:
    """A part of a record that is described as of `connect_runtime.model.described_record`."""
    if part.endswith("_schema"):
        text = "none" if spec is None else _schema_text(spec)
    elif part == "headers":
        text = ", ".join(f"{header['key']}={_plain_json(header['value'])}" for header in spec) or "none"
    elif part == "topic":
        text = str(spec)
    else:
        text = _plain_json(spec)
    return text


def _schema_text(spec: Mapping[str, Any]) -> str:
    """A schema in short: ``order {id int32, note string?}``."""
    name = (
        (spec.get("name") or "").rpartition(".")[2]
        if str(spec.get("name")).startswith("org.apache")
        else spec.get("name")
    )
    mark = "?" if spec.get("optional") else ""
    if spec["type"] != "struct":
        return f"{name or spec['type']}{mark}"
    fields = ", ".join(f"{field['field']} {_schema_text(field)}" for field in spec["fields"])
    version = f" v{spec['version']}" if "version" in spec else ""
    return f"{name or 'struct'}{version}{mark} {{{fields}}}"


def _plain_json(spec: Any) -> str:
    return json.dumps(_plain(spec), ensure_ascii=False)


def _plain(spec: Any) -> Any:
    match spec:
        case {"$timestamp": millis}:
            return _instant(millis)
        case {"$map": entries}:
            return {_plain(key): _plain(item) for key, item in entries}
        case dict() if len(spec) == 1 and next(iter(spec)) in _MARKERS:
            return next(iter(spec.values()))
        case dict():
            return {key: _plain(item) for key, item in spec.items()}
        case list():
            return [_plain(item) for item in spec]
        case _:
            return spec


def _instant(millis: int) -> str:
    try:
        return datetime.fromtimestamp(millis / 1000, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return f"{millis} ms"
