"""A producer whose messages belong to transactions, and what its errors mean for the task that owns it."""
# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError
from connect_runtime.kafka import error_behind, is_retriable, kafka_error, translate
from connect_runtime.storage.log import KeyedRecord
from connect_runtime.tasks.sender import OnDelivery, ProducerLike

__all__ = ["TransactionalClient", "TransactionalProducer"]

logger = logging.getLogger(__name__)

# The client's calls go on where they were when they are repeated; in between the task sees whether it was given up.
_TRY_S = 1.0
_PAUSE_S = 0.1
_REMINDER_S = 60.0
_ABORT_S = 5.0

_FENCED = frozenset({KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED})
_NO_TIME_LEFT = frozenset({KafkaError._TIMED_OUT, KafkaError._TIMED_OUT_QUEUE, KafkaError.REQUEST_TIMED_OUT})


class TransactionalClient(ProducerLike, Protocol):
    """The parts of a Kafka producer with a transactional id that are used here."""

    def init_transactions(self, timeout: float) -> None:
        """Fence older producers of the same id."""
        ...

    def begin_transaction(self) -> None:
        """Begin; asks no broker."""
        ...

    def commit_transaction(self, timeout: float) -> None:
        """Deliver everything, then commit."""
        ...

    def abort_transaction(self, timeout: float) -> None:
        """Drop what is queued, then abort."""
        ...


