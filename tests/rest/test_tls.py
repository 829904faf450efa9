"""``https`` listeners. Key and certificate in ``tls/`` are for these tests alone, for ``localhost``, until 2126."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from api import RestServer, create_app, parse_listeners, server_tls
from connect_runtime.errors import ConfigError
from tests.support.fake_herder import FakeHerder

MATERIAL = Path(__file__).parent / "tls"
CERT = MATERIAL / "cert.pem"
KEY = MATERIAL / "key.pem"
ENCRYPTED_KEY = MATERIAL / "encrypted-key.pem"
P = "listeners.https."


def client_tls(*, with_certificate: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(CERT))
    if with_certificate:
        context.load_cert_chain(CERT, KEY)
    return context


def get(herder: FakeHerder, config: dict[str, str], client: ssl.SSLContext, listeners: str) -> list[int]:
    with RestServer(create_app(herder), parse_listeners(listeners), tls=server_tls(config)) as server:
        return [httpx.get(listener.url, verify=client).status_code for listener in server.listeners]


def test_http_and_https_listeners_serve_side_by_side(herder: FakeHerder, store: Path) -> None:
    config = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(store)}
    assert get(herder, config, client_tls(), "https://localhost:0,http://localhost:0") == [200, 200]


def test_location_names_the_scheme_of_the_request(herder: FakeHerder, store: Path) -> None:
    tls = server_tls({f"{P}ssl.keystore.type": "PEM", f"{P}ssl.keystore.location": str(store)})
    with RestServer(create_app(herder), parse_listeners("https://localhost:0"), tls=tls) as server:
        created = httpx.put(f"{server.url}/connectors/c/config", json={}, verify=client_tls())
        assert created.headers["location"] == f"{server.url}/connectors/c"


@pytest.mark.parametrize(("key", "password"), [(KEY, {}), (ENCRYPTED_KEY, {f"{P}ssl.key.password": "secret"})])
def test_key_and_certificate_may_stand_in_the_configuration(
    herder: FakeHerder, key: Path, password: dict[str, str]
) -> None:
    config = {
        f"{P}ssl.keystore.type": "PEM",
        f"{P}ssl.keystore.key": key.read_text(),
        f"{P}ssl.keystore.certificate.chain": CERT.read_text(),
        **password,
    }
    assert get(herder, config, client_tls(), "https://localhost:0") == [200]


def test_a_required_client_certificate_is_checked(herder: FakeHerder, store: Path) -> None:
    config = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.client.auth": "required",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(CERT),
    }
    assert get(herder, config, client_tls(with_certificate=True), "https://localhost:0") == [200]
    with pytest.raises(httpx.TransportError):
        get(herder, config, client_tls(), "https://localhost:0")


def test_plain_keys_do_not_count_once_one_has_the_prefix(store: Path) -> None:
    config = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(store), f"{P}ssl.protocol": "TLSv1.3"}
    with pytest.raises(ConfigError, match=r"listeners\.https\.ssl\.keystore\.location"):
        server_tls(config)


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"ssl.keystore.type": "JKS"}, "ssl.keystore.type", "store type 'JKS' is not supported"),
        ({"ssl.keystore.type": ""}, "ssl.keystore.type", "store type 'JKS' is not supported"),
        ({"ssl.keystore.location": ""}, "ssl.keystore.location", "needs a PEM file"),
        ({"ssl.keystore.location": "/no/such.pem"}, "ssl.keystore.location", "No such file"),
        ({"ssl.keystore.location": str(CERT)}, "ssl.keystore.location", "cannot read private key"),
        ({"ssl.client.auth": "maybe"}, "ssl.client.auth", "'maybe' is none of none, requested, required"),
        ({"ssl.client.auth": "required"}, "ssl.truststore.location", "needs the certificates to trust"),
        (
            {"ssl.client.auth": "requested", "ssl.truststore.location": "/trust.jks"},
            "ssl.truststore.type",
            "store type 'JKS' is not supported",
        ),
        (
            {"ssl.client.auth": "required", "ssl.truststore.type": "pem", "ssl.truststore.location": "/no/such.pem"},
            "ssl.truststore.location",
            "cannot read certificates",
        ),
        (
            {"ssl.client.auth": "required", "ssl.truststore.type": "PEM", "ssl.truststore.certificates": "junk"},
            "ssl.truststore.location",
            "they must be PEM",
        ),
    ],
)
def test_a_setting_that_will_not_do_is_named(store: Path, changes: dict[str, str], key: str, reason: str) -> None:
    config = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(store)} | changes
    with pytest.raises(ConfigError, match=reason) as failure:
        server_tls({f"{P}{name}": value for name, value in config.items()})
    assert failure.value.key == f"{P}{key}"
    assert f"{P}{key}" in str(failure.value)


def test_a_wrong_password_is_told_without_asking_for_another(tmp_path: Path) -> None:
    path = tmp_path / "server.pem"
    path.write_text(ENCRYPTED_KEY.read_text() + CERT.read_text())
    config = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(path)}
    for password in ({}, {"ssl.key.password": "wrong"}):
        with pytest.raises(ConfigError, match="check file and password"):
            server_tls(config | password)
