from __future__ import annotations

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException

from connect_runtime.errors import ConflictError, ConnectError, RetriableError
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.tasks.boundaries import Boundary, ConnectorBoundary, IntervalBoundary, PollBoundary
from connect_runtime.tasks.exactly_once import ExactlyOnce, StartChecks
from connect_runtime.tasks.transactions import TransactionalProducer
from tests.support.clocks import FakeClock
from tests.support.fake_transactions import (
    OFFSETS,
    FakeDelivery,
    FakeOffsets,
    FakeTransactionalClient,
    kafka_failure,
)

TASK = ConnectorTaskId("rain", 0)


class Made:
    """A task's way to commit, and all around it."""

    def __init__(self, boundary: Boundary | None = None) -> None:
        self.clock = FakeClock()
        self.client = FakeTransactionalClient()
        self.offsets = FakeOffsets()
        self.topics: set[str] = set()
        self.checks: list[str] = []
        self.on_fence: Callable[[], None] = lambda: None
        self.on_require: Callable[[], None] = lambda: None
        self.way = ExactlyOnce(
            TASK,
            TransactionalProducer(self.client, "group-rain-0", 60.0, self.clock),
            self.offsets,
            OFFSETS,
            boundary or PollBoundary(),
            StartChecks(self._fence, self._require),
            self.clock,
            5.0,
            self.topics.update,
        )
        self.delivery = FakeDelivery(self.client, self.way)

    def begin(self) -> Made:
        assert self.way.prepare(self.delivery)
        self.way.begin()
        self.client.calls.clear()
        return self

    def _fence(self, connector: str) -> None:
        self.client.calls.append(f"fence {connector}")
        self.on_fence()

    def _require(self, task_id: ConnectorTaskId) -> None:
        self.client.calls.append(f"require {task_id}")
        self.on_require()


def record(at: int, value: str | None = "v", topic: str = "t") -> SourceRecord:
    return SourceRecord({"p": 1}, {"at": at}, topic, None if value is None else f"{value}{at}")


def offset(at: int) -> tuple[str, bytes]:
    return OFFSETS, b'{"at":%d}' % at


# -- starting ----------------------------------------------------------------------------------------------------------


def test_a_task_starts_by_fencing_then_takes_its_id_then_looks_whether_it_is_still_wanted() -> None:
    made = Made()
    assert made.way.prepare(made.delivery)
    assert made.client.calls == ["fence rain", "init", "require rain-0"]
    assert made.offsets.calls == ["start"]


def test_a_task_that_is_stopped_while_it_waits_for_fencing_does_not_touch_its_id() -> None:
    made = Made()

    def stop() -> None:
        made.delivery.is_stopping = True

    made.on_fence = stop
    assert not made.way.prepare(made.delivery)
    assert made.client.calls == ["fence rain"]
    made.way.close()


def test_a_leader_that_is_away_is_waited_for_and_anything_else_fails_the_task() -> None:
    made = Made()
    errors: list[ConnectError] = [RetriableError("no leader"), ConflictError("newer tasks")]

    def fail() -> None:
        raise errors.pop(0)

    made.on_fence = fail
    with pytest.raises(ConflictError):
        made.way.prepare(made.delivery)
    assert made.delivery.waits == 1


def test_waiting_for_a_leader_ends_after_a_while() -> None:
    made = Made()

    def fail() -> None:
        made.clock.advance(31)
        raise RetriableError("no leader")

    made.on_fence = fail
    with pytest.raises(RetriableError):
        made.way.prepare(made.delivery)
    assert made.delivery.waits == 2


def test_a_task_that_is_not_current_any_more_reads_no_offsets() -> None:
    made = Made()

    def fail() -> None:
        raise ConnectError("moved")

    made.on_require = fail
    with pytest.raises(ConnectError, match="moved"):
        made.way.prepare(made.delivery)
    assert made.offsets.calls == []


# -- committing --------------------------------------------------------------------------------------------------------


