from __future__ import annotations

import pytest

from connect_runtime.errors import AccessError, ConfigError, ConnectError, DataError, OutageError, RetriableError
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.pipeline import ErrorPolicy, Failure, LogReporter, Operations, Skipped, Stage, Tolerance
from connect_runtime.pipeline.tolerance import retry_wait_s
from tests.support.clocks import FakeClock


class Impatient(FakeClock):
    """A clock on which every look takes a second, so that no pause is a real one."""

    def monotonic(self) -> float:
        self.advance(1.0)
        return super().monotonic()


class Reports:
    def __init__(self) -> None:
        self.seen: list[tuple[str, Failure]] = []

    def report(self, subject: str, failure: Failure) -> None:
        self.seen.append((subject, failure))


def failing(error: Exception) -> object:
    raise error


def test_a_failure_under_tolerance_none_is_reported_and_then_ends_the_task() -> None:
    reports = Reports()
    operations = Operations(ErrorPolicy(), [reports], FakeClock(), lambda: False)
    with pytest.raises(ConnectError, match=r"Tolerance exceeded in error handler: VALUE_CONVERTER.*bad bytes"):
        operations.run(Stage.VALUE_CONVERTER, object(), "record 7", lambda: failing(DataError("bad bytes")))
    assert [subject for subject, _ in reports.seen] == ["record 7"]


def test_a_failure_under_tolerance_all_is_reported_and_skips_the_record() -> None:
    reports = Reports()
    operations = Operations(ErrorPolicy(tolerance=Tolerance.ALL), [reports], FakeClock(), lambda: False)
    error = DataError("bad bytes")
    result = operations.run(Stage.VALUE_CONVERTER, object(), "record 7", lambda: failing(error))
    assert isinstance(result, Skipped)
    assert result.failure.error is error
    assert len(reports.seen) == 1


@pytest.mark.parametrize("error", [AccessError("who are you"), OutageError("away")])
def test_what_is_no_records_fault_is_never_tolerated_nor_reported(error: ConnectError) -> None:
    reports = Reports()
    operations = Operations(ErrorPolicy(tolerance=Tolerance.ALL), [reports], FakeClock(), lambda: False)
    with pytest.raises(ConnectError, match=f"VALUE_CONVERTER.*no fault of the record.*{error}"):
        operations.run(Stage.VALUE_CONVERTER, object(), "record 7", lambda: failing(error))
    assert reports.seen == []


def test_only_retriable_errors_are_tried_again_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    attempts: list[int] = []

    def flaky() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise RetriableError("busy")
        return "done"

    operations: Operations[str] = Operations(ErrorPolicy(retry_timeout_s=10.0), [], Impatient(), lambda: False)
    assert operations.run(Stage.TRANSFORMATION, object(), "r", flaky) == "done"
    assert len(attempts) == 3
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings == [
        "TRANSFORMATION with builtins.object failed for a record: busy. It is tried again, as errors.retry.timeout says"
    ]


def test_what_may_pass_is_not_to_be_skipped() -> None:
    operations: Operations[str] = Operations(ErrorPolicy(), [], FakeClock(), lambda: False)
    with pytest.raises(ConnectError, match=r"busy\. It may pass: restart the task then, or .*errors\.retry\.timeout$"):
        operations.run(Stage.TRANSFORMATION, object(), "r", lambda: failing(RetriableError("busy")))
    with pytest.raises(ConnectError):
        operations.run(Stage.TRANSFORMATION, object(), "r", lambda: failing(DataError("no")))


@pytest.mark.parametrize(("attempt", "expected"), [(1, 0.3), (2, 0.6), (3, 1.2), (5, 4.8)])
def test_pauses_double_from_300_ms(attempt: int, expected: float) -> None:
    assert retry_wait_s(ErrorPolicy(retry_timeout_s=None), attempt, 0.0, 0.5) == pytest.approx(expected)


def test_a_pause_beyond_the_longest_is_a_random_part_of_it() -> None:
    policy = ErrorPolicy(retry_timeout_s=None, retry_delay_max_s=2.0)
    assert retry_wait_s(policy, 9, 0.0, 0.25) == pytest.approx(0.5)


def test_no_pause_passes_the_end_of_the_budget() -> None:
    assert retry_wait_s(ErrorPolicy(retry_timeout_s=1.0), 3, 0.9, 0.0) == pytest.approx(0.1)
    assert retry_wait_s(ErrorPolicy(retry_timeout_s=1.0), 3, 1.0, 0.0) is None
    assert retry_wait_s(ErrorPolicy(), 1, 0.0, 0.0) is None


def test_the_policy_is_read_from_the_connectors_keys() -> None:
    policy = ErrorPolicy.of(
        {
            "errors.tolerance": "all",
            "errors.retry.timeout": "-1",
            "errors.deadletterqueue.topic.name": "dlq",
            "errors.deadletterqueue.context.headers.enable": "TRUE",
        }
    )
    assert policy == ErrorPolicy(
        tolerance=Tolerance.ALL, retry_timeout_s=None, dead_letter_topic="dlq", dead_letter_context_headers=True
    )
    with pytest.raises(ConfigError, match="errors"):
        ErrorPolicy.of({"errors.tolerance": "some"})


def test_a_failure_is_logged_in_a_line_that_says_why(caplog: pytest.LogCaptureFixture) -> None:
    failure = Failure(Stage.TRANSFORMATION, "acme.Cut", DataError("no such field"), "cut")
    record = SourceRecord({}, {}, "t", "secret")
    LogReporter(ConnectorTaskId("c", 0), include_messages=False).report(record, failure)
    assert caplog.records[0].getMessage() == (
        "Error encountered in task c-0. Executing stage 'TRANSFORMATION' with class 'acme.Cut': no such field"
    )
    assert caplog.records[0].exc_info is None
