from __future__ import annotations

import itertools
import os
from collections.abc import Callable

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from tests.integration.broker.clients import wait_until
from tests.support.brokers import Broker

_numbers = itertools.count(1)
_RUN = os.urandom(3).hex()


@pytest.fixture
def new_name() -> str:
    """A name for a topic or group that no other test has."""
    return f"name-{_RUN}-{next(_numbers)}"


@pytest.fixture
def admin(broker: Broker) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap_servers})


@pytest.fixture
def new_topic(admin: AdminClient, new_name: str) -> Callable[..., str]:
    """Creates a topic with partitions and settings, returns its name."""

    def create(partitions: int = 1, **settings: str) -> str:
        name = f"{new_name}-{next(_numbers)}"
        config = {key.replace("_", "."): value for key, value in settings.items()}
        admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(10)
        wait_until(lambda: _has_leaders(admin, name, partitions))
        return name

    return create


def _has_leaders(admin: AdminClient, topic: str, partitions: int) -> bool:
    """Whether the broker has taken up the topic; Apache Kafka tells of its creation before."""
    asked = {TopicPartition(topic, number): OffsetSpec.latest() for number in range(partitions)}
    return all(answer.exception(10) is None for answer in admin.list_offsets(asked).values())
