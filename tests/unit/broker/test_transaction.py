"""The rules of transactions, without a broker."""

from collections.abc import Callable, Mapping

import pytest

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.groups.offsets import CommittedOffset
from connect_runtime.broker.transactions.transaction import (
    NO_EPOCH,
    Claim,
    Move,
    Transaction,
    TransactionState,
    check_may_commit,
    check_may_write,
    check_owner,
    ended,
    fenced,
    initialized,
    next_transaction_state,
    with_offsets,
    with_partitions,
)

_PARTITION = ("t", 0)
_LAST_USABLE_EPOCH = 32766


def _init(
    old: Transaction | None = None, claim: Claim | None = None, fresh_id: int = 7, now_ms: int = 0
) -> Transaction:
    return initialized(old, "id", 1000, claim, fresh_id, now_ms)


def _open(now_ms: int = 0) -> Transaction:
    return with_partitions(_init(), [_PARTITION], now_ms)


def _at_epoch(epoch: int) -> Transaction:
    return Transaction(transactional_id="id", producer_id=7, epoch=epoch, timeout_ms=1000, updated_ms=0)


def _refusal(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value.code


_ALLOWED: Mapping[TransactionState, set[Move]] = {
    TransactionState.EMPTY: {Move.INITIALIZE, Move.ADD},
    TransactionState.ONGOING: {Move.ADD, Move.COMMIT, Move.ABORT},
    TransactionState.COMPLETE_COMMIT: {Move.INITIALIZE, Move.ADD, Move.COMMIT},
    TransactionState.COMPLETE_ABORT: {Move.INITIALIZE, Move.ADD, Move.ABORT},
}


@pytest.mark.parametrize("state", TransactionState)
@pytest.mark.parametrize("move", Move)
def test_a_move_that_is_not_in_the_table_is_refused(state: TransactionState, move: Move) -> None:
    if move in _ALLOWED[state]:
        assert next_transaction_state(state, move) in TransactionState
    else:
        assert _refusal(lambda: next_transaction_state(state, move)) is ErrorCode.invalid_txn_state


def test_a_first_producer_starts_at_epoch_0_and_every_successor_one_higher() -> None:
    first = _init()
    assert (first.producer_id, first.epoch, first.state) == (7, 0, TransactionState.EMPTY)
    second = _init(first, fresh_id=8)
    assert (second.producer_id, second.epoch) == (7, 1)
    assert _refusal(lambda: check_owner(second, 7, 0)) is ErrorCode.producer_fenced
    assert check_owner(second, 7, 1) is second


def test_a_stranger_has_no_transaction() -> None:
    assert _refusal(lambda: check_owner(None, 7, 0)) is ErrorCode.invalid_producer_id_mapping
    assert _refusal(lambda: check_owner(_init(), 8, 0)) is ErrorCode.invalid_producer_id_mapping


def test_what_a_predecessor_left_open_is_aborted() -> None:
    successor = _init(_open())
    assert (successor.state, successor.partitions, successor.started_ms) == (TransactionState.EMPTY, frozenset(), None)
    assert successor.epoch == 2
    assert _refusal(lambda: check_owner(successor, 7, 0)) is ErrorCode.producer_fenced


def test_a_producer_that_starts_again_gets_the_next_epoch_and_the_same_one_when_it_repeats_itself() -> None:
    old = _init(_init())
    claim = Claim(7, old.epoch)
    granted = _init(old, claim)
    assert granted.epoch == old.epoch + 1
    assert _init(granted, claim) is granted
    assert _refusal(lambda: _init(with_partitions(granted, [_PARTITION], 0), claim)) is ErrorCode.producer_fenced


def test_a_producer_that_was_replaced_cannot_start_again() -> None:
    replaced = _init(_init(_init()))
    assert _refusal(lambda: _init(replaced, Claim(7, 0))) is ErrorCode.producer_fenced
    assert _refusal(lambda: _init(replaced, Claim(7, 1))) is ErrorCode.producer_fenced
    assert _refusal(lambda: _init(replaced, Claim(8, 2))) is ErrorCode.producer_fenced


def test_the_owner_may_start_again_with_its_transaction_open() -> None:
    granted = _init(_open(), Claim(7, 0))
    assert (granted.state, granted.epoch, granted.last_epoch) == (TransactionState.EMPTY, 2, 0)


def test_a_new_producer_id_is_taken_when_the_epochs_run_out() -> None:
    rotated = _init(_at_epoch(_LAST_USABLE_EPOCH), fresh_id=8)
    assert (rotated.producer_id, rotated.epoch) == (8, 0)
    claim = Claim(7, _LAST_USABLE_EPOCH)
    claimed = _init(_at_epoch(_LAST_USABLE_EPOCH), claim, fresh_id=8)
    assert _init(claimed, claim, fresh_id=9) is claimed
    still_open = with_partitions(_at_epoch(_LAST_USABLE_EPOCH), [_PARTITION], 0)
    assert _init(still_open, fresh_id=8).producer_id == 8


def test_records_are_taken_for_partitions_of_an_open_transaction_only() -> None:
    opened = _open()
    check_may_write(opened, 7, 0, _PARTITION)
    assert _refusal(lambda: check_may_write(opened, 7, 0, ("t", 1))) is ErrorCode.invalid_txn_state
    assert _refusal(lambda: check_may_write(opened, 7, 1, _PARTITION)) is ErrorCode.invalid_producer_epoch
    assert _refusal(lambda: check_may_write(None, 7, 0, _PARTITION)) is ErrorCode.invalid_producer_id_mapping
    committed = ended(opened, Move.COMMIT, 5)
    assert _refusal(lambda: check_may_write(committed, 7, 0, _PARTITION)) is ErrorCode.invalid_txn_state


def test_offsets_are_taken_for_groups_of_an_open_transaction_only() -> None:
    offset = CommittedOffset(5, -1, "", 0)
    opened = _open()
    assert _refusal(lambda: check_may_commit(opened, 7, 0, "g")) is ErrorCode.invalid_txn_state
    with_group = with_offsets(opened, "g", {}, 0)
    assert check_may_commit(with_group, 7, 0, "g") is with_group
    both = with_offsets(with_offsets(with_group, "g", {("t", 0): offset}, 0), "g", {("t", 1): offset}, 0)
    assert both.offsets == {"g": {("t", 0): offset, ("t", 1): offset}}
    assert ended(both, Move.ABORT, 0).offsets == {}


def test_adding_what_is_there_changes_nothing() -> None:
    opened = with_offsets(_open(), "g", {}, 0)
    assert with_partitions(opened, [_PARTITION], 5) is opened
    assert with_offsets(opened, "g", {}, 5) is opened
    again = with_partitions(ended(opened, Move.COMMIT, 5), [_PARTITION], 6)
    assert (again.state, again.started_ms, again.partitions) == (TransactionState.ONGOING, 6, frozenset({_PARTITION}))


def test_an_end_may_be_asked_for_again_but_not_turned_round() -> None:
    committed = ended(_open(), Move.COMMIT, 5)
    assert ended(committed, Move.COMMIT, 6) is committed
    assert _refusal(lambda: ended(committed, Move.ABORT, 6)) is ErrorCode.invalid_txn_state
    assert _refusal(lambda: ended(_init(), Move.COMMIT, 6)) is ErrorCode.invalid_txn_state


def test_a_transaction_times_out_after_its_producers_time() -> None:
    opened = with_partitions(_open(now_ms=50), [("t", 1)], 900)
    assert not opened.has_timed_out(1049)
    assert opened.has_timed_out(1050)
    late = fenced(opened, 1050)
    assert (late.state, late.epoch, late.last_epoch) == (TransactionState.COMPLETE_ABORT, 1, NO_EPOCH)
    assert _refusal(lambda: check_owner(late, 7, 0)) is ErrorCode.producer_fenced
    assert _refusal(lambda: _init(late, Claim(7, 0))) is ErrorCode.producer_fenced
    assert not _init().has_timed_out(10**9)
