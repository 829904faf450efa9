from __future__ import annotations

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest
from httpx import Client

from api import RestServer, create_app, parse_listeners
from api.root import HEALTH_THREADS
from connect_runtime.errors import ConfigError, StartupError
from tests.support.fake_herder import FakeHerder


def rest_server(herder: FakeHerder, listeners: str = "http://127.0.0.1:0") -> RestServer:
    return RestServer(create_app(herder), parse_listeners(listeners))


def exchange(port: int, request: bytes) -> bytes:
    """What a server answers until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_started_server_answers_on_the_port_it_found(herder: FakeHerder) -> None:
    with rest_server(herder) as server:
        assert server.port > 0
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert httpx.get(f"{server.url}/connectors").json() == []


def test_without_a_host_it_listens_on_all_interfaces(herder: FakeHerder) -> None:
    with rest_server(herder, "http://:0") as server:
        assert server.url == f"http://localhost:{server.port}"
        assert httpx.get(f"http://127.0.0.1:{server.port}/").status_code == 200
        if socket.has_dualstack_ipv6():
            assert httpx.get(f"http://[::1]:{server.port}/").status_code == 200


def test_several_listeners_share_one_application(herder: FakeHerder) -> None:
    herder.add("c")
    with rest_server(herder, "http://127.0.0.1:0,HTTP://localhost:0") as server:
        assert len({listener.port for listener in server.listeners}) == 2
        for listener in server.listeners:
            assert httpx.get(f"{listener.url}/connectors").json() == ["c"]


def test_a_port_in_use_fails_the_start_and_says_what_to_do(herder: FakeHerder) -> None:
    with rest_server(herder) as first:
        second = rest_server(herder, f"http://127.0.0.1:0,http://127.0.0.1:{first.port}")
        with pytest.raises(StartupError) as failure:
            second.start()
    assert str(failure.value) == (
        f"REST API cannot listen on 127.0.0.1:{first.port}: the port is in use; "
        "stop the process that has it, or set listeners to another port"
    )
    second.stop()


@pytest.mark.parametrize("taken", ["http://127.0.0.1:0", "http://:0", "http://0.0.0.0:0"])
def test_a_port_that_is_taken_on_one_interface_is_taken_for_all(herder: FakeHerder, taken: str) -> None:
    with rest_server(herder, taken) as first:
        second = rest_server(herder, f"http://:{first.port}")
        with pytest.raises(StartupError, match=rf"\*:{first.port}: the port is in use"):
            second.start()


@pytest.mark.parametrize(
    ("host", "reason"),
    [("no-such-host.invalid", "host 'no-such-host.invalid' is unknown"), ("192.0.2.1", "this machine has no address")],
)
def test_an_address_of_another_machine_fails_the_start(herder: FakeHerder, host: str, reason: str) -> None:
    with pytest.raises(StartupError, match=reason):
        rest_server(herder, f"http://{host}:0").start()


def test_https_without_tls_settings_is_refused_before_the_start(herder: FakeHerder) -> None:
    with pytest.raises(ConfigError, match=r"listeners\.https\.ssl"):
        rest_server(herder, "https://127.0.0.1:0")


def test_a_stopped_server_leaves_its_port_and_stops_only_once(herder: FakeHerder) -> None:
    server = rest_server(herder)
    server.stop()
    server.start()
    port = server.port
    server.stop()
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/")
    with rest_server(herder, f"http://127.0.0.1:{port}") as again:
        assert httpx.get(f"{again.url}/").status_code == 200


def test_a_server_that_is_stopped_as_soon_as_it_started_stops(herder: FakeHerder) -> None:
    server = rest_server(herder)
    server.start()
    server.stop(timeout_s=5)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_signals_stay_with_the_process(herder: FakeHerder) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with rest_server(herder) as server:
        httpx.get(server.url)
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_stop_waits_for_requests_under_way(herder: FakeHerder) -> None:
    server = rest_server(herder)
    server.start()
    herder.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(httpx.get, f"{server.url}/connectors", timeout=30)
        assert herder.waiting.wait(10)
        stopped = pool.submit(server.stop, 30)
        herder.gate.set()
        assert answer.result(30).json() == []
        stopped.result(30)


def test_a_stop_cuts_off_what_takes_too_long(herder: FakeHerder) -> None:
    server = rest_server(herder)
    server.start()
    herder.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, f"{server.url}/connectors", timeout=30)
        assert herder.waiting.wait(10)
        server.stop(timeout_s=0.5)
        try:
            assert answer.result(30).json() == {"error_code": 500, "message": "The worker is shutting down"}
        finally:
            herder.gate.set()


def test_twenty_requests_at_once_are_all_answered(client: Client, herder: FakeHerder) -> None:
    def create(number: int) -> int:
        return client.post("/connectors", json={"name": f"c-{number % 10}", "config": {"n": number}}).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(create, range(20)))
    assert statuses == [201] * 10 + [409] * 10
    assert len(herder.entries) == 10


def test_health_answers_while_every_other_request_waits_for_the_herder(client: Client, herder: FakeHerder) -> None:
    busy = 60
    herder.gate.clear()
    limits = httpx.Limits(max_connections=busy + HEALTH_THREADS)
    with (
        Client(base_url=client.base_url, limits=limits, timeout=30, verify=False) as crowd,
        ThreadPoolExecutor(busy) as pool,
    ):
        waiting = [pool.submit(crowd.get, "/connectors") for _ in range(busy)]
        assert herder.waiting.wait(10)
        try:
            assert client.get("/health").json()["status"] == "healthy"
        finally:
            herder.gate.set()
        assert {answer.result().status_code for answer in waiting} == {200}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/connectors", 200),
        (b"//connectors", 404),
        (b"/connectors/..", 404),
        (b"/connectors/a%2fb/status", 200),
        (b"/connectors/a/b/status", 404),
        (b"http://elsewhere:1/connectors/a%2Fb/status", 200),
        (b"http://[elsewhere/connectors", 400),
        (b"*", 404),
        (b"/connectors/%c3%28", 400),
        (b"/connectors?expand=%ff", 200),
    ],
)
def test_request_targets_are_taken_as_they_were_sent(
    client: Client, herder: FakeHerder, server: RestServer, target: bytes, status: int
) -> None:
    herder.add("a/b")
    answer = exchange(server.port, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert int(answer.split()[1]) == status


def test_garbage_closes_its_own_connection_only(client: Client, server: RestServer) -> None:
    assert exchange(server.port, b"\x16\x03\x01\x02\x00\x01\xff\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert exchange(server.port, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert client.get("/").status_code == 200


def test_a_client_that_leaves_before_its_body_is_sent_harms_nobody(
    client: Client, herder: FakeHerder, server: RestServer, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        b"PUT /connectors/c/config HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head + b"{")
    assert client.get("/connectors").json() == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements(client: Client) -> None:
    client.get("/")
    fastest = min(client.get("/").elapsed.total_seconds() for _ in range(20))
    assert fastest < 0.03  # a delayed acknowledgement takes 0.04


def test_a_connection_is_kept_for_the_next_request(client: Client, herder: FakeHerder, server: RestServer) -> None:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        for method, path, status in [("HEAD", "/", 200), ("DELETE", "/connectors/c", 404), ("GET", "/nope", 404)]:
            connection.request(method, path, body=b"ignored" if method == "DELETE" else None)
            answer = connection.getresponse()
            assert (answer.status, len(answer.read()) == 0) == (status, method == "HEAD")
            assert "server" not in {name.lower() for name, _ in answer.getheaders()}
