"""The config store over a log in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

import pytest

from connect_runtime.errors import RetriableError
from connect_runtime.storage import ConfigStore, MemoryLog, RestartRequest, SessionKey, TargetState
from connect_runtime.storage.config_records import Applied
from connect_runtime.storage.log import KeyedRecord, LogRecord, RecordListener
from tests.support.clocks import FakeClock


class Heard:
    """A listener that notes what it hears."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def on_config_change(self) -> None:
        self.said.append("change")

    def on_restart_request(self, request: RestartRequest) -> None:
        self.said.append(request)

    def on_logger_level(self, namespace: str, level: str) -> None:
        self.said.append((namespace, level))

    def on_session_key(self, key: SessionKey) -> None:
        self.said.append(key)


class NotedLog(MemoryLog):
    """Notes what is written and when it was read to the end."""

    def __init__(self, records: Sequence[KeyedRecord] = ()) -> None:
        super().__init__(records)
        self.calls: list[object] = []

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        self.calls.append([key for key, _ in records])
        super().send(records, timeout_s=timeout_s)

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
        self.calls.append("read")
        super().read_to_end(timeout_s=timeout_s, give_up=give_up)


class DeadLog(MemoryLog):
    """Acknowledges nothing."""

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        raise RetriableError("no broker can be reached")


def started(log: MemoryLog) -> tuple[ConfigStore, Heard]:
    store, heard = ConfigStore(log), Heard()
    store.start(heard)
    return store, heard


def test_what_is_there_at_start_is_in_the_snapshot_and_told_to_nobody() -> None:
    store, heard = started(
        MemoryLog(
            [
                (b"connector-c", b'{"properties":{"k":"v"}}'),
                (b"restart-connector-c", b'{"include-tasks":true,"only-failed":false}'),
                (b"logger-cluster-x", b'{"level":"DEBUG"}'),
            ]
        )
    )

    assert store.snapshot().connector_config("c") == {"k": "v"}
    assert heard.said == []


def test_a_writer_returns_when_its_record_shows_in_the_snapshot() -> None:
    store, heard = started(MemoryLog())

    store.put_connector("c", {"k": "v"}, TargetState.PAUSED)

    assert store.snapshot().connector_config("c") == {"k": "v"}
    assert store.snapshot().target_state("c") is TargetState.PAUSED
    assert heard.said == ["change"]


def test_the_target_state_goes_before_the_connector_and_a_deletion_the_other_way() -> None:
    log = NotedLog()
    store, _ = started(log)

    store.put_connector("c", {}, TargetState.STOPPED)
    store.remove_connector("c")

    assert log.calls == [
        [b"target-state-c", b"connector-c"],
        "read",
        [b"connector-c", b"target-state-c"],
        "read",
    ]
    assert store.snapshot().connectors() == frozenset()


def test_tasks_and_their_commit_are_written_as_one() -> None:
    log = NotedLog()
    store, _ = started(log)
    store.put_connector("c", {})
    log.calls.clear()

    store.put_task_configs("c", [{"n": "0"}, {"n": "1"}])

    assert log.calls == [[b"task-c-0", b"task-c-1", b"commit-c"], "read"]
    assert store.snapshot().all_task_configs("c") == [{"n": "0"}, {"n": "1"}]


def test_an_empty_task_set_is_only_a_commit() -> None:
    log = NotedLog()
    store, _ = started(log)
    store.put_connector("c", {})
    log.calls.clear()

    store.put_task_configs("c", [])

    assert log.calls == [[b"commit-c"], "read"]


def test_stopping_takes_the_tasks_and_sets_the_state_as_one() -> None:
    log = NotedLog()
    store, _ = started(log)
    store.put_connector("c", {})
    store.put_task_configs("c", [{"n": "0"}])
    log.calls.clear()

    store.stop_connector("c")

    assert log.calls == [[b"commit-c", b"target-state-c"], "read"]
    assert store.snapshot().task_ids("c") == []
    assert store.snapshot().target_state("c") is TargetState.STOPPED


