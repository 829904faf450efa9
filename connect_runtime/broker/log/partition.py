"""What the broker keeps in memory of one partition."""

import asyncio
from dataclasses import dataclass, field

from connect_runtime.broker.log.aborted import AbortedTransaction
from connect_runtime.broker.log.sequence import ProducerState

__all__ = ["PartitionLog"]


@dataclass(slots=True, eq=False)
class PartitionLog:
    """Ends, producers and waiting readers of one partition. Owned by the loop's thread.

    Attributes:
        id: Its id in the database.
        topic: Name of its topic.
        number: Its number within the topic.
        log_start: First offset that may be read.
        next_offset: Offset of the next record, counting batches that are being committed.
        high_watermark: End of what is committed, and thereby readable.
        producers: State of the idempotent producers that write here, by producer id.
        undecided: First offset of every open transaction, by producer id, in the order of these offsets.
        aborted: The aborted transactions that wrote here, in the order of their markers.
        readers: Events to set when something becomes readable, or the partition goes away.
        cleaned_to: Compaction has seen everything below this offset.
        sweep_at_ms: When tombstones that compaction kept fall due, None when there are none.
        is_deleted: The topic is gone.
    """

    id: int
    topic: str
    number: int
    log_start: int = 0
    next_offset: int = 0
    high_watermark: int = 0
    producers: dict[int, ProducerState] = field(default_factory=dict)
    undecided: dict[int, int] = field(default_factory=dict)
    aborted: list[AbortedTransaction] = field(default_factory=list)
    readers: set[asyncio.Event] = field(default_factory=set)
    cleaned_to: int = 0
    sweep_at_ms: int | None = None
    is_deleted: bool = False

    @property
    def last_stable_offset(self) -> int:
        """End of what a `read_committed` reader may see: the first record of an open transaction, or the end."""
        first_undecided = next(iter(self.undecided.values()), self.high_watermark)
        return max(first_undecided, self.log_start)

    def first_open_offset(self, end: int) -> int:
        """Where the first open transaction begins, counting batches that are being committed; `end` without one."""
        starts = [state.transaction_start for state in self.producers.values() if state.transaction_start is not None]
        return min(starts, default=end)

    def wake_readers(self) -> None:
        """Have every waiting fetch look again."""
        for reader in self.readers:
            reader.set()
