"""Connectors and tasks that fail, hang or ask too much: what the user is told, and that nobody else suffers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.herder.api import InitialState
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import KeyedRecord, MemoryLog
from tests.support.herding import HerdedWorker, journal
from tests.support.running_tasks import eventually


def waits_for(config: dict[str, str | None], call: str) -> None:
    """Wait until a plugin was called for something it hangs in."""
    eventually(lambda: call in journal(config), 5.0)


# -- failing -----------------------------------------------------------------------------------------------------------


def test_a_connector_that_fails_to_start_has_failed_and_says_why(worker: HerdedWorker) -> None:
    worker.create("c", fail_in="connector.start")
    worker.await_states("c", "FAILED", [])
    first = "connect_runtime.errors.ConnectError: connector.start fails as the script says\n"
    assert worker.trace("c").startswith(first)
    with pytest.raises(ConnectError, match=r"Failed to start connector: c: connector\.start fails"):
        worker.service.restart_connector("c")


def test_pause_and_resume_do_not_revive_a_failed_connector_but_stop_and_resume_do(worker: HerdedWorker) -> None:
    broken = worker.folder / "broken"
    broken.touch()
    config = worker.create("c", fail_in="connector.start", fail_while=str(broken))
    worker.await_states("c", "FAILED", [])
    broken.unlink()
    worker.service.pause_connector("c")
    worker.service.resume_connector("c")
    worker.create("d")
    worker.await_states("d", "RUNNING", ["RUNNING"])
    assert worker.states("c") == ("FAILED", [])
    assert journal(config) == ["connector start"]
    worker.service.stop_connector("c")
    worker.await_states("c", "STOPPED", [])
    worker.service.resume_connector("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_a_connector_that_fails_to_stop_counts_as_stopped_but_not_as_paused(worker: HerdedWorker) -> None:
    for name in ("a", "b"):
        worker.create(name, fail_in="connector.stop")
        worker.await_states(name, "RUNNING", ["RUNNING"])
    worker.service.pause_connector("a")
    worker.service.stop_connector("b")
    worker.await_states("a", "FAILED", ["PAUSED"])
    worker.await_states("b", "STOPPED", [])
    assert "connector.stop fails as the script says" in worker.trace("a")


def test_a_task_that_fails_leaves_its_siblings_and_its_connector_alone(worker: HerdedWorker) -> None:
    worker.create("c", fail_in="task.poll", tasks_max="2")
    worker.await_states("c", "RUNNING", ["FAILED", "FAILED"])
    worker.create("d")
    worker.await_states("d", "RUNNING", ["RUNNING"])
    worker.service.pause_connector("c")
    worker.await_states("c", "PAUSED", ["FAILED", "FAILED"])


@pytest.mark.parametrize("call", ["connector.start", "connector.stop", "task.start", "task.poll", "task.stop"])
def test_a_plugin_that_ends_its_thread_does_not_end_the_worker(worker: HerdedWorker, call: str) -> None:
    config = worker.create("c", exit_in=call)
    waits_for(config, "connector start")
    worker.service.delete_connector("c")
    worker.await_states("c", None, [])
    worker.create("d")
    worker.await_states("d", "RUNNING", ["RUNNING"])
    assert worker.herder.failure is None


def test_too_many_tasks_fail_the_connector_with_the_keys_to_change(worker: HerdedWorker) -> None:
    worker.create("c", tasks="3", tasks_max="2")
    worker.await_states("c", "FAILED", [])
    assert "The connector c has generated 3 tasks, which is greater than 2, its tasks.max" in worker.trace("c")
    assert "tasks.max.enforce=false" in worker.trace("c")


def test_too_many_tasks_run_where_that_is_allowed(worker: HerdedWorker) -> None:
    config = worker.config(tasks="3", tasks_max="2")
    worker.service.create_connector("c", {**config, "tasks.max.enforce": "false"}, None)
    worker.await_states("c", "RUNNING", ["RUNNING"] * 3)


def test_tasks_that_became_too_many_fail_when_they_are_started(worker: HerdedWorker) -> None:
    config = worker.create("c", tasks="3", tasks_max="3")
    worker.await_states("c", "RUNNING", ["RUNNING"] * 3)
    worker.service.put_connector_config("c", {**config, "tasks.max": "2"})
    worker.await_states("c", "FAILED", ["RUNNING"] * 3)
    with pytest.raises(ConnectError, match="Failed to start task: c-1"):
        worker.service.restart_task(ConnectorTaskId("c", 1))
    worker.await_states("c", "FAILED", ["RUNNING", "FAILED", "RUNNING"])
    assert "greater than 2" in worker.trace("c", 1)


def test_a_task_that_cannot_be_made_has_failed_and_its_restart_says_so(worker: HerdedWorker) -> None:
    config = worker.config()
    bad = {**config, "value.converter": "JsonConverter", "value.converter.schemas.enable": "${nobody:there}"}
    worker.service.create_connector("c", {**config}, InitialState.STOPPED)
    worker.configs.put_connector("c", {**bad, "name": "c"})  # as a provider that lost a value would have it
    worker.service.resume_connector("c")
    worker.await_states("c", "RUNNING", ["FAILED"])
    assert "schemas.enable" in worker.trace("c", 0)
    with pytest.raises(ConnectError, match="Failed to start task: c-0"):
        worker.service.restart_task(ConnectorTaskId("c", 0))


@pytest.mark.parametrize("how", ["fail_in", "exit_in"])
def test_task_configurations_that_cannot_be_made_are_asked_for_again(worker: HerdedWorker, how: str) -> None:
    config = worker.create("c", **{how: "connector.task_configs"})
    eventually(lambda: journal(config).count("connector task_configs") >= 2, 5.0)
    assert worker.states("c") == ("RUNNING", [])
    worker.service.put_connector_config("c", {**config, "fail.in": "", "exit.in": ""})
    worker.await_states("c", "RUNNING", ["RUNNING"])
    asked = journal(config).count("connector task_configs")
    worker.create("d")  # retries of the old instance would come before this is done
    worker.await_states("d", "RUNNING", ["RUNNING"])
    assert journal(config).count("connector task_configs") == asked


class UnsureLog(MemoryLog):
    """A log that fails to write so many times."""

    failures = 0

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        if self.failures and any(key.startswith(b"commit-") for key, _ in records):
            self.failures -= 1
            raise RetriableError("the broker is away")
        super().send(records, timeout_s=timeout_s)


def test_tasks_that_cannot_be_stored_are_stored_later(tmp_path: Path) -> None:
    log = UnsureLog()
    log.failures = 2
    with HerdedWorker(tmp_path, configs=log) as worker:
        config = worker.create("c")
        worker.await_states("c", "RUNNING", ["RUNNING"])
        assert journal(config).count("connector task_configs") == 3
        assert log.failures == 0


# -- hanging -----------------------------------------------------------------------------------------------------------


def test_a_connector_that_hangs_while_starting_keeps_nobody_else_from_running(worker: HerdedWorker) -> None:
    config = worker.create("c", hang_in="connector.start")
    waits_for(config, "connector start")
    worker.create("d")
    worker.await_states("d", "RUNNING", ["RUNNING"])
    assert worker.states("c") == (None, [])
    worker.gate.touch()
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_a_connector_can_be_deleted_while_it_hangs_in_its_start(worker: HerdedWorker) -> None:
    config = worker.create("c", hang_in="connector.start")
    waits_for(config, "connector start")
    worker.service.delete_connector("c")
    worker.await_states("c", None, [])
    worker.gate.touch()
    worker.create("d")
    worker.await_states("d", "RUNNING", ["RUNNING"])
    assert worker.states("c") == (None, [])


def test_who_waits_for_a_hanging_start_hears_that_it_was_superseded(worker: HerdedWorker) -> None:
    config = worker.create("c", hang_in="connector.start")
    waits_for(config, "connector start")
    failures: list[str] = []

    def restart() -> None:
        try:
            worker.service.restart_connector("c")
        except ConnectError as error:
            failures.append(str(error))

    waiting = threading.Thread(target=restart)
    waiting.start()
    eventually(lambda: journal(config).count("connector start") == 2, 5.0)
    worker.service.delete_connector("c")
    waiting.join(5.0)
    assert failures == ["Failed to start connector: c: Connector c is already shut down"]


def test_who_waits_for_a_hanging_start_hears_that_the_worker_stops(worker: HerdedWorker) -> None:
    config = worker.create("c", hang_in="connector.start")
    waits_for(config, "connector start")
    failures: list[str] = []

    def restart() -> None:
        try:
            worker.service.restart_connector("c")
        except ConnectError as error:
            failures.append(str(error))

    waiting = threading.Thread(target=restart)
    waiting.start()
    eventually(lambda: journal(config).count("connector start") == 2, 5.0)
    worker.herder.refuse_requests()
    waiting.join(5.0)
    assert failures == ["Worker is shutting down"]


def test_a_connector_that_hangs_while_stopping_is_given_up_and_replaced(worker: HerdedWorker) -> None:
    config = worker.create("c", hang_in="connector.stop")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    worker.service.put_connector_config("c", {**config, "hang.in": ""})
    eventually(lambda: journal(config).count("connector start") == 2, 5.0)
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_a_worker_that_stops_gives_up_what_hangs_and_says_unassigned(tmp_path: Path) -> None:
    with HerdedWorker(tmp_path) as worker:
        worker.create("a", hang_in="connector.stop")
        worker.create("b", hang_in="task.poll")
        hangs = worker.create("c", hang_in="task.stop")
        worker.await_states("a", "RUNNING", ["RUNNING"])
        worker.await_states("b", "RUNNING", ["RUNNING"])
        waits_for(hangs, "task 0 poll")
        worker.stop()
        for name in ("a", "b", "c"):
            assert worker.states(name) == ("UNASSIGNED", ["UNASSIGNED"])


def test_what_a_task_does_after_it_was_given_up_is_not_reported(worker: HerdedWorker) -> None:
    config = worker.create("c", hang_in="task.poll", fail_in="task.poll")
    waits_for(config, "task 0 poll")
    worker.service.stop_connector("c")
    worker.await_states("c", "STOPPED", [])
    worker.gate.touch()
    eventually(lambda: "task 0 stop" in journal(config), 5.0)
    worker.create("d")
    worker.await_states("d", "RUNNING", ["RUNNING"])
    assert worker.states("c") == ("STOPPED", [])


def test_a_connector_that_hangs_in_task_configs_does_not_keep_the_worker_from_stopping(tmp_path: Path) -> None:
    with HerdedWorker(tmp_path) as worker:
        worker.create("c")
        worker.await_states("c", "RUNNING", ["RUNNING"])
        config = worker.create("d", hang_in="connector.task_configs")
        waits_for(config, "connector task_configs")
        failures: list[str] = []

        def ask() -> None:
            try:
                worker.service.stop_connector("c")
            except ConnectError as error:
                failures.append(str(error))

        asking = threading.Thread(target=ask)
        asking.start()
        worker.stop()
        asking.join(5.0)
        assert failures == ["Worker is shutting down"]
        assert worker.states("c") == ("UNASSIGNED", ["UNASSIGNED"])
