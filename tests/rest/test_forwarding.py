"""Requests that another worker serves, between real servers over fake herders."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from httpx import Client
from starlette.types import ASGIApp

from api import Forwarder, RestServer, client_tls, create_app, parse_listeners, server_tls, worker_client
from api.forwarding import FORWARD_THREADS
from connect_runtime.errors import (
    BadRequestError,
    ConnectError,
    NotFoundError,
    NotHereError,
)
from connect_runtime.herder.api import InitialState
from connect_runtime.model import ConnectorTaskId
from tests.rest.test_names import NAMES
from tests.rest.test_tls import CERT, KEY
from tests.support.canned_peer import CannedPeer
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder, task
from tests.support.running_tasks import eventually

CONFIG = {"connector.class": "S"}
NO_LEADER = "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
TWO_HOPS = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"


def no_tls() -> ssl.SSLContext:
    raise AssertionError("no worker has an https URL")


@pytest.fixture(scope="module")
def to_workers() -> Iterator[Client]:
    with worker_client(no_tls) as client:
        yield client


class Peer:
    """A worker: its herder, and its URL as it is advertised."""

    def __init__(self, app: ExchangeableApp, server: RestServer) -> None:
        self._app = app
        self.url = f"{server.url}/"
        self.herder = FakeHerder()

    def renew(self, to_workers: Client) -> None:
        self.herder = FakeHerder()
        self._app.app = create_app(self.herder, forwarder=Forwarder(to_workers))

    def serve(self, app: ASGIApp) -> None:
        """Let something else answer in place of the worker."""
        self._app.app = app

    def sends_to(self, other: Peer) -> None:
        """Be a worker that cannot serve what it is asked, and knows who can."""
        self.herder.fail_with = NotHereError(other.url)


@pytest.fixture(scope="module")
def three_peers() -> Iterator[list[Peer]]:
    apps = [ExchangeableApp() for _ in range(3)]
    servers = [RestServer(app, parse_listeners("http://127.0.0.1:0")) for app in apps]
    for server in servers:
        server.start()
    yield [Peer(app, server) for app, server in zip(apps, servers, strict=True)]
    for server in servers:
        server.stop()


@pytest.fixture
def peers(three_peers: list[Peer], to_workers: Client) -> list[Peer]:
    for peer in three_peers:
        peer.renew(to_workers)
    return three_peers


@pytest.fixture
def follower(peers: list[Peer]) -> Peer:
    peers[0].sends_to(peers[1])
    return peers[0]


@pytest.fixture
def leader(peers: list[Peer]) -> Peer:
    return peers[1]


@pytest.fixture
def owner(peers: list[Peer]) -> Peer:
    return peers[2]


@pytest.fixture
def client(follower: Peer) -> Iterator[Client]:
    with Client(base_url=follower.url, timeout=60) as client:
        yield client


@pytest.fixture
def canned(leader: Peer) -> CannedPeer:
    canned = CannedPeer()
    leader.serve(canned)
    return canned


def message_of(response: httpx.Response, status: int) -> str:
    """The message of a failure with that status."""
    body = response.json()
    assert (response.status_code, body["error_code"]) == (status, status)
    return str(body["message"])


# -- to the leader, and on to the owner --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "call"),
    [
        ("POST", "connectors", {"name": "new", "config": CONFIG}, 201, ("create_connector", "new", CONFIG, None)),
        (
            "POST",
            "connectors",
            {"name": "new", "config": CONFIG, "initial_state": "stopped"},
            201,
            ("create_connector", "new", CONFIG, InitialState.STOPPED),
        ),
        ("PUT", "connectors/new/config", CONFIG, 201, ("put_connector_config", "new", CONFIG)),
        ("PUT", "connectors/c/config", CONFIG, 200, ("put_connector_config", "c", CONFIG)),
        ("PATCH", "connectors/c/config", {"file": None}, 200, ("patch_connector_config", "c", {"file": None})),
        ("DELETE", "connectors/c", None, 204, ("delete_connector", "c")),
        ("PUT", "connectors/c/stop", None, 204, ("stop_connector", "c")),
        ("POST", "connectors/c/restart", None, 204, ("restart_connector", "c")),
        (
            "POST",
            "connectors/c/restart?includeTasks=true&forward=&onlyFailed=TRUE",
            None,
            202,
            ("restart_connector_and_tasks", "c", True, True),
        ),
        ("POST", "connectors/c/tasks/0/restart", None, 204, ("restart_task", ConnectorTaskId("c", 0))),
    ],
)
@pytest.mark.parametrize("hops", [1, 2])
def test_a_request_is_answered_by_the_worker_that_can(
    peers: list[Peer],
    follower: Peer,
    to_workers: Client,
    client: Client,
    method: str,
    path: str,
    body: dict[str, object] | None,
    status: int,
    call: tuple[object, ...],
    hops: int,
) -> None:
    if hops == 2:
        peers[1].sends_to(peers[2])
    there = peers[hops]
    there.herder.add("c", tasks=[task(0)])
    direct = httpx.request(method, f"{there.url}{path}", json=body)
    there.renew(to_workers)
    there.herder.add("c", tasks=[task(0)])
    forwarded = client.request(method, f"/{path}", json=body)
    assert there.herder.calls == [call]
    assert forwarded.status_code == direct.status_code == status
    assert forwarded.content == direct.content
    assert forwarded.headers.get("content-type") == direct.headers.get("content-type")
    location = direct.headers.get("location")
    assert forwarded.headers.get("location") == (location and location.replace(there.url, follower.url))


@pytest.mark.parametrize("name", [*NAMES, ".", "..", "a/../b", "{c}"])
def test_any_name_is_forwarded(client: Client, leader: Peer, follower: Peer, name: str) -> None:
    created = client.post("/connectors", json={"name": f"-{name}-", "config": CONFIG})
    assert list(leader.herder.entries) == [f"-{name}-"]
    assert created.headers["location"].startswith(f"{follower.url}connectors/-")
    deleted = client.delete(httpx.URL(created.headers["location"]))
    assert deleted.status_code == 204
    leader.herder.add(name)
    escaped = "".join(f"%{byte:02X}" for byte in name.encode())
    assert client.put(f"/connectors/{escaped}/stop").status_code == 204
    assert leader.herder.calls[-1] == ("stop_connector", name)


def test_a_location_is_below_the_url_that_the_client_knows(client: Client, leader: Peer) -> None:
    response = client.put("/connectors/a%2Fb/config", json=CONFIG, headers={"Host": "connect.example.org"})
    assert response.headers["location"] == "http://connect.example.org/connectors/a%2Fb"


def test_a_worker_that_was_asked_first_does_not_decide_twice(client: Client, leader: Peer, follower: Peer) -> None:
    leader.herder.add("c")
    client.delete("/connectors/c")
    assert follower.herder.calls == leader.herder.calls == [("delete_connector", "c")]


# -- an end to circles -------------------------------------------------------------------------------------------------


def test_a_request_goes_round_in_no_circle(peers: list[Peer], client: Client) -> None:
    peers[1].sends_to(peers[0])
    assert message_of(client.delete("/connectors/c"), 409) == TWO_HOPS
    assert (len(peers[0].herder.calls), len(peers[1].herder.calls)) == (2, 1)


@pytest.mark.parametrize(
    ("forward", "passed_on"),
    [
        ("", "true"),
        ("?forward", "true"),
        ("?forward=", "true"),
        ("?forward=true", "false"),
        ("?forward=TRUE&forward=false", "false"),
    ],
)
def test_each_hop_is_counted(client: Client, canned: CannedPeer, forward: str, passed_on: str) -> None:
    assert client.delete(f"/connectors/c{forward}").status_code == 204
    assert canned.asked == [f"DELETE /connectors/c?forward={passed_on}"]


@pytest.mark.parametrize("forward", ["false", "no", "false&forward=true"])
def test_what_may_not_be_forwarded_is_a_conflict(client: Client, canned: CannedPeer, forward: str) -> None:
    assert message_of(client.delete(f"/connectors/c?forward={forward}"), 409) == TWO_HOPS
    assert canned.asked == []


def test_without_a_known_leader_a_request_is_a_conflict(client: Client, follower: Peer) -> None:
    follower.herder.fail_with = NotHereError(None)
    assert message_of(client.delete("/connectors/c"), 409) == NO_LEADER
    assert message_of(client.delete("/connectors/c?forward=true"), 409) == NO_LEADER
    assert message_of(client.delete("/connectors/c?forward=false"), 409) == TWO_HOPS


def test_a_worker_without_others_says_that_it_is_not_the_one(client: Client, follower: Peer) -> None:
    follower.serve(create_app(follower.herder))
    assert "must be served by another worker" in message_of(client.delete("/connectors/c"), 409)


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


# -- TLS ---------------------------------------------------------------------------------------------------------------

P = "listeners.https."
ANOTHER_NAME = "127.1"
"""Of this machine; the certificate holds ``localhost`` and ``127.0.0.1``."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "server.pem"
    path.write_text(KEY.read_text() + CERT.read_text())
    return path


