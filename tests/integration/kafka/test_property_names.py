"""The names of properties that the runtime knows, against the client itself."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException, Producer

from connect_runtime.kafka import ClientFactory, consumer_settings, internal_consumer_settings, producer_settings
from connect_runtime.kafka.java_properties import JAVA_NAMES, WORKED_IN, Role
from connect_runtime.kafka.properties import canonical_name, is_known

TRANSLATED = sorted(
    {
        canonical_name(name)
        for role in Role
        for name in JAVA_NAMES[role]
        if is_known(role, canonical_name(name)) and name not in WORKED_IN
    }
)


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_translated_name_is_one_that_librdkafka_has(name: str) -> None:
    assert is_property(name)


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
