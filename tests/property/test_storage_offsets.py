"""Source offsets of any shape that connectors may use."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.storage import MemoryLog, OffsetStore
from connect_runtime.storage.offset_records import (
    canonical_partition,
    decode_offset_key,
    decode_offset_value,
    encode_offset_key,
    encode_offset_value,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
primitive = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
members = st.dictionaries(text, primitive, max_size=4)


def kinds(value: dict[str, Any] | None) -> object:
    """Tells values apart that Python takes for equal: 1, 1.0 and True; 0.0 and -0.0."""
    return value if value is None else {name: repr(item) for name, item in value.items()}


@given(text, members)
def test_keys_and_values_come_back_as_they_went(connector: str, value: dict[str, Any]) -> None:
    key = decode_offset_key(encode_offset_key(connector, value))
    encoded = encode_offset_value(connector, value)
    assert encoded is not None

    assert key.connector == connector
    assert kinds(key.partition) == kinds(value)
    assert kinds(decode_offset_value(encoded)) == kinds(value)


@given(members, members, st.randoms(use_true_random=False))
def test_partitions_are_the_same_when_their_members_are(
    one: dict[str, Any], other: dict[str, Any], chance: random.Random
) -> None:
    shuffled = list(one.items())
    chance.shuffle(shuffled)

    assert canonical_partition(dict(shuffled)) == canonical_partition(one)
    assert (canonical_partition(one) == canonical_partition(other)) == (kinds(one) == kinds(other))


few_members = st.dictionaries(st.sampled_from("ab"), st.integers(0, 1), max_size=2)
writes = st.lists(st.tuples(st.sampled_from("cd"), few_members, st.none() | few_members), max_size=12)


@given(writes)
def test_the_last_offset_written_is_the_one_read_also_after_a_restart(
    writes: list[tuple[str, dict[str, Any], dict[str, Any] | None]],
) -> None:
    log = MemoryLog()
    store = OffsetStore(log)
    store.start()
    expected: dict[tuple[str, bytes], tuple[dict[str, Any], dict[str, Any] | None]] = {}
    for connector, partition, offset in writes:
        store.write(connector, [(partition, offset)], timeout_s=1)
        expected[connector, canonical_partition(partition)] = (partition, offset)

    restarted = OffsetStore(log)
    restarted.start()

    for (connector, _), (partition, offset) in expected.items():
        assert store.read(connector, [partition]) == [offset]
        assert restarted.read(connector, [dict(reversed(partition.items()))]) == [offset]
    for connector in "cd":
        known = [offset for (name, _), (_, offset) in expected.items() if name == connector and offset is not None]
        assert len(store.read_all(connector)) == len(known)
