"""What producers and the broker itself can do with transactions, as changes for the writer."""

from collections.abc import Callable, Collection, Mapping

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.groups.offsets import CommittedOffset, TopicPartition
from connect_runtime.broker.storage.writer import Statement
from connect_runtime.broker.transactions.registry import TransactionRegistry, forget_statement
from connect_runtime.broker.transactions.steps import Decide, StepTargets, TransactionStep
from connect_runtime.broker.transactions.transaction import (
    Claim,
    Move,
    Transaction,
    check_may_commit,
    check_may_write,
    check_owner,
    ended,
    fenced,
    initialized,
    with_offsets,
    with_partitions,
)

__all__ = ["ForgetIdle", "Owner", "TransactionCoordinator"]

Owner = tuple[str, int, int]
"""Who speaks: transactional id, producer id and epoch."""


class TransactionCoordinator:
    """Makes the changes; whoever has one gives it to the writer. Owned by the loop's thread.

    Args:
        targets: What the changes change.
        clock_ms: The time, milliseconds since 1970.

    Attributes:
        registry: The transactions.
    """

    def __init__(self, targets: StepTargets, clock_ms: Callable[[], int]) -> None:
        self.registry = targets.registry
        self._targets = targets
        self._clock_ms = clock_ms

    def initialize(self, transactional_id: str, timeout_ms: int, claim: Claim | None, fresh_id: int) -> TransactionStep:
        """Let a producer start, or start again; a transaction left open is aborted."""

        def decide(newest: Transaction | None, now_ms: int) -> Transaction:
            return initialized(newest, transactional_id, timeout_ms, claim, fresh_id, now_ms)

        return self._step(transactional_id, decide)

    def add_partitions(self, owner: Owner, partitions: Collection[TopicPartition]) -> TransactionStep:
        """Let records for these partitions come; opens the transaction."""

        def decide(newest: Transaction | None, now_ms: int) -> Transaction:
            return with_partitions(check_owner(newest, *owner[1:]), partitions, now_ms)

        return self._step(owner[0], decide)

    def add_group(self, owner: Owner, group_id: str) -> TransactionStep:
        """Let offsets of this group come; opens the transaction."""

        def decide(newest: Transaction | None, now_ms: int) -> Transaction:
            return with_offsets(check_owner(newest, *owner[1:]), group_id, {}, now_ms)

        return self._step(owner[0], decide)

    def add_offsets(
        self, owner: Owner, group_id: str, offsets: Mapping[TopicPartition, CommittedOffset]
    ) -> TransactionStep:
        """Keep offsets of a group until the transaction ends."""

        def decide(newest: Transaction | None, now_ms: int) -> Transaction:
            return with_offsets(check_may_commit(newest, *owner[1:], group_id), group_id, offsets, now_ms)

        return self._step(owner[0], decide)

    def end(self, owner: Owner, move: Move) -> TransactionStep:
        """Commit or abort."""

        def decide(newest: Transaction | None, now_ms: int) -> Transaction:
            return ended(check_owner(newest, *owner[1:]), move, now_ms)

        return self._step(owner[0], decide)

    def timed_out(self) -> list[TransactionStep]:
        """Abort the transactions that are open for too long, and fence their producers."""
        now_ms = self._clock_ms()
        return [
            self._step(transaction.transactional_id, _fenced_if_late)
            for transaction in self.registry
            if transaction.has_timed_out(now_ms)
        ]

    def forget_idle(self, idle_s: float) -> "ForgetIdle":
        """Forget transactional ids that nobody used for that long."""
        return ForgetIdle(self.registry, self._clock_ms() - round(idle_s * 1000))

    def write_check(self, owner: Owner, partition: TopicPartition) -> Callable[[], None]:
        """What to call when a batch is staged: raises `ApiError` unless it belongs to the owner's open transaction."""

        def check() -> None:
            check_may_write(self.registry.newest(owner[0]), *owner[1:], partition)

        return check

    def _step(self, transactional_id: str, decide: Decide) -> TransactionStep:
        return TransactionStep(self._targets, transactional_id, decide, self._clock_ms)


def _fenced_if_late(newest: Transaction | None, now_ms: int) -> Transaction:
    if newest is None:
        raise ApiError(ErrorCode.invalid_producer_id_mapping)
    # It may have ended since it was found to be late.
    return fenced(newest, now_ms) if newest.has_timed_out(now_ms) else newest


class ForgetIdle:
    """A change that forgets the transactional ids without an open transaction that were not used for long."""

    def __init__(self, registry: TransactionRegistry, idle_since_ms: int) -> None:
        self._registry = registry
        self._idle_since_ms = idle_since_ms
        self._idle: list[str] = []

    def stage(self) -> list[Statement]:
        """Find them, and delete their rows."""
        self._idle = [
            transaction.transactional_id
            for transaction in self._registry
            if self._registry.newest(transaction.transactional_id) is transaction
            and not transaction.is_open
            and transaction.updated_ms < self._idle_since_ms
        ]
        return [forget_statement(self._idle)] if self._idle else []

    def apply(self) -> None:
        """Forget them."""
        for transactional_id in self._idle:
            self._registry.remove(transactional_id)

    def revert(self) -> None:
        """Nothing was changed yet."""
