from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from connect_runtime.errors import DataError, RetriableError, StorageError
from connect_runtime.storage import ConnectorOffsets, KeyedRecord, MemoryLog, OffsetStore

A, B, C = {"file": "a"}, {"file": "b"}, {"file": "c"}


class NamedLog(MemoryLog):
    """Writes down what was sent, together with other logs."""

    def __init__(self, name: str, journal: list[tuple[str, bytes | None]]) -> None:
        super().__init__()
        self._name = name
        self._journal = journal
        self.is_broken = False

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        if self.is_broken:
            raise RetriableError(f"{self._name} is away")
        self._journal += [(self._name, value) for _, value in records]
        super().send(records, timeout_s=timeout_s)


class Made:
    """Own store, and the worker's behind it."""

    def __init__(self) -> None:
        self.journal: list[tuple[str, bytes | None]] = []
        self.steps: list[str] = []
        self.own_log, self.worker_log = NamedLog("own", self.journal), NamedLog("worker", self.journal)
        self.worker = OffsetStore(self.worker_log)
        self.worker.start()
        self.own = OffsetStore(self.own_log)
        self.store = ConnectorOffsets(
            self.own, self.worker, lambda: self.steps.append("prepare"), lambda: self.steps.append("release")
        )

    def write(self, *offsets: tuple[Any, Any]) -> None:
        self.store.write("c", offsets, timeout_s=1.0)


@pytest.fixture
def made() -> Made:
    return Made()


def test_deletions_reach_the_workers_topic_first_then_all_goes_to_the_own_one_then_the_rest_is_copied(
    made: Made,
) -> None:
    made.write((A, {"at": 1}), (B, None))
    assert made.journal == [("worker", None), ("own", b'{"at":1}'), ("own", None), ("worker", b'{"at":1}')]


def test_a_deletion_that_does_not_reach_the_workers_topic_fails_the_commit(made: Made) -> None:
    made.worker_log.is_broken = True
    with pytest.raises(RetriableError, match="worker is away"):
        made.write((A, {"at": 1}), (B, None))
    assert made.journal == []


def test_a_copy_that_does_not_reach_the_workers_topic_is_only_told(
    made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    made.worker_log.is_broken = True
    made.write((A, {"at": 1}))
    assert made.journal == [("own", b'{"at":1}')]
    assert "could not be copied to the worker's offsets topic" in caplog.text


def test_a_write_that_the_own_topic_refuses_is_not_copied(made: Made) -> None:
    made.own_log.is_broken = True
    with pytest.raises(RetriableError, match="own is away"):
        made.write((A, {"at": 1}))
    assert made.journal == []


def test_an_offset_that_cannot_be_stored_deletes_nothing(made: Made) -> None:
    with pytest.raises(DataError):
        made.write((A, None), (B, {"at": object()}))
    assert made.journal == []


def test_the_own_topic_is_read_first_and_the_workers_for_what_is_missing(made: Made) -> None:
    made.worker.write("c", [(A, {"at": 1}), (B, {"at": 2})], timeout_s=1.0)
    made.own.start()
    made.own.write("c", [(A, {"at": 10})], timeout_s=1.0)
    assert made.store.read("c", [B, A, C]) == [{"at": 2}, {"at": 10}, None]
    assert sorted(made.store.read_all("c"), key=str) == [(A, {"at": 10}), (B, {"at": 2})]


def test_what_was_deleted_does_not_come_back_from_behind(made: Made) -> None:
    made.worker.write("c", [(A, {"at": 1})], timeout_s=1.0)
    made.write((A, None))
    assert made.store.read("c", [A]) == [None]
    assert made.store.read_all("c") == []


def test_without_a_store_behind_there_is_one_topic(made: Made) -> None:
    store = ConnectorOffsets(made.own, None, lambda: None, lambda: None)
    store.write("c", [(A, {"at": 1}), (B, None)], timeout_s=1.0)
    assert made.journal == [("own", b'{"at":1}'), ("own", None)]
    assert store.read("c", [A, B]) == [{"at": 1}, None]
    assert store.read_all("c") == [(A, {"at": 1})]


def test_it_is_opened_once_by_the_first_use_and_not_again_after_its_end(made: Made) -> None:
    made.store.read("c", [A])
    made.store.start()
    made.write((A, {"at": 1}))
    assert made.steps == ["prepare"]
    made.store.stop()
    made.store.stop()
    assert made.steps == ["prepare", "release"]
    with pytest.raises(StorageError, match="shut down"):
        made.store.read("c", [A])


def test_one_that_was_never_used_prepares_nothing(made: Made) -> None:
    made.store.stop()
    assert made.steps == ["release"]
