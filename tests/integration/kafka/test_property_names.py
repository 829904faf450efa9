"""The names of properties that the runtime knows, against the client itself."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException, Producer

from connect_runtime.kafka import ClientFactory, consumer_settings, internal_consumer_settings, producer_settings
from connect_runtime.kafka.properties import Role, canonical_name, is_known

JAVA_ONLY = {"sasl.jaas.config", "ssl.truststore.location"}
ASKED = [
    *("acks", "linger.ms", "buffer.memory", "compression.type", "delivery.timeout.ms", "retries", "max.request.size"),
    *("send.buffer.bytes", "receive.buffer.bytes", "sasl.mechanism", "max.in.flight", "fetch.max.wait.ms"),
    *("max.partition.fetch.bytes", "metadata.max.age.ms", "reconnect.backoff.ms", "retry.backoff.ms", "client.rack"),
    *("transactional.id", "isolation.level", "session.timeout.ms", "client.dns.lookup", "ssl.key.password"),
]


@pytest.mark.parametrize("name", ASKED)
def test_every_translated_name_is_one_that_librdkafka_has(name: str) -> None:
    ours = canonical_name(name)

    assert any(is_known(role, ours) for role in Role)
    assert is_property(ours)


def test_a_name_that_librdkafka_does_not_have_is_told_apart() -> None:
    assert not is_property("no.such.property")


def test_default_settings_are_accepted() -> None:
    worker = {"bootstrap.servers": "127.0.0.1:1"}
    factory = ClientFactory(worker)

    factory.producer(producer_settings(worker, {}, "id"))
    factory.consumer(consumer_settings(worker, {}, "id", "group")).close()
    factory.silent_consumer(internal_consumer_settings(worker, "id")).close()


def is_property(name: str) -> bool:
    try:
        Producer({name: "\x01"})
    except KafkaException as exc:
        return "No such configuration property" not in str(exc)
    return True
