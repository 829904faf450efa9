"""Names of the things that the runtime tells apart."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ConnectorTaskId", "TopicPartition"]


class ConnectorTaskId(NamedTuple):
    """One task of one connector; ``task`` counts from 0."""

    connector: str
    task: int

    def __str__(self) -> str:
        return f"{self.connector}-{self.task}"


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"