def test_only_pauses_logger_levels_and_acknowledgements_bypass_the_leader() -> None:
    log, leader = NotedLog(), NotedLog()
    store = ConfigStore(log, leader)
    store.start(Heard())
    log.calls.clear()

    store.put_target_state("c", TargetState.PAUSED)
    store.put_logger_level("a", "INFO")
    store.note_applied("one", Applied(3, 7))
    assert [call for call in log.calls if call != "read"] == [
        [b"target-state-c"],
        [b"logger-cluster-a"],
        [b"applied-one"],
    ]
    assert store.snapshot().applied == {"one": Applied(3, 7)}
    assert leader.calls == []

    store.put_connector("c", {})
    store.put_assignment({"generation": 4}, ["one"])
    assert leader.calls == [[b"connector-c"], [b"assignment", b"applied-one"]]


def test_requests_levels_and_keys_reach_the_listener() -> None:
    store, heard = started(MemoryLog())
    request = RestartRequest("c", include_tasks=True, only_failed=False)
    key = SessionKey("a2V5", "HmacSHA256", 7)

    store.put_restart_request(request)
    store.put_logger_level("acme", "warn")
    store.put_session_key(key)

    assert heard.said == [request, ("acme", "WARN"), key]
    assert store.snapshot().session_key == key


def test_the_position_counts_rejected_records_but_not_unreadable_ones(caplog: pytest.LogCaptureFixture) -> None:
    log = MemoryLog()
    store, heard = started(log)

    log.send([(b"nobody-knows", b"{}")], timeout_s=1)
    assert store.snapshot().offset == 1
    log.send([(b"connector-c", b"{not json")], timeout_s=1)
    assert store.snapshot().offset == 1
    log.send([(b"\xff", b"{}")], timeout_s=1)
    assert store.snapshot().offset == 1

    assert heard.said == []
    assert len(caplog.records) == 3


def test_a_snapshot_is_taken_anew_only_after_a_change() -> None:
    store, _ = started(MemoryLog())
    store.put_connector("c", {})

    assert store.snapshot() is store.snapshot()
    before = store.snapshot()
    store.put_target_state("c", TargetState.PAUSED)
    assert store.snapshot() is not before


def test_a_failed_write_says_what_was_not_written() -> None:
    store, _ = started(DeadLog())

    with pytest.raises(
        RetriableError, match=r"configuration of connector c was not written .*no broker can be reached"
    ):
        store.put_connector("c", {})


def test_after_stop_nobody_hears_anything() -> None:
    log = MemoryLog()
    store, heard = started(log)
    store.stop()

    log.send([(b"connector-c", b'{"properties":{}}')], timeout_s=1)

    assert heard.said == []
    assert store.snapshot().connectors() == frozenset()


class SlowLog(MemoryLog):
    """Notes how much time each step was given, and takes its share of it."""

    def __init__(self, tick: Callable[[float], None]) -> None:
        super().__init__()
        self.given: list[float] = []
        self._tick = tick

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        self.given.append(timeout_s)
        self._tick(10)
        super().send(records, timeout_s=timeout_s)

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
        self.given.append(timeout_s)
        self._tick(1)


def test_a_write_as_a_whole_has_one_time_limit() -> None:
    clock = FakeClock()
    log = SlowLog(clock.advance)
    store = ConfigStore(log, write_timeout_s=30, clock=clock)
    store.start(Heard())

    store.put_target_state("c", TargetState.PAUSED)

    assert log.given == [30, 20]


def test_the_leader_waits_no_longer_than_the_brokers_do() -> None:
    clock = FakeClock()
    log = SlowLog(clock.advance)
    store = ConfigStore(log, write_timeout_s=30, clock=clock)
    store.start(Heard())

    store.put_task_configs("c", [{}])

    assert log.given == [10, 0]


def test_records_without_a_key_are_skipped(caplog: pytest.LogCaptureFixture) -> None:
    class Keyless(MemoryLog):
        def start(self, on_record: RecordListener) -> None:
            on_record(LogRecord(0, 0, None, b"{}", 0))

    store, _ = started(Keyless())

    assert store.snapshot().connectors() == frozenset()
    assert len(caplog.records) == 1
