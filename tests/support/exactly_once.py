"""Source tasks that deliver exactly once, on a real broker and without a herder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import confluent_kafka as ck

from connect_runtime.clock import SystemClock
from connect_runtime.kafka import ClientFactory
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.pipeline import ErrorPolicy, Operations, SourcePipeline, Tolerance, TopicCreation, TransformChain
from connect_runtime.sdk import RecordMetadata, SourceTask, TransactionContext
from connect_runtime.storage import OffsetStore, StoredOffsetReader, TargetState
from connect_runtime.tasks.build_commits import CommitsBuilder, ExactlyOnceSettings
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.exactly_once import StartChecks
from connect_runtime.tasks.offset_stores import OffsetStores
from connect_runtime.tasks.source_task import RunningSourceTask
from tests.support.internal_topics import Cluster
from tests.support.running_tasks import NoHeaders, SeenStates, Text, eventually

__all__ = ["ExactlyOnceWorker", "SteeredSource", "read", "texts"]

CLOCK = SystemClock()
NOTHING_TO_CHECK = StartChecks(lambda _: None, lambda _: None)


class ExactlyOnceWorker:
    """What tasks of one worker share: a group, a consumer of the offsets topic. Close it.

    Args:
        bootstrap_servers: The broker.
        properties: Of the worker, on top of those that it needs anyway.
    """

    def __init__(self, bootstrap_servers: str, properties: Mapping[str, str] | None = None) -> None:
        self._cluster = Cluster(bootstrap_servers)
        self._cluster.worker.update(properties or {})
        self.worker = {
            **self._cluster.worker,
            "offset.storage.replication.factor": "1",
            "offset.storage.partitions": "3",
        }
        self.group_id = f"group-{uuid4().hex[:8]}"
        self.bootstrap_servers = bootstrap_servers
        self.offsets_topic = self._cluster.specs.offset.name
        self.shared = OffsetStore(self._cluster.open().log(self.offsets_topic))
        self.shared.start()
        self.topics: set[str] = set()

    def task(
        self,
        plugin: SourceTask,
        states: SeenStates,
        config: Mapping[str, str] | None = None,
        *,
        checks: StartChecks = NOTHING_TO_CHECK,
        tolerance: Tolerance = Tolerance.NONE,
        chain: TransformChain[SourceRecord] | None = None,
        is_exactly_once: bool = True,
    ) -> RunningSourceTask:
        """A task ``source-0`` that writes texts; not started. Without transactions it commits only when it ends."""
        task_id = ConnectorTaskId("source", 0)
        builder = CommitsBuilder(
            self.worker,
            ClientFactory(self.worker),
            self.stores(is_exactly_once=is_exactly_once),
            Committer(60.0, CLOCK),
            60.0,
            5.0,
            CLOCK,
            lambda _, topics: self.topics.update(topics),
        )
        parts = (
            builder.exactly_once(ExactlyOnceSettings(self.group_id, checks), task_id, dict(config or {}))
            if is_exactly_once
            else builder.at_least_once(task_id, dict(config or {}))
        )
        operations = Operations[SourceRecord](ErrorPolicy(tolerance=tolerance), [], CLOCK, lambda: False)
        return RunningSourceTask(
            task_id,
            plugin,
            {},
            SourcePipeline(Text(), Text(), NoHeaders(), chain or TransformChain(), operations),
            parts.producer,
            TopicCreation(None, _NoAdmin()),
            parts.commits,
            StoredOffsetReader(parts.offsets, task_id.connector),
            states,
            TargetState.STARTED,
            version="1.0",
            on_end=lambda: None,
        )

    def stores(self, *, is_exactly_once: bool = True) -> OffsetStores:
        """Finds the stores of connectors."""
        return OffsetStores(
            self.shared, ClientFactory(self.worker), self.offsets_topic, is_exactly_once=is_exactly_once
        )

    def offset(self, partition: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """What the worker's store has for a source partition, that of `ListSource` unless given."""
        return self.shared.read("source", [partition or {"list": 1}])[0]

    def close(self) -> None:
        """Close the clients."""
        self.shared.stop()
        self._cluster.close()


class _NoAdmin:
    def topic_exists(self, name: str) -> bool:
        raise AssertionError(name)

    def create_topic(self, topic: object) -> None:
        raise AssertionError(topic)


def read(
    bootstrap: str,
    topic: str,
    is_enough: Callable[[list[ck.Message]], bool],
    *,
    isolation: str = "read_committed",
    timeout_s: float = 30.0,
) -> list[ck.Message]:
    """Messages of a topic from its beginning, until there are enough."""
    consumer = ck.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"reader-{uuid4().hex[:8]}",
            "auto.offset.reset": "earliest",
            "isolation.level": isolation,
            "topic.metadata.refresh.interval.ms": 200,
        }
    )
    consumer.subscribe([topic])
    found: list[ck.Message] = []

    def take() -> bool:
        found.extend(message for message in consumer.consume(500, 0.2) if message.error() is None)
        return is_enough(found)

    try:
        eventually(take, timeout_s)
    finally:
        consumer.close()
    return found


def texts(bootstrap: str, topic: str, last: str, *, isolation: str = "read_committed") -> list[str]:
    """Texts in a topic with one partition, up to and with ``last``."""

    def has_last(messages: list[ck.Message]) -> bool:
        return any(message.value() == last.encode() for message in messages)

    return [(message.value() or b"").decode() for message in read(bootstrap, topic, has_last, isolation=isolation)]


class SteeredSource(SourceTask):
    """Polls what the test says, one step after another, and keeps what it is told of its records.

    Args:
        topic: Where records go.
        steps: Each gives the records of one poll, made with `made`, and may ask for transactions.

    Attributes:
        told: Values of records that were reported as done, with whether they have a place in the topic.
        commits: How often it was told of a commit.
    """

    def __init__(self, topic: str, *steps: Callable[[SteeredSource], Sequence[SourceRecord]]) -> None:
        self._topic = topic
        self._steps = list(steps)
        self._position = 0
        self.told: list[tuple[str, bool]] = []
        self.commits = 0

    @property
    def transactions(self) -> TransactionContext:
        found = self.context.transaction_context
        assert found is not None
        return found

    def made(self, *values: str) -> list[SourceRecord]:
        """Records with the next source offsets."""
        records = []
        for value in values:
            self._position += 1
            records.append(SourceRecord({"list": 1}, {"position": self._position}, self._topic, value))
        return records

    def start(self, config: Mapping[str, str]) -> None: ...

    def poll(self) -> Sequence[SourceRecord] | None:
        if self._steps:
            return self._steps.pop(0)(self)
        self.context.wait(0.05)
        return None

    def commit_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        self.told.append((record.value, metadata is not None))

    def commit(self) -> None:
        self.commits += 1

    def stop(self) -> None: ...
