"""What tests of transactions need beside a `broker`, which is of each kind in turn."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.brokers import Broker

_numbers = itertools.count(1)
_RUN = os.urandom(3).hex()


@pytest.fixture
def servers(broker: Broker) -> str:
    return broker.bootstrap_servers


@pytest.fixture
def name() -> str:
    """For a group or a transactional id: no other test has it."""
    return f"name-{_RUN}-{next(_numbers)}"


@pytest.fixture
def new_topic(servers: str) -> Callable[..., str]:
    """Creates a topic, returns its name."""
    admin = AdminClient({"bootstrap.servers": servers, "log_level": 2})

    def create(partitions: int = 1) -> str:
        topic = f"topic-{_RUN}-{next(_numbers)}"
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(30)
        return topic

    return create
