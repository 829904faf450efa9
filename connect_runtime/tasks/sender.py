"""Hands messages to the producer in batches and counts their delivery reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import Any, Protocol

from confluent_kafka import KafkaException

from connect_runtime.errors import ConnectError
from connect_runtime.model import SourceRecord
from connect_runtime.pipeline import Outgoing
from connect_runtime.sdk import RecordMetadata
from connect_runtime.tasks.in_flight import InFlightBatch

__all__ = ["DeliveryReports", "ProducerLike", "Sender", "SentMessage"]

MAX_OUTSTANDING_MESSAGES = 100_000
MAX_OUTSTANDING_BYTES = 64 * 1024 * 1024
CHUNK = 5_000


class SentMessage(Protocol):
    """The parts of a delivery report's message that are read here."""

    def topic(self) -> str:
        """Topic written to."""
        ...

    def partition(self) -> int:
        """Partition written to."""
        ...

    def offset(self) -> int:
        """Offset the message got."""
        ...


OnDelivery = Callable[[Exception | None, SentMessage], None]
OnRecordDelivery = Callable[..., None]
"""An `OnDelivery` that may also be told the record."""


class ProducerLike(Protocol):
    """The parts of the Kafka producer that are used here; ``produce*`` do not block."""

    def produce(self, topic: str, **message: Any) -> None:
        """Queue one message."""
        ...

    def produce_batch(self, topic: str, messages: list[dict[str, Any]], *, on_delivery: OnDelivery) -> int:
        """Queue messages without headers and timestamps; those refused get a member ``_error``."""
        ...

    def poll(self, timeout: float) -> int:
        """Serve delivery reports."""
        ...

    def flush(self, timeout: float) -> int:
        """Wait for all delivery reports; the number still missing."""
        ...

    def purge(self) -> None:
        """Drop everything that was not delivered yet."""
        ...

    def __len__(self) -> int:
        """Messages whose delivery report was not served yet."""
        ...


class DeliveryReports(Protocol):
    """Is told of each delivery that the task has to know about."""

    def on_delivery_error(self, error: Exception, message: SentMessage, record: SourceRecord | None) -> bool:
        """A message could not be delivered; whether it counts as acknowledged all the same."""
        ...

    def on_record_delivered(self, record: SourceRecord, metadata: RecordMetadata) -> None:
        """A record was acknowledged; only asked for when each record is of interest."""
        ...


class _Metadata:
    """Where a message went, as `RecordMetadata`."""

    __slots__ = ("offset", "partition", "topic")

    def __init__(self, message: SentMessage) -> None:
        self.topic = message.topic()
        self.partition = message.partition()
        self.offset = message.offset()


class Sender:
    """Produces messages of one task, in order, and keeps the number and size of those outstanding bounded.

    ``send`` and ``is_full`` belong to the task's thread; ``serve`` and ``flush`` may be called from any.

    Args:
        producer: The Kafka producer.
        reports: Told of deliveries.
        each_record: Whether every record's acknowledgement is of interest, which costs time per record.
    """

    def __init__(self, producer: ProducerLike, reports: DeliveryReports, *, each_record: bool) -> None:
        self._producer: ProducerLike | None = producer
        self._reports = reports
        self._each_record = each_record
        self._outstanding_bytes = 0
        # Delivery callbacks run in whichever thread polls. The lock keeps them one at a time, so counting is safe.
        self._serving = Lock()

    def serve(self, timeout_s: float = 0.0) -> None:
        """Run the callbacks of deliveries that happened, waiting up to ``timeout_s`` for one."""
        with self._serving:
            if self._producer is not None:
                self._producer.poll(timeout_s)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything is delivered; whether that was so in time."""
        with self._serving:
            return self._producer is None or self._producer.flush(timeout_s) == 0

    def purge(self) -> None:
        """Drop what was not delivered yet. From any thread; ends a `flush` that is under way."""
        producer = self._producer
        if producer is not None:
            producer.purge()

    def close(self) -> None:
        """Drop what was not delivered and let the producer go, with its threads and connections."""
        self.purge()
        # Reports of what was dropped are served, or the client would keep their callbacks for ever.
        self.serve()
        with self._serving:
            self._producer = None

    @property
    def is_full(self) -> bool:
        """Whether to wait for deliveries before sending more."""
        return len(self._live()) >= MAX_OUTSTANDING_MESSAGES - CHUNK or self._outstanding_bytes >= MAX_OUTSTANDING_BYTES

    def _live(self) -> ProducerLike:
        if self._producer is None:
            raise ConnectError("The task's producer is closed")
        return self._producer

    def send(self, outgoing: Outgoing, start: int, batch: InFlightBatch) -> int:
        """Queue the messages from ``start`` on, at most a chunk; the index of the first that was not queued.

        Raises:
            Exception: The producer refused a message (as it raised it, or its error), e.g. because it is too large.
        """
        end = min(start + CHUNK, len(outgoing.values))
        size = sum(map(len, filter(None, outgoing.values[start:end])))
        self._outstanding_bytes += size
        on_delivery = self._counting_down(end - start, size, batch)
        if self._each_record or outgoing.headers is not None or outgoing.timestamps is not None:
            self._send_singly(outgoing, start, end, on_delivery)
        else:
            self._send_batch(outgoing, start, end, on_delivery)
        return end

    def _counting_down(self, left: int, size: int, batch: InFlightBatch) -> OnRecordDelivery:
        """A delivery callback for that many messages, which takes them off the batch when the last one came."""
        messages, refused = left, 0

        # Runs once per message: this is the hottest code of a source task.
        def on_delivery(error: Exception | None, message: SentMessage, record: SourceRecord | None = None) -> None:
            nonlocal left, refused
            left -= 1
            if error is not None:
                refused += not self._reports.on_delivery_error(error, message, record)
            elif record is not None:
                self._reports.on_record_delivered(record, _Metadata(message))
            if not left:
                self._outstanding_bytes -= size
                batch.outstanding -= messages - refused

        return on_delivery

    def _send_singly(self, outgoing: Outgoing, start: int, end: int, on_delivery: OnRecordDelivery) -> None:
        for index in range(start, end):
            callback = partial(on_delivery, record=outgoing.origins[index]) if self._each_record else on_delivery
            self._live().produce(outgoing.topic, **_message(outgoing, index), on_delivery=callback)

    def _send_batch(self, outgoing: Outgoing, start: int, end: int, on_delivery: OnRecordDelivery) -> None:
        values, keys, partitions = outgoing.values[start:end], outgoing.keys, outgoing.partitions
        if keys is None:
            messages: list[dict[str, Any]] = [{"value": value} for value in values]
        else:
            messages = [{"value": value, "key": key} for value, key in zip(values, keys[start:end], strict=True)]
        if partitions is not None:
            for message, to in zip(messages, partitions[start:end], strict=True):
                if to is not None:
                    message["partition"] = to
        if self._live().produce_batch(outgoing.topic, messages, on_delivery=on_delivery) < len(messages):
            raise next(_as_exception(message["_error"]) for message in messages if "_error" in message)


def _message(outgoing: Outgoing, index: int) -> dict[str, Any]:
    columns: dict[str, Sequence[Any] | None] = {
        "key": outgoing.keys,
        "partition": outgoing.partitions,
        "timestamp": outgoing.timestamps,
        "headers": outgoing.headers,
    }
    given = {name: column[index] for name, column in columns.items() if column is not None}
    return {"value": outgoing.values[index]} | {name: item for name, item in given.items() if item is not None}


def _as_exception(error: object) -> Exception:
    return error if isinstance(error, Exception) else KafkaException(error)
