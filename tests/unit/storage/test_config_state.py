"""What config records add up to."""

from __future__ import annotations

import pytest

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import RejectedRecordError, RestartRequest, TargetState
from connect_runtime.storage.config_state import (
    ClusterConfig,
    ClusterConfigSnapshot,
    ConfigChanged,
    LoggerLevelSet,
    RestartRequested,
    SessionKeyChanged,
)


def config(*records: tuple[str, object]) -> ClusterConfigSnapshot:
    state = ClusterConfig()
    for key, value in records:
        state.apply(key, value)
    return state.snapshot(len(records))


def props(**values: str) -> dict[str, object]:
    return {"properties": values}


CREATE = ("connector-c", props(v="1"))
TASKS = (("task-c-0", props(n="0")), ("task-c-1", props(n="1")), ("commit-c", {"tasks": 2}))


def test_a_connector_is_started_unless_somebody_said_otherwise() -> None:
    assert config(CREATE).target_state("c") is TargetState.STARTED


def test_a_target_state_written_before_the_connector_is_known_when_it_appears() -> None:
    state = ClusterConfig()

    assert state.apply("target-state-c", {"state": "PAUSED", "state.v2": "STOPPED"}) == []
    assert state.apply(*CREATE) == [ConfigChanged("c")]
    assert state.snapshot(0).target_state("c") is TargetState.STOPPED


def test_a_target_state_that_does_not_change_tells_nobody() -> None:
    state = ClusterConfig()
    state.apply(*CREATE)

    assert state.apply("target-state-c", {"state": "STARTED"}) == []
    assert state.apply("target-state-c", {"state": "PAUSED"}) == [ConfigChanged("c")]
    assert state.apply("target-state-c", {"state": "PAUSED"}) == []


def test_a_cleared_target_state_is_started_again() -> None:
    state = ClusterConfig()
    state.apply(*CREATE)
    state.apply("target-state-c", {"state": "PAUSED"})

    assert state.apply("target-state-c", None) == [ConfigChanged("c")]
    assert state.snapshot(0).target_state("c") is TargetState.STARTED


def test_tasks_count_from_their_commit_on() -> None:
    before = config(CREATE, *TASKS[:2])
    after = config(CREATE, *TASKS)

    assert (before.task_ids("c"), before.task_count("c"), before.all_task_configs("c")) == ([], 0, [])
    assert after.task_ids("c") == [ConnectorTaskId("c", 0), ConnectorTaskId("c", 1)]
    assert after.all_task_configs("c") == [{"n": "0"}, {"n": "1"}]
    assert after.task_config(ConnectorTaskId("c", 1)) == {"n": "1"}
    assert after.task_config(ConnectorTaskId("c", 2)) is None


def test_the_config_in_force_at_the_commit_is_remembered() -> None:
    snapshot = config(CREATE, *TASKS, ("connector-c", props(v="2")))

    assert snapshot.applied_connector_config("c") == {"v": "1"}
    assert snapshot.connector_config("c") == {"v": "2"}


def test_a_commit_that_lacks_a_task_makes_the_connector_inconsistent() -> None:
    snapshot = config(CREATE, *TASKS, ("task-c-1", props(n="new")), ("commit-c", {"tasks": 2}))

    assert snapshot.is_inconsistent("c")
    assert snapshot.task_count("c") == 2
    assert snapshot.task_ids("c") == []
    assert snapshot.all_task_configs("c") == []
    assert snapshot.task_config(ConnectorTaskId("c", 0)) is None
    assert snapshot.connectors() == {"c"}


def test_a_complete_commit_repairs_an_inconsistent_connector() -> None:
    snapshot = config(CREATE, ("commit-c", {"tasks": 2}), *TASKS)

    assert not snapshot.is_inconsistent("c")
    assert len(snapshot.task_ids("c")) == 2


def test_task_records_are_used_by_one_commit_only() -> None:
    assert config(CREATE, *TASKS, ("commit-c", {"tasks": 2})).is_inconsistent("c")


