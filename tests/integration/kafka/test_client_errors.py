"""What users hear of clients that cannot be made or cannot connect."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from connect_runtime.errors import ConfigError, RetriableError
from connect_runtime.kafka import ClientFactory, cluster_id, internal_admin_settings, producer_settings


@pytest.fixture
def dead_address() -> Iterator[str]:
    """An address that is taken, so that nobody listens there by chance."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_setting_that_librdkafka_refuses_is_named_as_the_user_wrote_it() -> None:
    worker = {"bootstrap.servers": "127.0.0.1:1", "producer.compression.type": "rar"}

    with pytest.raises(
        ConfigError, match=r"producer id are not accepted: .*rar.* \(producer\.compression\.type\)"
    ) as raised:
        ClientFactory(worker).producer(producer_settings(worker, {}, "id"))
    assert raised.value.key == "producer.compression.type"


def test_an_unreachable_broker_is_reported_with_its_address_and_what_to_check(
    dead_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    worker = {"bootstrap.servers": dead_address}
    admin = ClientFactory(worker).admin(internal_admin_settings(worker, "id"))

    with pytest.raises(RetriableError) as raised:
        cluster_id(admin, timeout_s=2.5)

    text = str(raised.value)
    assert f"no Kafka broker answers at {dead_address}" in text
    assert "Connection refused" in text
    assert "bootstrap.servers" in text
    assert [(record.levelno, record.name) for record in caplog.records] == [
        (logging.WARNING, "connect_runtime.kafka.connection")
    ]
