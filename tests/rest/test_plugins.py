from __future__ import annotations

import pytest
from httpx import Client

from connect_runtime.errors import PluginNotFoundError
from tests.support.fake_herder import FakeHerder

TASKS_MAX = (
    b'{"name":"tasks.max","type":"INT","required":false,"default_value":"1","importance":"HIGH",'
    b'"documentation":"How many tasks at most.","group":"Common","width":"SHORT","display_name":"Tasks max",'
    b'"dependents":["files"],"order_in_group":3}'
)


def test_connectors_are_listed_with_their_versions_if_they_have_one(client: Client) -> None:
    assert client.get("/connector-plugins").content == (
        b'[{"class":"acme.WarehouseSink","type":"sink","version":"1.4.2"},{"class":"acme.FileSource","type":"source"}]'
    )


@pytest.mark.parametrize(
    ("query", "count"), [("connectorsOnly=false", 3), ("connectorsOnly=", 2), ("connectorsOnly=no", 3)]
)
def test_other_plugins_are_listed_on_demand(client: Client, query: str, count: int) -> None:
    assert len(client.get(f"/connector-plugins?{query}").json()) == count


def test_a_plugin_shows_its_configuration_keys(client: Client) -> None:
    response = client.get("/connector-plugins/FileSource/config")
    assert response.status_code == 200
    assert response.content.startswith(b"[" + TASKS_MAX + b",")
    secret, files = response.json()[1:]
    assert (secret["default_value"], secret["group"], secret["order_in_group"]) == ("[hidden]", None, -1)
    assert (files["required"], files["default_value"]) == (True, None)


def test_an_unknown_plugin_is_not_found(client: Client) -> None:
    response = client.get("/connector-plugins/Nope/config")
    assert response.status_code == 404
    assert response.json() == {"error_code": 404, "message": "Unknown plugin Nope."}


def test_a_validation_answers_200_with_the_errors_in_it(client: Client, herder: FakeHerder) -> None:
    config = {"connector.class": "acme.FileSource", "tasks.max": "x"}
    response = client.put("/connector-plugins/FileSource/config/validate", json=config)
    assert response.status_code == 200
    assert herder.calls == [("validate_config", "FileSource", config)]
    assert response.content.startswith(
        b'{"name":"acme.FileSource","error_count":2,"groups":["Common"],"configs":['
        b'{"definition":null,"value":{"name":"colour","value":"red","recommended_values":[],"errors":["Null value"],'
        b'"visible":true}},'
        b'{"definition":' + TASKS_MAX + b',"value":{"name":"tasks.max","value":null,"recommended_values":[],'
        b'"errors":["Invalid value x"],"visible":true}},'
    )


def test_a_validation_hides_secrets_and_joins_lists(client: Client) -> None:
    response = client.put("/connector-plugins/FileSource/config/validate", json={"connector.class": "acme.FileSource"})
    secret, files, without_value = response.json()["configs"][2:]
    assert secret["value"]["value"] == "[hidden]"
    assert (files["value"]["value"], files["value"]["recommended_values"]) == ("a,b", ["a", None])
    assert without_value["value"] is None


def test_a_class_that_is_not_installed_is_the_requests_fault_each_time(client: Client, herder: FakeHerder) -> None:
    message = "Failed to find any class that implements Connector and which name matches X, available connectors are: A"
    herder.fail_with = PluginNotFoundError(message)
    for _ in range(2):
        response = client.put("/connector-plugins/X/config/validate", json={"connector.class": "X"})
        assert (response.status_code, response.json()["message"]) == (400, message)
