"""The reference page of transforms and predicates, written from the classes and their worked examples.

``python -m connect_runtime.cli.docs docs`` writes it. The examples are cases that ``connect-runtime conformance`` runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from connect_runtime.cli.class_text import class_paragraphs
from connect_runtime.cli.conformance.cases import Case, read_cases
from connect_runtime.cli.record_text import shown_part
from connect_runtime.config.docs import render_keys
from connect_runtime.sdk import Predicate, Transform
from connect_runtime.transforms import plugins

__all__ = ["EXAMPLES", "TRANSFORMS_PAGE", "transforms_page"]

TRANSFORMS_PAGE: Final = "transforms.md"
EXAMPLES: Final = Path("examples", "transforms.jsonl")
_INTRODUCTION: Final = """\
# Transforms and predicates

A connector's `transforms` change its records one after another: at a source before they are converted for the topic,
at a sink after they were read from it. All of Kafka Connect's are here, under its class names and with its options, and
a few that it lacks. A configuration of Connect works unchanged.

```json
{
  "connector.class": "FileStreamSource",
  "file": "/data/orders.jsonl",
  "format": "jsonl",
  "topic": "orders",
  "transforms": "clean,mark",
  "transforms.clean.type": "MaskFieldValue",
  "transforms.clean.fields": "card",
  "transforms.clean.predicate": "isTombstone",
  "transforms.clean.negate": "true",
  "transforms.mark.type": "InsertHeader",
  "transforms.mark.header": "env",
  "transforms.mark.value.literal": "prod",
  "predicates": "isTombstone",
  "predicates.isTombstone.type": "RecordIsTombstone"
}
```

- A transform applies to records for which its `predicate` is true, with `negate` to those for which it is false, and to
  all without one. A predicate sees a record as the transforms before have left it.
- A record that a transform drops goes no further, and its offset counts as done.
- A record that a transform cannot handle fails the task, or is skipped and reported with `errors.tolerance=all`; see
  [connector configuration](connector-config.md).
- Names that end in `Key` or `Value` work on that part of the record; in Java they are `Cast$Key` and `Cast$Value`.
- With a schema, a struct is copied when something in it changes: nulls become defaults then, unless
  `replace.null.with.default` is false, and a required field that is null is an error.
- Transforms take the records of a batch together. A bad one costs a second pass over its batch, one record at a time.
- `InsertField`, `ReplaceField`, `Cast` and `MaskField` of the same part, next to each other and without predicates,
  share one copy of each record: keep them together where speed counts. Results and errors are those of each by itself.

