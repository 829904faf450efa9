"""Source offsets: bytes, matching, validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import pytest

from connect_runtime.errors import ConnectError, DataError, RetriableError
from connect_runtime.storage import MemoryLog, OffsetStore, StoredOffsetReader
from connect_runtime.storage.log import KeyedRecord, LogRecord, RecordListener
from connect_runtime.storage.offset_records import encode_offset_key, encode_offset_value


class NotedLog(MemoryLog):
    def __init__(self, records: Sequence[KeyedRecord] = ()) -> None:
        super().__init__(records)
        self.sent: list[KeyedRecord] = []

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        self.sent.extend(records)
        super().send(records, timeout_s=timeout_s)


def started(*records: KeyedRecord) -> tuple[OffsetStore, NotedLog]:
    log = NotedLog(records)
    store = OffsetStore(log)
    store.start()
    return store, log


def test_records_have_the_bytes_of_kafka_connect() -> None:
    store, log = started()

    store.write("inv-src", [({"filename": "/data/a.txt"}, {"position": 418})], timeout_s=1)

    assert log.sent == [(b'["inv-src",{"filename":"/data/a.txt"}]', b'{"position":418}')]


@pytest.mark.parametrize(
    ("partition", "key"),
    [
        (None, b'["c",null]'),
        ({}, b'["c",{}]'),
        ({"b": 1, "a": 2}, b'["c",{"b":1,"a":2}]'),
        ({"x": 1.0, "y": 1e300, "z": True, "n": None}, b'["c",{"x":1.0,"y":1.0E300,"z":true,"n":null}]'),
        ({"x": "é/😀"}, '["c",{"x":"é/\\uD83D\\uDE00"}]'.encode()),
        ({"x": b"\x00\xff"}, b'["c",{"x":"AP8="}]'),
    ],
)
def test_keys_are_written_as_java_writes_them(partition: Mapping[str, Any] | None, key: bytes) -> None:
    assert encode_offset_key("c", partition) == key


def test_an_offset_of_none_is_a_tombstone() -> None:
    assert encode_offset_value("c", None) is None
    store, log = started((b'["c",{"f":"x"}]', b'{"p":1}'))

    store.write("c", [({"f": "x"}, None)], timeout_s=1)

    assert log.sent == [(b'["c",{"f":"x"}]', None)]
    assert store.read("c", [{"f": "x"}]) == [None]
    assert store.read_all("c") == []


def test_offsets_come_back_in_the_order_asked_for() -> None:
    store, _ = started((b'["c",{"f":"a"}]', b'{"p":1}'), (b'["c",{"f":"b"}]', b'{"p":2}'), (b'["d",{"f":"c"}]', b"{}"))

    assert store.read("c", [{"f": "b"}, {"f": "c"}, {"f": "a"}]) == [{"p": 2}, None, {"p": 1}]


def test_partitions_match_whatever_the_order_of_their_members() -> None:
    store, log = started((b'["c",{"b":1,"a":2}]', b'{"p":1}'))

    assert store.read("c", [{"a": 2, "b": 1}]) == [{"p": 1}]
    store.write("c", [({"a": 2, "b": 1}, {"p": 2})], timeout_s=1)

    assert log.sent == [(b'["c",{"b":1,"a":2}]', b'{"p":2}')]
    assert store.read_all("c") == [({"b": 1, "a": 2}, {"p": 2})]


def test_values_of_different_kinds_do_not_match() -> None:
    store, _ = started((b'["c",{"a":1}]', b'{"p":1}'))

    assert store.read("c", [{"a": 1.0}, {"a": True}, {"a": "1"}, {"a": None}, {}]) == [None] * 5


def test_of_two_spellings_the_newest_counts_and_deletion_reaches_both() -> None:
    class TwoPartitions(NotedLog):
        def start(self, on_record: RecordListener) -> None:
            # Different keys may lie in different partitions, which arrive in any order.
            on_record(LogRecord(1, 0, b'["c",{"b":1,"a":2}]', b'{"p":"new"}', 2000))
            on_record(LogRecord(0, 9, b'["c",{"a":2,"b":1}]', b'{"p":"old"}', 1000))
            super().start(on_record)

    log = TwoPartitions()
    store = OffsetStore(log)
    store.start()

    assert store.read("c", [{"a": 2, "b": 1}]) == [{"p": "new"}]
    store.write("c", [({"a": 2, "b": 1}, {"p": 3})], timeout_s=1)
    store.write("c", [({"a": 2, "b": 1}, None)], timeout_s=1)

    assert log.sent[0] == (b'["c",{"b":1,"a":2}]', b'{"p":3}')
    assert sorted(log.sent[1:]) == [(b'["c",{"a":2,"b":1}]', None), (b'["c",{"b":1,"a":2}]', None)]
    assert store.read_all("c") == []


def test_the_partition_none_can_be_read_but_is_not_listed() -> None:
    store, _ = started((b'["c",null]', b'{"p":1}'))

    assert store.read("c", [None]) == [{"p": 1}]
    assert store.read_all("c") == []


@pytest.mark.parametrize("key", [b"{}", b'["c"]', b'["c",{},1]', b"[1,{}]", b'["c",[]]', b"no json", b"\xff", b""])
def test_keys_that_are_none_are_skipped_with_a_warning(key: bytes, caplog: pytest.LogCaptureFixture) -> None:
    store, _ = started((key, b"{}"), (b'["c",{"f":"a"}]', b'{"p":1}'))

    assert store.read_all("c") == [({"f": "a"}, {"p": 1})]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_unknown_members_and_numbers_survive_reading() -> None:
    store, _ = started((b'["c",{"f":"a"}]', b'{"p":9007199254740993,"r":1.5,"s":null,"t":true}'))

    assert store.read("c", [{"f": "a"}]) == [{"p": 9007199254740993, "r": 1.5, "s": None, "t": True}]


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"a": [1]}, "member 'a' is of type list"),
        ({"a": {"b": 1}}, "member 'a' is of type dict"),
        ({1: "a"}, "key 1; keys must be text"),
        ({"a": 2**63}, "does not fit into 64 bits"),
        ({"a": float("nan")}, "JSON cannot hold"),
        ([("a", 1)], "must be a mapping"),
    ],
)
def test_offsets_that_cannot_be_stored_are_refused_before_anything_is_written(members: Any, complaint: str) -> None:
    store, log = started()
    good: tuple[dict[str, Any], dict[str, Any]] = ({"f": "x"}, {"p": 1})

    with pytest.raises(DataError, match=rf"Connector c gave a source offset .*{complaint}"):
        store.write("c", [good, ({"f": "y"}, members)], timeout_s=1)
    with pytest.raises(DataError, match=rf"Connector c gave a source partition .*{complaint}"):
        store.write("c", [good, (members, {"p": 1})], timeout_s=1)

    assert log.sent == []


def test_what_a_reader_gives_out_can_be_changed_without_harm() -> None:
    store, _ = started((b'["c",{"f":"a"}]', b'{"p":1}'))
    (found,) = store.read("c", [{"f": "a"}])
    assert found is not None
    found["p"] = 99

    assert store.read("c", [{"f": "a"}]) == [{"p": 1}]


def test_the_reader_of_a_connector_sees_its_own_offsets_only() -> None:
    store, _ = started((b'["c",{"f":"a"}]', b'{"p":1}'), (b'["d",{"f":"b"}]', b'{"p":2}'))
    reader = StoredOffsetReader(store, "c")

    assert reader.offset({"f": "a"}) == {"p": 1}
    assert reader.offsets([{"f": "b"}, {"f": "a"}]) == [None, {"p": 1}]


def test_a_closed_reader_refuses() -> None:
    store, _ = started((b'["c",{"f":"a"}]', b'{"p":1}'))
    reader = StoredOffsetReader(store, "c")
    reader.close()

    with pytest.raises(ConnectError, match="Offsets of connector c cannot be read: it was shut down"):
        reader.offset({"f": "a"})


def test_closing_a_reader_ends_a_read_that_waits() -> None:
    class Stuck(MemoryLog):
        reader: StoredOffsetReader | None = None

        def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
            assert self.reader is not None
            assert give_up is not None
            self.reader.close()
            assert give_up.is_set()
            raise RetriableError("the end was not reached")

    log = Stuck()
    store = OffsetStore(log)
    store.start()
    log.reader = StoredOffsetReader(store, "c")

    with pytest.raises(ConnectError, match="it was shut down"):
        log.reader.offset({"f": "a"})
