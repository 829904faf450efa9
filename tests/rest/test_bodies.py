from __future__ import annotations

import pytest
from httpx import Client, Response

from tests.support.fake_herder import FakeHerder

JSON = {"Content-Type": "application/json"}


def put_config(client: Client, body: bytes) -> Response:
    return client.put("/connectors/c/config", content=body, headers=JSON)


def message_of(response: Response) -> str:
    body = response.json()
    assert response.headers["content-type"] == "application/json"
    assert body["error_code"] == response.status_code == 400
    return str(body["message"])


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2", "2"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("-0", "-0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ("false", "false"),
        ('"1.10"', "1.10"),
        ('""', ""),
        ('"\\u00e9\\n"', "é\n"),
        ('"\\ud83d\\ude00"', "😀"),
        ("null", None),
    ],
)
def test_a_config_value_becomes_its_text_as_it_was_written(
    client: Client, herder: FakeHerder, written: str, stored: str | None
) -> None:
    assert put_config(client, f'{{"k":{written}}}'.encode()).status_code == 201
    assert herder.calls[0] == ("put_connector_config", "c", {"k": stored})


@pytest.mark.parametrize(("value", "kind"), [("{}", "an object"), ("[1]", "an array")])
def test_a_nested_config_value_is_refused_by_its_key(client: Client, value: str, kind: str) -> None:
    message = message_of(put_config(client, f'{{"a":"1","transforms":{value}}}'.encode()))
    assert message == f'The value of "transforms" is {kind}: send a string, a number or a boolean'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_body_may_be_in_any_unicode_encoding(client: Client, herder: FakeHerder, encoding: str) -> None:
    assert put_config(client, '{"k":"é😀"}'.encode(encoding)).status_code == 201
    assert herder.calls[0][2] == {"k": "é😀"}


def test_of_equal_keys_the_last_wins(client: Client, herder: FakeHerder) -> None:
    put_config(client, b'{"k":"1","j":"2","k":"3"}')
    assert herder.calls[0][2] == {"k": "3", "j": "2"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"a":1', "The request body is not valid JSON: Expecting ',' delimiter (line 1, column 7)"),
        (b'{"a":1} x', "The request body is not valid JSON: Extra data (line 1, column 9)"),
        (b"{}{}", "The request body is not valid JSON: Extra data (line 1, column 3)"),
        (b'{"a":01}', "The request body is not valid JSON: Expecting ',' delimiter (line 1, column 7)"),
        (b'{"a":NaN}', "The request body is not valid JSON: NaN is no JSON number"),
        (b'{"a":-Infinity}', "The request body is not valid JSON: -Infinity is no JSON number"),
        (b'{"a":"\n"}', "The request body is not valid JSON: Invalid control character at (line 1, column 7)"),
        (b'{"a":"\xff"}', "The request body is not valid text in utf-8: invalid start byte"),
        (b'{"a":"\xed\xa0\x80"}', "The request body is not valid text in utf-8: invalid continuation byte"),
        (b"", "The request body is empty: send a JSON object"),
        (b" \r\n", "The request body is empty: send a JSON object"),
        (b"null", "The request body must be a JSON object"),
        (b"[]", "The request body must be a JSON object"),
        (b'"text"', "The request body must be a JSON object"),
        (b"1", "The request body must be a JSON object"),
        (b'{"a":' + b"[" * 100_000, "The request body is nested too deeply"),
    ],
    ids=range(16),
)
def test_a_body_that_cannot_be_read_is_a_bad_request_that_says_where(
    client: Client, herder: FakeHerder, body: bytes, message: str
) -> None:
    assert message_of(put_config(client, body)) == message
    assert herder.calls == []


@pytest.mark.parametrize("body", [b'{"a":"1" /* c */}', b"{'a':1}", b"{a:1}", b'{"a":1,}', b'{"a":+1}', b'{"a":.5}'])
def test_what_only_looks_like_json_is_refused(client: Client, body: bytes) -> None:
    assert message_of(put_config(client, body)).startswith("The request body is not valid JSON: ")


@pytest.mark.parametrize("body", [b'{"k":"\\ud800"}', b'{"\\udc00":"v"}', b'{"k":"\\ude00\\ud83d"}'])
def test_text_that_is_no_unicode_is_refused(client: Client, herder: FakeHerder, body: bytes) -> None:
    assert "unpaired surrogate" in message_of(put_config(client, body))
    assert herder.calls == []


def test_an_unknown_field_of_a_create_request_is_named(client: Client, herder: FakeHerder) -> None:
    response = client.post("/connectors", json={"name": "a", "config": {}, "tasks": []})
    assert message_of(response) == (
        'Unrecognized field "tasks" in the request body: known fields are name, config, initial_state'
    )
    assert herder.calls == []


@pytest.mark.parametrize("body", [{}, {"name": "a"}, {"name": "a", "config": None}])
def test_a_create_request_without_config_says_so(client: Client, body: dict[str, str | None]) -> None:
    assert message_of(client.post("/connectors", json=body)).startswith('The request body has no "config"')


@pytest.mark.parametrize(
    "body", [{"name": {}, "config": {}}, {"name": "a", "config": []}, {"name": "a", "config": {}, "initial_state": []}]
)
def test_a_field_of_the_wrong_kind_is_refused(client: Client, herder: FakeHerder, body: dict[str, object]) -> None:
    message_of(client.post("/connectors", json=body))
    assert herder.calls == []
