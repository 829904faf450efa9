import pytest

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.sequence import (
    Appended,
    ProducerState,
    find_duplicate,
    next_state,
    pack_batches,
    sequence_after,
    unpack_batches,
)


def _after(*batches: tuple[int, int], epoch: int = 0) -> ProducerState:
    """State after batches of (first sequence, record count), the n-th of them at offset 100 n."""
    state = None
    for number, (first, count) in enumerate(batches):
        state = next_state(state, epoch, Appended(first, sequence_after(first, count - 1), 100 * number), 0)
    assert state is not None
    return state


def test_the_next_batch_is_no_duplicate() -> None:
    assert find_duplicate(_after((0, 10)), 0, 10, 5) is None


def test_a_repeated_batch_is_found_with_its_first_offset() -> None:
    state = _after((0, 10), (10, 10), (20, 10))
    duplicate = find_duplicate(state, 0, 10, 10)
    assert duplicate is not None
    assert duplicate.base_offset == 100


def test_five_batches_are_remembered() -> None:
    state = _after(*((10 * number, 10) for number in range(6)))
    assert len(state.batches) == 5
    with pytest.raises(ApiError) as refused:
        find_duplicate(state, 0, 0, 10)
    assert refused.value.code is ErrorCode.out_of_order_sequence_number


@pytest.mark.parametrize("first", [9, 11, 500])
def test_a_gap_is_refused(first: int) -> None:
    with pytest.raises(ApiError) as refused:
        find_duplicate(_after((0, 10)), 0, first, 3)
    assert refused.value.code is ErrorCode.out_of_order_sequence_number


def test_an_old_epoch_is_fenced() -> None:
    with pytest.raises(ApiError) as refused:
        find_duplicate(_after((0, 10), epoch=3), 2, 10, 1)
    assert refused.value.code is ErrorCode.invalid_producer_epoch


def test_a_new_epoch_starts_at_zero() -> None:
    state = _after((0, 10), epoch=3)
    assert find_duplicate(state, 4, 0, 1) is None
    with pytest.raises(ApiError):
        find_duplicate(state, 4, 10, 1)


def test_an_unknown_producer_may_start_anywhere() -> None:
    assert find_duplicate(None, 0, 12_345, 1) is None


def test_sequence_numbers_wrap_around() -> None:
    last = 2**31 - 1
    state = next_state(None, 0, Appended(last - 1, last, 0), 0)
    assert find_duplicate(state, 0, 0, 2) is None
    across = next_state(None, 0, Appended(last, sequence_after(last, 1), 7), 0)
    duplicate = find_duplicate(across, 0, last, 2)
    assert duplicate is not None
    assert duplicate.base_offset == 7


def test_batches_survive_storage() -> None:
    state = _after((0, 3), (3, 4))
    assert unpack_batches(pack_batches(state)) == state.batches
