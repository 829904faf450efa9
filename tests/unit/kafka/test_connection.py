"""One line when the brokers go, one when they are back."""

from __future__ import annotations

import logging

import pytest
from confluent_kafka import KafkaError

from connect_runtime.kafka.connection import ConnectionWatch
from tests.support.clocks import FakeClock

REFUSED = KafkaError(KafkaError._TRANSPORT, "Connect to 127.0.0.1:9092 failed: Connection refused")
ALL_DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
BAD_LOGIN = KafkaError(KafkaError._AUTHENTICATION, "SASL authentication error: bad password")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def watch(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> ConnectionWatch:
    caplog.set_level(logging.INFO)
    return ConnectionWatch("kafka:9092", clock=clock)


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.levelname for record in caplog.records]


def lose_all(watch: ConnectionWatch, clock: FakeClock) -> None:
    """What a client reports while all brokers are away for longer than a moment."""
    watch.note_error(REFUSED)
    watch.note_error(ALL_DOWN)
    clock.advance(1)
    watch.note_error(REFUSED)


def test_one_broker_going_away_is_not_worth_a_line(
    watch: ConnectionWatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        watch.note_error(REFUSED)
        clock.advance(1)

    assert levels(caplog) == []
    assert (watch.problem, watch.is_suspected) == (None, False)


def test_a_moment_without_brokers_is_not_worth_a_line(
    watch: ConnectionWatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    watch.note_error(ALL_DOWN)
    assert watch.is_suspected
    clock.advance(0.9)
    watch.note_failure()
    watch.note_success()
    clock.advance(0.9)
    watch.note_error(REFUSED)

    assert levels(caplog) == []
    assert (watch.problem, watch.is_suspected) == (None, False)


def test_all_brokers_gone_are_reported_once_with_the_reason(
    watch: ConnectionWatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        lose_all(watch, clock)

    assert levels(caplog) == ["WARNING"]
    assert watch.problem == REFUSED.str()
    assert (vars(caplog.records[0])["servers"], vars(caplog.records[0])["error"]) == ("kafka:9092", REFUSED.str())


def test_a_question_asked_in_vain_confirms_the_suspicion(watch: ConnectionWatch, clock: FakeClock) -> None:
    watch.note_failure()
    watch.note_error(ALL_DOWN)
    clock.advance(1)
    watch.note_failure()

    assert watch.problem == "all brokers are down"


def test_an_outage_that_lasts_is_called_to_mind_every_minute(
    watch: ConnectionWatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(130):
        lose_all(watch, clock)

    assert levels(caplog) == ["WARNING"] * 3


def test_the_return_is_reported_once(
    watch: ConnectionWatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    watch.note_success()
    lose_all(watch, clock)
    watch.note_success()
    watch.note_success()

    assert levels(caplog) == ["WARNING", "INFO"]
    assert watch.problem is None


def test_a_refused_login_is_an_error_at_once_that_somebody_has_to_act_on(
    watch: ConnectionWatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    watch.note_error(BAD_LOGIN)
    assert levels(caplog) == ["ERROR"]
    assert watch.problem == BAD_LOGIN.str()
    watch.note_error(ALL_DOWN)
    clock.advance(1)
    watch.note_failure()

    assert levels(caplog) == ["ERROR"]


def test_listeners_hear_of_changes_only(watch: ConnectionWatch, clock: FakeClock) -> None:
    heard: list[str | None] = []
    watch.on_change(heard.append)

    watch.note_success()
    lose_all(watch, clock)
    lose_all(watch, clock)
    watch.note_success()

    assert heard == [REFUSED.str(), None]
