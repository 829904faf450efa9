"""Clients of a cluster that asks for a login and shows a certificate, under the names of Kafka's Java clients."""

from __future__ import annotations

import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast
from urllib.parse import parse_qs

import pytest
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from connect_runtime.clock import SystemClock
from connect_runtime.errors import ConnectError
from connect_runtime.kafka import (
    ClientFactory,
    cluster_id,
    consumer_settings,
    internal_admin_settings,
    producer_settings,
    transactional_producer_settings,
)
from connect_runtime.tasks.transactions import TransactionalClient, TransactionalProducer
from tests.support.apache_kafka import ApacheKafka
from tests.support.secured_kafka import MODULES, OAUTH, SECURITY, WRONG_LOGIN, secured, until_it_fails

PASSWORD = "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=k+/==;EntityPath=\"'\\"


def cluster_of(broker: ApacheKafka, settings: dict[str, str]) -> str:
    worker = {"bootstrap.servers": broker.bootstrap_servers, **settings}
    return cluster_id(ClientFactory(worker).admin(internal_admin_settings(worker, "shared-admin")), timeout_s=60)


def test_a_password_logs_in(secured_kafka: ApacheKafka) -> None:
    assert cluster_of(secured_kafka, secured())


def test_a_certificate_may_stand_in_the_settings_themselves(secured_kafka: ApacheKafka) -> None:
    settings = secured()
    certificates = Path(settings.pop("ssl.truststore.location")).read_text(encoding="ascii")
    assert cluster_of(secured_kafka, {**settings, "ssl.truststore.certificates": certificates})


def test_a_salted_password_of_any_letters_logs_in(secured_kafka: ApacheKafka) -> None:
    admin = AdminClient({"bootstrap.servers": secured_kafka.bootstrap_servers, **SECURITY.client("admin")})
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    change = UserScramCredentialUpsertion("$ConnectionString", info, PASSWORD.encode())
    for future in admin.alter_user_scram_credentials([change]).values():
        future.result(60)
    quoted = PASSWORD.replace("\\", r"\\").replace('"', r"\"")
    jaas = f'{MODULES}.scram.ScramLoginModule required username="$ConnectionString" password="{quoted}";'
    assert cluster_of(secured_kafka, secured(mechanism="SCRAM-SHA-512", jaas=jaas))


def test_a_token_logs_in(secured_kafka: ApacheKafka) -> None:
    jaas = f'{OAUTH} required unsecuredLoginStringClaim_sub="ada";'
    assert cluster_of(secured_kafka, secured(mechanism="OAUTHBEARER", jaas=jaas))


