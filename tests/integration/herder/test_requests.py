"""Requests that meet each other, a worker that is not ready or a worker that ends."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connect_runtime.config import ConfigResolver
from connect_runtime.errors import AlreadyExistsError, BadRequestError, ConnectError
from connect_runtime.herder.api import HealthState
from connect_runtime.herder.assignment import Share
from connect_runtime.herder.membership import SoloMembership
from connect_runtime.storage import ClusterConfigSnapshot
from tests.support.fake_provider import FakeProvider
from tests.support.herding import HerdedWorker, journal
from tests.support.running_tasks import eventually


def test_of_two_creations_of_one_name_at_once_one_is_refused(worker: HerdedWorker) -> None:
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def create() -> None:
        config = worker.config()
        together.wait()
        try:
            worker.service.create_connector("c", config, None)
            outcomes.append("created")
        except AlreadyExistsError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5.0)
    assert sorted(outcomes) == ["Connector c already exists", "created"]


def test_patches_at_once_are_all_in_the_result(worker: HerdedWorker) -> None:
    config = worker.config()
    worker.service.create_connector("c", config, None)
    keys = {f"key.{number}": str(number) for number in range(8)}
    together = threading.Barrier(len(keys))

    def patch(key: str) -> dict[str, str | None]:
        together.wait(5.0)
        return worker.service.patch_connector_config("c", {key: keys[key]}).info.config

    with ThreadPoolExecutor(len(keys)) as clients:
        answers = list(clients.map(patch, keys))
    assert worker.service.connector_info("c").config == {**config, "name": "c", **keys}
    assert all(answer[key] == keys[key] for answer, key in zip(answers, keys, strict=True))


def test_a_patch_is_applied_to_what_was_put_while_it_was_checked(worker: HerdedWorker) -> None:
    config = worker.config(passed_on="old")
    worker.service.create_connector("c", config, None)
    is_busy, go_on = threading.Event(), threading.Event()

    def be_busy() -> None:
        is_busy.set()
        go_on.wait(5.0)
        worker.configs.put_connector("c", {**config, "name": "c", "passed.on": "put", "tasks.max": "2"})

    with ThreadPoolExecutor(1) as client:
        worker.herder.requests.submit("being busy", be_busy)
        assert is_busy.wait(5.0)
        patching = client.submit(worker.service.patch_connector_config, "c", {"tasks.max": "3"})
        with pytest.raises(TimeoutError):
            patching.result(0.3)
        go_on.set()
        assert patching.result(5.0).info.config == {**config, "name": "c", "passed.on": "put", "tasks.max": "3"}


def test_a_connector_may_not_be_called_otherwise_in_its_configuration(worker: HerdedWorker) -> None:
    with pytest.raises(
        BadRequestError, match=r"Connector name configuration \(d\) doesn't match connector name .* \(c\)"
    ):
        worker.service.create_connector("c", {**worker.config(), "name": "d"}, None)


def test_a_worker_that_has_not_begun_is_starting(tmp_path: Path) -> None:
    worker = HerdedWorker(tmp_path)
    worker.herder.stop()
    assert worker.service.health().status is HealthState.STARTING


def test_health_says_what_is_the_matter_with_the_brokers(tmp_path: Path) -> None:
    problems: list[str] = []
    with HerdedWorker(tmp_path, problem=lambda: problems[-1] if problems else None) as worker:
        assert worker.service.health().status is HealthState.HEALTHY
        problems.append("connection refused")
        health = worker.service.health()
        assert health.status is HealthState.UNHEALTHY
        assert "unable to handle this request" in health.message
        assert "connection refused" in health.message
        problems.clear()
        assert worker.service.health().status is HealthState.HEALTHY


def test_a_worker_that_has_stopped_refuses_requests(tmp_path: Path) -> None:
    with HerdedWorker(tmp_path) as worker:
        worker.create("c")
        worker.await_states("c", "RUNNING", ["RUNNING"])
        worker.stop()
        with pytest.raises(ConnectError, match="Worker is shutting down"):
            worker.service.delete_connector("c")
        assert worker.service.connector_status("c").connector.state == "UNASSIGNED"


class Confused(SoloMembership):
    """A membership that cannot tell what is to run."""

    def share(self, configs: ClusterConfigSnapshot) -> Share:
        raise LookupError("lost")


def test_a_herder_that_cannot_go_on_says_so_to_whoever_watches(tmp_path: Path) -> None:
    with HerdedWorker(tmp_path, membership=Confused()) as worker:
        eventually(lambda: worker.herder.failure is not None, 5.0)
        assert str(worker.herder.failure) == "lost"
        with pytest.raises(ConnectError, match="Worker is shutting down"):
            worker.create("c")


def test_variables_are_resolved_for_the_plugin_and_stay_variables_in_answers(tmp_path: Path) -> None:
    variables = ConfigResolver({"vault": FakeProvider({"word": "hunter2"})})
    with HerdedWorker(tmp_path, variables=variables) as worker:
        worker.create("c", passed_on="${vault:word}")
        worker.await_states("c", "RUNNING", ["RUNNING"])
        assert worker.service.connector_info("c").config["passed.on"] == "${vault:word}"
        assert worker.service.task_infos("c")[0].config["passed.on"] == "${vault:word}"


# -- standalone --------------------------------------------------------------------------------------------------------


def test_a_standalone_worker_answers_a_creation_when_the_connector_runs_with_its_tasks(tmp_path: Path) -> None:
    with HerdedWorker(tmp_path, is_standalone=True) as worker:
        config = worker.config(tasks_max="2")
        created = worker.service.create_connector("c", config, None)
        assert [task.task for task in created.info.tasks] == [0, 1]
        assert worker.states("c")[0] == "RUNNING"
        changed = worker.service.put_connector_config("c", {**config, "tasks.max": "1"})
        assert [task.task for task in changed.info.tasks] == [0]
        worker.service.delete_connector("c")
        assert worker.states("c") == (None, [])
        assert journal(config)[-1] in ("connector stop", "task 0 stop")


def test_a_standalone_worker_answers_a_creation_that_fails_with_the_error_and_keeps_the_connector(
    tmp_path: Path,
) -> None:
    with HerdedWorker(tmp_path, is_standalone=True) as worker:
        with pytest.raises(ConnectError, match=r"Failed to start connector: c: connector\.start fails"):
            worker.create("c", fail_in="connector.start")
        assert worker.states("c") == ("FAILED", [])
        with pytest.raises(ConnectError, match=r"Failed to start connector: d: connector\.task_configs fails"):
            worker.create("d", fail_in="connector.task_configs")
        with pytest.raises(ConnectError, match=r"Failed to start connector: e: .*tasks\.max"):
            worker.create("e", tasks="2")
        assert worker.service.connectors() == ["c", "d", "e"]
