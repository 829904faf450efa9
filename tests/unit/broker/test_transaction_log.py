"""What transactions leave in the log and in the offsets of groups."""

import struct
from collections.abc import Awaitable
from pathlib import Path

import pytest
from crc32c import crc32c

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.groups.offsets import CommitOffsets, CommittedOffset
from connect_runtime.broker.log.aborted import AbortedTransaction
from connect_runtime.broker.log.append import Append, NewBatch
from connect_runtime.broker.log.batch import read_header
from connect_runtime.broker.log.markers import Marker, marker_batch
from connect_runtime.broker.log.records import read_records
from connect_runtime.broker.log.sweeping import ForgetProducers, sweep_deleted
from connect_runtime.broker.log.topic_changes import DeleteTopic, MoveLogStart
from connect_runtime.broker.storage.database import open_writer
from connect_runtime.broker.transactions.registry import load_transactions
from connect_runtime.broker.transactions.transaction import Move, TransactionState
from tests.unit.broker.batches import record_batch
from tests.unit.broker.transactional_log import Run, TransactionalLog, run_in


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return run_in(tmp_path)


async def _refusal(waiting: Awaitable[object]) -> ErrorCode:
    with pytest.raises(ApiError) as refused:
        await waiting
    return refused.value.code


@pytest.mark.parametrize("marker", Marker)
def test_a_marker_is_a_control_batch_of_the_documented_form(marker: Marker) -> None:
    data = marker_batch(marker, 42, producer_id=7, epoch=3, now_ms=1_234)
    header = read_header(data)
    assert header.checksum == crc32c(data[21:])
    assert (header.base_offset, header.last_offset, header.length) == (42, 42, len(data) - 12)
    assert (header.attributes, header.magic, header.record_count, header.base_sequence) == (0x30, 2, 1, -1)
    assert (header.producer_id, header.producer_epoch, header.base_timestamp, header.max_timestamp) == (
        7,
        3,
        1234,
        1234,
    )
    (record,) = read_records(data)
    assert record.key == struct.pack(">hh", 0, marker.value)
    assert record.raw.endswith(bytes([2 * 6]) + struct.pack(">hi", 0, 0) + b"\0")