To see what a configuration makes of records before it runs, step by step:
`connect-runtime preview CONNECTOR.json --topic orders`, or with records from a file; see
[command line](command-line.md) and [REST API](rest-api.md#preview).

A transform or predicate of your own is a class, see `connect_runtime.sdk.Transform` and `Predicate`, with contract
suites to test it in `connect_runtime.sdk.testing`. For a single function there is [PythonFunction](#pythonfunction).

Every example below is a case in [examples/transforms.jsonl](examples/transforms.jsonl). The tests run them, and so does
this, in `docs/examples`:

```
PYTHONPATH=. connect-runtime conformance transforms.jsonl
```

This page is written by `python -m connect_runtime.cli.docs docs`.
"""
_WHY_JMESPATH: Final = """\
Why JMESPath: its grammar has not changed for years, one pure Python package without dependencies runs it on every
platform and version, and its expressions always end and touch nothing but the record. What is common in conditions is
compiled to Python here, which takes about a sixth of the time of the package's interpreter. CEL has arithmetic in its
grammar, but its packages for Python are slower than that interpreter, since they copy each record into another
language, or interpret in Python themselves; they lack wheels for some platforms, or are at version 0.1.
"""
_FUNCTION: Final = """\
The function of the example:

```python
{code}
```

`plugins.toml` of the worker:

```toml
[functions]
allow = ["acme_rules"]
```
"""
_PARTS: Final = ("topic", "timestamp", "key_schema", "key", "value_schema", "value", "headers")
_Step = type[Transform] | type[Predicate]


def transforms_page(folder: Path) -> str:
    """The page in Markdown.

    Args:
        folder: The folder ``docs``, which has the examples.
    """
    aliases = {path: java for java, path in plugins.connect_aliases().items()}
    examples = read_cases(folder / EXAMPLES)
    transforms, predicates = _grouped(plugins.connect_transforms()), _grouped(plugins.connect_predicates())
    parts = [_INTRODUCTION, _contents("Transforms", transforms), _contents("Predicates", predicates)]
    parts += ["## Transforms\n", *(_section(*group, aliases, examples, folder) for group in transforms.items())]
    parts += ["## Predicates\n", *(_section(*group, aliases, examples, folder) for group in predicates.items())]
    return "\n".join(parts)


def _grouped(classes: Iterable[_Step]) -> dict[str, list[_Step]]:
    """The classes by name, those for keys and for values together; by name in order."""
    groups: dict[str, list[_Step]] = {}
    for cls in classes:
        base = cls.__mro__[1]
        name = base.__name__ if base.__module__ == cls.__module__ else cls.__name__
        groups.setdefault(name, []).append(cls)
    return dict(sorted(groups.items()))


def _contents(title: str, groups: Mapping[str, Sequence[_Step]]) -> str:
    lines = [f"- [{name}](#{name.lower()}): {_description(name, classes)[0]}" for name, classes in groups.items()]
    return "\n".join([f"{title}:", "", *lines, ""])


def _section(
    name: str, classes: Sequence[_Step], aliases: Mapping[str, str], examples: Sequence[Case], folder: Path
) -> str:
    names = ", ".join(f"`{cls.__name__}`" for cls in classes)
    java = [aliases[path] for cls in classes if (path := f"{cls.__module__}.{cls.__qualname__}") in aliases]
    known_as = f", in Java {', '.join(f'`{name}`' for name in java)}" if java else ""
    parts = [f"### {name}\n", f"{names}{known_as}\n", "\n".join(_paragraphs(_description(name, classes)))]
    definition = classes[0].config_def()
    parts.append(render_keys(definition) if len(definition) else "No options.\n")
    parts += [_example(case) for case in examples if case.cls in {cls.__name__ for cls in classes}]
    if name == "Expression":
        parts.append(_WHY_JMESPATH)
    if name == "PythonFunction":
        code = (folder / EXAMPLES.parent / "acme_rules.py").read_text(encoding="utf-8")
        parts.append(_FUNCTION.format(code=code.partition("\n\n")[2].strip()))
    return "\n".join(parts)


def _description(name: str, classes: Sequence[_Step]) -> list[str]:
    """The paragraphs of the docstring that the classes share, in Markdown."""
    cls = next((cls for cls in classes[0].__mro__ if cls.__name__ == name), classes[0])
    return class_paragraphs(cls)


def _paragraphs(paragraphs: Sequence[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield f"{paragraph}\n"


def _example(case: Case) -> str:
    options = json.dumps({"type": case.cls, **case.config}, ensure_ascii=False, indent=2)
    parts = [f"Example. {case.note}".strip(), "", f"```json\n{options}\n```", ""]
    if case.kind == "predicate":
        shown = [f"| {_title(part)} | `{shown_part(part, case.input[part])}` |" for part in _PARTS if case.input[part]]
        shown.append(f"| **matches** | {'yes' if (case.output or {}).get('result') else 'no'} |")
        return "\n".join([*parts, "| | |", "|---|---|", *shown, ""])
    return "\n".join([*parts, "| | before | after |", "|---|---|---|", *_rows(case), ""])


def _rows(case: Case) -> Iterator[str]:
    before, after = case.input, case.output
    for part in _PARTS:
        differs = after is not None and after[part] != before[part]
        if part == "value" or differs or (part in ("key", "headers") and before[part]):
            now = "*dropped*" if after is None else f"`{shown_part(part, after[part])}`"
            yield f"| {_title(part)} | `{shown_part(part, before[part])}` | {now} |"


def _title(part: str) -> str:
    return part.replace("_", " ")
