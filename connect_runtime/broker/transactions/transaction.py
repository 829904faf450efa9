"""What is known under one transactional id, as values and pure decisions: time comes in, the next value goes out.

The rules are those of Kafka's `TransactionCoordinator` and `TransactionMetadata` (KIP-98, KIP-360), in the first
version of the client protocol: the epoch changes when a producer is initialised or fenced, not at every end.

    EMPTY ──add──▶ ONGOING ──commit──▶ COMPLETE_COMMIT ──add──▶ ONGOING
      ▲              │  ▲ add
      │              └──abort──▶ COMPLETE_ABORT ──add──▶ ONGOING
      └── initialize ── COMPLETE_COMMIT, COMPLETE_ABORT

Kafka has PrepareCommit and PrepareAbort besides, for the time in which the markers are written. Here the markers, the
offsets and the new state are written in one transaction of the database, so that nobody ever sees a half.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.groups.offsets import CommittedOffset, TopicPartition

__all__ = [
    "NO_EPOCH",
    "NO_PRODUCER_ID",
    "Claim",
    "Move",
    "Transaction",
    "TransactionState",
    "check_may_commit",
    "check_may_write",
    "check_owner",
    "ended",
    "fenced",
    "initialized",
    "next_transaction_state",
    "with_offsets",
    "with_partitions",
]

NO_EPOCH = -1
NO_PRODUCER_ID = -1
_LAST_EPOCH = 2**15 - 1


class TransactionState(Enum):
    """States of a transaction, by the names that the protocol has for them."""

    EMPTY = "Empty"
    ONGOING = "Ongoing"
    COMPLETE_COMMIT = "CompleteCommit"
    COMPLETE_ABORT = "CompleteAbort"


class Move(Enum):
    """What can be done to a transaction."""

    INITIALIZE = "initialize"
    ADD = "add"
    COMMIT = "commit"
    ABORT = "abort"


_MOVES: Mapping[tuple[TransactionState, Move], TransactionState] = {
    (TransactionState.EMPTY, Move.INITIALIZE): TransactionState.EMPTY,
    (TransactionState.COMPLETE_COMMIT, Move.INITIALIZE): TransactionState.EMPTY,
    (TransactionState.COMPLETE_ABORT, Move.INITIALIZE): TransactionState.EMPTY,
    (TransactionState.EMPTY, Move.ADD): TransactionState.ONGOING,
    (TransactionState.ONGOING, Move.ADD): TransactionState.ONGOING,
    (TransactionState.COMPLETE_COMMIT, Move.ADD): TransactionState.ONGOING,
    (TransactionState.COMPLETE_ABORT, Move.ADD): TransactionState.ONGOING,
    (TransactionState.ONGOING, Move.COMMIT): TransactionState.COMPLETE_COMMIT,
    (TransactionState.ONGOING, Move.ABORT): TransactionState.COMPLETE_ABORT,
    # An end that is asked for again, because its answer was lost.
    (TransactionState.COMPLETE_COMMIT, Move.COMMIT): TransactionState.COMPLETE_COMMIT,
    (TransactionState.COMPLETE_ABORT, Move.ABORT): TransactionState.COMPLETE_ABORT,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The producer id and epoch that a producer says it has when it initialises again (KIP-360)."""

    producer_id: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """The newest transaction of one transactional id, and who may go on with it.

    Attributes:
        transactional_id: The id.
        producer_id: Producer id of its records.
        epoch: Epoch of the producer that owns it; older ones are fenced.
        timeout_ms: How long a transaction may be open.
        updated_ms: When it changed last.
        state: Where it stands.
        last_epoch: Epoch from which the owner came to the current one, so that its repeated request is known again;
            `NO_EPOCH` when somebody else had that epoch.
        previous_producer_id: Producer id before the epochs of that one ran out, else `NO_PRODUCER_ID`.
        started_ms: When the open transaction began, None while none is open.
        partitions: Partitions that it may write to.
        offsets: Offsets to be committed with it, by group; groups without an offset yet are there too.
    """

    transactional_id: str
    producer_id: int
    epoch: int
    timeout_ms: int
    updated_ms: int
    state: TransactionState = TransactionState.EMPTY
    last_epoch: int = NO_EPOCH
    previous_producer_id: int = NO_PRODUCER_ID
    started_ms: int | None = None
    partitions: frozenset[TopicPartition] = frozenset()
    offsets: Mapping[str, Mapping[TopicPartition, CommittedOffset]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def is_open(self) -> bool:
        """Whether records or offsets wait for its end."""
        return self.state is TransactionState.ONGOING

    def has_timed_out(self, now_ms: int) -> bool:
        """Whether it is open for longer than its producer said it would be."""
        return self.started_ms is not None and now_ms >= self.started_ms + self.timeout_ms


def next_transaction_state(state: TransactionState, move: Move) -> TransactionState:
    """Where a move leads.

    Raises:
        ApiError: INVALID_TXN_STATE, the move is not possible from there.
    """
    after = _MOVES.get((state, move))
    if after is None:
        raise ApiError(ErrorCode.invalid_txn_state, f"cannot {move.value} a transaction that is {state.value}")
    return after


def initialized(
    old: Transaction | None, transactional_id: str, timeout_ms: int, claim: Claim | None, fresh_id: int, now_ms: int
) -> Transaction:
    """The transaction for a producer that starts, or starts again: fences all that came before.

    What was open is aborted with it. A claim that was granted already is granted again, which returns `old` itself.

    Args:
        old: What was known so far, None for a new transactional id.
        transactional_id: The id.
        timeout_ms: How long the producer's transactions may be open.
        claim: What the producer says it has, None for one that starts.
        fresh_id: A producer id to use if one is needed.
        now_ms: The time.

    Raises:
        ApiError: PRODUCER_FENCED, somebody else has taken over from the producer that makes the claim.
    """
    start = Transaction(
        transactional_id=transactional_id, producer_id=fresh_id, epoch=0, timeout_ms=timeout_ms, updated_ms=now_ms
    )
    if old is None:
        return start
    if claim is not None and not old.is_open and _is_repeated(old, claim):
        return old
    if claim is not None and claim != Claim(old.producer_id, old.epoch):
        raise ApiError(ErrorCode.producer_fenced, f"{transactional_id} is at epoch {old.epoch}, not {claim.epoch}")
    last_epoch = NO_EPOCH if claim is None else claim.epoch
    closed = fenced(old, now_ms) if old.is_open else old
    state = next_transaction_state(closed.state, Move.INITIALIZE)
    if _is_exhausted(closed.epoch):
        return replace(start, last_epoch=last_epoch, previous_producer_id=closed.producer_id)
    return replace(
        closed, epoch=closed.epoch + 1, last_epoch=last_epoch, timeout_ms=timeout_ms, updated_ms=now_ms, state=state
    )


def fenced(transaction: Transaction, now_ms: int) -> Transaction:
    """The open transaction aborted by the broker, in an epoch that nobody was given: its producer is out."""
    aborted = ended(transaction, Move.ABORT, now_ms)
    return replace(aborted, epoch=transaction.epoch + 1, last_epoch=NO_EPOCH)


def check_owner(transaction: Transaction | None, producer_id: int, epoch: int) -> Transaction:
    """The transaction, if this producer may go on with it.

    Raises:
        ApiError: INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED.
    """
    if transaction is None or transaction.producer_id != producer_id:
        raise ApiError(ErrorCode.invalid_producer_id_mapping)
    if transaction.epoch != epoch:
        raise ApiError(
            ErrorCode.producer_fenced,
            f"epoch {epoch} of {transaction.transactional_id} is not the current one, {transaction.epoch}",
        )
    return transaction


def with_partitions(transaction: Transaction, added: Collection[TopicPartition], now_ms: int) -> Transaction:
    """The transaction with more partitions to write to; the same value when it has them already."""
    if transaction.is_open and transaction.partitions.issuperset(added):
        return transaction
    return replace(_opened(transaction, now_ms), partitions=transaction.partitions.union(added))


def with_offsets(
    transaction: Transaction, group_id: str, added: Mapping[TopicPartition, CommittedOffset], now_ms: int
) -> Transaction:
    """The transaction with more offsets to commit for a group; none of them only makes the group known."""
    if transaction.is_open and group_id in transaction.offsets and not added:
        return transaction
    of_group = {**transaction.offsets.get(group_id, {}), **added}
    return replace(_opened(transaction, now_ms), offsets={**transaction.offsets, group_id: of_group})


def check_may_write(transaction: Transaction | None, producer_id: int, epoch: int, partition: TopicPartition) -> None:
    """Refuse records that belong to no open transaction of this producer.

    Raises:
        ApiError: INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_EPOCH, or INVALID_TXN_STATE when the transaction is not
            open or the partition was not added to it.
    """
    if partition not in _open_of(transaction, producer_id, epoch).partitions:
        raise ApiError(ErrorCode.invalid_txn_state, f"{partition[0]}-{partition[1]} was not added to the transaction")


def check_may_commit(transaction: Transaction | None, producer_id: int, epoch: int, group_id: str) -> Transaction:
    """The transaction, if it is open and takes offsets of the group from this producer.

    Raises:
        ApiError: As `check_may_write`.
    """
    opened = _open_of(transaction, producer_id, epoch)
    if group_id not in opened.offsets:
        raise ApiError(ErrorCode.invalid_txn_state, f"group {group_id} was not added to the transaction")
    return opened


def ended(transaction: Transaction, move: Move, now_ms: int) -> Transaction:
    """The transaction committed or aborted; the same value when it is so already.

    Raises:
        ApiError: INVALID_TXN_STATE, there is nothing to end, or it ended the other way.
    """
    state = next_transaction_state(transaction.state, move)
    if not transaction.is_open:
        return transaction
    return replace(
        transaction,
        state=state,
        updated_ms=now_ms,
        started_ms=None,
        partitions=frozenset(),
        offsets=MappingProxyType({}),
    )


def _opened(transaction: Transaction, now_ms: int) -> Transaction:
    state = next_transaction_state(transaction.state, Move.ADD)
    started_ms = now_ms if transaction.started_ms is None else transaction.started_ms
    return replace(transaction, state=state, started_ms=started_ms, updated_ms=now_ms)


def _open_of(transaction: Transaction | None, producer_id: int, epoch: int) -> Transaction:
    try:
        owned = check_owner(transaction, producer_id, epoch)
    except ApiError as refusal:
        if refusal.code is ErrorCode.producer_fenced:
            raise ApiError(ErrorCode.invalid_producer_epoch, refusal.message) from refusal
        raise
    if not owned.is_open:
        raise ApiError(ErrorCode.invalid_txn_state, f"{owned.transactional_id} has no open transaction")
    return owned


def _is_repeated(transaction: Transaction, claim: Claim) -> bool:
    if claim.epoch != transaction.last_epoch or claim.epoch == NO_EPOCH:
        return False
    is_rotated = claim.producer_id == transaction.previous_producer_id and _is_exhausted(claim.epoch)
    return claim.producer_id == transaction.producer_id or is_rotated


def _is_exhausted(epoch: int) -> bool:
    # One epoch is left over, for the fencing of the last producer that has one.
    return epoch >= _LAST_EPOCH - 1
