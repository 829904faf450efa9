"""Compaction of transactional records, and what `read_committed` readers see however transactions mingle."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_runtime.broker.log.aborted import AbortedRanges, AbortedTransaction, aborted_between
from connect_runtime.broker.transactions.transaction import Move
from tests.unit.broker.transactional_log import Run, TransactionalLog, compact, opened, run_in


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return run_in(tmp_path)


def test_compaction_does_not_let_an_aborted_record_supersede_a_committed_one(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        for sequence, (keys, move) in enumerate(
            [((b"k",), Move.COMMIT), ((b"k",), Move.ABORT), ((b"l",), Move.COMMIT), ((b"l",), Move.ABORT)]
        ):
            await broker.begin(owner)
            await broker.write(owner, sequence, *keys)
            await broker.end(owner, move)
        await compact(broker)
        assert await broker.read_committed() == [(0, b"k"), (4, b"l")]
        rows = broker.connection.execute("SELECT key & 0xffffffffff FROM batch ORDER BY key").fetchall()
        # The marker at the very end stays, with the entry that goes with it.
        assert [row[0] for row in rows] == [0, 4, 7]
        assert [entry.last_offset for entry in partition.aborted] == [7]
        assert broker.connection.execute("SELECT last_offset FROM aborted").fetchall() == [(7,)]

    run(test)


def test_compaction_leaves_what_is_undecided_alone(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        one, two = await broker.init("one", 1), await broker.init("two", 2)
        await broker.submit(broker.append_plain(b"k"), broker.append_plain(b"k"))
        await broker.begin(one)
        await broker.begin(two)
        await broker.write(one, 0, b"k")
        await broker.write(two, 0, b"k")
        await broker.end(two, Move.ABORT)
        await broker.submit(broker.append_plain(b"k"))
        await compact(broker)
        assert await broker.read_committed() == [(1, b"k")]
        assert (partition.cleaned_to, len(partition.aborted)) == (2, 1)
        await broker.end(one, Move.ABORT)
        await compact(broker)
        assert await broker.read_committed() == [(5, b"k")]

    run(test)


_TRANSACTIONS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["write", "commit", "abort", "plain", "compact"]), st.integers(0, 3)),
    max_size=40,
)


@settings(max_examples=50, deadline=None)
@given(_TRANSACTIONS)
def test_readers_see_what_was_committed_however_transactions_mingle(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, str, int]]
) -> None:
    asyncio.run(_mingle(tmp_path_factory.mktemp("log"), moves))


async def _mingle(folder: Path, moves: list[tuple[int, str, int]]) -> None:
    async with opened(folder) as broker:
        partition = await broker.create()
        owners = [await broker.init(f"id-{number}", number + 1) for number in range(3)]
        sequences = [0, 0, 0]
        held: list[list[tuple[int, bytes]]] = [[], [], []]
        committed: list[tuple[int, bytes]] = []
        is_compacted = False
        for number, move, key_number in moves:
            owner, key = owners[number], b"key-%d" % key_number
            if move == "write":
                await broker.begin(owner)
                result = await broker.write(owner, sequences[number], key)
                sequences[number] += 1
                held[number].append((result.base_offset, key))
            elif move == "plain":
                plain = broker.append_plain(key)
                await broker.submit(plain)
                committed.append((plain.results[0].base_offset, key))
            elif move == "compact":
                await compact(broker)
                is_compacted = True
            elif held[number]:
                await broker.end(owner, Move.COMMIT if move == "commit" else Move.ABORT)
                committed += held[number] if move == "commit" else []
                held[number] = []
            stable = [entry for entry in sorted(committed) if entry[0] < partition.last_stable_offset]
            seen = await broker.read_committed()
            first_held = min((offset for records in held for offset, _ in records), default=partition.high_watermark)
            assert partition.last_stable_offset == first_held
            if is_compacted:
                assert set(seen) <= set(stable)
                assert {key: offset for offset, key in seen} == {key: offset for offset, key in stable}
            else:
                assert seen == stable


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=30), st.integers(0, 60), st.integers(0, 60))
def test_the_entries_for_a_fetch_are_those_that_overlap_it(steps: list[tuple[int, bool]], start: int, end: int) -> None:
    opened: dict[int, int] = {}
    entries: list[AbortedTransaction] = []
    for offset, (producer_id, is_aborted) in enumerate(steps):
        first = opened.pop(producer_id, None)
        if first is None:
            opened[producer_id] = offset
        elif is_aborted:
            entries.append(AbortedTransaction(producer_id, first, offset, min(opened.values(), default=offset + 1)))
    overlapping = [entry for entry in entries if entry.last_offset >= start and entry.first_offset < end]
    assert aborted_between(entries, start, end) == overlapping
    ranges = AbortedRanges(entries)
    for offset in range(len(steps)):
        for producer_id in range(3):
            is_held = any(
                entry.producer_id == producer_id and entry.first_offset <= offset <= entry.last_offset
                for entry in entries
            )
            assert ranges.hold(producer_id, offset) is is_held
