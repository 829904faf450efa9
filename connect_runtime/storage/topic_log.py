"""The internal topics as logs: one reader thread and three Kafka clients for all of them together.

Read to end is what the stores stand on: it returns only when everything that anybody wrote before the call was
delivered. The end is asked for on a second consumer, as the last stable offset; the first one's position is the
offset after the last record, or that of an end-of-partition event, which passes over control records and aborted or
compacted records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.kafka import (
    ClientFactory,
    ClientSettings,
    internal_consumer_settings,
    internal_producer_settings,
    kafka_error,
    translate,
)
from connect_runtime.storage.log import KeyedRecord, RecordListener
from connect_runtime.storage.topic_ends import TopicEnds
from connect_runtime.storage.topic_reader import TopicReader
from connect_runtime.storage.topic_session import TopicSession
from connect_runtime.storage.topic_writer import NobodyWrites, TopicWriter

__all__ = ["InternalTopics", "LogClients", "TopicLog"]

_METADATA_TRY_S = 2.0
_PATIENCE_S = 30.0
_PAUSE_S = 0.1


class LogClients(msgspec.Struct, frozen=True):
    """What the clients behind logs are made of.

    Args:
        reader: Settings of the consumer that reads.
        asker: Settings of the consumer that asks for ends; the same but for the client id.
        writer: Settings of the producer, ``None`` when the logs are only read.
    """

    reader: ClientSettings
    asker: ClientSettings
    writer: ClientSettings | None

    @classmethod
    def of_worker(cls, worker: Mapping[str, str], client_id: str) -> LogClients:
        """The worker's own clients. Raises: ConfigError."""
        return cls(
            internal_consumer_settings(worker, client_id),
            internal_consumer_settings(worker, f"{client_id}-ends"),
            internal_producer_settings(worker, client_id),
        )


class InternalTopics:
    """Reads and writes the internal topics of one worker. Thread safe.

    Nothing is connected before the first log is started. Then all topics are read from their beginning; records of a
    log that is not started yet wait for it.

    Args:
        clients: Makes the Kafka clients.
        topics: Names of the topics; they must exist, see `internal_topics`.
        client_id: How the clients call themselves, unless `settings` are given.
        settings: Of the clients; the worker's own connection properties unless given.
        patience_s: How long the start of a log may go on without reading anything.
        metadata_timeout_s: How long to wait for the partitions of topics that were just created.
        clock: Source of deadlines.
    """

    def __init__(
        self,
        clients: ClientFactory,
        topics: Sequence[str],
        *,
        client_id: str = "",
        settings: LogClients | None = None,
        patience_s: float = _PATIENCE_S,
        metadata_timeout_s: float = 30.0,
        clock: Clock | None = None,
    ) -> None:
        self._clients = clients
        self._topics = tuple(dict.fromkeys(topics))
        self._settings = settings or LogClients.of_worker(clients.worker, client_id)
        self._patience_s = patience_s
        self._metadata_timeout_s = metadata_timeout_s
        self._clock = clock if clock is not None else SystemClock()
        self._watch = clients.watch(self._settings.reader)
        self._lock = Lock()
        self._session: TopicSession | None = None
        self._stopping = Event()

    @property
    def problem(self) -> str | None:
        """Why the topics cannot be read or written at present, ``None`` when they can as far as is known."""
        session = self._session
        return (session.failure if session is not None else None) or self._watch.problem

    def log(self, topic: str) -> TopicLog:
        """The log that one of the topics is."""
        if topic not in self._topics:
            raise ValueError(f"{topic} is none of the topics {', '.join(self._topics)}")
        return TopicLog(self, topic, self._patience_s, self._clock)

    def session(self) -> TopicSession:
        """The open clients; connects when that was not done yet. Blocks. Raises: StorageError."""
        with self._lock:
            if self._session is None:
                if self._stopping.is_set():
                    raise StorageError("The internal topics are not read any more: the worker stops")
                self._session = self._open()
            return self._session

    def open_session(self) -> TopicSession | None:
        """The open clients, ``None`` when nothing was connected."""
        return self._session

    def note_end(self, topic: str, partition: int, end: int) -> None:
        """Something else of this worker has written up to the offset before ``end``: reading to the end includes it."""
        self.session().writer.note_end(topic, partition, end)

    def stop(self) -> None:
        """Deliver nothing more, give queued writes a few seconds, close the clients. May be called twice. Blocks."""
        self._stopping.set()
        with self._lock:
            if self._session is not None:
                self._session.close()

    def _open(self) -> TopicSession:
        asking = self._clients.silent_consumer(self._settings.asker)
        try:
            partitions = {topic: self._count_partitions(asking, topic) for topic in self._topics}
        except StorageError:
            asking.close()
            raise
        writer = self._settings.writer
        producer = NobodyWrites() if writer is None else self._clients.producer(writer)
        session = TopicSession(
            self._clients.consumer(self._settings.reader),
            TopicReader(partitions, self._watch, self._clock),
            TopicEnds(asking, partitions, self._watch, self._clock),
            TopicWriter(producer, self._clock),
            self._watch,
            self._clock,
        )
        session.start()
        return session

    def _count_partitions(self, consumer: Consumer, topic: str) -> int:
        deadline = self._clock.monotonic() + self._metadata_timeout_s
        problem = "it does not exist"
        while self._clock.monotonic() < deadline and not self._stopping.is_set():
            try:
                found = consumer.list_topics(topic, timeout=_METADATA_TRY_S).topics[topic]
                if found.error is None and found.partitions:
                    return len(found.partitions)
                if found.error is not None and found.error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                    raise StorageError(str(translate(found.error, f"Reading topic {topic}")))
                problem = str(found.error or problem)
            except KafkaException as exc:
                problem = kafka_error(exc).str()
            self._stopping.wait(_PAUSE_S)
        raise StorageError(f"Topic {topic} cannot be read: {problem}")


