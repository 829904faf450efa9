"""``connect-runtime preview``: what a connector's converters and transforms make of records."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["preview"]

_SOME_FAILED = 1
_DEFAULT_LAST = 10

# The modules with all plugins and the Kafka client are imported by this command only.
# ruff: noqa: PLC0415


def preview(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The connector: JSON, properties or TOML.")],
    records: Annotated[
        Path | None, typer.Option("--records", "-r", metavar="FILE", help="Sample records, one JSON value a line.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", "-t", metavar="TOPIC", help="Take the newest records of a topic (sinks).")
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", "-n", metavar="N", min=1, help=f"So many of them; {_DEFAULT_LAST} by default."),
    ] = None,
    bootstrap: Annotated[
        str | None,
        typer.Option(
            "--bootstrap-server", "-b", metavar="HOST:PORT", help="Where the cluster is; 127.0.0.1:9092 by default."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", help="Take converters, providers and client settings of a worker's file."
        ),
    ] = None,
    plugins_file: Annotated[
        Path | None,
        typer.Option("--plugins", metavar="FILE", help="The plugins.toml that says which packages load."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what REST answers.")] = False,
) -> int:
    """Show what a connector's converters, transforms and predicates make of records, step by step.

    Nothing is run, written or created: the records come from a file or are the newest ones of a topic. A line of
    the file is the value of a record, or an object with `key`, `value`, `headers`, `topic`, `partition` and
    `timestamp`; for a source also with `value_schema` and `key_schema`.

    The exit code is 1 when a record fails.
    """
    from connect_runtime.cli.preview.making import previewer, read_samples
    from connect_runtime.cli.preview.printing import as_rest_json, print_preview
    from connect_runtime.config import read_connector_file
    from connect_runtime.errors import ConnectError
    from connect_runtime.herder.api import PreviewRequest

    if (records is None) == (topic is None):
        raise ConnectError("Say which records: --records FILE or --topic TOPIC")
    if topic is None and last is not None:
        raise ConnectError("--last counts records of a --topic; of a file all are taken")
    samples = None if records is None else read_samples(records)
    request = PreviewRequest(read_connector_file(file).config, samples, topic, last or _DEFAULT_LAST)
    shown = previewer(bootstrap, config, plugins_file, os.environ).preview(request)
    if as_json:
        sys.stdout.write(as_rest_json(shown) + "\n")
    else:
        print_preview(shown)
    return _SOME_FAILED if shown.failed else 0
