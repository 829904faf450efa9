"""What ``topics list`` and ``topics describe`` print."""

from __future__ import annotations

import typer

from connect_runtime.cli.tables import print_table
from connect_runtime.cli.topics.cluster import Cluster, Partition, Watermarks
from connect_runtime.model import TopicPartition

__all__ = ["print_topic", "print_topics"]

_UNKNOWN = "?"


def print_topics(cluster: Cluster, *, internal: bool) -> None:
    """Print every topic with its partitions and rows; the brokers' own (``__...``) only when ``internal``."""
    topics = {name: found for name, found in cluster.topics().items() if internal or not name.startswith("__")}
    if not topics:
        typer.echo(f"There are no topics on {cluster.address}.", err=True)
        return
    asked = [TopicPartition(name, one.id) for name, found in topics.items() for one in found if one.has_leader]
    rows = dict.fromkeys(topics, 0)
    for place, mark in cluster.watermarks(asked).items():
        rows[place.topic] += mark.rows
    print_table(
        ("TOPIC", "PARTITIONS", "ROWS"),
        [
            (name, str(len(found)), str(rows[name]) if all(one.has_leader for one in found) else _UNKNOWN)
            for name, found in topics.items()
        ],
        right=("PARTITIONS", "ROWS"),
    )


def print_topic(cluster: Cluster, topic: str) -> None:
    """Print a topic's partitions with their leaders and offsets, and the settings it was given."""
    partitions = cluster.partitions(topic)
    marks = cluster.watermarks([TopicPartition(topic, one.id) for one in partitions if one.has_leader])
    settings = cluster.topic_settings(topic)
    rows = sum(mark.rows for mark in marks.values())
    typer.echo(f"{topic}: {_counted(len(partitions), 'partition')}, {_counted(rows, 'row')}\n")
    print_table(
        ("PARTITION", "LEADER", "LOW", "HIGH", "ROWS"),
        [_row(one, marks.get(TopicPartition(topic, one.id))) for one in partitions],
        right=("PARTITION", "LEADER", "LOW", "HIGH", "ROWS"),
    )
    typer.echo()
    if settings:
        print_table(("SETTING", "VALUE"), list(settings.items()))
    else:
        typer.echo("All settings have their defaults.")


def _row(partition: Partition, mark: Watermarks | None) -> tuple[str, ...]:
    if mark is None:
        return (str(partition.id), "none", _UNKNOWN, _UNKNOWN, _UNKNOWN)
    return tuple(str(cell) for cell in (*partition, *mark, mark.rows))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
