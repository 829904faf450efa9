from __future__ import annotations

import pytest
from httpx import Client

from connect_runtime.errors import BadRequestError
from connect_runtime.herder.api import PreviewRequest
from tests.support.fake_herder import FakeHerder

CONFIG = {"connector.class": "acme.WarehouseSink", "tasks.max": 1}


def test_a_preview_shows_each_step_and_each_failure(client: Client, herder: FakeHerder) -> None:
    body = {"config": CONFIG, "records": [{"value": {"a": 1.5, "n": 2}}, "text", None]}
    response = client.post("/connector-plugins/preview", json=body)
    assert response.status_code == 200
    config = {"connector.class": "acme.WarehouseSink", "tasks.max": "1"}
    assert herder.calls == [("preview", PreviewRequest(config, [{"value": {"a": 1.5, "n": 2}}, "text", None]))]
    assert response.content == (
        b'{"type":"sink","failed":1,"records":['
        b'{"outcome":"dropped","steps":[{"name":"converters","class":null,'
        b'"before":{"topic":"t","partition":0,"value":"{\\"a\\":1.5}"},'
        b'"after":{"topic":"t","partition":0,"value":{"a":1.5}}},'
        b'{"name":"cut","class":"acme.Cut","predicate":{"class":"acme.Is","negate":true,"matches":false,"applies":true},'
        b'"before":{"topic":"t","partition":0,"value":{"a":1.5}},"after":null}]},'
        b'{"outcome":"failed","steps":[],"error":{"stage":"VALUE_CONVERTER","name":"value.converter",'
        b'"class":"acme.Words","message":"not a word","before":{"topic":"t","partition":0,"value":"{\\"a\\":1.5}"}}}]}'
    )


@pytest.mark.parametrize(("last", "count"), [({}, 10), ({"last": 3}, 3), ({"last": "4"}, 4)])
def test_records_may_come_from_a_topic(client: Client, herder: FakeHerder, last: dict[str, object], count: int) -> None:
    response = client.post("/connector-plugins/preview", json={"config": {}, "topic": "orders", **last})
    assert response.status_code == 200
    assert herder.calls == [("preview", PreviewRequest({}, None, "orders", count))]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "must be a JSON object"),
        ({}, 'has no "config"'),
        ({"config": {}, "rekords": []}, 'Unrecognized field "rekords"'),
        ({"config": {}, "records": {}}, '"records" must be a JSON array'),
        ({"config": {}, "topic": []}, 'The value of "topic" is an array'),
        ({"config": {}, "topic": "t", "last": "all"}, '"last" is all'),
        ({"config": {}, "topic": "t", "last": -1}, '"last" is -1'),
        ({"config": {"a": []}}, 'The value of "a" is an array'),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(client: Client, body: object, reason: str) -> None:
    response = client.post("/connector-plugins/preview", json=body)
    assert response.status_code == 400
    assert reason in response.json()["message"]


def test_a_number_beyond_all_bounds_is_a_bad_request(client: Client) -> None:
    body = b'{"config":{},"records":[' + b"9" * 5000 + b"]}"
    headers = {"Content-Type": "application/json"}
    assert client.post("/connector-plugins/preview", content=body, headers=headers).status_code == 400


def test_a_draft_that_is_not_valid_is_a_bad_request(client: Client, herder: FakeHerder) -> None:
    herder.fail_with = BadRequestError("Connector configuration is invalid and contains the following 1 error(s):\nx")
    response = client.post("/connector-plugins/preview", json={"config": {}, "records": []})
    assert response.status_code == 400
    assert response.json()["message"].startswith("Connector configuration is invalid")


def test_a_plugin_may_still_be_called_preview(client: Client, herder: FakeHerder) -> None:
    assert client.put("/connector-plugins/preview/config/validate", json={"connector.class": "x"}).status_code == 200
    assert client.get("/connector-plugins/preview").status_code == 405
    assert herder.calls[0][0] == "validate_config"
