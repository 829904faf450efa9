"""A step of a transaction as a change: whatever it touches is written in one transaction of the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connect_runtime.broker.groups.offsets import CommitPendingOffsets, CommittedOffsets
from connect_runtime.broker.log.catalog import Catalog
from connect_runtime.broker.log.markers import AppendMarkers, Marker
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.storage.writer import Change, Statement
from connect_runtime.broker.transactions.registry import PutTransaction, TransactionRegistry
from connect_runtime.broker.transactions.transaction import Transaction, TransactionState

__all__ = ["Decide", "StepTargets", "TransactionStep"]

Decide = Callable[[Transaction | None, int], Transaction]
"""The next value of a transaction, from the newest one (None: unknown id) and the time. May raise `ApiError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTargets:
    """What steps change.

    Attributes:
        registry: The transactions.
        catalog: Where their partitions are found.
        committed: The groups' committed offsets.
        tail: The newest batches.
    """

    registry: TransactionRegistry
    catalog: Catalog
    committed: CommittedOffsets
    tail: TailCache


class TransactionStep:
    """A change that takes a transaction to its next value; one that ends it writes markers and offsets, too.

    Args:
        targets: What it changes.
        transactional_id: Which transaction.
        decide: The next value; the same value means that there is nothing to do.
        clock_ms: The time.

    Attributes:
        result: The next value; there is none before it was staged.
    """

    def __init__(
        self, targets: StepTargets, transactional_id: str, decide: Decide, clock_ms: Callable[[], int]
    ) -> None:
        self.result: Transaction
        self._targets = targets
        self._transactional_id = transactional_id
        self._decide = decide
        self._clock_ms = clock_ms
        self._parts: list[Change] = []

    def stage(self) -> list[Statement]:
        """Decide, and stage all that follows."""
        newest = self._targets.registry.newest(self._transactional_id)
        after = self._decide(newest, self._clock_ms())
        self.result = after
        if after is newest:
            return []
        if newest is not None and newest.is_open and not after.is_open:
            self._parts.extend(_completion(self._targets, newest, after))
        self._parts.append(PutTransaction(self._targets.registry, after))
        return [statement for part in self._parts for statement in part.stage()]

    def apply(self) -> None:
        """Let everybody see it."""
        for part in self._parts:
            part.apply()

    def revert(self) -> None:
        """Take it all back."""
        for part in reversed(self._parts):
            part.revert()


def _completion(targets: StepTargets, before: Transaction, after: Transaction) -> Iterator[Change]:
    is_committed = after.state is TransactionState.COMPLETE_COMMIT
    is_same_producer = (after.producer_id, after.epoch) == (before.producer_id, before.epoch)
    yield AppendMarkers(
        list(_partitions(targets.catalog, before)),
        targets.tail,
        marker=Marker.COMMIT if is_committed else Marker.ABORT,
        producer_id=before.producer_id,
        epoch=before.epoch if is_same_producer else before.epoch + 1,
        now_ms=after.updated_ms,
    )
    if is_committed:
        offsets = {
            group_id: {key: offset for key, offset in of_group.items() if key[0] in targets.catalog.by_name}
            for group_id, of_group in before.offsets.items()
        }
        yield CommitPendingOffsets(targets.committed, offsets)


def _partitions(catalog: Catalog, transaction: Transaction) -> Iterator[PartitionLog]:
    """Those that are still there: a topic may have been deleted meanwhile."""
    for name, number in sorted(transaction.partitions):
        topic = catalog.by_name.get(name)
        if topic is not None and number < len(topic.partitions):
            yield topic.partitions[number]
