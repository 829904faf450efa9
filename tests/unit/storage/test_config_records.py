"""Config topic records, byte for byte."""

from __future__ import annotations

import pytest

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import (
    CommitRecord,
    ConnectorRecord,
    FencingRecord,
    LoggerRecord,
    RejectedRecordError,
    RestartRecord,
    RestartRequest,
    SessionKey,
    SessionKeyRecord,
    TargetState,
    TargetStateRecord,
    TaskRecord,
    commit_record,
    connector_record,
    connector_tombstone,
    fencing_record,
    logger_record,
    parse_config_record,
    restart_record,
    session_key_record,
    target_state_record,
    target_state_tombstone,
    task_record,
)
from connect_runtime.storage.log import KeyedRecord

SESSION_KEY = SessionKey("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", "HmacSHA256", 1729411200000)

GOLDEN: list[tuple[KeyedRecord, bytes, bytes | None]] = [
    (
        connector_record("inv-src", {"connector.class": "FileStreamSource", "tasks.max": "2", "name": "inv-src"}),
        b"connector-inv-src",
        b'{"properties":{"connector.class":"FileStreamSource","tasks.max":"2","name":"inv-src"}}',
    ),
    (connector_tombstone("inv-src"), b"connector-inv-src", None),
    (
        task_record(ConnectorTaskId("inv-src", 0), {"task.class": "acme.FileTask", "file": "/data/a.txt"}),
        b"task-inv-src-0",
        b'{"properties":{"task.class":"acme.FileTask","file":"/data/a.txt"}}',
    ),
    (commit_record("inv-src", 1), b"commit-inv-src", b'{"tasks":1}'),
    (
        target_state_record("inv-src", TargetState.STOPPED),
        b"target-state-inv-src",
        b'{"state":"PAUSED","state.v2":"STOPPED"}',
    ),
    (
        target_state_record("inv-src", TargetState.STARTED),
        b"target-state-inv-src",
        b'{"state":"STARTED","state.v2":"STARTED"}',
    ),
    (target_state_tombstone("inv-src"), b"target-state-inv-src", None),
    (fencing_record("inv-src", 1), b"tasks-fencing-inv-src", b'{"task-count":1}'),
    (
        restart_record(RestartRequest("inv-src", include_tasks=True, only_failed=False)),
        b"restart-connector-inv-src",
        b'{"include-tasks":true,"only-failed":false}',
    ),
    (
        session_key_record(SESSION_KEY),
        b"session-key",
        (
            b'{"key":"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=","algorithm":"HmacSHA256",'
            b'"creation-timestamp":1729411200000}'
        ),
    ),
    (logger_record("acme.sink", "debug"), b"logger-cluster-acme.sink", b'{"level":"debug"}'),
]


@pytest.mark.parametrize(("record", "key", "value"), GOLDEN, ids=[str(key) for _, key, _ in GOLDEN])
def test_records_have_the_bytes_of_kafka_connect(record: KeyedRecord, key: bytes, value: bytes | None) -> None:
    assert record == (key, value)


def test_text_outside_the_bmp_and_control_characters_are_escaped_in_upper_case() -> None:
    _, value = connector_record("c", {"k": "é/😀\x1b\t"})

    assert value == '{"properties":{"k":"é/\\uD83D\\uDE00\\u001B\\t"}}'.encode()


def test_keys_with_any_character_are_plain_utf_8() -> None:
    assert connector_tombstone("ünï 😀/x")[0] == "connector-ünï 😀/x".encode()


def test_a_null_property_is_written_as_null() -> None:
    assert connector_record("c", {"k": None})[1] == b'{"properties":{"k":null}}'


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("connector-a-b", {"properties": {"k": None}}, ConnectorRecord("a-b", {"k": None})),
        ("connector-a", None, ConnectorRecord("a", None)),
        ("target-state-a", {"state": "PAUSED"}, TargetStateRecord("a", TargetState.PAUSED)),
        ("target-state-a", {"state": "PAUSED", "state.v2": "STOPPED"}, TargetStateRecord("a", TargetState.STOPPED)),
        ("target-state-a", {"state": "PAUSED", "state.v2": 7}, TargetStateRecord("a", TargetState.PAUSED)),
        ("target-state-a", None, TargetStateRecord("a", None)),
        ("task-a-b-12", {"properties": {"k": "v"}}, TaskRecord(ConnectorTaskId("a-b", 12), {"k": "v"})),
        ("commit-a", {"tasks": 3, "more": 1}, CommitRecord("a", 3)),
        ("tasks-fencing-a", {"task-count": 2}, FencingRecord("a", 2)),
        ("restart-connector-a", {"include-tasks": "yes"}, RestartRecord(RestartRequest("a", False, False))),
        ("logger-cluster-a", {"level": "warn"}, LoggerRecord("a", "WARN")),
        (
            "session-key",
            {"key": "k", "algorithm": "a", "creation-timestamp": 1},
            SessionKeyRecord(SessionKey("k", "a", 1)),
        ),
    ],
)
def test_records_are_understood(key: str, value: object, expected: object) -> None:
    assert parse_config_record(key, value) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("assignments", {}),
        ("assignment", None),
        ("applied-one", {}),
        ("session-keys", {"key": "k", "algorithm": "a", "creation-timestamp": 1}),
        ("session-key", {"key": "k", "algorithm": "a", "creation-timestamp": 1.5}),
        ("session-key", {"key": "k", "algorithm": "a", "creation-timestamp": True}),
        ("session-key", None),
        ("connector-a", {"properties": {"k": 1}}),
        ("connector-a", ["properties"]),
        ("connector-a", {}),
        ("target-state-a", {"state": "RESTARTED"}),
        ("target-state-a", {"state": "PAUSED", "state.v2": "paused"}),
        ("task-a", {"properties": {}}),
        ("task-a-x", {"properties": {}}),
        ("task-a-1", None),
        ("commit-a", None),
        ("commit-a", {"tasks": -1}),
        ("commit-a", {"tasks": "1"}),
        ("commit-a", {"tasks": True}),
        ("tasks-fencing-a", None),
        ("restart-connector-a", None),
        ("logger-cluster-a", {"level": "loud"}),
        ("logger-cluster-a", None),
    ],
)
def test_records_without_meaning_are_rejected(key: str, value: object) -> None:
    with pytest.raises(RejectedRecordError):
        parse_config_record(key, value)
