from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.model import SourceRecord
from connect_runtime.tasks.in_flight import InFlight, InFlightBatch, newest_offsets

KEY_A = frozenset({("file", "a")})


def batch(outstanding: int, position: int) -> InFlightBatch:
    return InFlightBatch(outstanding, {KEY_A: ({"file": "a"}, {"position": position})}, frozenset({"t"}))


def test_an_unacknowledged_batch_holds_back_those_after_it() -> None:
    in_flight = InFlight()
    first, second = batch(2, 10), batch(1, 20)
    in_flight.add(first)
    in_flight.add(second)
    second.outstanding -= 1
    assert in_flight.take_committable() == ({}, frozenset())
    first.outstanding -= 2
    offsets, topics = in_flight.take_committable()
    assert offsets == {KEY_A: ({"file": "a"}, {"position": 20})}
    assert topics == {"t"}
    assert in_flight.is_empty


def test_offsets_are_given_out_once() -> None:
    in_flight = InFlight()
    in_flight.add(batch(0, 10))
    assert in_flight.take_committable()[0]
    assert not in_flight.take_committable()[0]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99), st.booleans()), min_size=1))
def test_the_newest_offset_of_each_source_partition_counts(rows: list[tuple[str, int, bool]]) -> None:
    shared = {name: {"file": name} for name in "abc"}
    records = [
        SourceRecord(shared[name] if is_shared else {"file": name}, {"position": at}, "t")
        for name, at, is_shared in rows
    ]
    expected = {frozenset({("file", name)}): {"position": at} for name, at, _ in rows}
    assert {key: offset for key, (_, offset) in newest_offsets(records).items()} == expected


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.data())
def test_committed_offsets_never_pass_a_message_that_is_not_acknowledged(sizes: list[int], data: st.DataObject) -> None:
    in_flight = InFlight()
    batches = [batch(size, number) for number, size in enumerate(sizes)]
    for one in batches:
        in_flight.add(one)
    committed = -1
    acks = data.draw(st.permutations([number for number, size in enumerate(sizes) for _ in range(size)]))
    for number in acks:
        batches[number].outstanding -= 1
        offsets, _ = in_flight.take_committable()
        if offsets:
            committed = offsets[KEY_A][1]["position"]  # type: ignore[index]
        assert all(one.outstanding == 0 for one in batches[: committed + 1])
    assert committed == len(sizes) - 1
