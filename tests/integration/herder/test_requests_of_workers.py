"""What other workers ask of a leader."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.errors import BadRequestError, ConnectError, ForbiddenError, NotFoundError, NotReadyError
from connect_runtime.herder.session_keys import SessionKeySettings, new_session_key
from connect_runtime.herder.signatures import sign
from tests.support.herding import HerdedWorker

SETTINGS = SessionKeySettings("HmacSHA256", None, 0)


def test_the_newest_session_key_counts(worker: HerdedWorker) -> None:
    first, second = (new_session_key(SETTINGS, created) for created in (1, 2))
    headers = sign(b"[]", first, "HmacSHA256")
    with pytest.raises(NotReadyError):
        worker.service.verify_signature(headers, b"[]")
    worker.configs.put_session_key(first)
    worker.service.verify_signature(headers, b"[]")
    worker.configs.put_session_key(second)
    with pytest.raises(ForbiddenError):
        worker.service.verify_signature(headers, b"[]")


def test_a_standalone_worker_has_no_others(tmp_path: Path) -> None:
    with (
        HerdedWorker(tmp_path, is_standalone=True) as worker,
        pytest.raises(ConnectError, match="standalone") as refused,
    ):
        worker.service.verify_signature({}, b"")
    assert type(refused.value) is ConnectError


def test_tasks_of_another_worker_are_stored(worker: HerdedWorker) -> None:
    worker.create("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    configs = [{**worker.service.task_infos("c")[0].config, "more": "1"}]
    worker.service.put_task_configs("c", configs)
    assert [task.config for task in worker.service.task_infos("c")] == configs
    worker.await_states("c", "RUNNING", ["RUNNING"])


def test_a_connector_that_is_not_there_is_given_no_tasks(worker: HerdedWorker) -> None:
    with pytest.raises(NotFoundError, match="Connector c not found"):
        worker.service.put_task_configs("c", [{}])
    assert worker.configs.snapshot().task_count("c") == 0


def test_a_stopped_connector_can_only_lose_its_tasks(worker: HerdedWorker) -> None:
    worker.create("c")
    worker.await_states("c", "RUNNING", ["RUNNING"])
    worker.service.stop_connector("c")
    with pytest.raises(BadRequestError, match="Connector c is stopped"):
        worker.service.put_task_configs("c", [{}])
    worker.service.put_task_configs("c", [])
    assert worker.service.task_infos("c") == []


def test_only_producers_of_source_connectors_are_fenced(worker: HerdedWorker) -> None:
    worker.create("source")
    worker.create("sink", kind="Sink")
    worker.service.fence_zombies("source")
    with pytest.raises(BadRequestError, match="sink is no source connector"):
        worker.service.fence_zombies("sink")
    with pytest.raises(NotFoundError, match="Connector gone not found"):
        worker.service.fence_zombies("gone")
    assert worker.fenced == ["source"]
