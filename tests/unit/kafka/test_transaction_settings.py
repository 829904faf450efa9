from __future__ import annotations

import pytest

from connect_runtime.kafka import (
    check_accepted,
    leader_producer_settings,
    offsets_asker_settings,
    offsets_consumer_settings,
    offsets_producer_settings,
    transaction_timeout_s,
    transactional_producer_settings,
)

WORKER = {"bootstrap.servers": "here:9092"}


def test_transactional_id_and_idempotence_are_not_the_users_to_choose() -> None:
    wishes = {
        "producer.override.transactional.id": "mine",
        "producer.override.enable.idempotence": "false",
        "producer.override.linger.ms": "50",
    }
    settings = transactional_producer_settings(WORKER, wishes, "client", "group-c-0")
    assert settings.conf["transactional.id"] == "group-c-0"
    assert settings.conf["enable.idempotence"] == "true"
    assert settings.conf["queue.buffering.max.ms"] == "50"
    assert any("producer.override.transactional.id" in warning for warning in settings.warnings)
    assert any("producer.override.enable.idempotence" in warning for warning in settings.warnings)


@pytest.mark.parametrize(
    ("wishes", "timeout_s", "message_ms"),
    [
        ({}, 60.0, "0"),
        ({"producer.override.delivery.timeout.ms": "120000"}, 60.0, "60000"),
        ({"producer.override.delivery.timeout.ms": "5000"}, 60.0, "5000"),
        (
            {
                "producer.override.delivery.timeout.ms": "120000",
                "producer.override.transaction.timeout.ms": "900000",
            },
            900.0,
            "120000",
        ),
    ],
)
def test_no_message_outlives_its_transaction(wishes: dict[str, str], timeout_s: float, message_ms: str) -> None:
    settings = transactional_producer_settings(WORKER, wishes, "client", "id")
    assert transaction_timeout_s(settings) == timeout_s
    assert settings.conf["message.timeout.ms"] == message_ms


@pytest.mark.parametrize("wish_ms", ["5000", "60000"])
def test_no_request_outlives_its_transaction(wish_ms: str) -> None:
    worker = {**WORKER, "request.timeout.ms": wish_ms, "producer.request.timeout.ms": "120000"}
    leader = leader_producer_settings(worker, "client", "id")
    assert leader.conf["socket.timeout.ms"] == str(min(10_000, int(wish_ms)))
    check_accepted(leader)
    task = transactional_producer_settings(worker, {}, "client", "id")
    assert (task.conf["socket.timeout.ms"], task.conf["request.timeout.ms"]) == ("60000", "60000")
    check_accepted(task)


def test_offsets_are_read_as_committed_unless_a_connector_without_transactions_says_otherwise() -> None:
    wish = {"consumer.override.isolation.level": "read_uncommitted"}
    for is_exactly_once in (False, True):
        settings = offsets_consumer_settings(WORKER, {}, "client", is_exactly_once=is_exactly_once)
        assert settings.conf["isolation.level"] == "read_committed"
        assert settings.conf["enable.partition.eof"] == "true"
        assert settings.warnings == ()
    assert offsets_consumer_settings(WORKER, wish, "client", is_exactly_once=False).conf["isolation.level"] == (
        "read_uncommitted"
    )
    exact = offsets_consumer_settings(WORKER, wish, "client", is_exactly_once=True)
    assert exact.conf["isolation.level"] == "read_committed"
    assert exact.warnings == (
        "consumer.override.isolation.level=read_uncommitted has no effect: the runtime needs read_committed",
    )


def test_the_end_of_offsets_counts_what_open_transactions_have_written() -> None:
    wish = {"consumer.override.isolation.level": "read_committed", "consumer.override.bootstrap.servers": "there:9092"}
    settings = offsets_asker_settings(WORKER, wish, "client")
    assert settings.conf["isolation.level"] == "read_uncommitted"
    assert settings.bootstrap_servers == "there:9092"


def test_offsets_go_where_the_connector_writes() -> None:
    wish = {"producer.override.bootstrap.servers": "there:9092", "producer.override.linger.ms": "500"}
    settings = offsets_producer_settings(WORKER, wish, "client")
    assert settings.bootstrap_servers == "there:9092"
    assert settings.conf["queue.buffering.max.ms"] == "0"
    assert settings.conf["client.id"] == "client"
