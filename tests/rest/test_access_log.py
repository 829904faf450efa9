from __future__ import annotations

import logging

import pytest
from httpx import Client

from api import create_app
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder


class FrozenClock:
    """A quarter of a second passes each time it is looked at."""

    def __init__(self) -> None:
        self._looks = 0

    def monotonic(self) -> float:
        self._looks += 1
        return self._looks * 0.25

    def epoch_ms(self) -> int:
        return 1729411200123


@pytest.fixture
def _frozen(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp, caplog: pytest.LogCaptureFixture
) -> None:
    exchangeable.app = create_app(herder, clock=FrozenClock())
    caplog.set_level(logging.INFO, "connect_runtime.access")


@pytest.mark.usefixtures("_frozen")
def test_a_request_is_one_line_with_its_latency(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/connectors?expand=info", headers={"User-Agent": "curl/8.0", "Referer": "http://ui/"})
    (line,) = caplog.messages
    assert line.startswith('127.0.0.1 - - [20/Oct/2024:08:00:00 +0000] "GET /connectors?expand=info HTTP/1.1" 200 2 ')
    assert line.endswith(' "http://ui/" "curl/8.0" 250')


@pytest.mark.usefixtures("_frozen")
def test_what_a_client_sends_cannot_forge_a_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.put("/connectors/a%0Ab/pause?x=%22", headers={b"User-Agent": b'x" 200 \t\xff'})
    assert [line.partition("] ")[2] for line in caplog.messages] == [
        '"PUT /connectors/a%0Ab/pause?x=%22 HTTP/1.1" 404 53 "-" "x\\" 200 \\t\\xff" 250'
    ]


@pytest.mark.usefixtures("_frozen")
def test_a_failed_request_is_logged_with_its_status(
    client: Client, herder: FakeHerder, caplog: pytest.LogCaptureFixture
) -> None:
    herder.fail_with = ZeroDivisionError()
    client.get("/")
    herder.fail_with = None
    herder.add("c")
    client.delete("/connectors/c")
    lines = [record.getMessage() for record in caplog.records if record.name == "connect_runtime.access"]
    assert [line.split('"')[2].split()[0] for line in lines] == ["500", "204"]
    assert lines[1].split('"')[2] == " 204 - "


def test_the_access_log_can_be_switched_off(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "connect_runtime.access")
    client.get("/")
    assert caplog.messages == []
