"""Records that Kafka Connect itself wrote: we read each, see in them what it showed, and write the same bytes."""

from __future__ import annotations

from typing import Any, assert_never

import pytest

from connect_runtime.converters.internal_json import loads_internal
from connect_runtime.storage import (
    ClusterConfigSnapshot,
    ConfigStore,
    KeyedRecord,
    OffsetStore,
    State,
    StatusStore,
    TargetState,
)
from connect_runtime.storage import config_records as records
from connect_runtime.storage.offset_records import (
    decode_offset_key,
    decode_offset_value,
    encode_offset_key,
    encode_offset_value,
)
from connect_runtime.storage.status_records import (
    decode_status_key,
    decode_status_value,
    encode_status_key,
    encode_status_value,
)
from tests.support.golden import GoldenLog, GoldenRecord, InternalTopic, Run, read_records, read_view

pytestmark = pytest.mark.parametrize("run", list(Run))


class Deaf:
    """A `ConfigListener` that does not care."""

    def on_config_change(self) -> None: ...

    def on_restart_request(self, request: records.RestartRequest) -> None: ...

    def on_logger_level(self, namespace: str, level: str) -> None: ...

    def on_session_key(self, key: records.SessionKey) -> None: ...


@pytest.fixture
def view(run: Run) -> dict[str, Any]:
    """What REST showed, by connector."""
    connectors: dict[str, Any] = read_view(run)["connectors"]
    return connectors


@pytest.fixture
def snapshot(run: Run, caplog: pytest.LogCaptureFixture) -> ClusterConfigSnapshot:
    store = ConfigStore(GoldenLog(read_records(run, InternalTopic.CONFIG)))
    store.start(Deaf())
    assert [record.getMessage() for record in caplog.records] == []
    return store.snapshot()


@pytest.fixture
def statuses(run: Run, caplog: pytest.LogCaptureFixture) -> StatusStore:
    store = StatusStore(GoldenLog(read_records(run, InternalTopic.STATUS)))
    store.start()
    assert [record.getMessage() for record in caplog.records] == []
    return store


def test_connectors_and_tasks_are_those_it_showed(snapshot: ClusterConfigSnapshot, view: dict[str, Any]) -> None:
    assert snapshot.connectors() == view.keys()
    for name, shown in view.items():
        assert snapshot.connector_config(name) == shown["config"]
        assert not snapshot.is_inconsistent(name)
        assert snapshot.all_task_configs(name) == [task["config"] for task in shown["tasks"]]
        assert [(task.connector, task.task) for task in snapshot.task_ids(name)] == [
            (task["id"]["connector"], task["id"]["task"]) for task in shown["tasks"]
        ]


def test_target_states_are_those_that_its_connectors_were_in(
    snapshot: ClusterConfigSnapshot, view: dict[str, Any]
) -> None:
    wanted = {"RUNNING": TargetState.STARTED, "PAUSED": TargetState.PAUSED, "STOPPED": TargetState.STOPPED}
    for name, shown in view.items():
        assert snapshot.target_state(name) is wanted[shown["status"]["connector"]["state"]]


def test_tasks_belong_to_the_present_configuration_unless_it_made_none_for_it(
    snapshot: ClusterConfigSnapshot, view: dict[str, Any]
) -> None:
    for name, shown in view.items():
        applied = snapshot.applied_connector_config(name)
        assert applied == (shown["config"] if shown["tasks"] else None)


def test_the_session_key_is_known(snapshot: ClusterConfigSnapshot) -> None:
    assert snapshot.session_key is not None
    assert snapshot.session_key.algorithm == "HmacSHA256"


def test_fencing_is_known_where_it_was_done(snapshot: ClusterConfigSnapshot, run: Run) -> None:
    if run is Run.EXACTLY_ONCE:
        assert (snapshot.fencing_count("exact-1"), snapshot.is_fencing_pending("exact-1")) == (1, False)
    assert snapshot.fencing_count("lines-snk-3") is None


def test_source_offsets_are_those_it_showed(run: Run, view: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    store = OffsetStore(GoldenLog(read_records(run, InternalTopic.OFFSET)))
    store.start()
    assert [record.getMessage() for record in caplog.records] == []
    for name, shown in view.items():
        if shown["status"]["type"] == "source":
            expected = [(offset["partition"], offset["offset"]) for offset in shown["offsets"]["offsets"]]
            assert store.read_all(name) == expected
            assert store.read(name, [partition for partition, _ in expected]) == [offset for _, offset in expected]


def test_statuses_are_those_it_showed(statuses: StatusStore, view: dict[str, Any]) -> None:
    assert statuses.connectors() == view.keys()
    for name, shown in view.items():
        status = shown["status"]
        connector = statuses.connector(name)
        assert connector is not None
        assert _shown(connector.state, connector.worker_id, connector.version, connector.trace) == status["connector"]
        assert [
            {"id": task.task, **_shown(found.state, found.worker_id, found.version, found.trace)}
            for task, found in statuses.tasks(name).items()
        ] == status["tasks"]


def test_topics_are_those_it_showed(statuses: StatusStore, view: dict[str, Any]) -> None:
    for name, shown in view.items():
        assert [found.topic for found in statuses.topics(name)] == sorted(shown["topics"][name]["topics"])


def test_we_write_the_same_bytes_to_the_config_topic(run: Run) -> None:
    for record in read_records(run, InternalTopic.CONFIG):
        assert _config_record_again(record) == (record.key, record.value)


def test_we_write_the_same_bytes_to_the_offsets_topic(run: Run) -> None:
    for record in read_records(run, InternalTopic.OFFSET):
        connector, partition = decode_offset_key(record.key)
        offset = None if record.value is None else decode_offset_value(record.value)
        again = encode_offset_key(connector, partition), encode_offset_value(connector, offset)
        assert again == (record.key, record.value)


def test_we_write_the_same_bytes_to_the_status_topic(run: Run) -> None:
    for record in read_records(run, InternalTopic.STATUS):
        key = decode_status_key(record.key)
        value = None if record.value is None else encode_status_value(decode_status_value(key, record.value))
        assert (encode_status_key(key), value) == (record.key, record.value)


def _shown(state: State, worker_id: str, version: str | None, trace: str | None) -> dict[str, Any]:
    members = {"state": state.value, "worker_id": worker_id, "version": version}
    return members if trace is None else {**members, "trace": trace}


def _config_record_again(record: GoldenRecord) -> KeyedRecord:  # noqa: PLR0911 - one case per kind of record
    value: Any = None if record.value is None else loads_internal(record.value)
    match records.parse_config_record(record.key.decode(), value):
        case records.ConnectorRecord(name, config):
            return records.connector_tombstone(name) if config is None else records.connector_record(name, config)
        case records.TargetStateRecord(name, state):
            return records.target_state_tombstone(name) if state is None else records.target_state_record(name, state)
        case records.TaskRecord(task_id, task):
            return records.task_record(task_id, task)
        case records.CommitRecord(name, tasks):
            return records.commit_record(name, tasks)
        case records.RestartRecord(request):
            return records.restart_record(request)
        case records.FencingRecord(name, count):
            return records.fencing_record(name, count)
        case records.SessionKeyRecord(key):
            return records.session_key_record(key)
        case records.LoggerRecord(namespace, _):
            return records.logger_record(namespace, value["level"])
        case records.AssignmentRecord() | records.AppliedRecord() as ours:
            raise AssertionError(f"Kafka Connect has written a record of ours: {ours}")
        case other:
            assert_never(other)
