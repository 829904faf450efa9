"""The reference page of the command line, written from the commands themselves.

``python -m connect_runtime.cli.docs docs`` writes it, the page of transforms (`transform_docs`) and those of
converters with a schema registry (`converter_docs`) and without (`plain_converter_docs`).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from connect_runtime.cli.converter_docs import converter_pages
from connect_runtime.cli.plain_converter_docs import plain_converter_pages
from connect_runtime.cli.program import app
from connect_runtime.cli.transform_docs import TRANSFORMS_PAGE, transforms_page

__all__ = ["PAGE", "page"]

PAGE = "command-line.md"
_INTRODUCTION = """\
# Command line

`connect-runtime` with a command; `--help` behind any command shows what stands here. Exit codes are 0, 1 for a wrong
command or request, 2 for a worker's bad configuration, 3 when a connector's file or what it starts is no good, and 130
after Ctrl-C in a command that ends by itself.

This page is written by `python -m connect_runtime.cli.docs docs`.
"""


def page() -> str:
    """The page in Markdown."""
    # The commands as typer hands them to its parser; they have no public type.
    root: Any = typer.main.get_command(app)
    return "\n".join(
        [_INTRODUCTION, *(_section(path, command) for path, command in _commands("connect-runtime", root))]
    )


def _commands(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(f"{path} {name}", command)
        else:
            yield f"{path} {name}", command


def _section(path: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    usage = " ".join([path, *(["[OPTIONS]"] if options else []), *(argument.metavar for argument in arguments)])
    rows = [(f"`{argument.metavar}`", argument.help) for argument in arguments if argument.help]
    rows += [(_names(option), option.help) for option in options]
    lines = [
        f"## {path.removeprefix('connect-runtime ')}",
        "",
        f"```\n{usage}\n```",
        "",
        inspect.cleandoc(command.help),
    ]
    if rows:
        lines += ["", "| | |", "|---|---|", *(f"| {names} | {text} |" for names, text in rows)]
    return "\n".join([*lines, ""])


def _names(option: Any) -> str:
    value = f" {option.metavar}" if option.metavar else ""
    return ", ".join(f"`{name}{value}`" for name in option.opts)


def main(folder: Path) -> None:
    """Write the pages into the folder ``docs``."""
    (folder / PAGE).write_text(page(), encoding="utf-8")
    (folder / TRANSFORMS_PAGE).write_text(transforms_page(folder), encoding="utf-8")
    converters = folder / "converters"
    converters.mkdir(exist_ok=True)
    for name, text in {**converter_pages(), **plain_converter_pages(folder)}.items():
        (converters / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
