import struct

import pytest
from kio.records.readers import read_batch

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.batch import check_batch, read_header, with_append_time, with_base_offset
from connect_runtime.broker.log.records import check_keys, find_by_timestamp, read_records, with_records
from tests.unit.broker.batches import record_batch

_BATCH = record_batch([(b"k", b"v"), (b"l", None), (None, b"w")], base_timestamp=5_000)


def _refusal(data: bytes | None, max_bytes: int = 10_000) -> ErrorCode:
    with pytest.raises(ApiError) as refused:
        check_batch(data, max_bytes)
    return refused.value.code


def test_a_good_batch_passes() -> None:
    assert check_batch(_BATCH, 10_000).record_count == 3


@pytest.mark.parametrize("at", [21, 30, 61, len(_BATCH) - 1])
def test_a_flipped_bit_is_found(at: int) -> None:
    damaged = bytearray(_BATCH)
    damaged[at] ^= 1
    assert _refusal(bytes(damaged)) is ErrorCode.corrupt_message


def test_refusals_use_the_codes_of_the_protocol() -> None:
    old_format = bytearray(_BATCH)
    old_format[16] = 1
    assert _refusal(bytes(old_format)) is ErrorCode.invalid_record
    assert _refusal(_BATCH, max_bytes=50) is ErrorCode.message_too_large
    assert _refusal(_BATCH + _BATCH) is ErrorCode.invalid_record
    assert _refusal(_BATCH[:-1]) is ErrorCode.corrupt_message
    assert _refusal(_BATCH[:30]) is ErrorCode.corrupt_message
    assert _refusal(b"") is ErrorCode.invalid_record
    assert _refusal(None) is ErrorCode.invalid_record
    assert _refusal(record_batch([(b"k", b"v")], attributes=0x20)) is ErrorCode.invalid_record
    assert _refusal(record_batch([(b"k", b"v")], attributes=0x10)) is ErrorCode.invalid_record
    assert _refusal(record_batch([])) is ErrorCode.invalid_record


def test_a_base_offset_does_not_touch_the_checksum() -> None:
    moved = with_base_offset(_BATCH, 1_234_567)
    assert check_batch(moved, 10_000).base_offset == 1_234_567
    assert moved[12:] == _BATCH[12:]


def test_append_time_replaces_the_records_own() -> None:
    stamped = with_append_time(_BATCH, 9_999)
    header = check_batch(stamped, 10_000)
    assert (header.max_timestamp, header.attributes & 8) == (9_999, 8)
    assert find_by_timestamp(stamped, 9_999) == (0, 9_999)
    assert find_by_timestamp(stamped, 10_000) is None


def test_records_are_read_with_key_and_tombstone() -> None:
    assert [(record.key, record.is_tombstone) for record in read_records(_BATCH)] == [
        (b"k", False),
        (b"l", True),
        (None, False),
    ]


def test_a_thinned_batch_reads_the_same_for_another_implementation() -> None:
    batch = with_base_offset(record_batch([(b"k", b"v"), (b"l", None)], base_timestamp=5_000), 70)
    thinned = with_records(batch, read_records(batch)[1:])
    (record,) = read_batch(thinned, 0)[0].records
    assert (record.offset, record.key, record.value) == (71, b"l", None)


def test_an_empty_batch_keeps_its_place() -> None:
    empty = with_records(with_base_offset(_BATCH, 40), ())
    header = read_header(empty)
    assert (header.record_count, header.base_offset, header.last_offset) == (0, 40, 42)
    (checksum,) = struct.unpack_from(">I", empty, 17)
    assert checksum == header.checksum


def test_the_first_record_not_older_is_found() -> None:
    assert find_by_timestamp(_BATCH, 0) == (0, 5_000)
    assert find_by_timestamp(_BATCH, 5_001) == (1, 5_001)
    assert find_by_timestamp(_BATCH, 5_003) is None


def test_compacted_topics_take_records_with_keys_only() -> None:
    with pytest.raises(ApiError) as refused:
        check_keys(_BATCH, read_header(_BATCH))
    assert refused.value.code is ErrorCode.invalid_record
    keyed = record_batch([(b"k", None)], attributes=1)
    check_keys(keyed, read_header(keyed))


def test_a_batch_that_lies_about_its_records_is_refused_where_they_are_read() -> None:
    shorter = record_batch([(b"k", b"v")] * 3)
    lying = bytearray(shorter)
    struct.pack_into(">i", lying, 57, 4)
    with pytest.raises(ApiError) as refused:
        check_keys(bytes(lying), read_header(bytes(lying)))
    assert refused.value.code is ErrorCode.corrupt_message
