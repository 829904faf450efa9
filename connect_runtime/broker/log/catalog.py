"""The topics of this broker, in memory."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.aborted import load_aborted
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.sequence import ProducerState, unpack_batches
from connect_runtime.broker.log.topic_config import TopicConfig, topic_config
from connect_runtime.broker.storage.database import OFFSET_BITS, row_key

__all__ = ["Catalog", "Topic", "load_catalog"]


@dataclass(slots=True, eq=False)
class Topic:
    """One topic. Owned by the loop's thread.

    Attributes:
        id: Its id in the database.
        name: Its name.
        uuid: Its id in the protocol.
        settings: What was set on the topic itself, as text.
        config: What it amounts to, defaults included.
        partitions: Its partitions by number.
    """

    id: int
    name: str
    uuid: UUID
    settings: dict[str, str]
    config: TopicConfig
    partitions: list[PartitionLog] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Catalog:
    """All topics, by name and by id. Owned by the loop's thread.

    Attributes:
        defaults: The broker's defaults for topic settings.
        by_name: Topics by name.
        by_uuid: The same topics by protocol id.
        next_topic_id: Database id for the next topic.
        next_partition_id: Database id for the next partition.
    """

    defaults: Mapping[str, str]
    by_name: dict[str, Topic] = field(default_factory=dict)
    by_uuid: dict[UUID, Topic] = field(default_factory=dict)
    next_topic_id: int = 1
    next_partition_id: int = 1

    def add(self, topic: Topic) -> None:
        """Make a topic known."""
        self.by_name[topic.name] = topic
        self.by_uuid[topic.uuid] = topic

    def remove(self, topic: Topic) -> None:
        """Forget a topic; whoever waits on its partitions is woken."""
        self.by_name.pop(topic.name, None)
        self.by_uuid.pop(topic.uuid, None)
        for partition in topic.partitions:
            partition.is_deleted = True
            partition.wake_readers()

    def topic(self, name: str | None, uuid: UUID | None = None) -> Topic:
        """The topic of that name, or of that id when there is no name.

        Raises:
            ApiError: UNKNOWN_TOPIC_OR_PARTITION or UNKNOWN_TOPIC_ID.
        """
        if name:
            topic = self.by_name.get(name)
            code = ErrorCode.unknown_topic_or_partition
        else:
            topic = self.by_uuid.get(uuid) if uuid is not None else None
            code = ErrorCode.unknown_topic_id
        if topic is None:
            raise ApiError(code)
        return topic

    def partition(self, topic: Topic, number: int) -> PartitionLog:
        """The topic's partition of that number.

        Raises:
            ApiError: UNKNOWN_TOPIC_OR_PARTITION.
        """
        if not 0 <= number < len(topic.partitions):
            raise ApiError(ErrorCode.unknown_topic_or_partition)
        return topic.partitions[number]

    def partitions(self) -> Iterator[tuple[Topic, PartitionLog]]:
        """Every partition with its topic, as of the moment of the call."""
        return iter([(topic, partition) for topic in self.by_name.values() for partition in topic.partitions])


def load_catalog(connection: sqlite3.Connection, defaults: Mapping[str, str]) -> Catalog:
    """Read the topics at the start of the broker."""
    catalog = Catalog(defaults=defaults)
    topics = _load_topics(connection, catalog)
    partitions = _load_partitions(connection, topics)
    _load_producers(connection, partitions)
    for partition_id, aborted in load_aborted(connection):
        if partition_id in partitions:
            partitions[partition_id].aborted.append(aborted)
    for table, last_id in connection.execute("SELECT name, seq FROM sqlite_sequence"):
        if table == "topic":
            catalog.next_topic_id = last_id + 1
        elif table == "partition":
            catalog.next_partition_id = last_id + 1
    return catalog


def _load_topics(connection: sqlite3.Connection, catalog: Catalog) -> dict[int, Topic]:
    settings: dict[int, dict[str, str]] = {}
    for topic_id, key, value in connection.execute("SELECT topic_id, key, value FROM topic_config"):
        settings.setdefault(topic_id, {})[key] = value
    topics: dict[int, Topic] = {}
    for topic_id, name, uuid in connection.execute("SELECT id, name, uuid FROM topic ORDER BY id"):
        own = settings.get(topic_id, {})
        topic = Topic(topic_id, name, UUID(bytes=uuid), own, topic_config(own, catalog.defaults))
        topics[topic_id] = topic
        catalog.add(topic)
    return topics


def _load_partitions(connection: sqlite3.Connection, topics: Mapping[int, Topic]) -> dict[int, PartitionLog]:
    partitions: dict[int, PartitionLog] = {}
    rows = connection.execute(
        "SELECT id, topic_id, number, log_start, log_end, cleaned_to, sweep_at FROM partition"
        " WHERE topic_id IS NOT NULL ORDER BY topic_id, number"
    )
    for partition_id, topic_id, number, log_start, floor, cleaned_to, sweep_at in rows.fetchall():
        topic = topics[topic_id]
        end = max(floor, _end_of_batches(connection, partition_id))
        partition = PartitionLog(
            partition_id, topic.name, number, log_start, end, end, cleaned_to=cleaned_to, sweep_at_ms=sweep_at
        )
        topic.partitions.append(partition)
        partitions[partition_id] = partition
    return partitions


def _end_of_batches(connection: sqlite3.Connection, partition_id: int) -> int:
    row = connection.execute(
        "SELECT last_offset FROM batch WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1",
        (row_key(partition_id, 0), (partition_id + 1) << OFFSET_BITS),
    ).fetchone()
    return 0 if row is None else int(row[0]) + 1


def _load_producers(connection: sqlite3.Connection, partitions: Mapping[int, PartitionLog]) -> None:
    rows = connection.execute(
        "SELECT partition_id, producer_id, epoch, updated, batches, transaction_start FROM producer"
        " ORDER BY transaction_start"
    )
    for partition_id, producer_id, epoch, updated, batches, transaction_start in rows:
        partition = partitions.get(partition_id)
        if partition is None:
            continue
        partition.producers[producer_id] = ProducerState(epoch, unpack_batches(batches), updated, transaction_start)
        if transaction_start is not None:
            partition.undecided[producer_id] = transaction_start