def test_records_and_their_newest_offset_are_one_transaction() -> None:
    made = Made().begin()
    made.way.dispatch([record(1), record(2)])
    assert made.client.visible == [[("t", "v1"), ("t", "v2"), offset(2)]]
    assert made.delivery.told == [("v1", True), ("v2", True)]
    assert made.delivery.commits == 1
    assert made.topics == {"t"}
    assert made.offsets.noted == [{"at": 2}]


def test_nothing_to_send_is_no_transaction_but_a_commit_to_the_plugin() -> None:
    made = Made().begin()
    made.way.dispatch(())
    made.way.dispatch([record(1, None)])
    assert made.client.calls == []
    assert made.delivery.told == [(None, False)]
    assert made.delivery.commits == 2


def test_a_pause_and_an_end_commit_what_is_open_and_a_failure_does_not() -> None:
    ends: list[Callable[[Made], None]] = [lambda made: made.way.pause(), lambda made: made.way.finish(failed=False)]
    for end in ends:
        made = Made(IntervalBoundary(3600, FakeClock())).begin()
        made.way.dispatch([record(1)])
        assert made.client.visible == []
        end(made)
        assert made.client.visible == [[("t", "v1"), offset(1)]]
    made = Made(IntervalBoundary(3600, FakeClock())).begin()
    made.way.dispatch([record(1)])
    made.way.finish(failed=True)
    made.way.close()
    assert made.client.visible == []
    assert made.client.calls == ["begin", "abort"]
    assert made.delivery.told == []


def test_an_abort_hides_the_records_and_commits_their_offsets_by_themselves() -> None:
    boundary = ConnectorBoundary()
    made = Made(boundary).begin()
    boundary.context.abort_transaction()
    made.way.dispatch([record(1), record(2)])
    assert made.client.calls == ["begin", "abort", "begin", "commit"]
    assert made.client.visible == [[offset(2)]]
    assert made.delivery.told == [("v1", False), ("v2", False)]
    assert made.topics == set()


def test_an_abort_with_nothing_open_is_a_commit(caplog: pytest.LogCaptureFixture) -> None:
    boundary = ConnectorBoundary()
    made = Made(boundary).begin()
    boundary.context.abort_transaction()
    made.way.dispatch([record(1, None)])
    assert made.client.calls == []
    assert made.delivery.commits == 1
    assert "asked to abort a transaction, but none is open" in caplog.text


def test_its_own_offsets_topic_is_no_target() -> None:
    made = Made().begin()
    with pytest.raises(ConnectError, match="the topic of its own source offsets"):
        made.way.dispatch([record(1, topic=OFFSETS)])
    assert made.client.calls == []


# -- what clients raise ------------------------------------------------------------------------------------------------


def test_a_commit_that_takes_long_goes_on() -> None:
    made = Made().begin()
    made.client.failures["commit"] = [kafka_failure(KafkaError._TIMED_OUT, retriable=True)] * 3
    made.way.dispatch([record(1)])
    assert made.client.calls == ["begin", "commit", "commit", "commit", "commit"]
    assert len(made.client.visible) == 1


def test_a_commit_that_takes_long_ends_when_the_task_is_given_up() -> None:
    made = Made().begin()

    def give_up(offsets: object) -> None:
        made.delivery.is_cancelled = True

    made.offsets.on_prepare = give_up
    made.client.failures["commit"] = [kafka_failure(KafkaError._TIMED_OUT, retriable=True)]
    with pytest.raises(ConnectError, match="Committing a transaction was given up"):
        made.way.dispatch([record(1)])
    made.way.finish(failed=False)
    assert made.client.calls == ["begin", "commit"]


def test_a_task_that_is_given_up_in_the_middle_of_a_batch_does_not_commit_the_offsets_of_all_of_it() -> None:
    made = Made().begin()
    made.delivery.cancelled_at = "v2"
    with pytest.raises(ConnectError, match="rain-0 was given up"):
        made.way.dispatch([record(1), record(2), record(3)])
    made.way.finish(failed=True)
    made.way.close()
    assert made.client.calls == ["begin", "abort"]
    assert made.client.visible == []


