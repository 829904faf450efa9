from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.errors import ConnectError, DataError, RetriableError
from connect_runtime.model import ConnectorTaskId, SinkRecord, TopicPartition
from connect_runtime.pipeline import SinkBatch
from connect_runtime.tasks.delivery import Delivery, DeliveryPhase
from connect_runtime.tasks.thread import SerialExecutor
from tests.support.clocks import FakeClock

Result = TypeVar("Result")


class Inline(SerialExecutor):
    """Runs calls at once, on the caller's thread."""

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001  # as the real one
            future.set_exception(error)
        return future


def batch(count: int) -> SinkBatch:
    records = [SinkRecord("t", 0, n, n, None, None, None, None, 0, (), "t", 0) for n in range(count)]
    return SinkBatch(records, {TopicPartition("t", 0): count})


class Target:
    def __init__(self, *, poison: set[int] | None = None, failures: Sequence[Exception] = ()) -> None:
        self.written: list[int] = []
        self.calls = 0
        self._poison = poison or set()
        self._failures = list(failures)

    def fail_with(self, error: Exception) -> None:
        self._failures.append(error)

    def put(self, records: Sequence[SinkRecord]) -> None:
        self.calls += 1
        if self._failures:
            raise self._failures.pop(0)
        bad = [record.value for record in records if record.value in self._poison]
        if bad:
            raise DataError(f"cannot write {bad}")
        self.written += [record.value for record in records]


def delivery(target: Target, reported: list[int] | None, clock: FakeClock, backoff_s: float = 3.0) -> Delivery:
    def report(record: SinkRecord, error: Exception) -> None:
        assert reported is not None
        reported.append(record.value)

    return Delivery(
        ConnectorTaskId("c", 0),
        target.put,
        None if reported is None else report,
        Inline("put"),
        lambda failures: backoff_s * failures,
        clock,
    )


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_bisecting_reports_exactly_the_records_at_fault_and_writes_the_rest_once_in_order(
    case: tuple[int, set[int]],
) -> None:
    count, poison = case
    target = Target(poison=poison)
    reported: list[int] = []
    delivering = delivery(target, reported, FakeClock())
    delivering.begin(batch(count))
    delivered = delivering.settle(0)
    assert delivered is not None
    assert reported == sorted(poison)
    assert target.written == [n for n in range(count) if n not in poison]


def test_one_bad_record_among_many_costs_a_logarithmic_number_of_calls() -> None:
    target = Target(poison={700})
    reported: list[int] = []
    delivering = delivery(target, reported, FakeClock())
    delivering.begin(batch(1024))
    delivering.settle(0)
    assert target.calls <= 21


def test_a_bad_record_fails_the_task_where_none_is_tolerated() -> None:
    target = Target(poison={1})
    delivering = delivery(target, None, FakeClock())
    delivering.begin(batch(3))
    with pytest.raises(ConnectError, match=r"unrecoverable exception: cannot write \[1\]"):
        delivering.settle(0)
    assert target.calls == 1


def test_a_retriable_failure_brings_the_same_batch_again_after_its_pause() -> None:
    clock = FakeClock()
    target = Target(failures=[RetriableError("away")])
    delivering = delivery(target, None, clock)
    delivering.begin(batch(2))
    assert delivering.settle(0) is None
    assert delivering.phase is DeliveryPhase.BACKING_OFF
    clock.advance(2.9)
    assert delivering.settle(0) is None
    assert target.calls == 1
    clock.advance(0.2)
    assert delivering.settle(0) is not None
    assert target.written == [0, 1]


def test_the_pause_may_grow_with_the_failures_in_a_row_and_begins_anew_with_the_next_batch() -> None:
    clock = FakeClock()
    target = Target(failures=[RetriableError("away"), RetriableError("away")])
    delivering = delivery(target, None, clock)
    delivering.begin(batch(1))
    delivering.settle(0)
    clock.advance(3.1)
    assert delivering.settle(0) is None
    clock.advance(5.9)
    assert delivering.settle(0) is None
    assert target.calls == 2
    clock.advance(0.2)
    assert delivering.settle(0) is not None
    target.fail_with(RetriableError("away"))
    delivering.begin(batch(1))
    delivering.settle(0)
    clock.advance(3.1)
    assert delivering.settle(0) is not None


def test_any_other_error_ends_the_task() -> None:
    target = Target(failures=[ValueError("bug")])
    delivering = delivery(target, [], FakeClock())
    delivering.begin(batch(2))
    with pytest.raises(ConnectError, match="bug"):
        delivering.settle(0)


def test_records_of_lost_partitions_are_taken_out_of_a_batch_that_backs_off() -> None:
    clock = FakeClock()
    target = Target(failures=[RetriableError("away")])
    delivering = delivery(target, None, clock)
    delivering.begin(batch(2))
    delivering.settle(0)
    delivering.drop(lambda held: held.without(frozenset({TopicPartition("t", 0)})))
    clock.advance(10)
    settled = delivering.settle(0)
    assert settled == SinkBatch([], {})
    assert target.written == []
