"""Forwarding to workers with ``https`` listeners."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from httpx import Client

from api import Forwarder, RestServer, client_tls, create_app, parse_listeners, server_tls, worker_client
from connect_runtime.errors import NotHereError
from tests.rest.test_tls import CERT, P
from tests.support.fake_herder import FakeHerder
from tests.support.peers import Peer, message_of

CONFIG = {"connector.class": "S"}
ANOTHER_NAME = "127.1"
"""Of this machine; the certificate holds ``localhost`` and ``127.0.0.1``."""


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