def answer_over_tls(
    follower: Peer, client: Client, leader_config: dict[str, str], config: dict[str, str], host: str = "localhost"
) -> httpx.Response:
    """What a follower with that configuration answers when its leader is an ``https`` one with that other one."""
    leader_app = create_app(FakeHerder())
    listeners = parse_listeners("https://localhost:0")
    with (
        RestServer(leader_app, listeners, tls=server_tls(leader_config)) as leader,
        worker_client(lambda: client_tls(config)) as fresh,
    ):
        follower.herder.fail_with = NotHereError(f"https://{host}:{leader.port}/")
        follower.serve(create_app(follower.herder, forwarder=Forwarder(fresh)))
        return client.put("/connectors/c/config", json=CONFIG)


@pytest.mark.parametrize("prefix", ["", P])
def test_a_worker_is_called_by_tls_with_the_settings_of_the_own_listeners(
    follower: Peer, client: Client, store: Path, prefix: str
) -> None:
    config = {
        f"{prefix}ssl.keystore.type": "PEM",
        f"{prefix}ssl.keystore.location": str(store),
        f"{prefix}ssl.truststore.type": "PEM",
        f"{prefix}ssl.truststore.location": str(CERT),
        f"{prefix}ssl.client.auth": "required",
    }
    response = answer_over_tls(follower, client, config, config)
    assert response.status_code == 201
    assert response.headers["location"] == f"{follower.url}connectors/c"


