"""A Kafka that asks for a login and shows a certificate: fixtures, and its settings in the Java clients' names."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.apache_kafka import ApacheKafka
from tests.support.kafka_security import SaslSsl

__all__ = [
    "MODULES",
    "OAUTH",
    "PLAIN_LOGIN",
    "SECURITY",
    "WRONG_LOGIN",
    "other_ca",
    "secured",
    "secured_kafka",
    "until_it_fails",
]

MODULES = "org.apache.kafka.common.security"
OAUTH = f"{MODULES}.oauthbearer.OAuthBearerLoginModule"
PLAIN_LOGIN = f'{MODULES}.plain.PlainLoginModule required username="admin" password="a-secret";'
WRONG_LOGIN = PLAIN_LOGIN.replace("a-secret", "wrong")
SECURITY = SaslSsl({"admin": "a-secret"})
_MECHANISMS = {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512,OAUTHBEARER",
    "listener.name.clients.scram-sha-512.sasl.jaas.config": f"{MODULES}.scram.ScramLoginModule required;",
    "listener.name.clients.oauthbearer.sasl.jaas.config": f'{OAUTH} required unsecuredLoginStringClaim_sub="kafka";',
}


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """One broker for all tests that do it no harm; everybody who logs in may do everything."""
    folder = tmp_path_factory.mktemp("secured") / "data"
    with ApacheKafka(folder, _MECHANISMS, listener=SECURITY.listener()) as running:
        yield running


@pytest.fixture(scope="session")
def other_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of an authority that signed nothing."""
    file = tmp_path_factory.mktemp("ca") / "other.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-days", "1"]
    subprocess.run([*command, "-keyout", "/dev/null", "-out", str(file)], capture_output=True, check=True)
    return file


def secured(
    prefix: str = "", *, mechanism: str = "PLAIN", jaas: str = PLAIN_LOGIN, ca: Path | None = None
) -> dict[str, str]:
    """Client settings.

    Args:
        prefix: What stands before each name.
        mechanism: How to log in.
        jaas: As whom.
        ca: Whose certificates to trust; ``None`` for the right one.
    """
    settings = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": jaas,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(ca or SECURITY.client("admin")["ssl.ca.location"]),
    }
    return {prefix + name: value for name, value in settings.items()}


def until_it_fails(serve: Callable[[], object]) -> None:
    """Serve a client for a minute; whatever it raises comes through."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        serve()
