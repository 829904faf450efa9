"""A connector's life as a REST client sees it, with everything real: topics, broker, processes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.worker_process import WorkerProcess


@pytest.fixture
def worker(either_worker: WorkerProcess) -> WorkerProcess:
    return either_worker


@pytest.fixture
def connector(worker: WorkerProcess, name: str) -> str:
    """A running connector with two tasks."""
    worker.create(name, {"connector.class": "ScriptedSource", "tasks.max": "2"})
    worker.await_state(name, "RUNNING", tasks=2)
    return name


def test_pausing_stopping_and_resuming(worker: WorkerProcess, connector: str) -> None:
    for action, code, state, tasks in (
        ("pause", 202, "PAUSED", 2),
        ("resume", 202, "RUNNING", 2),
        ("stop", 204, "STOPPED", 0),
        ("resume", 202, "RUNNING", 2),
    ):
        answer = worker.http.put(f"/connectors/{connector}/{action}")
        assert (answer.status_code, answer.content) == (code, b"")
        worker.await_state(connector, state, tasks=tasks)
        assert worker.http.put(f"/connectors/{connector}/{action}").status_code == code


def test_changing(worker: WorkerProcess, connector: str) -> None:
    config = worker.http.get(f"/connectors/{connector}/config").json()
    replaced = worker.http.put(f"/connectors/{connector}/config", json={**config, "tasks.max": "1"})
    assert replaced.status_code == 200
    worker.await_state(connector, "RUNNING", tasks=1)
    patched = worker.http.patch(f"/connectors/{connector}/config", json={"tasks.max": "3", "passed.on": "x"})
    assert patched.status_code == 200
    worker.await_state(connector, "RUNNING", tasks=3)
    tasks = worker.http.get(f"/connectors/{connector}/tasks").json()
    assert [task["config"]["passed.on"] for task in tasks] == ["x"] * 3


def test_restarting(worker: WorkerProcess, connector: str) -> None:
    assert worker.http.post(f"/connectors/{connector}/restart").status_code == 204
    assert worker.http.post(f"/connectors/{connector}/tasks/1/restart").status_code == 204
    worker.await_state(connector, "RUNNING", tasks=2)
    answer = worker.http.post(f"/connectors/{connector}/restart", params={"includeTasks": "true"})
    assert answer.status_code == 202
    body = answer.json()
    assert [body["connector"]["state"], *(task["state"] for task in body["tasks"])] == ["RESTARTING"] * 3
    worker.await_state(connector, "RUNNING", tasks=2)
    answer = worker.http.post(f"/connectors/{connector}/restart", params={"includeTasks": "true", "onlyFailed": "true"})
    assert answer.status_code == 202
    assert answer.json()["connector"]["state"] == "RUNNING"


def test_deleting(worker: WorkerProcess, connector: str) -> None:
    answer = worker.http.delete(f"/connectors/{connector}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert worker.http.delete(f"/connectors/{connector}").status_code == 404
    deadline = time.monotonic() + 10.0
    while worker.http.get(f"/connectors/{connector}/status").status_code != 404:
        assert time.monotonic() < deadline, worker.log[-2000:]
        time.sleep(0.02)
    assert connector not in worker.http.get("/connectors", params={"expand": "status"}).json()


def test_a_connector_that_fails_to_start_can_be_created_and_says_why_it_failed(
    worker: WorkerProcess, name: str
) -> None:
    worker.create(name, {"connector.class": "ScriptedSource", "fail.in": "connector.start"})
    status = worker.await_state(name, "FAILED", tasks=0)
    assert status["connector"]["trace"].startswith("connect_runtime.errors.ConnectError: connector.start fails")
    answer = worker.http.post(f"/connectors/{name}/restart")
    assert answer.status_code == 500
    assert answer.json()["message"] == f"Failed to start connector: {name}: connector.start fails as the script says"


def test_of_many_creations_of_one_name_at_once_one_succeeds(worker: WorkerProcess, name: str) -> None:
    body = {"name": name, "config": {"connector.class": "ScriptedSource"}}
    with ThreadPoolExecutor(8) as clients:
        codes = list(clients.map(lambda _: worker.http.post("/connectors", json=body).status_code, range(8)))
    assert sorted(codes) == [201] + [409] * 7
    worker.await_state(name, "RUNNING")
