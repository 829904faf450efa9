"""What ``topics list`` and ``topics describe`` print."""

from __future__ import annotations

import typer

from connect_runtime.cli.tables import print_table
from connect_runtime.cli.topics.cluster import Cluster
from connect_runtime.model import TopicPartition

__all__ = ["print_topic", "print_topics"]


def print_topics(cluster: Cluster, *, internal: bool) -> None:
    """Print every topic with its partitions and rows; the brokers' own (``__...``) only when ``internal``."""
    topics = {name: found for name, found in cluster.topics().items() if internal or not name.startswith("__")}
    marks = cluster.watermarks([TopicPartition(name, one.id) for name, found in topics.items() for one in found])
    rows = dict.fromkeys(topics, 0)
    for place, mark in marks.items():
        rows[place.topic] += mark.rows
    if not topics:
        typer.echo(f"There are no topics on {cluster.address}.", err=True)
        return
    print_table(
        ("TOPIC", "PARTITIONS", "ROWS"),
        [(name, str(len(found)), str(rows[name])) for name, found in topics.items()],
        right=("PARTITIONS", "ROWS"),
    )


def print_topic(cluster: Cluster, topic: str) -> None:
    """Print a topic's partitions with their leaders and offsets, and the settings it was given."""
    partitions = cluster.partitions(topic)
    marks = cluster.watermarks([TopicPartition(topic, partition.id) for partition in partitions])
    settings = cluster.topic_settings(topic)
    typer.echo(
        f"{topic}: {_counted(len(partitions), 'partition')}, {_counted(sum(m.rows for m in marks.values()), 'row')}"
    )
    typer.echo()
    print_table(
        ("PARTITION", "LEADER", "LOW", "HIGH", "ROWS"),
        [
            (
                str(partition.id),
                "none" if partition.leader < 0 else str(partition.leader),
                *map(str, (*mark, mark.rows)),
            )
            for partition, mark in zip(partitions, marks.values(), strict=True)
        ],
        right=("PARTITION", "LEADER", "LOW", "HIGH", "ROWS"),
    )
    typer.echo()
    if settings:
        print_table(("SETTING", "VALUE"), list(settings.items()))
    else:
        typer.echo("All settings have their defaults.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
