"""What public clients and user interfaces of Connect rely on; each of these, broken, breaks one of them."""

from __future__ import annotations

import pytest
from httpx import Client

from connect_runtime.errors import AlreadyExistsError, ConflictError, PluginNotFoundError
from tests.support.fake_herder import FakeHerder, task

CONFIG = {"connector.class": "FileStreamSource", "topic": "t"}
REBALANCE = "Request cannot be completed because a rebalance is expected"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/connectors/c", 500),
        ("GET", "/connectors/c/config", 500),
        ("GET", "/connectors/c/tasks", 500),
        ("POST", "/connectors/c/restart", 409),
        ("PUT", "/connectors/c/stop", 409),
        ("DELETE", "/connectors/c", 409),
    ],
)
def test_a_pending_rebalance_is_409_for_writes_and_500_for_reads(
    client: Client, herder: FakeHerder, method: str, path: str, status: int
) -> None:
    herder.fail_with = ConflictError(REBALANCE)
    response = client.request(method, path)
    assert response.status_code == status
    assert response.json() == {"error_code": status, "message": REBALANCE}


def test_exact_codes_of_success(client: Client, herder: FakeHerder) -> None:
    steps = [
        client.post("/connectors", json={"name": "c", "config": CONFIG}),
        client.put("/connectors/d/config", json=CONFIG),
        client.put("/connectors/d/config", json=CONFIG),
        client.put("/connectors/c/pause"),
        client.put("/connectors/c/resume"),
        client.put("/connectors/c/stop"),
        client.delete("/connectors/c"),
    ]
    assert [step.status_code for step in steps] == [201, 201, 200, 202, 202, 204, 204]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/connectors/c/pause"),
        ("PUT", "/connectors/c/resume"),
        ("PUT", "/connectors/c/stop"),
        ("POST", "/connectors/c/restart"),
        ("POST", "/connectors/c/tasks/0/restart"),
        ("DELETE", "/connectors/c"),
    ],
)
@pytest.mark.parametrize("body", [None, {}, {"any": ["thing"]}])
def test_an_empty_answer_has_neither_body_nor_content_type_whatever_was_sent(
    client: Client, herder: FakeHerder, method: str, path: str, body: object
) -> None:
    herder.add("c", tasks=[task(0)])
    response = client.request(method, path, json=body)
    assert response.is_success
    assert response.content == b""
    assert "content-type" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/health/", None),
        ("GET", "/connectors/", None),
        ("GET", "/connectors/?expand=status", None),
        ("POST", "/connectors/", {"name": "new", "config": CONFIG}),
        ("GET", "/connectors/c/", None),
        ("PUT", "/connectors/c/config/", CONFIG),
        ("POST", "/connectors/c/restart/?includeTasks=true", None),
        ("POST", "/connectors/c/tasks/0/restart/", None),
        ("GET", "/connector-plugins/", None),
        ("PUT", "/connector-plugins/FileSource/config/validate/", CONFIG),
        ("GET", "/admin/loggers/", None),
        ("PUT", "/admin/loggers/root/", {"level": "INFO"}),
    ],
)
def test_a_slash_at_the_end_answers_directly(
    client: Client, herder: FakeHerder, method: str, path: str, body: object
) -> None:
    herder.add("c", tasks=[task(0)])
    assert client.request(method, path, json=body).is_success


def test_numbers_and_booleans_come_back_as_strings_and_nothing_else_changes(client: Client) -> None:
    sent = b'{"z":1.10,"b":true,"connector.class":"X","a":"1"}'
    client.put("/connectors/c/config", content=sent, headers=JSON)
    assert client.get("/connectors/c/config").content == (
        b'{"z":"1.10","b":"true","connector.class":"X","a":"1","name":"c"}'
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AlreadyExistsError("Connector c already exists"), 409),
        (ConflictError("Cannot complete request because of a conflicting operation (e.g. worker rebalance)"), 409),
        (PluginNotFoundError("Failed to find any class that implements Connector and which name matches X"), 400),
    ],
)
def test_texts_that_clients_look_for_arrive_unchanged(
    client: Client, herder: FakeHerder, error: Exception, status: int
) -> None:
    herder.fail_with = error
    for _ in range(2):
        response = client.post("/connectors", json={"name": "c", "config": CONFIG})
        assert response.headers["content-type"] == "application/json"
        assert response.json() == {"error_code": status, "message": str(error)}


def test_a_status_holds_strings_numbers_and_null_where_clients_expect_them(client: Client, herder: FakeHerder) -> None:
    herder.add("c", tasks=[task(0), task(1)])
    status = client.get("/connectors/c/status").json()
    assert all(value is None or isinstance(value, str) for value in status["connector"].values())
    assert [one["id"] for one in status["tasks"]] == [0, 1]
    assert (status["type"], status["connector"]["state"]) == ("source", "RUNNING")
    host, _, port = status["connector"]["worker_id"].rpartition(":")
    assert host
    assert port.isdigit()


def test_expand_may_repeat(client: Client, herder: FakeHerder) -> None:
    herder.add("c")
    response = client.get("/connectors?expand=info&expand=status&expand=info")
    assert list(response.json()["c"]) == ["info", "status"]


def test_a_validation_says_order_in_group(client: Client) -> None:
    response = client.put("/connector-plugins/FileSource/config/validate", json={"connector.class": "FileSource"})
    definition = response.json()["configs"][1]["definition"]
    assert definition["order_in_group"] == 3
    assert "order" not in definition


def test_a_connector_can_be_read_right_after_it_was_created(client: Client) -> None:
    for name in ("a", "b"):
        assert client.post("/connectors", json={"name": name, "config": CONFIG}).status_code == 201
        assert client.get(f"/connectors/{name}").status_code == 200


@pytest.mark.parametrize("value", ["True", "TRUE", "true"])
def test_booleans_in_queries_are_read_as_other_languages_write_them(
    client: Client, herder: FakeHerder, value: str
) -> None:
    herder.add("c")
    assert client.post(f"/connectors/c/restart?includeTasks={value}&onlyFailed=False").status_code == 202
    assert herder.calls == [("restart_connector_and_tasks", "c", True, False)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"},
        {"Connection": "Upgrade", "Upgrade": "websocket"},
    ],
)
def test_headers_that_mean_nothing_here_do_no_harm(
    client: Client, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    response = client.post("/connectors", json={"name": "c", "config": CONFIG}, headers=headers)
    assert response.status_code == 201
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