class TokenServer(ThreadingHTTPServer):
    """An OAuth server with one client, ``connect``; its tokens are not signed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TokenRequest)
        self.scopes: list[str] = []
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class _TokenRequest(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        is_known = self.headers["Authorization"] == f"Basic {b64encode(b'connect:s3cret').decode()}"
        assert isinstance(self.server, TokenServer)
        self.server.scopes += form.get("scope", [])
        now = int(time.time())
        claims: dict[str, object] = {"sub": "ada", "iat": now, "exp": now + 600, "scope": "kafka"}
        token = f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 600}
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer if is_known else {"error": "invalid_client"}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is Python's
        pass


def _encoded(part: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server
        server.shutdown()


def oauth(server: TokenServer, secret: str) -> dict[str, str]:
    return {
        **secured(
            mechanism="OAUTHBEARER", jaas=f'{OAUTH} required clientId="connect" clientSecret="{secret}" scope="kafka";'
        ),
        "sasl.login.callback.handler.class": f"{MODULES}.oauthbearer.OAuthBearerLoginCallbackHandler",
        "sasl.oauthbearer.token.endpoint.url": server.url,
    }


def test_a_token_of_an_oauth_server_logs_in(secured_kafka: ApacheKafka, token_server: TokenServer) -> None:
    assert cluster_of(secured_kafka, oauth(token_server, "s3cret"))
    assert set(token_server.scopes) == {"kafka"}


def test_a_client_whom_the_oauth_server_does_not_know_is_refused(
    secured_kafka: ApacheKafka, token_server: TokenServer
) -> None:
    with pytest.raises(ConnectError, match=r"user connect: .*/token gives it no token; .* in sasl\.jaas\.config"):
        cluster_of(secured_kafka, oauth(token_server, "wrong"))


def test_a_refused_login_of_the_worker_is_one_error_and_comes_at_once(
    secured_kafka: ApacheKafka, caplog: pytest.LogCaptureFixture
) -> None:
    begin = time.monotonic()
    with pytest.raises(ConnectError) as raised:
        cluster_of(secured_kafka, secured(jaas=WRONG_LOGIN))
    assert str(raised.value).startswith(
        f"The Kafka admin client shared-admin cannot log in at {secured_kafka.bootstrap_servers} with SASL_SSL, "
        "mechanism PLAIN, user admin: the brokers refuse user or password; check them in sasl.jaas.config ("
    )
    assert time.monotonic() - begin < 50
    assert caplog.records == []


def test_a_certificate_of_a_stranger_is_refused_with_the_place_for_the_right_one(
    secured_kafka: ApacheKafka, other_ca: Path
) -> None:
    with pytest.raises(ConnectError, match=r"put that authority's into ssl\.truststore\.location"):
        cluster_of(secured_kafka, secured(ca=other_ca))


def test_a_mechanism_that_the_brokers_do_not_have_is_named(secured_kafka: ApacheKafka) -> None:
    jaas = f'{MODULES}.scram.ScramLoginModule required username="admin" password="a-secret";'
    with pytest.raises(ConnectError, match=r"mechanism SCRAM-SHA-256, user admin: .* check sasl\.mechanism"):
        cluster_of(secured_kafka, secured(mechanism="SCRAM-SHA-256", jaas=jaas))


def test_producers_and_consumers_of_connectors_fail_in_the_call_that_serves_them(
    secured_kafka: ApacheKafka, other_ca: Path
) -> None:
    worker = {"bootstrap.servers": secured_kafka.bootstrap_servers}
    factory = ClientFactory(worker)
    bad_password = secured("producer.override.", jaas=WRONG_LOGIN)
    producer = factory.producer(producer_settings(worker, bad_password, "connector-producer-c-0"))
    producer.produce("topic", b"value")
    with pytest.raises(ConnectError, match=r"connector-producer-c-0 cannot log in .* producer\.override\.sasl\.jaas"):
        until_it_fails(lambda: producer.poll(0.1))
    bad_certificate = secured("consumer.override.", ca=other_ca)
    consumer = factory.consumer(consumer_settings(worker, bad_certificate, "connector-consumer-c-0", "connect-c"))
    consumer.subscribe(["topic"])
    with pytest.raises(
        ConnectError, match=r"connector-consumer-c-0 cannot .* consumer\.override\.ssl\.truststore\.loc"
    ):
        until_it_fails(lambda: consumer.poll(0.1))
    consumer.close()
    producer.purge()
    producer.flush(0)
    watch = factory.watch(producer_settings(worker, {}, ""))
    assert watch.problem is None


def test_a_transactional_producer_whose_login_is_refused_does_not_wait_for_its_id(secured_kafka: ApacheKafka) -> None:
    worker = {"bootstrap.servers": secured_kafka.bootstrap_servers}
    override = secured("producer.override.", jaas=WRONG_LOGIN)
    settings = transactional_producer_settings(worker, override, "connector-producer-c-0", "group-c-0")
    client = cast("TransactionalClient", ClientFactory(worker).producer(settings))
    producer = TransactionalProducer(client, "group-c-0", 60.0, SystemClock())
    deadline = time.monotonic() + 60
    with pytest.raises(ConnectError, match=r"connector-producer-c-0 cannot log in .* producer\.override\.sasl\.jaas"):
        producer.initialize(lambda: time.monotonic() >= deadline)
