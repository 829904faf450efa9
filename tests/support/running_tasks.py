"""Source and sink tasks on a real broker, without a herder: what they are made of, and plugins that tests steer."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Event, Lock
from typing import Any

import confluent_kafka as ck

from connect_runtime.clock import SystemClock
from connect_runtime.config import ConfigDef
from connect_runtime.errors import DataError
from connect_runtime.model import ConnectorTaskId, Schema, SinkRecord, SourceRecord, TopicPartition
from connect_runtime.pipeline import (
    DeadLetterQueue,
    ErrorPolicy,
    LogReporter,
    Operations,
    SinkPipeline,
    SourcePipeline,
    TopicCreation,
    TransformChain,
)
from connect_runtime.sdk import Converter, HeaderConverter, SinkTask, SourceTask
from connect_runtime.storage import MemoryLog, OffsetStore, StoredOffsetReader, TargetState
from connect_runtime.tasks.at_least_once import AtLeastOnce
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.errant import ErrantRecords
from connect_runtime.tasks.kafka_clients import KafkaDeadLetterProducer
from connect_runtime.tasks.sink_consumer import SinkConsumer, Subscription
from connect_runtime.tasks.sink_task import RunningSinkTask
from connect_runtime.tasks.source_task import RunningSourceTask

__all__ = ["ListSource", "RecordingSink", "SeenStates", "Text", "eventually", "sink_task", "source_task"]

CLOCK = SystemClock()


def eventually(claim: Callable[[], bool], timeout_s: float = 15.0) -> None:
    """Wait until ``claim`` holds; fails the test when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.01)


class Text(Converter):
    """UTF-8 text without schemas; the text ``bad`` cannot be read."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([])

    def configure(self, config: Mapping[str, str], *, is_key: bool) -> None: ...

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        return None if value is None else str(value).encode()

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        if data == b"bad":
            raise DataError("this is bad")
        return None, None if data is None else data.decode()


class NoHeaders(HeaderConverter):
    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([])

    def configure(self, config: Mapping[str, str]) -> None: ...

    def from_connect_header(self, topic: str, key: str, schema: Schema | None, value: Any) -> bytes | None:
        return str(value).encode()

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> tuple[Schema | None, Any]:
        return None, None if data is None else data.decode()


class SeenStates:
    """Remembers what was reported of tasks."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.error: BaseException | None = None

    def on_startup(self, subject: ConnectorTaskId, version: str | None) -> None:
        self.states.append("RUNNING")

    def on_pause(self, subject: ConnectorTaskId, version: str | None) -> None:
        self.states.append("PAUSED")

    def on_resume(self, subject: ConnectorTaskId, version: str | None) -> None:
        self.states.append("RUNNING")

    def on_stop(self, subject: ConnectorTaskId, version: str | None) -> None:
        self.states.append("STOPPED")

    def on_failure(self, subject: ConnectorTaskId, error: BaseException, version: str | None) -> None:
        self.error = error
        self.states.append("FAILED")

    def on_shutdown(self, subject: ConnectorTaskId, version: str | None) -> None:
        self.states.append("UNASSIGNED")


class ListSource(SourceTask):
    """Gives out batches of texts, each once; ``then`` is called when there are no more."""

    def __init__(self, topic: str, batches: Sequence[Sequence[str]], then: Callable[[], None] | None = None) -> None:
        self._topic = topic
        self._batches = list(batches)
        self._position = itertools.count(1)
        self._then = then
        self.commits = 0
        self.stopped = False

    def start(self, config: Mapping[str, str]) -> None: ...

    def poll(self) -> Sequence[SourceRecord] | None:
        if self._batches:
            return [
                SourceRecord({"list": 1}, {"position": next(self._position)}, self._topic, text)
                for text in self._batches.pop(0)
            ]
        if self._then is not None:
            self._then()
        self.context.wait(0.05)
        return None

    def commit(self) -> None:
        self.commits += 1

    def stop(self) -> None:
        self.stopped = True


