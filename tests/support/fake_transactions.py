"""A Kafka producer that keeps its transactions in memory, and a source task's sending without a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from connect_runtime.errors import ConnectError
from connect_runtime.model import SourceRecord
from connect_runtime.sdk import RecordMetadata
from connect_runtime.storage.connector_offsets import OffsetPairs
from connect_runtime.storage.log import KeyedRecord
from connect_runtime.storage.offset_records import encode_offset_key, encode_offset_value
from connect_runtime.tasks.in_flight import InFlight, InFlightBatch, newest_offsets
from connect_runtime.tasks.source_commits import SourceCommits

__all__ = ["OFFSETS", "FakeDelivery", "FakeOffsets", "FakeTransactionalClient", "kafka_failure"]

OFFSETS = "offsets"


class _Message:
    """Where a message went."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 0


class FakeTransactionalClient:
    """Delivers at commit, forgets at abort.

    Attributes:
        visible: Topic and value of all that was committed, one list for each transaction.
        written_offsets: Keys and values in the offsets topic that were committed.
        calls: Names of the calls that were made, but for ``produce`` and ``poll``.
        failures: Errors that the next calls raise, by name of the call.
    """

    def __init__(self) -> None:
        self.visible: list[list[tuple[str, Any]]] = []
        self.calls: list[str] = []
        self.failures: dict[str, list[Exception]] = {}
        self.written_offsets: list[tuple[bytes, bytes]] = []
        self._open: list[tuple[str, Any, Any, Callable[..., None]]] | None = None

    def init_transactions(self, timeout: float) -> None:
        self._call("init")

    def begin_transaction(self) -> None:
        self._call("begin")
        assert self._open is None
        self._open = []

    def commit_transaction(self, timeout: float) -> None:
        self._call("commit")
        assert self._open is not None
        done, self._open = self._open, None
        for topic, _, _, on_delivery in done:
            on_delivery(None, _Message(topic))
        self.visible.append([(topic, value) for topic, _, value, _ in done])
        self.written_offsets += [(key, value) for topic, key, value, _ in done if topic == OFFSETS]

    def abort_transaction(self, timeout: float) -> None:
        self._call("abort")
        assert self._open is not None
        dropped, self._open = self._open, None
        for topic, _, _, on_delivery in dropped:
            on_delivery(KafkaError(KafkaError._PURGE_QUEUE), _Message(topic))

    def produce(self, topic: str, **message: Any) -> None:
        self._fail("produce")
        assert self._open is not None, "outside of a transaction"
        self._open.append((topic, message.get("key"), message["value"], message["on_delivery"]))

    def produce_batch(self, topic: str, messages: list[dict[str, Any]], *, on_delivery: Callable[..., None]) -> int:
        for message in messages:
            self.produce(topic, **message, on_delivery=on_delivery)
        return len(messages)

    def poll(self, timeout: float) -> int:
        self._fail("poll")
        return 0

    def flush(self, timeout: float) -> int:
        return 0

    def purge(self) -> None: ...

    def __len__(self) -> int:
        return 0 if self._open is None else len(self._open)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        self._fail(name)

    def _fail(self, name: str) -> None:
        waiting = self.failures.get(name)
        if waiting:
            raise waiting.pop(0)


def kafka_failure(code: int, *, fatal: bool = False, retriable: bool = False, abort: bool = False) -> KafkaException:
    """What a client raises."""
    return KafkaException(KafkaError(code, None, fatal, retriable, abort))


class FakeOffsets:
    """Encodes as the store does, and tells in which order it was called."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.noted: list[Any] = []
        self.on_prepare: Callable[[OffsetPairs], None] = lambda _: None

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def prepare(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> list[KeyedRecord]:
        self.on_prepare(offsets)
        return [
            (encode_offset_key(connector, partition), encode_offset_value(connector, offset))
            for partition, offset in offsets
        ]

    def note_written(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> None:
        self.noted += [offset for _, offset in offsets]


class FakeDelivery:
    """Sends records whose value is not ``None`` through a client; the others are dropped.

    Attributes:
        told: Values of records that are done, with whether they have a place in the topic.
        commits: How often a commit was told.
        cancelled_at: Value of the record before which the task is given up.
    """

    def __init__(self, client: FakeTransactionalClient, commits: SourceCommits) -> None:
        self.in_flight = InFlight()
        self.is_stopping = False
        self.is_cancelled = False
        self.told: list[tuple[Any, bool]] = []
        self.commits = 0
        self.lost: ConnectError | None = None
        self.cancelled_at: str | None = None
        self.waits = 0
        self._client = client
        self._way = commits

    def wait(self, timeout_s: float) -> bool:
        self.waits += 1
        return self.is_stopping

    def send(self, records: Sequence[SourceRecord]) -> None:
        for record in records:
            if record.value is None:
                self._way.record_done(record, None)
        sent = [record for record in records if record.value is not None]
        if not sent:
            return
        topics = frozenset(str(record.topic) for record in sent)
        self._way.before_produce(topics)
        self.in_flight.add(InFlightBatch(len(sent), newest_offsets(sent), topics))
        for record in sent:
            self.is_cancelled = self.is_cancelled or record.value == self.cancelled_at
            if self.is_cancelled:
                return
            self._client.produce(str(record.topic), value=record.value, on_delivery=self._on_delivery(record))

    def _on_delivery(self, record: SourceRecord) -> Callable[..., None]:
        def on_delivery(error: object, message: RecordMetadata) -> None:
            self._way.record_done(record, None if error is not None else message)

        return on_delivery

    def serve(self) -> None: ...

    def flush(self, timeout_s: float) -> bool:
        return True

    def require_delivered(self) -> None:
        if self.lost is not None:
            raise self.lost

    def tell_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        self.told.append((record.value, metadata is not None))

    def tell_commit(self) -> None:
        self.commits += 1