def test_a_lost_message_is_told_rather_than_the_transaction_that_failed_for_it() -> None:
    made = Made().begin()
    made.delivery.lost = ConnectError("too large")
    made.client.failures["commit"] = [kafka_failure(KafkaError._INCONSISTENT, abort=True)]
    with pytest.raises(ConnectError, match="too large"):
        made.way.dispatch([record(1)])
    made.way.close()
    assert made.client.calls == ["begin", "commit", "abort"]
    assert made.delivery.told == []


def test_a_producer_that_was_shut_out_says_by_whom() -> None:
    made = Made().begin()
    made.client.failures["commit"] = [kafka_failure(KafkaError._FENCED, fatal=True)]
    with pytest.raises(ConnectError, match="another producer has taken over the transactional id group-rain-0"):
        made.way.dispatch([record(1)])
    made.way.close()
    assert made.client.calls == ["begin", "commit"]


def test_a_transaction_that_was_open_for_too_long_says_so() -> None:
    made = Made(boundary := ConnectorBoundary()).begin()
    made.way.dispatch([record(1)])
    made.clock.advance(61)
    made.client.failures["commit"] = [kafka_failure(KafkaError._FENCED, fatal=True)]
    boundary.context.commit_transaction()
    with pytest.raises(ConnectError, match=r"open for 61 s, .* transaction\.timeout\.ms=60000"):
        made.way.dispatch(())


def test_a_fatal_error_that_surfaces_while_reports_are_served_is_told_with_its_reason() -> None:
    clock, client = FakeClock(), FakeTransactionalClient()
    producer = TransactionalProducer(client, "id", 60.0, clock)
    client.failures["poll"] = [SystemError("returned a result with an exception set")]
    client.failures["begin"] = [kafka_failure(KafkaError._FENCED, fatal=True)]
    with pytest.raises(ConnectError, match="taken over"):
        producer.poll(0)
    client.failures["poll"] = [kafka_failure(KafkaError._FENCED, fatal=True)]
    assert producer.poll(0) == 0, "it was told once"


def test_offsets_that_are_refused_because_some_error_was_fatal_say_which() -> None:
    clock, client = FakeClock(), FakeTransactionalClient()
    producer = TransactionalProducer(client, "id", 60.0, clock)
    client.failures["produce"] = [kafka_failure(KafkaError._FATAL)]
    client.failures["begin"] = [kafka_failure(KafkaError._FENCED, fatal=True)]
    with pytest.raises(ConnectError, match="taken over the transactional id id"):
        producer.write(OFFSETS, [(b"key", b"value")], lambda *_: None, lambda: False)


def nested(error: KafkaException) -> SystemError:
    """As it surfaces when a delivery report, and with it the call that served it, ran into a pending error."""
    in_report = SystemError("<function on_delivery> returned a result with an exception set")
    in_report.__cause__ = error
    in_call = SystemError("<method 'poll'> returned a result with an exception set")
    in_call.__cause__ = in_report
    return in_call


def test_a_fatal_error_that_a_delivery_report_ran_into_is_found() -> None:
    made = Made().begin()
    made.client.failures["commit"] = [nested(kafka_failure(KafkaError._FENCED, fatal=True))]
    with pytest.raises(ConnectError, match="another producer has taken over the transactional id group-rain-0"):
        made.way.dispatch([record(1)])


def test_a_message_refused_by_a_producer_that_was_shut_out_is_told_by_whom() -> None:
    made = Made().begin()
    refused = ConnectError("Writing to topic t failed: Local: Fatal error (_FATAL)")
    made.client.failures["begin"] = [kafka_failure(KafkaError._FENCED, fatal=True)]
    assert "taken over the transactional id group-rain-0" in str(made.way.explained(refused))
    made.client.failures["begin"] = [kafka_failure(KafkaError._STATE)]
    assert made.way.explained(refused) is refused
    made.way.close()
    assert made.way.explained(refused) is refused
