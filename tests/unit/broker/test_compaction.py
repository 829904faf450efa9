from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.broker.log.batch import read_header
from connect_runtime.broker.log.compaction import Newest, compact_batch, note_newest
from connect_runtime.broker.log.records import read_records
from tests.unit.broker.batches import record_batch

Record = tuple[int, bytes | None, bool]
Batches = list[tuple[list[tuple[bytes | None, bytes | None]], str]]

_keys = st.sampled_from([b"a", b"b", b"c", b"a-key-that-is-longer-than-a-digest", b""])
_batches = st.lists(
    st.tuples(
        st.lists(st.tuples(_keys, st.sampled_from([None, b"x", b"y"])), min_size=1, max_size=6),
        st.sampled_from(["plain", "gzip", "opaque"]),
    ),
    max_size=8,
)


def _log(batches: Batches) -> list[bytes]:
    log: list[bytes] = []
    offset = 0
    for records, kind in batches:
        attributes = 1 if kind == "gzip" else 0
        opaque = 7 if kind == "opaque" else None
        log.append(record_batch(records, base_offset=offset, attributes=attributes, opaque_codec=opaque))
        offset += len(records)
    return log


def _compact(log: list[bytes], *, clean_batches: int = 0, due_ms: int | None = None, now_ms: int = 0) -> list[bytes]:
    newest = Newest()
    note_newest(newest, log[clean_batches:])
    results = [compact_batch(data, newest, due_ms, now_ms, 1000) for data in log]
    return [result.data for result in results if result.data is not None]


def _records(log: list[bytes]) -> list[Record]:
    return [
        (read_header(data).base_offset + record.offset_delta, record.key, record.is_tombstone)
        for data in log
        if read_header(data).attributes & 7 in (0, 1)
        for record in read_records(data)
    ]


def _readable(batches: Batches) -> list[Record]:
    offset, found = 0, []
    for records, kind in batches:
        for key, value in records:
            if kind != "opaque":
                found.append((offset, key, value is None))
            offset += 1
    return found


@given(_batches)
def test_the_newest_record_of_every_key_is_kept_and_no_key_is_lost(batches: Batches) -> None:
    before = _readable(batches)
    newest = {key: (offset, key, is_tombstone) for offset, key, is_tombstone in before}
    after = _records(_compact(_log(batches)))
    assert after == sorted(newest.values())


@given(_batches)
def test_batches_that_cannot_be_read_are_kept_as_they_are(batches: Batches) -> None:
    log = _log(batches)
    opaque = [data for data in log if read_header(data).attributes & 7 == 7]
    assert [data for data in _compact(log) if read_header(data).attributes & 7 == 7] == opaque


@given(_batches, st.integers(0, 8))
def test_compacting_in_two_runs_ends_where_one_run_does(batches: Batches, split: int) -> None:
    log = _log(batches)
    first = _compact(log[:split])
    assert _records(_compact(first + log[split:], clean_batches=len(first))) == _records(_compact(log))


@given(_batches)
def test_batches_stay_well_formed(batches: Batches) -> None:
    log = _log(batches)
    ends = {read_header(data).base_offset: read_header(data).last_offset for data in log}
    for data in _compact(log):
        header = read_header(data)
        assert header.length == len(data) - 12
        assert header.last_offset == ends[header.base_offset]


@given(_batches)
def test_due_tombstones_go_and_take_no_value_with_them(batches: Batches) -> None:
    once = _compact(_log(batches))
    twice = _compact(once, clean_batches=len(once), due_ms=5, now_ms=10)
    values = [record for record in _records(once) if not record[2]]
    assert [record for record in _records(twice) if not record[2]] == values
    if all(kind != "opaque" for _, kind in batches):
        assert not any(is_tombstone for _, _, is_tombstone in _records(twice))


def test_a_tombstone_behind_an_opaque_batch_stays() -> None:
    log = _log([([(b"k", b"v")], "opaque"), ([(b"k", None)], "plain")])
    assert _records(_compact(log, clean_batches=2, due_ms=5, now_ms=10)) == [(1, b"k", True)]


def test_tombstones_fall_due_a_while_after_they_were_first_seen() -> None:
    (data,) = _log([([(b"k", None)], "plain")])
    newest = Newest()
    note_newest(newest, [data])
    assert compact_batch(data, newest, None, 100, 1000).tombstones_due_ms == 1100
    assert compact_batch(data, newest, 1100, 1099, 1000).tombstones_due_ms == 1100
    assert compact_batch(data, newest, 1100, 1100, 1000).data is None
