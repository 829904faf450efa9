"""What workers send each other for a client, and what becomes of the answer."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from httpx import Client

from api import Forwarder, RestServer, create_app, parse_listeners, worker_client
from api.forwarding import FORWARD_THREADS
from connect_runtime.errors import BadRequestError, ConnectError, NotFoundError, NotHereError
from tests.support.canned_peer import CannedPeer
from tests.support.peers import Peer, message_of, no_tls
from tests.support.running_tasks import eventually

CONFIG = {"connector.class": "S"}


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_of_the_headers_only_the_credentials_are_passed_on(client: Client, canned: CannedPeer) -> None:
    headers = {
        "Authorization": "Basic w6k6w6k=",
        "Accept": "*/*",
        "Content-Type": "Application/JSON; charset=utf-8",
        "Cookie": "a=b",
        "X-Connect-Authorization": "c2lnbmF0dXJl",
        "X-Connect-Request-Signature-Algorithm": "HmacSHA256",
        "X-Other": "1",
    }
    client.put("/connectors/c/config", content=b"{}", headers=headers)
    for automatic in ("host", "accept-encoding", "connection"):
        del canned.headers[automatic]
    assert canned.headers == {
        "authorization": "Basic w6k6w6k=",
        "accept": "application/json",
        "user-agent": "kafka-connect",
        "content-type": "application/json",
        "content-length": "2",
    }


def test_credentials_of_any_bytes_are_passed_on(client: Client, canned: CannedPeer) -> None:
    client.delete("/connectors/c", headers=[(b"Authorization", "Bearer é".encode("latin-1"))])
    assert canned.headers["authorization"] == "Bearer é"


def test_a_request_without_body_has_no_content_type(client: Client, canned: CannedPeer) -> None:
    client.put("/connectors/c/stop", content=b"ignored", headers={"Content-Type": "application/json"})
    assert "content-type" not in canned.headers
    assert canned.body == b""


def test_a_body_arrives_as_it_was_understood(client: Client, canned: CannedPeer) -> None:
    text = '{"a":1.10, "b":1e3,"c":true,"d":null,"b":2,\n"é":"😀\\u001f\\/"}'
    client.patch("/connectors/c/config", content=text.encode("utf-16"), headers={"Content-Type": "application/json"})
    assert canned.body == '{"a":"1.10","b":"2","c":true,"d":null,"é":"\\uD83D\\uDE00\\u001F/"}'.encode()


def test_other_parameters_are_repeated(client: Client, canned: CannedPeer) -> None:
    client.post("/connectors/c/restart?onlyFailed=true&x=%C3%A9%26&includeTasks=false&includeTasks=true&forward=true")
    assert canned.asked == [
        "POST /connectors/c/restart?onlyFailed=true&x=%C3%A9%26&includeTasks=false&includeTasks=true&forward=false"
    ]


def test_no_cookie_is_kept_for_later_requests_of_others(client: Client, canned: CannedPeer) -> None:
    canned.answer = (204, b"", {"Set-Cookie": "session=1"})
    for _ in range(2):
        assert client.delete("/connectors/c").status_code == 204
        assert "cookie" not in canned.headers


def test_what_the_process_was_told_about_proxies_and_passwords_does_not_count(
    follower: Peer, client: Client, canned: CannedPeer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login me password secret\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with worker_client(no_tls) as fresh:
        follower.serve(create_app(follower.herder, forwarder=Forwarder(fresh)))
        assert client.delete("/connectors/c").status_code == 204
    assert "authorization" not in canned.headers


# -- what comes back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (NotFoundError("Connector c not found"), 404),
        (BadRequestError("two\nlines"), 400),
        (ConnectError("no luck"), 500),
    ],
)
def test_a_failure_is_passed_back(client: Client, leader: Peer, failure: ConnectError, status: int) -> None:
    leader.herder.fail_with = failure
    assert message_of(client.delete("/connectors/c"), status) == str(failure)


def test_a_conflict_of_the_leader_is_passed_back(client: Client, leader: Peer) -> None:
    leader.herder.add("c")
    response = client.post("/connectors", json={"name": "c", "config": CONFIG})
    assert message_of(response, 409) == "Connector c already exists"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, b'{"error_code":40901,"message":null}'),
        (499, b'{"error_code":499,"message":"\xc3\xa9"}'),
        (503, b'{"error_code":503,"message":"starting"}'),
    ],
)
def test_status_code_and_message_are_passed_back_unchanged(
    client: Client, canned: CannedPeer, status: int, body: bytes
) -> None:
    canned.answer = (status, body, {"Content-Type": "application/json"})
    response = client.delete("/connectors/c")
    assert (response.status_code, response.content) == (status, body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>not found</html>"),
        (502, b""),
        (500, b'"text"'),
        (500, b"[]"),
        (500, b'{"detail":"x"}'),
        (200, b"<html>log in</html>"),
        (200, b'"\xff"'),
        (201, b"{}"),
        (201, b"[]"),
    ],
)
def test_an_answer_that_no_worker_gives_is_an_io_error(
    client: Client, canned: CannedPeer, status: int, body: bytes
) -> None:
    canned.answer = (status, body, {})
    message = message_of(client.put("/connectors/c/config", json=CONFIG), 500)
    assert message.startswith("IO Error trying to forward REST request: PUT http://127.0.0.1:")
    assert f"answered {status} " in message


def test_no_redirect_is_followed(client: Client, canned: CannedPeer, owner: Peer) -> None:
    owner.herder.add("c")
    canned.answer = (307, b"", {"Location": f"{owner.url}connectors/c"})
    assert "307" in message_of(client.delete("/connectors/c"), 500)
    assert owner.herder.calls == []


def test_a_worker_that_is_gone_is_an_io_error(client: Client, follower: Peer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    follower.herder.fail_with = NotHereError(f"http://127.0.0.1:{port}/")
    message = message_of(client.delete("/connectors/c"), 500)
    assert message.startswith(f"IO Error trying to forward REST request: DELETE http://127.0.0.1:{port}/connectors/c?")
    assert "rest.advertised" in message


@pytest.mark.parametrize("url", ["http://\x00/", "http://[::1/", "ftp://127.0.0.1/", "nothing/"])
def test_a_url_that_is_none_is_an_io_error(client: Client, follower: Peer, url: str) -> None:
    follower.herder.fail_with = NotHereError(url)
    assert message_of(client.delete("/connectors/c"), 500).startswith("IO Error trying to forward REST request: DEL")


def test_a_worker_that_does_not_answer_is_an_io_error(client: Client, follower: Peer, leader: Peer) -> None:
    leader.herder.gate.clear()
    with worker_client(no_tls, read_timeout_s=0.2) as impatient:
        follower.serve(create_app(follower.herder, forwarder=Forwarder(impatient)))
        message = message_of(client.delete("/connectors/c"), 500)
    leader.herder.gate.set()
    assert message.startswith("IO Error trying to forward REST request")
    assert "ReadTimeout" in message


def test_a_worker_serves_while_many_requests_wait_for_another_one(client: Client, follower: Peer, leader: Peer) -> None:
    leader.herder.gate.clear()
    with ThreadPoolExecutor(FORWARD_THREADS) as pool:
        waiting = [pool.submit(client.delete, "/connectors/c") for _ in range(FORWARD_THREADS)]
        try:
            eventually(lambda: len(leader.herder.calls) == FORWARD_THREADS, 30.0)
            follower.herder.fail_with = None
            assert client.get("/").status_code == 200
        finally:
            leader.herder.gate.set()
        assert [response.result().status_code for response in waiting] == [404] * FORWARD_THREADS


def test_a_worker_that_stops_does_not_wait_for_another_one(follower: Peer, leader: Peer, to_workers: Client) -> None:
    leader.herder.gate.clear()
    app = create_app(follower.herder, forwarder=Forwarder(to_workers))
    server = RestServer(app, parse_listeners("http://127.0.0.1:0"))
    server.start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx.delete, f"{server.url}/connectors/c", timeout=60)
        try:
            assert leader.herder.waiting.wait(30)
            server.stop(timeout_s=0.1)
            assert message_of(waiting.result(30), 500) == "The worker is shutting down"
        finally:
            leader.herder.gate.set()
