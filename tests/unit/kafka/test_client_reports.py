"""Reports of connectors' clients."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import KafkaError

from connect_runtime.errors import ConnectError
from connect_runtime.kafka import ConnectionWatch, consumer_settings
from connect_runtime.kafka.client_reports import ConnectorClientReports
from tests.support.clocks import FakeClock

SETTINGS = consumer_settings({"bootstrap.servers": "kafka:9092"}, {}, "connector-consumer-c-0", "connect-c")
REFUSED = KafkaError(KafkaError._AUTHENTICATION, "Invalid username or password")
DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")


def reports(clock: FakeClock) -> tuple[ConnectorClientReports, ConnectionWatch]:
    watch = ConnectionWatch("kafka:9092", clock=clock)
    return ConnectorClientReports(SETTINGS, watch, clock), watch


def test_a_refusal_is_raised_once_in_each_thread_that_serves_the_client() -> None:
    report, watch = reports(FakeClock())
    with ThreadPoolExecutor(1) as other, pytest.raises(ConnectError, match="connector-consumer-c-0 cannot log in"):
        other.submit(report, REFUSED).result()
    with pytest.raises(ConnectError, match="connector-consumer-c-0 cannot log in"):
        report(REFUSED)
    report(REFUSED)
    assert watch.problem is None


def test_an_outage_is_the_watch_s_business(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    report, watch = reports(clock)
    for _ in range(30):
        report(DOWN)
        clock.advance(1)
    assert watch.problem == "all brokers are down"
    assert [record.name for record in caplog.records] == ["connect_runtime.kafka.connection"]


def test_a_client_that_is_alone_in_getting_no_answer_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    report, watch = reports(clock)
    for _ in range(30):
        report(DOWN)
        watch.note_success()
        clock.advance(1)
    (record,) = caplog.records
    assert "consumer connector-consumer-c-0 gets no answer from kafka:9092 with security.protocol PLAINTEXT" in (
        record.getMessage()
    )


def test_outages_far_apart_do_not_add_up(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    report, watch = reports(clock)
    for _ in range(5):
        report(DOWN)
        watch.note_success()
        clock.advance(60)
    assert caplog.records == []
