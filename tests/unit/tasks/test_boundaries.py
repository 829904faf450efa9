from __future__ import annotations

import pytest

from connect_runtime.errors import ConfigError, ConnectError
from connect_runtime.model import SourceColumns, SourceRecord
from connect_runtime.tasks.boundaries import (
    Cut,
    Ending,
    IntervalBoundary,
    PollBoundary,
    TransactionRequests,
    boundary_of,
)
from tests.support.clocks import FakeClock

COMMIT, ABORT = Ending.COMMIT, Ending.ABORT


def records(count: int) -> list[SourceRecord]:
    return [SourceRecord({"p": 1}, {"at": n}, "t", f"r{n}") for n in range(count)]


def test_by_poll_each_poll_is_a_transaction_also_an_empty_one() -> None:
    boundary = PollBoundary()
    assert boundary.cuts(records(3)) == [Cut(3, COMMIT)]
    assert boundary.cuts(()) == [Cut(0, COMMIT)]
    assert boundary.last() is COMMIT
    assert boundary.context is None


def test_by_interval_a_transaction_ends_with_the_first_poll_after_it() -> None:
    clock = FakeClock()
    boundary = IntervalBoundary(10.0, clock)
    clock.advance(9)
    assert boundary.cuts(records(3)) == []
    clock.advance(1)
    assert boundary.cuts(records(2)) == [Cut(2, COMMIT)]
    assert boundary.cuts(records(2)) == []
    clock.advance(9)
    boundary.restart()
    clock.advance(9)
    assert boundary.cuts(()) == []
    assert boundary.last() is COMMIT


def test_requests_are_for_the_next_batch_and_made_once() -> None:
    requests = TransactionRequests()
    requests.commit_transaction()
    assert requests.take(records(2)) == [Cut(2, COMMIT)]
    assert requests.take(records(2)) == []
    requests.abort_transaction()
    assert requests.take(()) == [Cut(0, ABORT)]


def test_requests_for_records_end_transactions_right_after_them_in_their_order() -> None:
    requests, batch = TransactionRequests(), records(5)
    requests.abort_transaction(batch[3])
    requests.commit_transaction(batch[1])
    requests.commit_transaction()
    assert requests.take(batch) == [Cut(2, COMMIT), Cut(4, ABORT), Cut(5, COMMIT)]


def test_one_ending_is_enough_where_the_last_record_and_the_batch_end_alike() -> None:
    requests, batch = TransactionRequests(), records(2)
    requests.commit_transaction(batch[1])
    requests.commit_transaction()
    assert requests.take(batch) == [Cut(2, COMMIT)]


def test_a_request_waits_for_its_record() -> None:
    requests, first, second = TransactionRequests(), records(2), records(4)
    requests.commit_transaction(second[2])
    assert requests.take(first) == []
    assert requests.take(second) == [Cut(3, COMMIT)]


def test_the_same_object_counts_before_an_equal_one() -> None:
    requests = TransactionRequests()
    batch = [SourceRecord(None, None, "t", "same") for _ in range(3)]
    requests.commit_transaction(batch[2])
    assert requests.take(batch) == [Cut(3, COMMIT)]
    requests.commit_transaction(SourceRecord(None, None, "t", "same"))
    assert requests.take(batch) == [Cut(1, COMMIT)]


def test_records_of_columns_are_found_by_equality() -> None:
    requests = TransactionRequests()
    columns = SourceColumns({"p": 1}, lambda at: {"at": at}, "t", ["a", "b", "c"])
    requests.commit_transaction(columns[1])
    assert requests.take(columns) == [Cut(2, COMMIT)]


def test_commit_and_abort_at_one_place_are_refused() -> None:
    requests, batch = TransactionRequests(), records(2)
    requests.commit_transaction()
    requests.abort_transaction()
    with pytest.raises(ConnectError, match="both to commit and to abort the transaction at the same batch"):
        requests.take(batch)
    requests.commit_transaction(batch[0])
    requests.abort_transaction(batch[0])
    with pytest.raises(ConnectError, match="at the same record"):
        requests.take(batch)


def test_the_configuration_chooses_the_boundary() -> None:
    clock = FakeClock()
    assert isinstance(boundary_of({}, 60.0, clock), PollBoundary)
    by_interval = boundary_of(
        {"transaction.boundary": "Interval", "transaction.boundary.interval.ms": "2000"}, 60, clock
    )
    clock.advance(2)
    assert by_interval.cuts(()) == [Cut(0, COMMIT)]
    by_default = boundary_of({"transaction.boundary": "interval"}, 60.0, clock)
    clock.advance(59)
    assert by_default.cuts(()) == []
    clock.advance(1)
    assert by_default.cuts(()) == [Cut(0, COMMIT)]
    by_connector = boundary_of({"transaction.boundary": "CONNECTOR"}, 60.0, clock)
    assert by_connector.context is not None
    assert by_connector.last() is None
    by_connector.context.abort_transaction()
    assert by_connector.last() is ABORT
    with pytest.raises(ConfigError, match=r"transaction\.boundary"):
        boundary_of({"transaction.boundary": "weekly"}, 60.0, clock)