class TransactionalProducer:
    """Produces in transactions, one at a time. Belongs to the task's thread, but for `purge`.

    Args:
        client: The Kafka producer.
        transactional_id: Its id.
        timeout_s: ``transaction.timeout.ms``, after which the broker aborts a transaction.
        clock: Tells how long a transaction has been open.
    """

    def __init__(self, client: TransactionalClient, transactional_id: str, timeout_s: float, clock: Clock) -> None:
        self._client = client
        self._id = transactional_id
        self._timeout_s = timeout_s
        self._clock = clock
        self._opened_at: float | None = None
        self._is_broken = False
        # The one call that is made per record goes straight to the client.
        self.produce: Callable[..., None] = client.produce

    # -- as ProducerLike -----------------------------------------------------------------------------------------------

    def produce_batch(self, topic: str, messages: list[dict[str, Any]], *, on_delivery: OnDelivery) -> int:
        """Queue messages; those refused get a member ``_error``."""
        return self._client.produce_batch(topic, messages, on_delivery=on_delivery)

    def poll(self, timeout: float) -> int:
        """Serve delivery reports. Raises: ConnectError: no transaction can succeed any more."""
        return self._served(lambda: self._client.poll(timeout))

    def flush(self, timeout: float) -> int:
        """Wait for all delivery reports. Raises: ConnectError: no transaction can succeed any more."""
        return self._served(lambda: self._client.flush(timeout))

    def purge(self) -> None:
        """Drop everything that was not delivered yet; the open transaction can only be aborted then."""
        self._client.purge()

    def __len__(self) -> int:
        """Messages whose delivery report was not served yet."""
        return len(self._client)

    # -- transactions --------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a transaction was begun and is not ended."""
        return self._opened_at is not None

    def initialize(self, give_up: Callable[[], bool]) -> None:
        """Fence older producers of this id and end what they left open. Blocks until done or ``give_up`` says so.

        Raises:
            ConnectError: It is not allowed, or was given up.
        """
        self._repeat(f"Taking the transactional id {self._id}", self._client.init_transactions, give_up)

    def ensure_open(self) -> None:
        """Begin a transaction unless one is open. Raises: ConnectError."""
        if self._opened_at is not None:
            return
        try:
            self._client.begin_transaction()
        except KafkaException as error:
            raise self._failure("Beginning a transaction", error) from error
        self._opened_at = self._clock.monotonic()

    def write(
        self, topic: str, records: Sequence[KeyedRecord], on_delivery: OnDelivery, give_up: Callable[[], bool]
    ) -> None:
        """Queue records of the runtime's own; waits while the queue is full. Raises: ConnectError."""
        for key, value in records:
            while True:
                try:
                    self._client.produce(topic, key=key, value=value, on_delivery=on_delivery)
                except BufferError as error:
                    if give_up():
                        raise ConnectError(f"Writing to topic {topic} was given up") from error
                    self.poll(_PAUSE_S)
                except KafkaException as error:
                    raise self._failure(f"Writing to topic {topic}", error) from error
                else:
                    break

    def commit(self, give_up: Callable[[], bool]) -> None:
        """Wait until everything is delivered, then commit. Blocks until done or ``give_up`` says so.

        Raises:
            ConnectError: A message was not delivered, the transaction was open for too long, another producer took
                the id, or it was given up. Nothing of the transaction will be seen, except that it may have been
                committed when the call was given up.
        """
        self._repeat("Committing a transaction", self._client.commit_transaction, give_up)
        self._opened_at = None

    def abort(self, give_up: Callable[[], bool]) -> None:
        """Let nobody see the open transaction. Blocks until done or ``give_up`` says so. Raises: ConnectError."""
        self._repeat("Aborting a transaction", self._client.abort_transaction, give_up)
        self._opened_at = None

    def why_shut_out(self) -> ConnectError | None:
        """Why the client lost its id, ``None`` when it did not: to be asked only when the task fails anyway.

        Messages that are refused for that, now or in a delivery report, do not say it.
        """
        found = self._asked()
        return None if found is None or found.code() not in _FENCED else self._failure("Writing", KafkaException(found))

    def close(self) -> None:
        """Abort what is open, as far as that is quickly done; readers need not wait for its timeout then."""
        if self._opened_at is None or self._is_broken:
            return
        deadline = self._clock.monotonic() + _ABORT_S
        try:
            self.abort(lambda: self._clock.monotonic() >= deadline)
        except ConnectError as error:
            logger.warning(
                "The open transaction of %s was not aborted; the broker does it after transaction.timeout.ms: %s",
                self._id,
                error,
            )

    # -- errors --------------------------------------------------------------------------------------------------------

    def _served(self, serve: Callable[[], int]) -> int:
        try:
            return serve()
        except (KafkaException, SystemError) as error:
            # The client raises a fatal error once, out of any call that serves reports.
            if self._is_broken:
                return 0
            raise self._failure("Writing", error) from error

    def _repeat(self, doing: str, call: Callable[[float], None], give_up: Callable[[], bool]) -> None:
        remind_at = self._clock.monotonic() + _REMINDER_S
        while True:
            try:
                return call(_TRY_S)
            except (KafkaException, SystemError) as error:
                found = kafka_error(error) if isinstance(error, KafkaException) else None
                if found is None or found.txn_requires_abort() or not _may_be_repeated(found):
                    raise self._failure(doing, error) from error
                if give_up():
                    raise ConnectError(f"{doing} was given up: {found.str()}") from error
                now = self._clock.monotonic()
                if now >= remind_at:
                    remind_at = now + _REMINDER_S
                    logger.warning("%s with id %s takes long: %s", doing, self._id, found.str())
                # A refused login comes out here: what transactions wait for does not say why they wait in vain.
                self.poll(0 if found.code() in _NO_TIME_LEFT else _PAUSE_S)

    def _failure(self, doing: str, error: Exception) -> ConnectError:
        found = self._found(error)
        self._is_broken = self._is_broken or found.fatal()
        if found.code() not in _FENCED:
            return ConnectError(str(translate(found, doing)))
        open_s = 0.0 if self._opened_at is None else self._clock.monotonic() - self._opened_at
        if open_s >= self._timeout_s:
            return ConnectError(
                f"{doing} failed: the transaction was open for {open_s:.0f} s, and the broker ends a transaction after "
                f"transaction.timeout.ms={self._timeout_s * 1000:.0f}. End transactions earlier (transaction.boundary="
                "poll, a shorter transaction.boundary.interval.ms, smaller batches of the connector), or raise "
                "producer.override.transaction.timeout.ms; the broker's transaction.max.timeout.ms bounds it"
            )
        return ConnectError(
            f"{doing} failed: another producer has taken over the transactional id {self._id} ({found.name()}): this "
            "task was replaced by a newer instance, or its producers were fenced for one. If no other instance runs, "
            "restart the task; the id of a task is group.id, connector and number of the task, so two groups of "
            "workers must not have the same group.id"
        )

    def _found(self, error: Exception) -> KafkaError:
        """The client's error, also when a delivery report ran into the exception that was about to be raised.

        A message that is refused says only that some error was fatal.
        """
        found = error_behind(error)
        if found is not None and found.code() != KafkaError._FATAL:
            return found
        return self._asked() or found or KafkaError(KafkaError._FAIL, str(error))

    def _asked(self) -> KafkaError | None:
        """Why no transaction can be begun now; the client has no other word for an error that was told already."""
        try:
            self._client.begin_transaction()
        except KafkaException as error:
            return kafka_error(error)
        return None


def _may_be_repeated(error: KafkaError) -> bool:
    return error.retriable() or is_retriable(error)
