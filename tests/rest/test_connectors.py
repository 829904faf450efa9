from __future__ import annotations

import pytest
from httpx import Client

from api import create_app
from connect_runtime.herder.api import InitialState
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder, task

CONFIG = {"connector.class": "FileStreamSource", "file": "/data/a.txt", "topic": "inv"}
INFO = (
    b'{"name":"inv-src","config":{"connector.class":"FileStreamSource","file":"/data/a.txt","topic":"inv","name":"inv-src"},'
    b'"tasks":[{"connector":"inv-src","task":0}],"type":"source"}'
)
STATUS = (
    b'{"name":"inv-src","connector":{"state":"RUNNING","worker_id":"10.0.0.7:8083","version":"1.4.2"},'
    b'"tasks":[{"id":0,"state":"RUNNING","worker_id":"10.0.0.7:8083","version":"1.4.2"}],"type":"source"}'
)


def test_no_connectors_are_an_empty_list(client: Client) -> None:
    response = client.get("/connectors")
    assert (response.status_code, response.content) == (200, b"[]")
    assert response.headers["content-type"] == "application/json"


def test_connectors_are_listed_by_name(client: Client, herder: FakeHerder) -> None:
    herder.add("inv-src")
    herder.add("inv-sink")
    assert client.get("/connectors").content == b'["inv-src","inv-sink"]'


def test_an_expanded_list_has_info_and_status_of_each(client: Client, herder: FakeHerder) -> None:
    herder.add("inv-src", tasks=[task(0)])
    response = client.get("/connectors?expand=status&expand=info")
    assert response.content == b'{"inv-src":{"info":' + INFO + b',"status":' + STATUS + b"}}"


def test_each_part_can_be_expanded_alone(client: Client, herder: FakeHerder) -> None:
    herder.add("inv-src", tasks=[task(0)])
    assert client.get("/connectors?expand=info").content == b'{"inv-src":{"info":' + INFO + b"}}"
    assert client.get("/connectors?expand=status").content == b'{"inv-src":{"status":' + STATUS + b"}}"


@pytest.mark.parametrize("expand", ["", "Status", "info,status", "nothing"])
def test_an_unknown_expansion_gives_each_connector_an_empty_object(
    client: Client, herder: FakeHerder, expand: str
) -> None:
    herder.add("inv-src")
    assert client.get("/connectors", params={"expand": expand}).json() == {"inv-src": {}}


def test_a_connector_without_status_is_missing_only_where_status_is_asked_for(
    client: Client, herder: FakeHerder
) -> None:
    herder.add("new").has_status = False
    assert client.get("/connectors?expand=status&expand=info").json() == {}
    assert client.get("/connectors?expand=info").json()["new"]["info"]["name"] == "new"


def test_a_connector_that_vanishes_while_it_is_listed_has_null_for_info(
    client: Client, exchangeable: ExchangeableApp
) -> None:
    class LateHerder(FakeHerder):
        def connectors(self) -> list[str]:
            return ["gone"]

    exchangeable.app = create_app(LateHerder())
    assert client.get("/connectors?expand=info").content == b'{"gone":{"info":null}}'


def test_a_created_connector_is_answered_with_its_info_and_location(client: Client) -> None:
    response = client.post("/connectors", json={"name": "inv-src", "config": CONFIG})
    assert response.status_code == 201
    assert response.headers["location"] == f"{client.base_url}/connectors/inv-src"
    assert response.content == INFO.replace(b'[{"connector":"inv-src","task":0}]', b"[]")


def test_a_created_connector_can_be_read_at_once(client: Client) -> None:
    created = client.post("/connectors", json={"name": "inv-src", "config": CONFIG})
    assert client.get("/connectors/inv-src").content == created.content
    assert client.get(created.headers["location"]).content == created.content


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("STOPPED", InitialState.STOPPED),
        ("paused", InitialState.PAUSED),
        ("Running", InitialState.RUNNING),
        (None, None),
    ],
)
def test_the_initial_state_is_read_in_any_case(
    client: Client, herder: FakeHerder, sent: str | None, expected: InitialState | None
) -> None:
    client.post("/connectors", json={"name": "a", "config": CONFIG, "initial_state": sent})
    assert herder.calls == [("create_connector", "a", CONFIG, expected)]


@pytest.mark.parametrize("state", ["STARTED", " PAUSED", "", "1"])
def test_another_initial_state_is_refused_by_name(client: Client, herder: FakeHerder, state: str) -> None:
    response = client.post("/connectors", json={"name": "a", "config": CONFIG, "initial_state": state})
    assert response.status_code == 400
    assert response.json()["message"] == f'Unknown "initial_state" {state}: use one of RUNNING, PAUSED, STOPPED'
    assert herder.calls == []


@pytest.mark.parametrize(
    ("sent", "name"), [(" a\t\n", "a"), ("\u0000a\u001f", "a"), ("\u00a0a", "\u00a0a"), (None, ""), (7, "7")]
)
def test_the_name_of_a_new_connector_is_trimmed_of_blanks_and_control_characters(
    client: Client, herder: FakeHerder, sent: object, name: str
) -> None:
    client.post("/connectors", json={"name": sent, "config": CONFIG})
    assert herder.calls[0][1] == name


def test_a_name_that_differs_from_the_one_in_the_config_is_refused(client: Client) -> None:
    response = client.post("/connectors", json={"name": "a", "config": {"name": "b"}})
    assert response.status_code == 400
    assert "(b) doesn't match" in response.json()["message"]


