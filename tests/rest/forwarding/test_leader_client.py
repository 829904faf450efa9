"""What a follower asks of its leader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from httpx import Client

from api import worker_client
from connect_runtime.errors import ConnectError, NotFoundError, NotHereError, RetriableError, SignatureRefusedError
from connect_runtime.herder.peers import LeaderClient
from connect_runtime.herder.signatures import sign
from connect_runtime.storage.config_records import SessionKey
from tests.rest.test_names import NAMES
from tests.support.canned_peer import CannedPeer
from tests.support.peers import Peer, no_tls

KEY = SessionKey("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", "HmacSHA256", 1729411200000)
NEWER_KEY = SessionKey("AAECAwQFBgcICQoLDA0ODw==", "HmacSHA256", 1729411200001)
CONFIGS = [{"task.class": "acme.FileTask", "file": "/data/é😀.txt"}, {}]
Ask = Callable[[LeaderClient, str], None]


def publish(leader: LeaderClient, name: str) -> None:
    leader.publish_tasks(name, CONFIGS)


def fence(leader: LeaderClient, name: str) -> None:
    leader.fence(name)


@pytest.fixture
def asking(leader: Peer, to_workers: Client) -> LeaderClient:
    leader.herder.session_key = KEY
    return LeaderClient(to_workers, lambda: leader.url, lambda: KEY, "HmacSHA256")


@pytest.fixture(params=[publish, fence])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


@pytest.mark.parametrize("name", [*NAMES, ".", ".."])
def test_the_leader_stores_tasks_and_fences(asking: LeaderClient, leader: Peer, name: str) -> None:
    leader.herder.add(name)
    asking.publish_tasks(name, CONFIGS)
    asking.publish_tasks(name, [])
    asking.fence(name)
    assert leader.herder.calls == [
        ("put_task_configs", name, CONFIGS),
        ("put_task_configs", name, []),
        ("fence_zombies", name),
    ]


def test_the_bytes_that_are_sent_are_those_that_are_signed(asking: LeaderClient, canned: CannedPeer) -> None:
    asking.publish_tasks("c", CONFIGS)
    asking.fence("c")
    assert canned.asked == ["POST /connectors/c/tasks?forward=false", "PUT /connectors/c/fence?forward=false"]
    assert canned.body == b""
    asking.publish_tasks("c", CONFIGS)
    for name, value in sign(canned.body, KEY, "HmacSHA256").items():
        assert canned.headers[name.lower()] == value
    assert canned.headers["content-type"] == "application/json"


def test_a_leader_that_is_not_known_is_asked_later(to_workers: Client, ask: Ask) -> None:
    asking = LeaderClient(to_workers, lambda: None, lambda: KEY, "HmacSHA256")
    with pytest.raises(RetriableError, match="no known leader"):
        ask(asking, "c")


def test_without_a_session_key_the_leader_is_asked_later(leader: Peer, to_workers: Client, ask: Ask) -> None:
    asking = LeaderClient(to_workers, lambda: leader.url, lambda: None, "HmacSHA256")
    with pytest.raises(RetriableError, match="no session key"):
        ask(asking, "c")
    assert leader.herder.calls == []


def test_a_leader_with_a_newer_key_refuses_the_signature(asking: LeaderClient, leader: Peer, ask: Ask) -> None:
    leader.herder.session_key = NEWER_KEY
    with pytest.raises(SignatureRefusedError, match="403"):
        ask(asking, "c")


def test_a_leader_without_a_key_is_asked_later(asking: LeaderClient, leader: Peer, ask: Ask) -> None:
    leader.herder.session_key = None
    with pytest.raises(RetriableError, match="503"):
        ask(asking, "c")


def test_a_worker_that_leads_no_more_is_not_asked_to_forward(
    asking: LeaderClient, leader: Peer, owner: Peer, ask: Ask
) -> None:
    leader.herder.fail_with = NotHereError(owner.url)
    with pytest.raises(RetriableError, match="409"):
        ask(asking, "c")
    assert owner.herder.calls == []


@pytest.mark.parametrize(
    ("failure", "message", "is_retriable"),
    [
        (NotFoundError("Connector c not found"), "Connector c not found", False),
        (ConnectError("no luck"), "no luck", True),
    ],
)
def test_the_leader_says_what_is_wrong(
    asking: LeaderClient, leader: Peer, ask: Ask, failure: ConnectError, message: str, is_retriable: bool
) -> None:
    leader.herder.fail_with = failure
    with pytest.raises(ConnectError, match=message) as refused:
        ask(asking, "c")
    assert isinstance(refused.value, RetriableError) is is_retriable


def test_an_algorithm_that_the_leader_does_not_accept_is_an_error_to_mend(
    leader: Peer, to_workers: Client, ask: Ask
) -> None:
    asking = LeaderClient(to_workers, lambda: leader.url, lambda: KEY, "HmacSHA1")
    with pytest.raises(ConnectError, match=r"inter\.worker\.verification\.algorithms") as refused:
        ask(asking, "c")
    assert not refused.value.retriable


@pytest.mark.parametrize(
    ("status", "body", "is_retriable"), [(302, b"", True), (404, b"<html>", False), (502, b"\xff", True)]
)
def test_an_answer_of_something_else_is_told(
    asking: LeaderClient, canned: CannedPeer, ask: Ask, status: int, body: bytes, is_retriable: bool
) -> None:
    canned.answer = (status, body, {})
    with pytest.raises(ConnectError, match=str(status)) as refused:
        ask(asking, "c")
    assert refused.value.retriable is is_retriable


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::1/"])
def test_a_leader_that_cannot_be_reached_is_asked_later(to_workers: Client, ask: Ask, url: str) -> None:
    asking = LeaderClient(to_workers, lambda: url, lambda: KEY, "HmacSHA256")
    with pytest.raises(RetriableError, match="cannot be reached"):
        ask(asking, "c")


def test_a_leader_that_does_not_answer_is_asked_later(leader: Peer, ask: Ask) -> None:
    leader.herder.session_key = KEY
    leader.herder.gate.clear()
    with worker_client(no_tls, read_timeout_s=0.2) as impatient:
        asking = LeaderClient(impatient, lambda: leader.url, lambda: KEY, "HmacSHA256")
        with pytest.raises(RetriableError, match="ReadTimeout"):
            ask(asking, "c")
    leader.herder.gate.set()