class TopicLog:
    """One of the internal topics as a `Log`."""

    def __init__(self, topics: InternalTopics, topic: str, patience_s: float, clock: Clock) -> None:
        self._topics = topics
        self._topic = topic
        self._patience_s = patience_s
        self._clock = clock
        self._stopped = Event()

    def start(self, on_record: RecordListener) -> None:
        """Deliver everything present, then return and go on in the background. Blocks as long as the reader gets on.

        Raises:
            StorageError: The topic cannot be read, or reading stands still.
        """
        session = self._topics.session()
        session.reader.listen(self._topic, on_record)
        before: list[int] = []
        while True:
            try:
                self.read_to_end(timeout_s=self._patience_s)
            except RetriableError as exc:
                position = session.reader.positions(self._topic)
                if position == before or self._stopped.is_set():
                    raise StorageError(str(exc)) from exc
                before = position
            else:
                return

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        """Write records and wait until all are acknowledged. Raises: RetriableError, StorageError."""
        self._topics.session().writer.send(self._topic, records, timeout_s=timeout_s)

    def send_soon(self, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        """Queue one record and return at once."""
        self._topics.session().writer.send_soon(self._topic, key, value, still_wanted=still_wanted)

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
        """Return when everything written before the call was delivered. Raises: RetriableError, StorageError."""
        session = self._topics.session()
        deadline = self._clock.monotonic() + timeout_s
        stop = give_up if give_up is not None else self._stopped
        # Taken first: a write of our own that is acknowledged may still lie behind a last stable offset, which an open
        # transaction holds back.
        own = session.writer.ends(self._topic)
        ends = session.ends.last_stable_offsets(self._topic, deadline=deadline, give_up=stop)
        targets = [max(end, own.get(number, 0)) for number, end in enumerate(ends)]
        session.reader.wait_for(self._topic, targets, deadline=deadline, give_up=stop)

    def stop(self) -> None:
        """Deliver nothing any more; `InternalTopics.stop` closes the clients."""
        self._stopped.set()
        session = self._topics.open_session()
        if session is not None:
            session.reader.fall_silent(self._topic)
