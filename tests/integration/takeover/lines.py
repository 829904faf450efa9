"""Lines that go from files through topics to files, and what must not change when other workers take over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.integration.takeover.kept import TIMEOUT_S
from tests.support.connect_rest import ConnectRest

__all__ = ["Lines", "Seen", "seen"]

PARTITIONS = 2


class Lines:
    """A file, a source connector, a topic, a sink connector with several tasks, and another file.

    Args:
        folder: Where the files are.
        name: What all of them are called after; any text.
        topic: The topic, which is created.
        bootstrap_servers: The broker.
    """

    def __init__(self, folder: Path, name: str, topic: str, bootstrap_servers: str) -> None:
        self.source, self.sink, self.topic = f"{name}-source-0", f"{name}-sink-1", topic
        self._read = folder / f"{name}.txt"
        self._written = folder / f"{name}.out.txt"
        self._bootstrap_servers = bootstrap_servers
        admin = AdminClient({"bootstrap.servers": bootstrap_servers})
        admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(TIMEOUT_S)

    @property
    def size(self) -> int:
        """Bytes that there are to read."""
        return self._read.stat().st_size

    def create(self, rest: ConnectRest) -> None:
        """Create the connectors, with the Java name and with an alias, and wait until they run."""
        self.create_source(rest)
        sink = {
            "connector.class": "FileStreamSink",
            "file": str(self._written),
            "topics": self.topic,
            "tasks.max": str(PARTITIONS),
        }
        rest.create(self.sink, sink)
        rest.await_states(self.sink, "RUNNING", ["RUNNING"] * PARTITIONS)

    def create_source(self, rest: ConnectRest) -> None:
        """Create the source connector alone, and wait until it runs."""
        source = {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
            "file": str(self._read),
            "topic": self.topic,
        }
        rest.create(self.source, source)
        rest.await_states(self.source, "RUNNING", ["RUNNING"])

    def append(self, text: str, count: int = 50) -> None:
        """Write lines that are found nowhere else."""
        with self._read.open("a", encoding="utf-8") as file:
            file.writelines(f"{text} {number}\n" for number in range(count))

    def counts(self) -> tuple[Counter[str], Counter[str]]:
        """How often each line was to be written, and how often it was."""
        return _counted(self._read), _counted(self._written)

    def missing(self) -> Counter[str]:
        """Lines that were not written yet."""
        wanted, found = self.counts()
        return wanted - found

    def await_all(self, rest: ConnectRest) -> None:
        """Wait until every line was written, and no line twice."""
        rest.wait(f"lines of {self.source}", self.missing, lambda missing: not missing)
        wanted, found = self.counts()
        assert found == wanted

    def committed(self) -> dict[int, int]:
        """Next offset of the sink's consumer group by partition."""
        consumer = Consumer({"bootstrap.servers": self._bootstrap_servers, "group.id": f"connect-{self.sink}"})
        asked = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
        found = {answer.partition: max(answer.offset, 0) for answer in consumer.committed(asked, timeout=TIMEOUT_S)}
        consumer.close()
        return found

    def is_all_committed(self) -> bool:
        """Whether the sink's consumer group is at the end of the topic."""
        return self.committed() == self.ends()

    def ends(self) -> dict[int, int]:
        """End of the topic by partition."""
        consumer = Consumer({"bootstrap.servers": self._bootstrap_servers, "group.id": "unused"})
        ends = {
            number: consumer.get_watermark_offsets(TopicPartition(self.topic, number), timeout=TIMEOUT_S)[1]
            for number in range(PARTITIONS)
        }
        consumer.close()
        return ends


@dataclass(frozen=True)
class Seen:
    """What REST shows of a connector that has to stay as it is."""

    config: dict[str, str]
    tasks: list[dict[str, str]]
    states: tuple[str, list[str]] | None


def seen(rest: ConnectRest) -> dict[str, Seen]:
    """All connectors."""
    return {name: Seen(rest.config(name), rest.task_configs(name), rest.states(name)) for name in rest.connectors()}


def _counted(path: Path) -> Counter[str]:
    lines: Sequence[str] = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return Counter(lines)