def test_more_task_records_than_committed_are_allowed() -> None:
    snapshot = config(CREATE, *TASKS[:2], ("commit-c", {"tasks": 1}))

    assert snapshot.task_ids("c") == [ConnectorTaskId("c", 0)]


def test_a_commit_of_no_tasks_empties_the_set() -> None:
    snapshot = config(CREATE, *TASKS, ("commit-c", {"tasks": 0}))

    assert (snapshot.task_ids("c"), snapshot.is_inconsistent("c")) == ([], False)


def test_a_commit_for_an_unknown_connector_drops_its_task_records() -> None:
    state = ClusterConfig()
    for record in TASKS:
        assert state.apply(*record) == []
    state.apply(*CREATE)
    state.apply("commit-c", {"tasks": 2})

    assert state.snapshot(0).is_inconsistent("c")


def test_deletion_forgets_everything_but_fencing_and_revisions() -> None:
    state = ClusterConfig()
    for record in (CREATE, *TASKS, ("tasks-fencing-c", {"task-count": 2}), ("task-c-0", props(n="x"))):
        state.apply(*record)
    before = state.snapshot(0)

    assert state.apply("connector-c", None) == [ConfigChanged("c")]
    state.apply(*CREATE)
    after = state.snapshot(0)

    assert after.task_count("c") == 0
    assert after.applied_connector_config("c") is None
    assert after.fencing_count("c") == 2
    assert after.connector_revision("c") == before.connector_revision("c") + 2
    assert after.task_revision("c") == before.task_revision("c")
    state.apply("commit-c", {"tasks": 1})
    assert state.snapshot(0).is_inconsistent("c")


def test_deleting_what_is_not_there_tells_nobody() -> None:
    state = ClusterConfig()

    assert state.apply("connector-c", None) == []
    assert state.snapshot(0).connector_revision("c") == 0


def test_every_config_record_raises_the_revision() -> None:
    assert config(CREATE, CREATE, CREATE).connector_revision("c") == 3
    assert config(CREATE, *TASKS, *TASKS).task_revision("c") == 2
    assert config(CREATE, *TASKS, ("commit-c", {"tasks": 2})).task_revision("c") == 1


def test_a_commit_makes_fencing_due_and_a_fencing_record_settles_it() -> None:
    assert config(CREATE, *TASKS).is_fencing_pending("c")
    settled = config(CREATE, *TASKS, ("tasks-fencing-c", {"task-count": 2}))
    assert (settled.is_fencing_pending("c"), settled.fencing_count("c")) == (False, 2)
    again = config(CREATE, *TASKS, ("tasks-fencing-c", {"task-count": 2}), *TASKS)
    assert (again.is_fencing_pending("c"), again.fencing_count("c")) == (True, 2)


def test_requests_levels_and_keys_come_out_as_events() -> None:
    state = ClusterConfig()

    assert state.apply("restart-connector-c", {"include-tasks": True, "only-failed": True}) == [
        RestartRequested(RestartRequest("c", include_tasks=True, only_failed=True))
    ]
    assert state.apply("logger-cluster-a.b", {"level": "trace"}) == [LoggerLevelSet("a.b", "TRACE")]
    (event,) = state.apply("session-key", {"key": "k", "algorithm": "a", "creation-timestamp": 5})
    assert isinstance(event, SessionKeyChanged)
    assert state.snapshot(0).session_key == event.key


def test_a_snapshot_does_not_change_with_the_state_or_through_what_it_gave_out() -> None:
    state = ClusterConfig()
    state.apply(*CREATE)
    snapshot = state.snapshot(1)
    given = snapshot.connector_config("c")
    assert given is not None
    given["v"] = "changed"
    state.apply("connector-c", props(v="2"))

    assert snapshot.connector_config("c") == {"v": "1"}
    assert (snapshot.offset, state.snapshot(2).offset) == (1, 2)


def test_a_rejected_record_changes_nothing() -> None:
    state = ClusterConfig()
    state.apply(*CREATE)
    before = state.snapshot(0)

    with pytest.raises(RejectedRecordError):
        state.apply("connector-c", {"properties": 1})
    assert state.snapshot(0) == before
