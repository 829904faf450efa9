"""Writes of the leader: in transactions that brokers refuse when another worker leads.

Two things keep a leader out that does not know yet that it was replaced. Its successor takes over the transactional id,
which fences every older producer; and each transaction carries the group metadata of its writer, which the broker
compares with the members it knows. Neither alone is enough: the id protects only from when the successor has started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Lock

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from connect_runtime.clock import Clock
from connect_runtime.errors import ConflictError, ConnectError, RetriableError, StorageError
from connect_runtime.kafka import (
    ClientFactory,
    ClientSettings,
    error_behind,
    is_retriable,
    kafka_error,
    returned_within,
    translate,
)
from connect_runtime.storage.log import KeyedRecord, Sender

__all__ = ["LeaderWriter"]

_log = logging.getLogger(__name__)
_REPLACED = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001 - its name
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.UNKNOWN_MEMBER_ID,
    }
)
# Where transactions are not to be had, as on brokers that have none, or for users of Kafka Connect, who need no right
# for it.
_NOT_OFFERED = frozenset(
    {
        KafkaError._UNSUPPORTED_FEATURE,  # noqa: SLF001 - its name
        KafkaError.INVALID_REQUEST,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT,
        KafkaError.UNSUPPORTED_VERSION,
    }
)
_DISCONNECTED = frozenset({KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT})  # noqa: SLF001 - their names
_OVERDUE = frozenset({KafkaError._TIMED_OUT, KafkaError._TIMED_OUT_QUEUE})  # noqa: SLF001 - their names
# The client's own limits come first; this one is for calls that never return.
GRACE_S = 2.0
NoteEnd = Callable[[str, int, int], None]


class LeaderWriter:
    """Writes to one topic while this worker leads. Thread safe; calls wait for each other.

    Args:
        clients: Makes the producer.
        settings: Its settings, with a transactional id that all workers of the group share.
        topic: The topic; it has one partition.
        metadata: Gives the group metadata of this worker as leader, ``None`` when it does not lead.
        note_end: Told topic, partition and the offset after each record written, so that readers can wait for it.
        clock: Source of deadlines.
        plain: Writes without a transaction, as Kafka Connect does: used where the brokers offer none to this worker.
            ``None`` where that must not be.
    """

    def __init__(
        self,
        clients: ClientFactory,
        settings: ClientSettings,
        topic: str,
        metadata: Callable[[], object],
        note_end: NoteEnd,
        clock: Clock,
        plain: Sender | None = None,
    ) -> None:
        self._open: Callable[[], Producer] = lambda: clients.producer(settings, on_error=self._on_error)
        self._topic = topic
        self._metadata = metadata
        self._note_end = note_end
        self._clock = clock
        self._lock = Lock()
        self._plain = plain
        self._producer: Producer | None = None
        self._is_plain = False
        self._has_lost_connection = False

    @property
    def is_claimed(self) -> bool:
        """Whether the right to write is this worker's as far as it knows."""
        return self._producer is not None or self._is_plain

    def poll(self) -> None:
        """Give the right up when the connection was lost: to be called often while it is claimed.

        A producer that has sent offsets to a transaction before a broker was restarted may hang when it does so again.
        """
        with self._lock:
            if self._producer is None:
                return
            try:
                self._producer.poll(0)
            except (KafkaException, SystemError) as exc:
                # It is fenced, or cannot be used any more for another reason.
                _log.debug("The leader's producer is given up: %s", error_behind(exc) or exc)
                self._drop()
            if self._has_lost_connection:
                self._drop()

    def claim(self, timeout_s: float) -> None:
        """Take the right to write, and end what the predecessor has begun. Blocks.

        Afterwards everything of the predecessor lies before the topic's last stable offset.

        Raises:
            RetriableError: It did not work now.
            ConnectError: It is not allowed, for example by an ACL.
        """
        with self._lock:
            self._drop()
            self._has_lost_connection = False
            producer = self._open()
            try:
                producer.init_transactions(timeout_s)
            except KafkaException as exc:
                self._go_on_without(kafka_error(exc))
            else:
                self._producer = producer

    def release(self) -> None:
        """Give the right up: another worker leads, or the worker stops."""
        with self._lock:
            self._drop()

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        """Write records in one transaction; all of them are there, or none.

        Raises:
            ConflictError: This worker does not lead, or no more.
            RetriableError: Not acknowledged in time; the records may still arrive.
            StorageError: A record was refused.
        """
        with self._lock:
            producer, metadata = self._producer, self._metadata()
            if self._is_plain and self._plain is not None and metadata is not None:
                return self._plain.send(records, timeout_s=timeout_s)
            if producer is None or metadata is None:
                raise ConflictError("This worker does not lead its group any more; ask again")
            deadline = self._clock.monotonic() + timeout_s
            try:
                returned_within(
                    timeout_s + GRACE_S,
                    f"Writing to topic {self._topic}",
                    lambda: self._transact(producer, metadata, records, deadline),
                )
            except KafkaException as exc:
                raise self._judged(producer, kafka_error(exc)) from exc
            except SystemError as exc:
                # A fatal error of the client that is pending while it calls back comes out like this.
                found = error_behind(exc)
                if found is None:
                    raise
                raise self._judged(producer, found) from exc
            except StorageError:
                self._abort(producer)
                raise
            except RetriableError:
                # Whether it is there is found out by whoever takes the transactional id next: this worker.
                self._drop()
                raise
        return None

    def _go_on_without(self, error: KafkaError) -> None:
        """Write plainly from now on if that is all there is. Raises: ConnectError."""
        refused = translate(error, "Taking the right to write the config topic")
        if self._plain is None or error.code() not in _NOT_OFFERED:
            raise refused
        self._is_plain = True
        _log.warning(
            "The config topic is written without transactions, as Kafka Connect does: a worker that leads no more and "
            "does not know it yet is not kept from writing. To change that, give the worker's user the rights Write "
            "and Describe on the transactional id. %s",
            refused,
        )

    def _transact(self, producer: Producer, metadata: object, records: Sequence[KeyedRecord], deadline: float) -> None:
        refusals: list[KafkaError] = []
        ends: list[int] = []

        def on_delivery(error: KafkaError | None, message: Message) -> None:
            offset = message.offset()
            if error is not None:
                refusals.append(error)
            elif offset is not None:
                ends.append(offset + 1)

        producer.begin_transaction()
        for key, value in records:
            producer.produce(self._topic, value, key, partition=0, on_delivery=on_delivery)
        producer.flush(self._remaining(deadline))
        if refusals:
            found = translate(refusals[0], f"Writing to topic {self._topic}")
            raise found if isinstance(found, RetriableError) else StorageError(str(found))
        if len(ends) < len(records):
            raise RetriableError(f"Topic {self._topic} did not acknowledge a write in time")
        # Only its check of the member matters; nobody reads the offset.
        producer.send_offsets_to_transaction(
            [TopicPartition(self._topic, 0, max(ends))], metadata, self._remaining(deadline)
        )
        producer.commit_transaction(self._remaining(deadline))
        self._note_end(self._topic, 0, max(ends))

    def _judged(self, producer: Producer, error: KafkaError) -> ConnectError:
        """The error to raise, after what it asks for was done."""
        text = f"Writing to topic {self._topic}"
        if error.code() in _REPLACED:
            if error.fatal() or error.code() in {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH}:  # noqa: SLF001
                self._drop()
            else:
                self._abort(producer)
            return ConflictError(
                f"{text} was refused: another worker leads the group by now ({error.name()}); ask again"
            )
        found = translate(error, text)
        # An outcome that is not known is found out by whoever takes the transactional id next: this worker. Brokers
        # that did not answer in time are not asked to abort, which would take as long again.
        if error.fatal() or error.code() in _OVERDUE or not self._abort(producer):
            self._drop()
        return RetriableError(str(found)) if is_retriable(error) or error.retriable() else StorageError(str(found))

    def _on_error(self, error: KafkaError) -> None:
        """Called by whichever thread serves the producer."""
        if error.code() in _DISCONNECTED:
            self._has_lost_connection = True

    def _abort(self, producer: Producer) -> bool:
        try:
            producer.abort_transaction(_ABORT_S)
        except (KafkaException, SystemError) as exc:
            _log.debug("A transaction cannot be aborted: %s", error_behind(exc) or exc)
            self._drop()
            return False
        return True

    def _drop(self) -> None:
        self._is_plain = False
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()

    def _remaining(self, deadline: float) -> float:
        return max(0.1, deadline - self._clock.monotonic())


_ABORT_S = 5.0
