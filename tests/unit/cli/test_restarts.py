from __future__ import annotations

from connect_runtime.cli.restarts import Restarts


def after(*ups_s: float | None) -> Restarts:
    restarts = Restarts()
    for up_s in ups_s:
        restarts = restarts.after(up_s)
    return restarts


def test_the_first_start_is_at_once() -> None:
    assert Restarts().backoff_s == 0.0


def test_a_worker_that_ends_before_it_is_up_is_tried_three_times() -> None:
    assert [after(*[None] * n).is_hopeless for n in (1, 2, 3)] == [False, False, True]


def test_a_worker_that_was_up_has_its_tries_again() -> None:
    assert not after(None, None, 1.0, None, None).is_hopeless
    assert after(None, None, 1.0, None, None, None).is_hopeless


def test_one_that_ends_soon_each_time_is_started_ever_more_slowly_but_always() -> None:
    restarts = [after(*[1.0] * n) for n in (1, 2, 3, 20)]
    assert [each.backoff_s for each in restarts] == [0.5, 1.0, 2.0, 30.0]
    assert not any(each.is_hopeless for each in restarts)


def test_one_that_was_up_for_long_is_started_soon() -> None:
    assert after(*[1.0] * 20, 60.0).backoff_s == 0.5
