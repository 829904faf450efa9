"""What becomes of a connector, from its creation to its deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.errors import NotFoundError
from connect_runtime.herder.api import ConnectorType, InitialState
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import MemoryLog
from tests.support.herding import HerdedWorker, journal
from tests.support.running_tasks import eventually

STARTED = ["connector start", "connector task_configs", "task 0 start", "task 0 poll"]


def test_a_created_connector_runs_with_its_tasks(worker: HerdedWorker) -> None:
    config = worker.config(tasks_max="3")
    created = worker.service.create_connector("c", config, None)
    assert created.created
    assert created.info.tasks == []
    assert created.info.type is ConnectorType.SOURCE
    worker.await_states("c", "RUNNING", ["RUNNING"] * 3)
    assert journal(config)[:2] == STARTED[:2]
    assert [info.config["task"] for info in worker.service.task_infos("c")] == ["0", "1", "2"]
    assert worker.service.task_infos("c")[0].config["task.class"].endswith("ScriptedSourceTask")
    status = worker.service.connector_status("c")
    assert (status.connector.version, status.connector.worker_id) == ("1.4.2", "here:8083")


@pytest.mark.parametrize("state", [InitialState.PAUSED, InitialState.STOPPED])
def test_a_connector_that_is_not_to_run_at_first_is_not_started(worker: HerdedWorker, state: InitialState) -> None:
    config = worker.config()
    worker.service.create_connector("c", config, state)
    worker.await_states("c", state.value, [])
    assert journal(config) == []
    worker.service.resume_connector("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    eventually(lambda: journal(config) == STARTED)


def test_pausing_stops_the_connector_and_keeps_its_tasks(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    worker.service.pause_connector("c")
    worker.await_states("c", "PAUSED", ["PAUSED"])
    assert journal(config)[4:] == ["connector stop"]
    worker.service.resume_connector("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    eventually(lambda: journal(config)[5:] == ["connector start", "connector task_configs"])


def test_stopping_takes_the_tasks_away_and_resuming_makes_them_anew(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    worker.service.stop_connector("c")
    worker.await_states("c", "STOPPED", [])
    assert worker.service.connector_info("c").tasks == []
    assert journal(config)[4:] == ["task 0 stop", "connector stop"]
    worker.service.resume_connector("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    eventually(lambda: journal(config)[6:] == STARTED)


def test_the_same_configuration_again_restarts_the_connector_but_not_its_tasks(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    assert not worker.service.put_connector_config("c", config).created
    expected = [*STARTED, "connector stop", "connector start", "connector task_configs"]
    eventually(lambda: journal(config) == expected)
    worker.await_states("c", "RUNNING", ["RUNNING"])
    assert journal(config) == expected


def test_a_change_that_does_not_reach_the_tasks_configurations_restarts_them_all_the_same(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    worker.service.put_connector_config("c", {**config, "value.converter": "StringConverter"})
    restarted = [*STARTED, "connector stop", "connector start", "connector task_configs", "task 0 stop"]
    eventually(lambda: journal(config) == [*restarted, "task 0 start", "task 0 poll"])
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_a_paused_connector_takes_a_change_to_its_tasks_when_it_is_resumed(worker: HerdedWorker) -> None:
    config = worker.create("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    worker.service.pause_connector("c")
    worker.await_states("c", "PAUSED", ["PAUSED"])
    worker.service.put_connector_config("c", {**config, "passed.on": "new"})
    worker.await_states("c", "PAUSED", ["PAUSED"])
    assert "passed.on" not in worker.service.task_infos("c")[0].config
    worker.service.resume_connector("c")
    eventually(lambda: worker.service.task_infos("c")[0].config.get("passed.on") == "new")
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_fewer_tasks_leave_no_statuses_behind(worker: HerdedWorker) -> None:
    config = worker.create("c", tasks_max="3")
    worker.await_states("c", "RUNNING", ["RUNNING"] * 3)
    worker.service.put_connector_config("c", {**config, "tasks.max": "1"})
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_a_patch_changes_and_removes_keys(worker: HerdedWorker) -> None:
    config = worker.create("c", passed_on="old", tasks_max="2")
    worker.await_states("c", "RUNNING", ["RUNNING"] * 2)
    patched = worker.service.patch_connector_config("c", {"passed.on": "new", "tasks.max": None})
    expected = {**config, "name": "c", "passed.on": "new"}
    del expected["tasks.max"]
    assert patched.info.config == expected
    worker.await_states("c", "RUNNING", ["RUNNING"])
    with pytest.raises(NotFoundError, match="Connector d not found"):
        worker.service.patch_connector_config("d", {"passed.on": "new"})


def test_deleting_stops_everything_and_forgets_the_statuses(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    worker.service.pause_connector("c")
    worker.await_states("c", "PAUSED", ["PAUSED"])
    worker.service.delete_connector("c")
    worker.await_states("c", None, [])
    assert journal(config)[5:] == ["task 0 stop"]
    with pytest.raises(NotFoundError, match="Connector c not found"):
        worker.service.connector_info("c")
    with pytest.raises(NotFoundError, match="No status found for connector c"):
        worker.service.connector_status("c")
    with pytest.raises(NotFoundError, match="No status found for task c-0"):
        worker.service.task_status(ConnectorTaskId("c", 0))
    worker.create("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_connectors_and_their_target_states_are_there_again_when_the_worker_is_started_again(tmp_path: Path) -> None:
    configs, statuses = MemoryLog(), MemoryLog()
    with HerdedWorker(tmp_path, configs=configs, statuses=statuses) as first:
        for name in ("running", "paused", "stopped"):
            first.create(name)
            first.await_states(name, "RUNNING", ["RUNNING"])
        first.service.pause_connector("paused")
        first.service.stop_connector("stopped")
        first.await_states("paused", "PAUSED", ["PAUSED"])
        first.await_states("stopped", "STOPPED", [])
    assert first.states("running") == ("UNASSIGNED", ["UNASSIGNED"])
    with HerdedWorker(tmp_path, configs=configs, statuses=statuses) as second:
        second.await_states("running", "RUNNING", ["RUNNING"])
        second.await_states("paused", "PAUSED", ["PAUSED"])
        second.await_states("stopped", "STOPPED", [])


def test_statuses_of_what_was_deleted_just_before_a_crash_are_forgotten_at_the_next_start(tmp_path: Path) -> None:
    statuses = MemoryLog()
    with HerdedWorker(tmp_path, statuses=statuses) as first:
        first.create("c")
        first.await_states("c", "RUNNING", ["RUNNING"])
    with HerdedWorker(tmp_path, configs=MemoryLog(), statuses=statuses) as second:
        second.await_states("c", None, [])


def test_restarting_a_connector_replaces_its_instance_only(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    worker.service.restart_connector("c")
    eventually(lambda: journal(config)[4:] == ["connector stop", "connector start", "connector task_configs"])
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_restarting_with_tasks_replaces_them_too_and_the_answer_says_so(worker: HerdedWorker) -> None:
    config = worker.create("c", tasks_max="2")
    worker.await_states("c", "RUNNING", ["RUNNING"] * 2)
    eventually(lambda: len(journal(config)) == 6)
    answer = worker.service.restart_connector_and_tasks("c", include_tasks=True, only_failed=False)
    assert answer.connector.state == "RESTARTING"
    assert [task.state for task in answer.tasks] == ["RESTARTING"] * 2
    eventually(lambda: len(journal(config)) == 15)
    assert sorted(journal(config)[6:8]) == ["task 0 stop", "task 1 stop"]
    assert journal(config)[8] == "connector stop"
    assert {"connector start", "task 0 start", "task 1 start"} < set(journal(config)[9:])
    worker.await_states("c", "RUNNING", ["RUNNING"] * 2)


@pytest.mark.parametrize("include_tasks", [True, False])
def test_a_restart_of_what_failed_leaves_the_rest_alone(worker: HerdedWorker, include_tasks: bool) -> None:
    broken = worker.folder / "broken"
    broken.touch()
    config = worker.create("c", fail_in="task.start", fail_while=str(broken))
    worker.await_states("c", "RUNNING", ["FAILED"])
    assert "task.start fails as the script says" in worker.trace("c", 0)
    broken.unlink()
    before = journal(config)
    answer = worker.service.restart_connector_and_tasks("c", include_tasks=include_tasks, only_failed=True)
    assert answer.connector.state == "RUNNING"
    if include_tasks:
        assert [task.state for task in answer.tasks] == ["RESTARTING"]
        worker.await_states("c", "RUNNING", ["RUNNING"])
        eventually(lambda: journal(config)[len(before) :] == ["task 0 start", "task 0 poll"])
    else:
        assert [task.state for task in answer.tasks] == ["FAILED"]
        worker.service.pause_connector("c")  # whatever the restart did is done once this is
        worker.await_states("c", "PAUSED", ["FAILED"])
        assert journal(config)[len(before) :] == ["connector stop"]


def test_a_failed_connector_is_restarted_where_only_what_failed_is(worker: HerdedWorker) -> None:
    broken = worker.folder / "broken"
    broken.touch()
    config = worker.create("c", fail_in="connector.start", fail_while=str(broken))
    worker.await_states("c", "FAILED", [])
    broken.unlink()
    answer = worker.service.restart_connector_and_tasks("c", include_tasks=False, only_failed=True)
    assert answer.connector.state == "RESTARTING"
    worker.await_states("c", "RUNNING", ["RUNNING"])
    eventually(lambda: journal(config) == ["connector start", *STARTED])


def test_a_task_can_be_restarted_by_itself(worker: HerdedWorker) -> None:
    config = worker.create("c")
    eventually(lambda: journal(config) == STARTED)
    worker.service.restart_task(ConnectorTaskId("c", 0))
    eventually(lambda: journal(config)[4:] == ["task 0 stop", "task 0 start", "task 0 poll"])
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_what_does_not_exist_cannot_be_restarted(worker: HerdedWorker) -> None:
    worker.create("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    with pytest.raises(NotFoundError, match="Unknown task: c-7"):
        worker.service.restart_task(ConnectorTaskId("c", 7))
    with pytest.raises(NotFoundError, match="Unknown connector: d"):
        worker.service.restart_task(ConnectorTaskId("d", 0))
    with pytest.raises(NotFoundError, match="Unknown connector: d"):
        worker.service.restart_connector("d")
    with pytest.raises(NotFoundError, match="Unknown connector: d"):
        worker.service.restart_connector_and_tasks("d", include_tasks=True, only_failed=False)
    for call in (worker.service.pause_connector, worker.service.resume_connector, worker.service.stop_connector):
        with pytest.raises(NotFoundError, match="Unknown connector d"):
            call("d")