def test_an_existing_name_is_a_conflict(client: Client, herder: FakeHerder) -> None:
    herder.add("inv-src")
    response = client.post("/connectors", json={"name": "inv-src", "config": CONFIG})
    assert response.status_code == 409
    assert response.content == b'{"error_code":409,"message":"Connector inv-src already exists"}'


def test_a_connector_is_shown_with_config_and_tasks(client: Client, herder: FakeHerder) -> None:
    herder.add("inv-src", {**CONFIG, "name": "inv-src"}, tasks=[task(0)])
    assert client.get("/connectors/inv-src").content == INFO


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/connectors/C", "Connector C not found"),
        ("DELETE", "/connectors/C", "Connector C not found"),
        ("GET", "/connectors/C/config", "Connector C not found"),
        ("PATCH", "/connectors/C/config", "Connector C not found"),
        ("GET", "/connectors/C/status", "No status found for connector C"),
        ("GET", "/connectors/C/tasks", "Connector C not found"),
        ("GET", "/connectors/C/tasks/0/status", "No status found for task C-0"),
        ("POST", "/connectors/C/tasks/0/restart", "Unknown connector: C"),
        ("POST", "/connectors/C/restart", "Unknown connector: C"),
        ("POST", "/connectors/C/restart?includeTasks=true", "Unknown connector: C"),
        ("PUT", "/connectors/C/pause", "Unknown connector C"),
        ("PUT", "/connectors/C/resume", "Unknown connector C"),
        ("PUT", "/connectors/C/stop", "Unknown connector C"),
    ],
)
def test_an_unknown_connector_is_not_found(client: Client, method: str, path: str, message: str) -> None:
    body = {"a": "b"} if method == "PATCH" else None
    response = client.request(method, path, json=body)
    assert response.status_code == 404
    assert response.json() == {"error_code": 404, "message": message}


def test_a_config_is_given_back_as_it_was_sent_with_its_name(client: Client) -> None:
    sent = {"z": "1", "connector.class": "FileStreamSource", "a": "${file:/secrets:key}", "empty": ""}
    client.put("/connectors/c/config", json=sent)
    response = client.get("/connectors/c/config")
    assert response.content == (
        b'{"z":"1","connector.class":"FileStreamSource","a":"${file:/secrets:key}","empty":"","name":"c"}'
    )


def test_a_put_creates_once_and_replaces_then(client: Client) -> None:
    first = client.put("/connectors/c/config", json=CONFIG)
    second = client.put("/connectors/c/config", json={"connector.class": "S"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["location"] == f"{client.base_url}/connectors/c"
    assert "location" not in second.headers
    assert second.content == b'{"name":"c","config":{"connector.class":"S","name":"c"},"tasks":[],"type":"source"}'


def test_a_put_does_not_trim_the_name_in_the_url(client: Client, herder: FakeHerder) -> None:
    assert client.put("/connectors/%20x%20/config", json=CONFIG).status_code == 201
    assert list(herder.entries) == [" x "]


def test_a_patch_sets_and_removes_keys(client: Client, herder: FakeHerder) -> None:
    herder.add("c", {"a": "1", "b": "2", "name": "c"})
    response = client.patch("/connectors/c/config", json={"a": None, "b": 3, "d": True})
    assert response.status_code == 200
    assert response.json()["config"] == {"b": "3", "name": "c", "d": "true"}
    assert herder.calls[0] == ("patch_connector_config", "c", {"a": None, "b": "3", "d": "true"})


def test_a_deleted_connector_is_gone(client: Client, herder: FakeHerder) -> None:
    herder.add("c")
    response = client.delete("/connectors/c")
    assert (response.status_code, response.content) == (204, b"")
    assert herder.entries == {}


def test_a_status_shows_a_trace_only_where_there_is_one(client: Client, herder: FakeHerder) -> None:
    herder.add(
        "c", {"connector.class": "JdbcSink"}, tasks=[task(0), task(1, "FAILED", "Boom\n\tat x"), task(2, trace="")]
    )
    tasks = client.get("/connectors/c/status").json()["tasks"]
    assert [list(one) for one in tasks] == [
        ["id", "state", "worker_id", "version"],
        ["id", "state", "worker_id", "version", "trace"],
        ["id", "state", "worker_id", "version"],
    ]
    assert tasks[1]["trace"] == "Boom\n\tat x"


def test_a_plugin_version_that_is_not_known_is_null(client: Client, herder: FakeHerder) -> None:
    unknown = task(0)
    herder.add("c", tasks=[type(unknown)(0, "UNASSIGNED", "w:1", None)])
    response = client.get("/connectors/c/tasks/0/status")
    assert response.content == b'{"id":0,"state":"UNASSIGNED","worker_id":"w:1","version":null}'


def test_tasks_are_shown_with_their_configs(client: Client, herder: FakeHerder) -> None:
    herder.add("inv-src", tasks=[task(0)])
    response = client.get("/connectors/inv-src/tasks")
    assert response.status_code == 200
    assert response.content == (
        b'[{"id":{"connector":"inv-src","task":0},"config":{"task.class":"acme.FileTask","file":"/data/a.txt"}}]'
    )


def test_a_connector_without_tasks_shows_none(client: Client, herder: FakeHerder) -> None:
    herder.add("c")
    assert client.get("/connectors/c/tasks").content == b"[]"
