from __future__ import annotations

import pytest
from httpx import Client

from connect_runtime.model import ConnectorTaskId
from tests.support.fake_herder import FakeHerder, task


@pytest.mark.parametrize(
    ("path", "status", "call"),
    [
        ("pause", 202, "pause_connector"),
        ("resume", 202, "resume_connector"),
        ("stop", 204, "stop_connector"),
    ],
)
def test_a_wish_is_passed_on_and_answered_without_body(
    client: Client, herder: FakeHerder, path: str, status: int, call: str
) -> None:
    herder.add("c")
    for _ in range(2):
        response = client.put(f"/connectors/c/{path}")
        assert (response.status_code, response.content) == (status, b"")
        assert "content-type" not in response.headers
    assert herder.calls == [(call, "c")] * 2


def test_a_plain_restart_restarts_the_connector_alone(client: Client, herder: FakeHerder) -> None:
    herder.add("c")
    response = client.post("/connectors/c/restart?includeTasks=false&onlyFailed=false")
    assert (response.status_code, response.content) == (204, b"")
    assert herder.calls == [("restart_connector", "c")]


@pytest.mark.parametrize(
    ("query", "include_tasks", "only_failed"),
    [
        ("includeTasks=true", True, False),
        ("onlyFailed=true", False, True),
        ("includeTasks=TRUE&onlyFailed=True", True, True),
    ],
)
def test_a_restart_with_parameters_answers_what_it_selected(
    client: Client, herder: FakeHerder, query: str, include_tasks: bool, only_failed: bool
) -> None:
    herder.add("c", tasks=[task(0)])
    response = client.post(f"/connectors/c/restart?{query}")
    assert response.status_code == 202
    assert herder.calls == [("restart_connector_and_tasks", "c", include_tasks, only_failed)]
    assert response.content.startswith(
        b'{"name":"c","connector":{"state":"RESTARTING","worker_id":"10.0.0.7:8083","version":"1.4.2"},"tasks":[{"id":0,'
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "includeTasks",
        "includeTasks=",
        "includeTasks=yes",
        "includeTasks=1",
        "includeTasks=%20true",
        "includetasks=true",
        "includeTasks=false&includeTasks=true",
        "forward=true",
    ],
)
def test_what_does_not_say_true_is_false_or_the_default(client: Client, herder: FakeHerder, query: str) -> None:
    herder.add("c")
    assert client.post(f"/connectors/c/restart?{query}").status_code == 204


def test_a_task_is_restarted(client: Client, herder: FakeHerder) -> None:
    herder.add("c", tasks=[task(0)])
    response = client.post("/connectors/c/tasks/0/restart")
    assert (response.status_code, response.content) == (204, b"")
    assert herder.calls == [("restart_task", ConnectorTaskId("c", 0))]


@pytest.mark.parametrize("number", ["0", "+0", "-0", "00", "%2B0", "0;v=1"])
def test_a_task_number_is_any_spelling_of_an_integer(client: Client, herder: FakeHerder, number: str) -> None:
    herder.add("c", tasks=[task(0)])
    assert client.get(f"/connectors/c/tasks/{number}/status").status_code == 200


@pytest.mark.parametrize(
    "number", ["x", "1.0", "1_0", "0x0", "%20" + "0", "2147483648", "-2147483649", "٣", "1" * 5000]
)
def test_a_task_number_that_is_no_32_bit_integer_is_an_unknown_path(
    client: Client, herder: FakeHerder, number: str
) -> None:
    response = client.get(f"/connectors/c/tasks/{number}/status")
    assert response.content == b'{"error_code":404,"message":"HTTP 404 Not Found"}'
    assert response.headers["content-type"] == "application/json"
    assert herder.calls == []


@pytest.mark.parametrize("number", ["-1", "1", "2147483647", "-2147483648"])
def test_a_task_number_that_no_task_has_is_an_unknown_task(client: Client, herder: FakeHerder, number: str) -> None:
    herder.add("c", tasks=[task(0)])
    assert client.get(f"/connectors/c/tasks/{number}/status").json()["message"] == (
        f"No status found for task c-{number}"
    )
    assert client.post(f"/connectors/c/tasks/{number}/restart").json()["message"] == f"Unknown task: c-{number}"