def keystore(store: Path) -> dict[str, str]:
    return {f"{P}ssl.keystore.type": "PEM", f"{P}ssl.keystore.location": str(store)}


TRUST = {f"{P}ssl.truststore.type": "PEM", f"{P}ssl.truststore.certificates": CERT.read_text()}


@pytest.mark.parametrize(
    ("config", "host", "reason"),
    [
        ({}, "localhost", "certificate verify failed"),
        (TRUST, ANOTHER_NAME, "Hostname mismatch"),
        ({f"{P}ssl.truststore.location": "/trust.jks"}, "localhost", "store type 'JKS' is not supported"),
    ],
)
def test_a_worker_that_cannot_be_trusted_is_not_called(
    follower: Peer, client: Client, store: Path, config: dict[str, str], host: str, reason: str
) -> None:
    message = message_of(answer_over_tls(follower, client, keystore(store), config, host), 500)
    assert message.startswith("IO Error trying to forward REST request")
    assert reason in message


def test_the_host_in_a_certificate_need_not_be_checked(follower: Peer, client: Client, store: Path) -> None:
    config = {**TRUST, f"{P}ssl.endpoint.identification.algorithm": ""}
    assert answer_over_tls(follower, client, keystore(store), config, ANOTHER_NAME).status_code == 201


def test_a_worker_that_asks_for_a_certificate_refuses_one_without(follower: Peer, client: Client, store: Path) -> None:
    leader_config = {**keystore(store), **TRUST, f"{P}ssl.client.auth": "required"}
    message = message_of(answer_over_tls(follower, client, leader_config, TRUST), 500)
    assert message.startswith("IO Error trying to forward REST request")
