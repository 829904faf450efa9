"""Previews for people, as differences from step to step, and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from api import views
from api.json_text import encode
from connect_runtime.cli.record_text import part_text
from connect_runtime.herder.api import Preview, PreviewedRecord, PreviewStep

__all__ = ["as_rest_json", "print_preview"]

_UNLIMITED: Final = 10_000
_PARTS: Final = ("topic", "partition", "offset", "timestamp", "key_schema", "key", "value_schema", "value", "headers")
_NOTHING: Final = ("none", "null", "-1")


def as_rest_json(preview: Preview) -> str:
    """What ``POST /connector-plugins/preview`` answers."""
    return encode(views.preview(preview)).decode("utf-8")


def print_preview(preview: Preview) -> None:
    """Each record, what each step changed of it, and how many failed."""
    # A pipe has no width: nothing may be folded there.
    console = Console(width=None if sys.stdout.isatty() else _UNLIMITED, highlight=False, soft_wrap=True)
    for number, record in enumerate(preview.records, start=1):
        console.print(_title(number, record))
        for step in record.steps:
            for line in _lines(step):
                console.print(line)
        if record.error is not None:
            error = record.error
            console.print(Text(f"  {error.name} failed ({error.stage}, {error.class_name}): {error.message}", "red"))
            if not record.steps:
                for line in _parts(error.before):
                    console.print(line)
    count = len(preview.records)
    console.print(f"{count} {'record' if count == 1 else 'records'}, {preview.failed} failed")


def _title(number: int, record: PreviewedRecord) -> Text:
    if record.error is not None:
        outcome, style = "failed", "bold red"
    elif record.is_dropped:
        outcome, style = "dropped", "bold yellow"
    else:
        outcome, style = "passed", "bold green"
    return Text.assemble((f"Record {number}: ", "bold"), (outcome, style))


def _lines(step: PreviewStep) -> Iterator[Text]:
    short = "" if step.class_name is None else f"  {step.class_name.rpartition('.')[2]}"
    yield Text.assemble(("  " + step.name, "bold"), short)
    if step.predicate is not None and not step.predicate.applies:
        predicate = step.predicate.class_name.rpartition(".")[2]
        yield Text(f"    does not apply: {predicate} is {'true' if step.predicate.matches else 'false'}", "dim")
    elif step.after is None:
        yield Text("    dropped", "yellow")
    else:
        yield from _changes(step.before, step.after) if step.class_name else _conversion(step.before, step.after)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Text]:
    changed = [part for part in _PARTS if before.get(part) != after.get(part)]
    if not changed:
        yield Text("    no change", "dim")
    for part in changed:
        yield _line("-", part, _shown(part, before), "red")
        yield _line("+", part, _shown(part, after), "green")


def _conversion(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Text]:
    """All parts: those that are the same on both sides once, and none that are empty on both."""
    for part in _PARTS:
        was, is_ = _shown(part, before), _shown(part, after)
        if was == is_:
            if is_ not in _NOTHING:
                yield _line(" ", part, is_, "")
        else:
            if part in before:
                yield _line("-", part, was, "red")
            yield _line("+", part, is_, "green")


def _parts(before: dict[str, Any]) -> Iterator[Text]:
    """All parts of a record that no step has shown yet, but those that are empty."""
    for part in _PARTS:
        shown = _shown(part, before)
        if shown not in _NOTHING:
            yield _line(" ", part, shown, "")


def _line(sign: str, part: str, text: str, style: str) -> Text:
    return Text(f"    {sign} {part.replace('_', ' '):<13} {text}", style)


def _shown(part: str, described: dict[str, Any]) -> str:
    spec = described.get(part)
    is_bytes = part in ("key", "value") and "value_schema" not in described
    if is_bytes and isinstance(spec, str):
        return spec
    return part_text(part, [] if spec is None and part == "headers" else spec)
