"""Refused logins and certificates, told from outages."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.refusals import refusal_of
from connect_runtime.kafka.settings import internal_admin_settings, producer_settings

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
LOGIN = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": f'{PLAIN} required username="ada" password="geheim";',
}
BAD_PASSWORD = "SASL authentication error: Authentication failed: Invalid username or password (after 302ms)"
BAD_MECHANISM = (
    "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: GSSAPI"
)
BAD_CA = "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be"
BAD_HOST = f"{BAD_CA} verified (hostname mismatch)"
NO_CERTIFICATE = "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116"
TOKEN = "Failed to acquire SASL OAUTHBEARER token: "


def producer(prefix: str = "producer.override.", **more: str) -> ClientSettings:
    login = LOGIN | {name.replace("_", "."): value for name, value in more.items()}
    given = {prefix + name: value for name, value in login.items()}
    return producer_settings({"bootstrap.servers": "kafka:9093", **given}, given, "connector-producer-c-0")


def said_of(settings: ClientSettings, code: int, text: str) -> str:
    return str(refusal_of(settings, KafkaError(code, text)))


def test_a_wrong_password_is_told_with_client_mechanism_user_and_key() -> None:
    assert said_of(producer(), KafkaError._AUTHENTICATION, BAD_PASSWORD) == (
        "The Kafka producer connector-producer-c-0 cannot log in at kafka:9093 with SASL_SSL, mechanism PLAIN, "
        "user ada: the brokers refuse user or password; check them in producer.override.sasl.jaas.config "
        f"({BAD_PASSWORD})"
    )
    worker = {"bootstrap.servers": "kafka:9093", **LOGIN}
    text = said_of(internal_admin_settings(worker, "shared-admin"), KafkaError._AUTHENTICATION, BAD_PASSWORD)
    assert text.startswith("The Kafka admin client shared-admin cannot log in")
    assert "check them in sasl.jaas.config" in text


@pytest.mark.parametrize(
    ("code", "text", "advice"),
    [
        (
            KafkaError._AUTHENTICATION,
            BAD_MECHANISM,
            "do not offer that mechanism; check producer.override.sasl.mech",
        ),
        (KafkaError._SSL, BAD_CA, "put that authority's into producer.override.ssl.truststore.location"),
        (KafkaError._SSL, BAD_HOST, "is for another host name; give names in bootstrap.servers"),
        (KafkaError._TRANSPORT, NO_CERTIFICATE, "check producer.override.ssl.keystore.location"),
        (KafkaError._AUTHENTICATION, TOKEN + '{"error":"invalid_client"}', "the token endpoint gives it no token"),
    ],
)
def test_the_advice_names_the_key_to_look_at(code: int, text: str, advice: str) -> None:
    assert advice in said_of(producer(), code, text)


@pytest.mark.parametrize("prefix", ["producer.", "producer.override."])
def test_keys_that_are_not_set_are_named_with_the_prefix_of_those_that_are(prefix: str) -> None:
    assert f"{prefix}ssl.truststore.location" in said_of(producer(prefix), KafkaError._SSL, BAD_CA)


def test_a_password_never_shows() -> None:
    assert "geheim" not in said_of(producer(), KafkaError._AUTHENTICATION, BAD_PASSWORD)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"),
        (KafkaError._TRANSPORT, "Connection refused"),
        (KafkaError._SSL, "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?"),
        (KafkaError._AUTHENTICATION, "SASL PLAIN mechanism handshake failed: Local: Broker transport failure"),
        (KafkaError._AUTHENTICATION, f"{TOKEN}Failed to connect to 127.0.0.1:1: Could not connect to server"),
    ],
)
def test_what_may_pass_is_no_refusal(code: int, text: str) -> None:
    assert refusal_of(producer(), KafkaError(code, text)) is None
