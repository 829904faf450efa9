from __future__ import annotations

import logging

import pytest
from httpx import Client

from api import Surface, create_app
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder


def test_loggers_are_sorted_by_name(client: Client) -> None:
    assert client.get("/admin/loggers").content == (
        b'{"acme.sink":{"level":"DEBUG","last_modified":1729411200123},'
        b'"acme.sink.batch":{"level":"INFO","last_modified":null},"root":{"level":"INFO","last_modified":null}}'
    )


def test_one_logger_is_shown(client: Client) -> None:
    assert client.get("/admin/loggers/root").content == b'{"level":"INFO","last_modified":null}'
    assert client.get("/admin/loggers/nope").json() == {"error_code": 404, "message": "Logger nope not found."}


@pytest.mark.parametrize("query", ["", "?scope=worker", "?scope=", "?scope=Worker"])
def test_a_level_is_set_on_this_worker_and_answers_what_changed(client: Client, herder: FakeHerder, query: str) -> None:
    response = client.put(f"/admin/loggers/acme{query}", json={"level": "debug", "other": {}})
    assert (response.status_code, response.content) == (200, b'["acme.sink","acme.sink.batch"]')
    assert herder.calls == [("set_logger_level", "acme", "debug")]


def test_a_level_for_the_cluster_answers_nothing(client: Client, herder: FakeHerder) -> None:
    response = client.put("/admin/loggers/acme?scope=CLUSTER", json={"level": "INFO"})
    assert (response.status_code, response.content) == (204, b"")
    assert herder.calls == [("set_cluster_logger_level", "acme", "INFO")]


def test_an_unknown_scope_is_the_worker_with_a_warning(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert client.put("/admin/loggers/acme?scope=galaxy", json={"level": "INFO"}).status_code == 200
    assert "galaxy" in caplog.text


@pytest.mark.parametrize("body", [{}, {"level": None}, {"level": ""}, {"Level": "INFO"}])
def test_a_request_without_level_is_refused(client: Client, body: dict[str, str | None]) -> None:
    response = client.put("/admin/loggers/acme", json=body)
    assert response.status_code == 400
    assert response.json()["message"] == "Desired 'level' parameter was not specified in request."


def test_an_unknown_level_is_not_found(client: Client) -> None:
    response = client.put("/admin/loggers/acme", json={"level": "LOUD"})
    assert response.status_code == 404
    assert "LOUD" in response.json()["message"]


@pytest.mark.parametrize(
    ("surface", "loggers", "connectors"), [(Surface.WITHOUT_LOGGERS, 404, 200), (Surface.LOGGERS, 200, 404)]
)
def test_loggers_can_move_to_a_server_of_their_own(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp, surface: Surface, loggers: int, connectors: int
) -> None:
    exchangeable.app = create_app(herder, surface=surface)
    assert client.get("/admin/loggers").status_code == loggers
    assert client.get("/connectors").status_code == connectors
