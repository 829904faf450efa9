from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx import Client

from api import RestServer, parse_listeners, worker_client
from tests.support.canned_peer import CannedPeer
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.peers import Peer, no_tls


@pytest.fixture(scope="session")
def to_workers() -> Iterator[Client]:
    with worker_client(no_tls) as client:
        yield client


@pytest.fixture(scope="session")
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
