"""Changes to topics: create, delete, more partitions, other settings, a new start of a log."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.groups.offsets import CommittedOffsets
from connect_runtime.broker.log.catalog import Catalog, Topic
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.log.topic_config import topic_config
from connect_runtime.broker.storage.writer import Statement

__all__ = ["AddPartitions", "CreateTopic", "DeleteTopic", "MoveLogStart", "SetTopicConfig"]

_INSERT_PARTITION = "INSERT INTO partition (id, topic_id, number) VALUES (?, ?, ?)"
_INSERT_CONFIG = "INSERT INTO topic_config VALUES (?, ?, ?)"


class CreateTopic:
    """Create a topic; refused when the name is taken."""

    def __init__(
        self, catalog: Catalog, name: str, uuid: UUID, num_partitions: int, settings: Mapping[str, str]
    ) -> None:
        self._catalog = catalog
        self._name = name
        self._uuid = uuid
        self._num_partitions = num_partitions
        self._settings = dict(settings)

    def stage(self) -> list[Statement]:
        """Take ids and enter the topic in the catalog, so that a second creation in this transaction is refused."""
        catalog = self._catalog
        if self._name in catalog.by_name:
            raise ApiError(ErrorCode.topic_already_exists, f"Topic '{self._name}' already exists.")
        topic = Topic(
            catalog.next_topic_id,
            self._name,
            self._uuid,
            self._settings,
            topic_config(self._settings, catalog.defaults),
        )
        catalog.next_topic_id += 1
        topic.partitions.extend(_new_partitions(catalog, topic, self._num_partitions))
        catalog.add(topic)
        self._topic = topic
        return [
            ("INSERT INTO topic VALUES (?, ?, ?)", [(topic.id, topic.name, topic.uuid.bytes)]),
            (_INSERT_CONFIG, [(topic.id, key, value) for key, value in self._settings.items()]),
            (_INSERT_PARTITION, [(partition.id, topic.id, partition.number) for partition in topic.partitions]),
        ]

    def apply(self) -> None:
        """It is in the catalog already."""

    def revert(self) -> None:
        """Take it out of the catalog. Its ids stay used."""
        self._catalog.remove(self._topic)


class DeleteTopic:
    """Delete a topic with its offsets in every group. Its batches are swept later, in the background."""

    def __init__(self, catalog: Catalog, topic: Topic, committed: CommittedOffsets) -> None:
        self._catalog = catalog
        self._topic = topic
        self._committed = committed

    def stage(self) -> list[Statement]:
        """Delete the rows that make the topic known."""
        topic = self._topic
        return [
            ("DELETE FROM topic WHERE id = ?", [(topic.id,)]),
            ("DELETE FROM topic_config WHERE topic_id = ?", [(topic.id,)]),
            ("UPDATE partition SET topic_id = NULL WHERE topic_id = ?", [(topic.id,)]),
            ("DELETE FROM group_offset WHERE topic = ?", [(topic.name,)]),
        ]

    def apply(self) -> None:
        """Take it out of the catalog."""
        self._catalog.remove(self._topic)
        for group_id, offsets in list(self._committed.items()):
            kept = {key: offset for key, offset in offsets.items() if key[0] != self._topic.name}
            if kept:
                self._committed[group_id] = kept
            else:
                del self._committed[group_id]

    def revert(self) -> None:
        """Nothing was changed yet."""


class AddPartitions:
    """Give a topic more partitions."""

    def __init__(self, catalog: Catalog, topic: Topic, count: int) -> None:
        self._catalog = catalog
        self._topic = topic
        self._count = count
        self._added: list[PartitionLog] = []

    def stage(self) -> list[Statement]:
        """Take ids for the new ones."""
        missing = self._count - len(self._topic.partitions)
        if missing <= 0:
            raise ApiError(
                ErrorCode.invalid_partitions,
                f"The topic {self._topic.name} currently has {len(self._topic.partitions)} partition(s); "
                f"{self._count} would not be an increase.",
            )
        self._added = _new_partitions(self._catalog, self._topic, missing)
        self._topic.partitions.extend(self._added)
        return [(_INSERT_PARTITION, [(added.id, self._topic.id, added.number) for added in self._added])]

    def apply(self) -> None:
        """They are in the topic already."""

    def revert(self) -> None:
        """Take them out again."""
        del self._topic.partitions[-len(self._added) :]


class SetTopicConfig:
    """Replace a topic's own settings; all of them are checked before."""

    def __init__(self, catalog: Catalog, topic: Topic, settings: Mapping[str, str]) -> None:
        self._catalog = catalog
        self._topic = topic
        self._settings = dict(settings)

    def stage(self) -> list[Statement]:
        """Write them."""
        rows = [(self._topic.id, key, value) for key, value in self._settings.items()]
        return [("DELETE FROM topic_config WHERE topic_id = ?", [(self._topic.id,)]), (_INSERT_CONFIG, rows)]

    def apply(self) -> None:
        """Act on them from now on."""
        self._topic.settings = self._settings
        self._topic.config = topic_config(self._settings, self._catalog.defaults)

    def revert(self) -> None:
        """Nothing was changed yet."""


class MoveLogStart:
    """Move the first readable offset of partitions forward. What lies before is swept in the background."""

    def __init__(self, starts: Sequence[tuple[PartitionLog, int]], tail: TailCache) -> None:
        self._starts = starts
        self._tail = tail

    def stage(self) -> list[Statement]:
        """Write start and end: once all batches are gone, nothing else knows where the log ends."""
        rows = [(start, partition.high_watermark, partition.id) for partition, start in self._starts]
        return [
            ("UPDATE partition SET log_start = max(log_start, ?), log_end = max(log_end, ?) WHERE id = ?", rows),
            (
                "DELETE FROM aborted WHERE partition_id = ? AND last_offset < ?",
                [(partition.id, start) for partition, start in self._starts],
            ),
        ]

    def apply(self) -> None:
        """Refuse reads before the new start."""
        for partition, start in self._starts:
            partition.log_start = max(partition.log_start, start)
            partition.aborted = [entry for entry in partition.aborted if entry.last_offset >= start]
            if partition.log_start >= partition.high_watermark:
                self._tail.forget(partition.id)

    def revert(self) -> None:
        """Nothing was changed yet."""


def _new_partitions(catalog: Catalog, topic: Topic, count: int) -> list[PartitionLog]:
    first = len(topic.partitions)
    partitions = [PartitionLog(catalog.next_partition_id + index, topic.name, first + index) for index in range(count)]
    catalog.next_partition_id += count
    return partitions
