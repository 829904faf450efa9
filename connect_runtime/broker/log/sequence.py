"""Idempotent and transactional producers: is this batch next, a repetition, or out of place?

The rules are Kafka's (`ProducerStateManager`): per partition and producer id the epoch and the last five batches are
remembered. A batch with the sequence numbers of one of the five is answered with the offset it got then.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError

__all__ = [
    "Appended",
    "ProducerState",
    "check_transaction",
    "find_duplicate",
    "next_state",
    "pack_batches",
    "sequence_after",
    "state_after_marker",
    "unpack_batches",
]

_REMEMBERED = 5
_SEQUENCES = 2**31
_PACKED = struct.Struct(">iiq")


@dataclass(frozen=True, slots=True)
class Appended:
    """One remembered batch.

    Attributes:
        first_sequence: Sequence number of its first record.
        last_sequence: Sequence number of its last record.
        base_offset: Offset of its first record.
    """

    first_sequence: int
    last_sequence: int
    base_offset: int


@dataclass(frozen=True, slots=True)
class ProducerState:
    """What a partition knows of one producer id.

    Attributes:
        epoch: The newest epoch seen.
        batches: The last five batches of that epoch, oldest first.
        updated_ms: When the last of them came.
        transaction_start: Offset of the first record of its open transaction, None when it has none here.
    """

    epoch: int
    batches: tuple[Appended, ...]
    updated_ms: int
    transaction_start: int | None = None


def find_duplicate(state: ProducerState | None, epoch: int, first_sequence: int, count: int) -> Appended | None:
    """The batch that this one repeats, None when it is to be appended.

    Raises:
        ApiError: INVALID_PRODUCER_EPOCH for an older epoch, OUT_OF_ORDER_SEQUENCE_NUMBER for a gap.
    """
    if state is None:
        return None
    if epoch < state.epoch:
        raise ApiError(
            ErrorCode.invalid_producer_epoch, f"producer epoch {epoch} is older than the current {state.epoch}"
        )
    if epoch > state.epoch:
        if first_sequence != 0:
            raise ApiError(ErrorCode.out_of_order_sequence_number, f"a new epoch starts at 0, not at {first_sequence}")
        return None
    last_sequence = sequence_after(first_sequence, count - 1)
    for batch in state.batches:
        if batch.first_sequence == first_sequence and batch.last_sequence == last_sequence:
            return batch
    expected = sequence_after(state.batches[-1].last_sequence, 1) if state.batches else first_sequence
    if first_sequence != expected:
        raise ApiError(
            ErrorCode.out_of_order_sequence_number, f"sequence number {first_sequence} came where {expected} is next"
        )
    return None


def check_transaction(state: ProducerState | None, *, is_transactional: bool) -> None:
    """Refuse a batch outside of a transaction from a producer that has one open here.

    Raises:
        ApiError: INVALID_TXN_STATE.
    """
    if state is not None and state.transaction_start is not None and not is_transactional:
        raise ApiError(ErrorCode.invalid_txn_state, "the producer has a transaction open and writes outside of it")


def next_state(
    state: ProducerState | None, epoch: int, batch: Appended, now_ms: int, *, is_transactional: bool = False
) -> ProducerState:
    """The state after a batch was appended; the first one of a transaction opens it."""
    kept = state.batches if state is not None and state.epoch == epoch else ()
    start = None
    if is_transactional:
        start = batch.base_offset if state is None or state.transaction_start is None else state.transaction_start
    return ProducerState(epoch, (*kept, batch)[-_REMEMBERED:], now_ms, start)


def state_after_marker(state: ProducerState | None, epoch: int, now_ms: int) -> ProducerState:
    """The state after the end of a transaction: sequence numbers go on, except in a new epoch."""
    return ProducerState(epoch, state.batches if state is not None and state.epoch == epoch else (), now_ms)


def sequence_after(sequence: int, steps: int) -> int:
    """Sequence numbers go up to 2^31 - 1 and start again at 0."""
    return (sequence + steps) % _SEQUENCES


def pack_batches(state: ProducerState) -> bytes:
    """The batches as stored in the `producer` table."""
    return b"".join(_PACKED.pack(b.first_sequence, b.last_sequence, b.base_offset) for b in state.batches)


def unpack_batches(packed: bytes) -> tuple[Appended, ...]:
    """The reverse of `pack_batches`."""
    rows: Iterator[tuple[int, int, int]] = _PACKED.iter_unpack(packed)
    return tuple(Appended(*row) for row in rows)
