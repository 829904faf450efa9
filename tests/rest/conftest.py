from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from api import RestServer, create_app, parse_listeners
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder

TLS = Path(__file__).parent / "tls"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Private key and certificate in one file."""
    path = tmp_path / "server.pem"
    path.write_text((TLS / "key.pem").read_text() + (TLS / "cert.pem").read_text())
    return path


@pytest.fixture(scope="session")
def exchangeable() -> ExchangeableApp:
    return ExchangeableApp()


@pytest.fixture(scope="session")
def server(exchangeable: ExchangeableApp) -> Iterator[RestServer]:
    with RestServer(exchangeable, parse_listeners("http://127.0.0.1:0")) as server:
        yield server


@pytest.fixture
def herder() -> FakeHerder:
    return FakeHerder()


@pytest.fixture(scope="session")
def connection(server: RestServer) -> Iterator[Client]:
    with Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture
def client(herder: FakeHerder, exchangeable: ExchangeableApp, connection: Client) -> Client:
    exchangeable.app = create_app(herder)
    return connection
