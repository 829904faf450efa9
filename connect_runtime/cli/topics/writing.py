"""Writing lines to a topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connect_runtime.cli.topics.cluster import Cluster
from connect_runtime.errors import ConnectError
from connect_runtime.kafka import translate

__all__ = ["Layout", "Written", "write"]

DeliveryCallback = Callable[[KafkaError | None, Message], None]

_PATIENCE_S = 30.0
_ANY_PARTITION = -1


class Layout(NamedTuple):
    """How a line becomes a record.

    Attributes:
        key_separator: What stands between key and value; ``None`` when lines hold values only.
        headers: Headers of every record.
        partition: Partition to write to, ``None`` to let the key decide.
    """

    key_separator: str | None = None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


class Written(NamedTuple):
    """How many records went to a partition, and the offsets of the first and the last."""

    partition: int
    records: int
    first_offset: int
    last_offset: int


def write(cluster: Cluster, topic: str, lines: Iterable[bytes], layout: Layout) -> list[Written]:
    """Write each line as one record and wait until all are acknowledged.

    Raises:
        ConnectError: A line has no key separator, or the broker refused a record or did not answer. Records before it
            may have been written.
    """
    producer = cluster.producer(message_timeout_ms=str(int(_PATIENCE_S * 1000)))
    receipts = _Receipts(topic)
    for number, line in enumerate(lines, start=1):
        key, value = _split(line.rstrip(b"\r\n"), layout.key_separator, number)
        while not _accepted(producer, topic, key, value, layout, receipts.take):
            producer.poll(0.1)
        producer.poll(0)
        receipts.check()
    producer.flush(_PATIENCE_S + 5)
    return receipts.written()


def _split(line: bytes, separator: str | None, number: int) -> tuple[bytes | None, bytes]:
    if separator is None:
        return None, line
    key, found, value = line.partition(separator.encode())
    if not found:
        raise ConnectError(f"Line {number} has no key separator '{separator}': {line[:80].decode(errors='replace')}")
    return key, value


def _accepted(
    producer: Producer, topic: str, key: bytes | None, value: bytes, layout: Layout, on_delivery: DeliveryCallback
) -> bool:
    """Whether the client took the record; it does not while its queue is full."""
    try:
        producer.produce(
            topic,
            value=value,
            key=key,
            headers=list(layout.headers),
            partition=_ANY_PARTITION if layout.partition is None else layout.partition,
            on_delivery=on_delivery,
        )
    except BufferError:
        return False
    except KafkaException as exc:
        raise translate(exc, f"Writing to {topic}") from exc
    return True


class _Receipts:
    """What the broker said about each record; called back on the writing thread."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._written: dict[int, Written] = {}
        self._error: KafkaError | None = None

    def take(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._error = self._error or error
            return
        partition, offset = message.partition() or 0, message.offset() or 0
        before = self._written.get(partition, Written(partition, 0, offset, offset))
        self._written[partition] = before._replace(records=before.records + 1, last_offset=offset)

    def check(self) -> None:
        if self._error is not None:
            raise translate(self._error, f"Writing to {self._topic}")

    def written(self) -> list[Written]:
        self.check()
        return sorted(self._written.values())
