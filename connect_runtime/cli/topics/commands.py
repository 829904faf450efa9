"""The four ``topics`` commands and their options."""

from __future__ import annotations

import contextlib
import os
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from connect_runtime.cli.topics.render import Format, render
from connect_runtime.errors import ConnectError

__all__ = ["topics_app"]

_DEFAULT_LAST = 10

topics_app = typer.Typer(
    name="topics", help="List, describe, read and write the topics of any Kafka cluster.", no_args_is_help=True
)

_Bootstrap = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-server", "-b", metavar="HOST:PORT", help="Where the cluster is; 127.0.0.1:9092 by default."
    ),
]
_Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="Take the address and security settings of a worker's file."),
]
_Properties = Annotated[
    list[str] | None,
    typer.Option("--property", "-X", metavar="KEY=VALUE", help="A Kafka client setting; may be repeated."),
]
_Topic = Annotated[str, typer.Argument(metavar="TOPIC", show_default=False)]
_Partition = Annotated[int | None, typer.Option("--partition", "-p", metavar="N", min=0, help="Only this partition.")]

# The modules that speak to Kafka are imported by the command that runs: a broker or a worker never needs them.
# ruff: noqa: PLC0415


@topics_app.command("list")
def list_topics(
    bootstrap: _Bootstrap = None,
    config: _Config = None,
    properties: _Properties = None,
    *,
    internal: Annotated[bool, typer.Option("--all", help="Show the brokers' own topics (__...) too.")] = False,
) -> None:
    """List topics with their partitions and rows (in a compacted topic: at most so many)."""
    from connect_runtime.cli.topics.cluster import Cluster
    from connect_runtime.cli.topics.listing import print_topics
    from connect_runtime.cli.topics.settings import client_properties

    print_topics(Cluster(client_properties(bootstrap, config, properties or (), os.environ)), internal=internal)


@topics_app.command("describe")
def describe_topics(
    topics: Annotated[list[str], typer.Argument(metavar="TOPIC...", show_default=False)],
    bootstrap: _Bootstrap = None,
    config: _Config = None,
    properties: _Properties = None,
) -> None:
    """Show partitions, offsets and settings of topics."""
    from connect_runtime.cli.topics.cluster import Cluster
    from connect_runtime.cli.topics.listing import print_topic
    from connect_runtime.cli.topics.settings import client_properties

    cluster = Cluster(client_properties(bootstrap, config, properties or (), os.environ))
    for topic in topics:
        print_topic(cluster, topic)


@topics_app.command("read")
def read_topic(
    topic: _Topic,
    bootstrap: _Bootstrap = None,
    config: _Config = None,
    properties: _Properties = None,
    *,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Start at the oldest record.")] = False,
    offset: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Start at this offset of each partition.")
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", "-n", metavar="N", min=0, help=f"Show the newest so many; {_DEFAULT_LAST} by default."),
    ] = None,
    max_records: Annotated[
        int | None, typer.Option("--max", metavar="N", min=0, help="Stop after so many records.")
    ] = None,
    partition: _Partition = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for new records until Ctrl-C.")] = False,
    format_: Annotated[
        Format, typer.Option("--format", metavar="text|json|hex", help="How to show records.")
    ] = Format.TEXT,
) -> None:
    """Show records of a topic: the newest ones, unless an option says where to start.

    As text a line holds partition:offset, timestamp, key, value and headers. The schema of JSON with an envelope is
    named, not shown.
    """
    from connect_runtime.cli.topics.cluster import Cluster
    from connect_runtime.cli.topics.reading import read, start_of
    from connect_runtime.cli.topics.settings import client_properties

    start = start_of(from_beginning=from_beginning, offset=offset, last=last, default_last=_DEFAULT_LAST)
    cluster = Cluster(client_properties(bootstrap, config, properties or (), os.environ))
    partitions = cluster.choose_partitions(topic, partition)
    with (
        contextlib.suppress(KeyboardInterrupt),
        contextlib.closing(read(cluster, topic, partitions, start, follow=follow)) as records,
    ):
        for record in islice(records, max_records):
            sys.stdout.write(render(record, format_) + "\n")
            if follow:
                sys.stdout.flush()
    sys.stdout.flush()


@topics_app.command("write")
def write_topic(
    topic: _Topic,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Lines to write; standard input by default.", show_default=False),
    ] = None,
    bootstrap: _Bootstrap = None,
    config: _Config = None,
    properties: _Properties = None,
    *,
    key_separator: Annotated[
        str | None,
        typer.Option("--key-separator", "-K", metavar="TEXT", help="What stands between key and value in a line."),
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", metavar="NAME=VALUE", help="May be repeated.")
    ] = None,
    partition: _Partition = None,
    create: Annotated[bool, typer.Option("--create", help="Create the topic when there is none.")] = False,
) -> None:
    """Write each line as one record."""
    from connect_runtime.cli.topics.cluster import Cluster
    from connect_runtime.cli.topics.settings import client_properties
    from connect_runtime.cli.topics.writing import Layout, write

    layout = Layout(key_separator or None, [_header(item) for item in header or ()], partition)
    cluster = Cluster(client_properties(bootstrap, config, properties or (), os.environ))
    if topic not in cluster.topics():
        if not create:
            raise ConnectError(f"There is no topic '{topic}' on {cluster.address}; --create makes it")
        cluster.create_topic(topic, partitions=1)
    if partition is not None:
        cluster.choose_partitions(topic, partition)
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if file is None else file.open("rb") as lines:
            written = write(cluster, topic, lines, layout)
    except OSError as exc:
        raise ConnectError(f"Cannot read {file}: {exc.strerror}") from exc
    for part in written:
        typer.echo(
            f"{topic}-{part.partition}: {part.records} written, offsets {part.first_offset} to {part.last_offset}",
            err=True,
        )


def _header(item: str) -> tuple[str, bytes]:
    name, found, value = item.partition("=")
    if not (found and name):
        raise ConnectError(f"--header wants NAME=VALUE; this is '{item}'")
    return name, value.encode()
