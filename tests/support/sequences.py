"""Reads what the connectors of `tests.support.plugins.sequences` left: who ran when, what is missing or double."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from confluent_kafka import Consumer, Message, TopicPartition

__all__ = ["Count", "Run", "Sequences", "read_topic"]

_READ_S = 60.0


@dataclass(frozen=True)
class Count:
    """What was found.

    Attributes:
        records: Different records that there had to be.
        lost: Those of them that are missing.
        doubled: How many are there beyond the first of each.
    """

    records: int
    lost: int
    doubled: int


@dataclass(frozen=True)
class Run:
    """One run of a connector or task.

    Attributes:
        who: ``CONNECTOR`` or ``CONNECTOR-TASK``.
        pid: The worker's process.
        began: When, on this machine's monotonic clock.
        ended: When it was stopped; ``None`` while it runs, or when nobody stopped it.
    """

    who: str
    pid: int
    began: float
    ended: float | None = None


class Sequences:
    """A folder for the journal and the sinks' files, and the configurations that use it.

    Args:
        folder: A folder of its own.
        bootstrap_servers: The broker.
    """

    def __init__(self, folder: Path, bootstrap_servers: str) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._bootstrap_servers = bootstrap_servers

    def source(self, topic: str, tasks: int, **keys: str) -> dict[str, str]:
        """Configuration of a source; ``keys`` are further ones, with ``_`` for ``.``."""
        return self._config("SequenceSourceConnector", {"topic": topic}, tasks, keys)

    def sink(self, topic: str, tasks: int, **keys: str) -> dict[str, str]:
        """Configuration of a sink; ``keys`` are further ones, with ``_`` for ``.``."""
        return self._config("SequenceSinkConnector", {"topics": topic}, tasks, keys)

    def runs(self) -> list[Run]:
        """All runs so far, in order of their starts."""
        runs: list[Run] = []
        open_: dict[tuple[str, int], int] = {}
        for line in self._journal():
            at, pid, what, who = line.split()
            if what == "start":
                open_[who, int(pid)] = len(runs)
                runs.append(Run(who, int(pid), float(at)))
            elif (index := open_.pop((who, int(pid)), None)) is not None:
                runs[index] = Run(who, int(pid), runs[index].began, float(at))
        return runs

    def starts(self) -> Counter[str]:
        """How often each connector and task was started."""
        return Counter(run.who for run in self.runs())

    def overlaps(self) -> list[tuple[Run, Run]]:
        """Runs of the same connector or task that were begun before the one before was stopped, or never was."""
        by_who: dict[str, list[Run]] = defaultdict(list)
        for run in self.runs():
            by_who[run.who].append(run)
        return [
            (before, after)
            for runs in by_who.values()
            for before, after in pairwise(runs)
            if before.ended is None or before.ended > after.began
        ]

    def produced(self, topic: str) -> Count:
        """What sources wrote: their numbers have to go from 0 to the highest without a gap."""
        numbers: dict[str, Counter[int]] = defaultdict(Counter)
        for message in read_topic(self._bootstrap_servers, topic):
            task, number = (message.value() or b"").decode().split()
            numbers[task][int(number)] += 1
        expected = sum(max(found) + 1 for found in numbers.values())
        different = sum(len(found) for found in numbers.values())
        return Count(expected, expected - different, sum(found.total() for found in numbers.values()) - different)

    def delivered(self, topic: str) -> Count:
        """What sinks got of what is in a topic."""
        expected = {
            f"{topic} {each.partition()} {each.offset()}" for each in read_topic(self._bootstrap_servers, topic)
        }
        got = self._got(topic)
        return Count(len(expected), len(expected - got.keys()), got.total() - len(got))

    def got(self, topic: str) -> int:
        """How many different records of a topic sinks got so far."""
        return len(self._got(topic))

    def _got(self, topic: str) -> Counter[str]:
        lines = (line for file in self._folder.glob("got-*.txt") for line in file.read_text("ascii").splitlines())
        return Counter(line for line in lines if line.startswith(f"{topic} "))

    def _journal(self) -> list[str]:
        path = self._folder / "journal.txt"
        return path.read_text("ascii").splitlines() if path.exists() else []

    def _config(self, kind: str, topics: Mapping[str, str], tasks: int, keys: Mapping[str, str]) -> dict[str, str]:
        return {
            "connector.class": f"tests.support.plugins.sequences.{kind}",
            "tasks.max": str(tasks),
            "folder": str(self._folder),
            **topics,
            **{name.replace("_", "."): value for name, value in keys.items()},
        }


def read_topic(bootstrap_servers: str, topic: str) -> list[Message]:
    """All committed messages of a topic, up to where it ends now."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": f"reads-{uuid4().hex}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
        }
    )
    try:
        found = consumer.list_topics(topic, timeout=_READ_S).topics[topic]
        partitions = [TopicPartition(topic, number, 0) for number in found.partitions]
        ends = {each.partition: consumer.get_watermark_offsets(each, timeout=_READ_S)[1] for each in partitions}
        consumer.assign(partitions)
        messages: list[Message] = []
        deadline = time.monotonic() + _READ_S
        while ends:
            if time.monotonic() > deadline:
                raise TimeoutError(f"topic {topic} is not read up to {ends}")
            for message in consumer.consume(5000, timeout=0.2):
                number, offset = message.partition() or 0, message.offset() or 0
                if message.error() is None:
                    messages.append(message)
                    offset += 1
                # A marker of a transaction has an offset too and is not seen: the next message or the end is.
                if offset >= ends.get(number, 0):
                    ends.pop(number, None)
        return messages
    finally:
        consumer.close()
