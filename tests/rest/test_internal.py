"""What workers ask of each other."""

from __future__ import annotations

import pytest
from httpx import Client

from connect_runtime.errors import BadRequestError, ConflictError, ConnectError, NotFoundError, StorageError
from connect_runtime.herder.signatures import ALGORITHM_HEADER, SIGNATURE_HEADER, sign
from connect_runtime.storage.config_records import SessionKey
from tests.support.fake_herder import FakeHerder

KEY = SessionKey("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", "HmacSHA256", 1729411200000)
OTHER_KEY = SessionKey("AAECAwQFBgcICQoLDA0ODw==", "HmacSHA256", 1)
TASKS = '[{"task.class": "acme.FileTask", "n": 1.10}, {"file": "/data/é.txt"}]'.encode()
TASKS_PATH = "/connectors/a%2Fb/tasks"
FENCE_PATH = "/connectors/a%2Fb/fence"
BOTH = [("POST", TASKS_PATH, TASKS), ("PUT", FENCE_PATH, b"")]


@pytest.fixture
def herder(herder: FakeHerder) -> FakeHerder:
    herder.session_key = KEY
    herder.add("a/b")
    return herder


def signed(body: bytes, key: SessionKey = KEY) -> dict[str, str]:
    return sign(body, key, "HmacSHA256")


def test_tasks_are_stored(client: Client, herder: FakeHerder) -> None:
    response = client.post(TASKS_PATH, content=TASKS, headers=signed(TASKS))
    assert (response.status_code, response.content) == (204, b"")
    configs = [{"task.class": "acme.FileTask", "n": "1.10"}, {"file": "/data/é.txt"}]
    assert herder.calls == [("put_task_configs", "a/b", configs)]


def test_producers_are_fenced(client: Client, herder: FakeHerder) -> None:
    response = client.put(FENCE_PATH, headers=signed(b""))
    assert (response.status_code, response.content) == (204, b"")
    assert herder.calls == [("fence_zombies", "a/b")]


@pytest.mark.parametrize(("method", "path", "body"), BOTH)
@pytest.mark.parametrize("content_type", ["text/plain", "no type", "application/json"])
def test_any_content_type_is_taken(
    client: Client, herder: FakeHerder, method: str, path: str, body: bytes, content_type: str
) -> None:
    headers = {**signed(body), "Content-Type": content_type}
    assert client.request(method, path, content=body, headers=headers).status_code == 204


@pytest.mark.parametrize(("method", "path", "body"), BOTH)
def test_the_answer_must_be_wanted_as_json(
    client: Client, herder: FakeHerder, method: str, path: str, body: bytes
) -> None:
    response = client.request(method, path, content=body, headers={**signed(body), "Accept": "text/plain"})
    assert response.status_code == 406
    assert herder.calls == []


@pytest.mark.parametrize(("method", "path", "body"), BOTH)
@pytest.mark.parametrize(
    ("changes", "key", "status", "reason"),
    [
        ({SIGNATURE_HEADER: None}, None, 400, SIGNATURE_HEADER),
        ({ALGORITHM_HEADER: None}, None, 400, ALGORITHM_HEADER),
        ({ALGORITHM_HEADER: "HmacNone"}, None, 400, "'HmacNone'"),
        ({SIGNATURE_HEADER: "%"}, None, 400, "not Base64"),
        ({ALGORITHM_HEADER: "HmacSHA1"}, None, 400, "inter.worker.verification.algorithms"),
        ({}, None, 503, "no session key"),
        ({}, OTHER_KEY, 403, "does not match"),
        ({SIGNATURE_HEADER: "AAAA"}, KEY, 403, "does not match"),
    ],
)
def test_a_request_that_is_not_properly_signed_is_refused_before_anything_is_done(
    client: Client,
    herder: FakeHerder,
    method: str,
    path: str,
    body: bytes,
    changes: dict[str, str | None],
    key: SessionKey | None,
    status: int,
    reason: str,
) -> None:
    herder.session_key = key
    changed: dict[str, str | None] = {**signed(body), **changes}
    headers = {name: value for name, value in changed.items() if value is not None}
    response = client.request(method, path, content=body, headers=headers)
    assert (response.status_code, response.json()["error_code"]) == (status, status)
    assert reason in response.json()["message"]
    assert herder.calls == []


def test_the_body_that_was_signed_is_the_one_that_counts(client: Client, herder: FakeHerder) -> None:
    assert client.post(TASKS_PATH, content=TASKS + b" ", headers=signed(TASKS)).status_code == 403
    assert client.put(FENCE_PATH, content=b"{}", headers=signed(b"")).status_code == 403


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"[", "not valid JSON"),
        (b"{}", "must be a JSON array"),
        (b"null", "must be a JSON array"),
        (b"[1]", "must be a JSON object"),
        (b'[{"a":[]}]', 'value of "a" is an array'),
        (b'[{"a":null}]', 'value of "a" is null'),
    ],
)
def test_task_configurations_that_are_none_are_refused_whoever_sends_them(
    client: Client, herder: FakeHerder, body: bytes, reason: str
) -> None:
    response = client.post(TASKS_PATH, content=body)
    assert response.status_code == 400
    assert reason in response.json()["message"]
    assert herder.calls == []


@pytest.mark.parametrize(("method", "path", "body"), BOTH)
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (NotFoundError("Connector a/b not found"), 404),
        (BadRequestError("it is stopped"), 400),
        (ConflictError("newer tasks appeared"), 409),
        (StorageError("the topic cannot be written"), 500),
    ],
)
def test_a_request_that_fails_says_why(
    client: Client, herder: FakeHerder, method: str, path: str, body: bytes, failure: ConnectError, status: int
) -> None:
    herder.fail_with = failure
    response = client.request(method, path, content=body, headers=signed(body))
    assert response.json() == {"error_code": status, "message": str(failure)}
