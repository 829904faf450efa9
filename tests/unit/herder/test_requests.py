from __future__ import annotations

import itertools
import sys

import pytest

from connect_runtime.clock import SystemClock
from connect_runtime.errors import NotFoundError, RequestTimeoutError
from connect_runtime.herder.requests import RequestQueue
from tests.support.clocks import FakeClock


def test_calls_run_in_order_and_give_their_results() -> None:
    queue = RequestQueue(FakeClock())
    ran = itertools.count()
    futures = [queue.submit("counting", lambda: next(ran)) for _ in range(3)]
    queue.run_due(0)
    assert [future.result(0) for future in futures] == [0, 1, 2]


def test_a_delayed_call_waits_for_its_time() -> None:
    clock = FakeClock()
    queue = RequestQueue(clock)
    ran: list[str] = []
    queue.submit("later", lambda: ran.append("later"), delay_s=5.0)
    queue.submit("now", lambda: ran.append("now"))
    queue.run_due(0)
    assert ran == ["now"]
    clock.advance(5.0)
    queue.run_due(0)
    assert ran == ["now", "later"]


def test_calls_that_come_without_end_hold_up_nothing_else() -> None:
    queue = RequestQueue(FakeClock())
    ran = itertools.count()

    def call_again() -> None:
        next(ran)
        queue.submit("calling again", call_again)

    call_again()
    queue.run_due(0)
    queue.run_due(0)
    assert next(ran) == 3


def test_the_caller_gets_the_error() -> None:
    queue = RequestQueue(FakeClock())

    def missing() -> None:
        raise NotFoundError("Connector c not found")

    future = queue.submit("looking", missing)
    queue.run_due(0)
    with pytest.raises(NotFoundError, match="not found"):
        future.result(0)


def test_a_call_that_is_not_taken_up_times_out_and_says_so() -> None:
    with pytest.raises(RequestTimeoutError, match="Request timed out"):
        RequestQueue(FakeClock()).call("waiting", lambda: None, timeout_s=0.01)


def test_closing_refuses_what_waits_and_what_comes() -> None:
    queue = RequestQueue(FakeClock())
    waiting = queue.submit("waiting", lambda: None)
    queue.close()
    for future in (waiting, queue.submit("late", lambda: None)):
        with pytest.raises(RequestTimeoutError, match="shutting down"):
            future.result(0)


def test_a_time_out_names_what_the_thread_is_doing_or_did_last() -> None:
    queue = RequestQueue(FakeClock())
    with pytest.raises(RequestTimeoutError, match=r"^Request timed out\.$"):
        queue.call("waiting", lambda: None, timeout_s=0.0)
    with queue.doing("starting connector c"):
        assert queue.stage == "The worker is currently starting connector c, since 1970-01-01T00:16:40.000Z."
        with queue.doing("stopping task c-0"):
            assert queue.stage is not None
            assert "currently stopping task c-0" in queue.stage
        assert "currently starting connector c" in queue.stage
    with pytest.raises(RequestTimeoutError, match=r"The worker was last starting connector c, until 1970-01-01T"):
        queue.call("waiting", lambda: None, timeout_s=0.0)


def test_a_call_that_ends_its_thread_ends_only_itself() -> None:
    queue = RequestQueue(FakeClock())
    ended = queue.submit("ending", lambda: sys.exit("over"))
    after = queue.submit("going on", lambda: "here")
    queue.run_due(0)
    with pytest.raises(SystemExit):
        ended.result(0)
    assert after.result(0) == "here"


def test_closing_lets_the_thread_look_around_at_once() -> None:
    queue = RequestQueue(SystemClock())
    queue.close()
    queue.run_due(60.0)