def test_records_are_stable_when_their_transaction_has_ended(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        await broker.begin(owner)
        await broker.write(owner, 0, b"a", b"b")
        assert (partition.high_watermark, partition.last_stable_offset) == (2, 0)
        assert await broker.read_committed() == []
        await broker.end(owner, Move.COMMIT)
        assert (partition.high_watermark, partition.last_stable_offset) == (3, 3)
        await broker.begin(owner)
        assert (await broker.write(owner, 2, b"c")).base_offset == 3
        await broker.end(owner, Move.ABORT)
        assert await broker.read_committed() == [(0, b"a"), (1, b"b")]
        assert partition.aborted == [AbortedTransaction(7, 3, 4, 5)]

    run(test)


def test_the_first_open_transaction_holds_readers_back(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        one, two = await broker.init("one", 1), await broker.init("two", 2)
        await broker.begin(one)
        await broker.begin(two)
        await broker.submit(broker.append_plain(b"p"))
        await broker.write(one, 0, b"a")
        await broker.write(two, 0, b"b")
        await broker.end(one, Move.COMMIT)
        assert partition.last_stable_offset == 2
        assert await broker.read_committed() == [(0, b"p"), (1, b"a")]
        await broker.begin(one)
        await broker.write(one, 1, b"c")
        await broker.end(two, Move.ABORT)
        assert partition.last_stable_offset == 4
        await broker.end(one, Move.COMMIT)
        assert await broker.read_committed() == [(0, b"p"), (1, b"a"), (4, b"c")]

    run(test)


def test_markers_go_to_every_partition_that_was_added(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        await broker.create(partitions=3)
        owner = await broker.init()
        await broker.begin(owner, 0, 1)
        await broker.write(owner, 0, b"a")
        await broker.end(owner, Move.ABORT)
        assert [broker.partition(number).high_watermark for number in range(3)] == [2, 1, 0]
        assert [len(broker.partition(number).aborted) for number in range(3)] == [1, 0, 0]

    run(test)


def test_a_batch_that_belongs_to_no_open_transaction_is_refused(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        await broker.create()
        owner = await broker.init()
        for _ in range(2):
            result = await broker.write(owner, 0, b"a")
            assert result.refusal is not None
            assert result.refusal.code is ErrorCode.invalid_txn_state
            await broker.begin(owner, 1)
        await broker.begin(owner, 0)
        assert (await broker.write(owner, 0, b"a")).base_offset == 0
        plain = broker.append_plain(b"p", producer_id=7, epoch=0, sequence=1)
        await broker.submit(plain)
        assert plain.results[0].refusal is not None
        assert plain.results[0].refusal.code is ErrorCode.invalid_txn_state

    run(test)


def test_a_successor_ends_what_was_open_and_the_zombie_cannot_write(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        zombie = await broker.init()
        await broker.begin(zombie)
        await broker.write(zombie, 0, b"a")
        successor = await broker.init()
        assert partition.last_stable_offset == partition.high_watermark == 2
        refused = await broker.write(zombie, 1, b"z")
        assert refused.refusal is not None
        assert refused.refusal.code is ErrorCode.invalid_producer_epoch
        assert await _refusal(broker.end(zombie, Move.COMMIT)) is ErrorCode.producer_fenced
        await broker.begin(successor)
        assert (await broker.write(successor, 0, b"b")).base_offset == 2
        await broker.end(successor, Move.COMMIT)
        assert await broker.read_committed() == [(2, b"b")]

    run(test)


def test_the_broker_aborts_what_is_open_for_too_long(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        await broker.begin(owner)
        await broker.write(owner, 0, b"a")
        broker.now_ms += 999
        assert broker.transactions.timed_out() == []
        broker.now_ms += 1
        (late,) = broker.transactions.timed_out()
        await broker.submit(late)
        assert partition.last_stable_offset == 2
        assert await broker.read_committed() == []
        assert await _refusal(broker.end(owner, Move.COMMIT)) is ErrorCode.producer_fenced

    run(test)


def test_a_transaction_that_ends_just_in_time_is_not_aborted(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        await broker.create()
        owner = await broker.init()
        await broker.begin(owner)
        await broker.write(owner, 0, b"a")
        broker.now_ms += 2_000
        (late,) = broker.transactions.timed_out()
        assert await broker.submit(broker.transactions.end(owner, Move.COMMIT), late) == [None, None]
        assert await broker.read_committed() == [(0, b"a")]

    run(test)


def _offset(offset: int, at_ms: int) -> dict[tuple[str, int], CommittedOffset]:
    return {("t", 0): CommittedOffset(offset, -1, "", at_ms)}


def test_offsets_wait_for_the_end_of_their_transaction(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        await broker.create()
        owner, registry = await broker.init(), broker.transactions.registry
        add = broker.transactions.add_offsets(owner, "g", _offset(5, 1_000))
        assert await _refusal(broker.writer.submit(add)) is ErrorCode.invalid_txn_state
        for move, expected in ((Move.ABORT, None), (Move.COMMIT, 5)):
            await broker.submit(broker.transactions.add_group(owner, "g"))
            await broker.submit(broker.transactions.add_offsets(owner, "g", _offset(5, 1_000)))
            assert (registry.unstable("g"), registry.unstable("h")) == ({("t", 0)}, set())
            assert "g" not in broker.targets.committed
            await broker.end(owner, move)
            assert registry.unstable("g") == set()
            found = broker.targets.committed.get("g", {}).get(("t", 0))
            assert (found and found.offset) == expected

    run(test)
    run(lambda broker: _has_committed(broker, 5))


async def _has_committed(broker: TransactionalLog, offset: int) -> None:
    assert broker.targets.committed["g"]["t", 0].offset == offset


def test_an_offset_that_the_group_committed_later_by_itself_is_kept(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        await broker.create()
        owner = await broker.init()
        await broker.submit(broker.transactions.add_group(owner, "g"))
        await broker.submit(broker.transactions.add_offsets(owner, "g", _offset(5, 1_000)))
        await broker.submit(CommitOffsets(broker.targets.committed, "g", _offset(9, 1_001)))
        await broker.end(owner, Move.COMMIT)
        await _has_committed(broker, 9)

    run(test)
    run(lambda broker: _has_committed(broker, 9))


def test_everything_is_there_after_a_restart(run: Run) -> None:
    async def before(broker: TransactionalLog) -> None:
        await broker.create()
        one, two = await broker.init("one", 1), await broker.init("two", 2)
        for owner, key in ((one, b"a"), (two, b"b")):
            await broker.begin(owner)
            await broker.write(owner, 0, key)
        await broker.end(two, Move.ABORT)
        await broker.submit(broker.transactions.add_group(one, "g"))
        await broker.submit(broker.transactions.add_offsets(one, "g", _offset(5, 1_000)))

    async def after(broker: TransactionalLog) -> None:
        partition = broker.partition()
        assert (partition.high_watermark, partition.last_stable_offset) == (3, 0)
        assert partition.aborted == [AbortedTransaction(2, 1, 2, 0)]
        assert broker.transactions.registry.unstable("g") == {("t", 0)}
        again = await broker.write(("one", 1, 0), 0, b"a")
        assert (again.base_offset, again.refusal) == (0, None)
        await broker.end(("one", 1, 0), Move.COMMIT)
        assert await broker.read_committed() == [(0, b"a")]
        await _has_committed(broker, 5)
        await broker.begin(("two", 2, 0))
        assert (await broker.write(("two", 2, 0), 1, b"c")).base_offset == 4

    run(before)
    run(after)


def test_many_steps_in_one_transaction_of_the_database_see_each_other(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner, transactions = await broker.init(), broker.transactions
        begin = [transactions.add_partitions(owner, [("t", 0)]) for _ in range(3)]
        results = await broker.submit(
            begin[0],
            broker.append(owner, 0, b"a"),
            transactions.end(owner, Move.ABORT),
            begin[1],
            broker.append(owner, 1, b"b"),
            transactions.end(owner, Move.COMMIT),
            begin[2],
            broker.append(owner, 2, b"c"),
        )
        assert results == [None] * 8
        assert (partition.high_watermark, partition.last_stable_offset) == (5, 4)
        assert await broker.read_committed() == [(2, b"b")]

    run(test)


def test_a_step_that_cannot_be_written_leaves_no_trace(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        await broker.begin(owner, 0, 1)
        await broker.write(owner, 0, b"a")
        (pages,) = broker.connection.execute("PRAGMA page_count").fetchone()
        broker.connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        big = record_batch([(b"k", b"v" * 500_000)])
        filler = Append([NewBatch(partition, read_header(big), big, False)], broker.targets.tail, lambda: 1)
        end, begin = broker.transactions.end(owner, Move.ABORT), broker.transactions.add_partitions(owner, [("t", 1)])
        results = await broker.submit(end, begin, broker.append(owner, 1, b"b", number=1), filler)
        assert [type(result) for result in results] == [StorageError] * 4
        assert (partition.next_offset, partition.last_stable_offset, partition.aborted) == (1, 0, [])
        transaction = broker.transactions.registry.newest("id")
        assert transaction is not None
        assert (transaction.state, len(transaction.partitions)) == (TransactionState.ONGOING, 2)
        broker.connection.execute("PRAGMA max_page_count = 1000000").fetchall()
        await broker.end(owner, Move.COMMIT)
        assert await broker.read_committed() == [(0, b"a")]

    run(test)


def test_a_deleted_topic_does_not_keep_its_transaction_from_ending(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        await broker.begin(owner)
        await broker.write(owner, 0, b"a")
        await broker.submit(broker.transactions.add_group(owner, "g"))
        await broker.submit(broker.transactions.add_offsets(owner, "g", _offset(5, 1_000)))
        topic = broker.targets.catalog.by_name["t"]
        await broker.submit(DeleteTopic(broker.targets.catalog, topic, broker.targets.committed))
        await broker.end(owner, Move.COMMIT)
        assert (partition.high_watermark, broker.targets.committed) == (1, {})
        await sweep_deleted(broker.reader, broker.writer)

    run(test)


def test_entries_of_aborted_transactions_go_with_the_start_of_the_log(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        for sequence in range(3):
            await broker.begin(owner)
            await broker.write(owner, sequence, b"a")
            await broker.end(owner, Move.ABORT)
        await broker.submit(MoveLogStart([(partition, 3)], broker.targets.tail))
        assert [entry.first_offset for entry in partition.aborted] == [2, 4]
        assert broker.connection.execute("SELECT count(*) FROM aborted").fetchone() == (2,)
        assert await broker.read_committed() == []

    run(test)


def test_an_open_transaction_before_the_start_of_the_log_holds_nobody_back(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        owner = await broker.init()
        await broker.begin(owner)
        await broker.write(owner, 0, b"a", b"b")
        await broker.submit(MoveLogStart([(partition, 1)], broker.targets.tail))
        assert partition.last_stable_offset == 1

    run(test)


def test_what_is_idle_is_forgotten_unless_it_is_open(run: Run) -> None:
    async def test(broker: TransactionalLog) -> None:
        partition = await broker.create()
        one, _ = await broker.init("one", 1), await broker.init("two", 2)
        await broker.begin(one)
        await broker.write(one, 0, b"a")
        broker.now_ms += 60_000
        await broker.submit(broker.transactions.forget_idle(50.0), ForgetProducers(partition, broker.now_ms))
        registry = broker.transactions.registry
        assert (registry.find("two"), list(partition.producers)) == (None, [1])
        assert await _refusal(broker.begin(("two", 2, 0))) is ErrorCode.invalid_producer_id_mapping
        await broker.end(one, Move.COMMIT)
        assert await broker.read_committed() == [(0, b"a")]

    run(test)


def test_a_folder_from_before_transactions_is_taken_over(tmp_path: Path) -> None:
    connection = open_writer(tmp_path, flush_to_disk=False)
    connection.executescript("""
        DROP TABLE txn; DROP TABLE aborted; ALTER TABLE producer DROP COLUMN transaction_start;
        INSERT INTO producer VALUES (1, 7, 0, 0, x''); UPDATE meta SET value = '1' WHERE key = 'schema_version';
    """)
    connection.close()
    upgraded = open_writer(tmp_path, flush_to_disk=False)
    assert upgraded.execute("SELECT * FROM producer").fetchall() == [(1, 7, 0, 0, b"", None)]
    assert list(load_transactions(upgraded)) == []
    upgraded.close()
    again = open_writer(tmp_path, flush_to_disk=False)
    assert again.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("2",)
    again.close()
