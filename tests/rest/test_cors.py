from __future__ import annotations

import pytest
from httpx import Client

from api import create_app
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder

UI = "https://ui.example"
GRANTED = {
    "access-control-allow-origin": UI,
    "access-control-allow-credentials": "true",
    "vary": "Origin",
}


def cors_headers(client: Client, method: str = "GET", path: str = "/connectors", **headers: str) -> dict[str, str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.request(method, path, headers=sent)
    return {name: value for name, value in answer.headers.items() if name == "vary" or name.startswith("access-")}


def test_nothing_is_allowed_unless_configured(client: Client) -> None:
    assert cors_headers(client, Origin=UI) == {}


@pytest.mark.parametrize("allowed", [UI, "*", f"http://other, {UI}", "https://*.example"])
def test_an_allowed_origin_is_echoed(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp, allowed: str
) -> None:
    exchangeable.app = create_app(herder, allow_origin=allowed)
    assert cors_headers(client, Origin=UI) == GRANTED
    assert cors_headers(client, path="/nope", Origin=UI) == GRANTED
    assert cors_headers(client) == {}


@pytest.mark.parametrize("allowed", ["https://uiXexample", "https://ui.example:8080", "ui.example"])
def test_another_origin_gets_an_answer_without_permission(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp, allowed: str
) -> None:
    exchangeable.app = create_app(herder, allow_origin=allowed)
    assert client.get("/connectors", headers={"Origin": UI}).status_code == 200
    assert cors_headers(client, Origin=UI) == {}


def test_a_preflight_is_told_what_it_may_send(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp
) -> None:
    exchangeable.app = create_app(herder, allow_origin=UI, allow_methods="GET, PUT")
    expected = GRANTED | {
        "access-control-max-age": "1800",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "X-Requested-With,Content-Type,Accept,Origin",
    }
    wanted = {"Origin": UI, "Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "content-type"}
    assert cors_headers(client, "OPTIONS", **wanted) == expected
    assert cors_headers(client, "OPTIONS", "/nope", **wanted) == expected
    assert client.options("/nope", headers={"Origin": UI}).status_code == 404


@pytest.mark.parametrize(("method", "headers"), [("DELETE", ""), ("GET", "Authorization")])
def test_a_preflight_for_more_is_refused(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp, method: str, headers: str
) -> None:
    exchangeable.app = create_app(herder, allow_origin=UI)
    asked = {"Access_Control_Request_Method": method, "Access_Control_Request_Headers": headers}
    assert cors_headers(client, "OPTIONS", Origin=UI, **asked) == {}