class RecordingSink(SinkTask):
    """Keeps what it is given, and tells of every call; ``fail`` may raise for a batch, ``gate`` may hold it."""

    def __init__(self, fail: Callable[[Sequence[SinkRecord]], None] | None = None) -> None:
        self.calls: list[str] = []
        self.values: list[Any] = []
        self.owned: set[TopicPartition] = set()
        self.gate = Event()
        self.gate.set()
        self.committed: dict[TopicPartition, int] = {}
        self._fail = fail
        self._lock = Lock()

    def start(self, config: Mapping[str, str]) -> None:
        self.calls.append("start")

    def open(self, partitions: Collection[TopicPartition]) -> None:
        self.calls.append("open")
        self.owned.update(partitions)

    def put(self, records: Sequence[SinkRecord]) -> None:
        self.gate.wait(30)
        if records:
            self.calls.append(f"put {len(records)}")
        if self._fail is not None and records:
            self._fail(records)
        with self._lock:
            self.values += [record.value for record in records]

    def flush(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.calls.append("flush")
        self.committed.update(offsets)

    def close(self, partitions: Collection[TopicPartition]) -> None:
        self.calls.append("close")
        self.owned.difference_update(partitions)

    def stop(self) -> None:
        self.calls.append("stop")


def source_task(
    bootstrap: str, plugin: SourceTask, listener: SeenStates, store: OffsetStore, *, interval_s: float = 0.2
) -> RunningSourceTask:
    """A source task that writes texts and commits offsets to ``store``."""
    task_id = ConnectorTaskId("source", 0)
    committer = Committer(interval_s, CLOCK)
    committer.start()
    producer: Any = ck.Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
    operations = Operations[SourceRecord](ErrorPolicy(), [], CLOCK, lambda: False)

    class NoAdmin:
        def topic_exists(self, name: str) -> bool:
            raise AssertionError(name)

        def create_topic(self, topic: object) -> None:
            raise AssertionError(topic)

    return RunningSourceTask(
        task_id,
        plugin,
        {},
        SourcePipeline(Text(), Text(), NoHeaders(), TransformChain(), operations),
        producer,
        TopicCreation(None, NoAdmin()),
        AtLeastOnce(task_id, store, committer, 5.0, lambda _: None),
        StoredOffsetReader(store, "source"),
        listener,
        TargetState.STARTED,
        version="1.0",
        on_end=committer.stop,
    )


def sink_task(
    bootstrap: str,
    plugin: SinkTask,
    listener: SeenStates,
    *,
    group: str,
    topics: Sequence[str],
    policy: ErrorPolicy | None = None,
    interval_s: float = 1.0,
    overrides: Mapping[str, str] | None = None,
    target: TargetState = TargetState.STARTED,
) -> RunningSinkTask:
    """A sink task that reads texts."""
    task_id = ConnectorTaskId(group, 0)
    policy = policy or ErrorPolicy()
    settings: dict[str, Any] = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "session.timeout.ms": 6000,
        "topic.metadata.refresh.interval.ms": 500,
        **(overrides or {}),
    }
    letters = KafkaDeadLetterProducer(lambda: ck.Producer({"bootstrap.servers": bootstrap}))
    queue = (
        DeadLetterQueue(policy.dead_letter_topic, task_id, letters, context_headers=policy.dead_letter_context_headers)
        if policy.dead_letter_topic
        else None
    )
    log = LogReporter(task_id, include_messages=True) if policy.log_enable else None
    operations = Operations[Any](policy, [r for r in (queue, log) if r is not None], CLOCK, lambda: False)
    return RunningSinkTask(
        task_id,
        plugin,
        {},
        SinkPipeline(Text(), Text(), NoHeaders(), TransformChain(), operations),
        SinkConsumer(
            task_id,
            lambda on_commit: ck.Consumer({**settings, "on_commit": on_commit}),
            Subscription(topics, None),
            CLOCK,
            cooperative="cooperative" in str(settings.get("partition.assignment.strategy")),
        ),
        ErrantRecords(task_id, policy, log, queue, Text(), Text(), NoHeaders()),
        listener,
        target,
        CLOCK,
        version="1.0",
        commit_interval_s=interval_s,
        commit_timeout_s=5.0,
        on_topics=lambda _: None,
        on_end=letters.close,
        prepare=lambda: None,
    )


def empty_offsets() -> OffsetStore:
    """An offset store in memory, started."""
    store = OffsetStore(MemoryLog())
    store.start()
    return store
