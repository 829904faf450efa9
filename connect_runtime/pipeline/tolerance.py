"""What happens to a record that a transform or converter cannot handle: retried, skipped or the end of the task.

Decisions are pure (`retry_wait_s`, `judge`); `Operations` carries them out. Retry pauses double from 300 ms; a pause
that would exceed the configured longest one is drawn at random below it, so that many tasks do not retry in step.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from threading import Event
from typing import Final, Generic, Protocol, TypeVar

from connect_runtime.clock import Clock
from connect_runtime.errors import ConfigError, ConnectError
from connect_runtime.observe import plugin_failure

__all__ = [
    "ErrorPolicy",
    "Failure",
    "FailureReporter",
    "Operations",
    "Skipped",
    "Stage",
    "Tolerance",
    "Verdict",
    "judge",
    "retry_wait_s",
]

logger = logging.getLogger(__name__)
FIRST_RETRY_WAIT_S = 0.3
_RETRY_HINT: Final = "It may pass: restart the task then, or let it wait for that with errors.retry.timeout"
CANCEL_CHECK_S = 0.2
Result = TypeVar("Result")
Subject_contra = TypeVar("Subject_contra", contravariant=True)
Subject = TypeVar("Subject")


class Stage(Enum):
    """Where in a record's way something failed; the names appear in dead letter headers."""

    TASK_POLL = "TASK_POLL"
    TASK_PUT = "TASK_PUT"
    TRANSFORMATION = "TRANSFORMATION"
    KEY_CONVERTER = "KEY_CONVERTER"
    VALUE_CONVERTER = "VALUE_CONVERTER"
    HEADER_CONVERTER = "HEADER_CONVERTER"
    KAFKA_PRODUCE = "KAFKA_PRODUCE"
    KAFKA_CONSUME = "KAFKA_CONSUME"


class Tolerance(Enum):
    """Value of ``errors.tolerance``."""

    NONE = "none"
    ALL = "all"


class Verdict(Enum):
    """What to do about a failed operation."""

    SKIP = "skip"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """The ``errors.*`` keys of a connector.

    Attributes:
        tolerance: Whether bad records are skipped.
        retry_timeout_s: Budget for retries of one operation; ``None`` for no end.
        retry_delay_max_s: Longest single pause.
        log_enable: Whether every failure is logged.
        log_include_messages: Whether the log names the record.
        dead_letter_topic: Dead letter queue, ``None`` for none.
        dead_letter_replication_factor: Used when it has to be created.
        dead_letter_context_headers: Whether the context goes into headers there.
    """

    tolerance: Tolerance = Tolerance.NONE
    retry_timeout_s: float | None = 0.0
    retry_delay_max_s: float = 60.0
    log_enable: bool = False
    log_include_messages: bool = False
    dead_letter_topic: str | None = None
    dead_letter_replication_factor: int = 3
    dead_letter_context_headers: bool = False

    @classmethod
    def of(cls, config: Mapping[str, str]) -> ErrorPolicy:
        """The policy in a connector's configuration, which was validated before.

        Raises:
            ConfigError: A value is bad all the same.
        """
        try:
            retry_ms = int(config.get("errors.retry.timeout", "0"))
            return cls(
                tolerance=Tolerance(config.get("errors.tolerance", "none").strip()),
                retry_timeout_s=None if retry_ms < 0 else retry_ms / 1000,
                retry_delay_max_s=int(config.get("errors.retry.delay.max.ms", "60000")) / 1000,
                log_enable=_is_true(config, "errors.log.enable"),
                log_include_messages=_is_true(config, "errors.log.include.messages"),
                dead_letter_topic=config.get("errors.deadletterqueue.topic.name", "").strip() or None,
                dead_letter_replication_factor=int(config.get("errors.deadletterqueue.topic.replication.factor", "3")),
                dead_letter_context_headers=_is_true(config, "errors.deadletterqueue.context.headers.enable"),
            )
        except ValueError as error:
            raise ConfigError(f"An errors.* key has a bad value: {error}") from error


def _is_true(config: Mapping[str, str], key: str) -> bool:
    return config.get(key, "false").strip().lower() == "true"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed operation.

    Attributes:
        stage: Where it failed.
        executing_class: Full name of the class that failed.
        error: What it raised.
        name: Alias of the transform that failed, ``None`` at other stages.
    """

    stage: Stage
    executing_class: str
    error: Exception
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Result of an operation that failed and was tolerated."""

    failure: Failure


class FailureReporter(Protocol[Subject_contra]):
    """Takes note of failures: log, dead letter queue."""

    def report(self, subject: Subject_contra, failure: Failure) -> None:
        """Note one failure of one record; must not raise and not block for long."""
        ...


def retry_wait_s(policy: ErrorPolicy, attempt: int, elapsed_s: float, fraction: float) -> float | None:
    """How long to wait before the next attempt, ``None`` when there is to be none.

    Args:
        policy: The connector's policy.
        attempt: Number of attempts that failed so far, from 1.
        elapsed_s: Time since the first attempt began.
        fraction: Random number in [0, 1), used above the longest pause.
    """
    left_s = None if policy.retry_timeout_s is None else policy.retry_timeout_s - elapsed_s
    if left_s is not None and left_s <= 0:
        return None
    wait_s = FIRST_RETRY_WAIT_S * 2.0 ** min(attempt - 1, 40)
    if wait_s > policy.retry_delay_max_s:
        wait_s = fraction * policy.retry_delay_max_s
    return wait_s if left_s is None else min(wait_s, left_s)


def judge(policy: ErrorPolicy, error: Exception) -> Verdict:
    """Whether a failed operation skips its record or fails the task."""
    return Verdict.SKIP if policy.tolerance is Tolerance.ALL and _is_tolerable(error) else Verdict.FAIL


def _is_tolerable(error: Exception) -> bool:
    return not isinstance(error, ConnectError) or error.tolerable


class Operations(Generic[Subject]):
    """Runs operations on single records under an error policy. Used by one thread, the task's.

    Args:
        policy: The connector's policy.
        reporters: Told of every failed operation, also of the one that fails the task.
        clock: For retry budgets.
        is_cancelled: Ends waits and retries when true; looked at every fraction of a second.
        place: Where a record comes from, in words that follow "failed for"; without values, which may be secret.
    """

    def __init__(
        self,
        policy: ErrorPolicy,
        reporters: Sequence[FailureReporter[Subject]],
        clock: Clock,
        is_cancelled: Callable[[], bool],
        place: Callable[[Subject], str] = lambda _: "a record",
    ) -> None:
        self._policy = policy
        self._reporters = reporters
        self._clock = clock
        self._is_cancelled = is_cancelled
        self._place = place
        self._pause = Event()

    @property
    def policy(self) -> ErrorPolicy:
        """The policy in force."""
        return self._policy

    def run(
        self,
        stage: Stage,
        executing: object,
        subject: Subject,
        operation: Callable[[], Result],
        *,
        name: str | None = None,
    ) -> Result | Skipped:
        """The operation's result, or `Skipped` when it failed and that is tolerated; ``name`` as in `Failure`.

        Raises:
            ConnectError: It failed, and ``errors.tolerance`` is ``none`` or the error is none that may be tolerated.
        """
        began = self._clock.monotonic()
        attempt = 0
        while True:
            try:
                return operation()
            except Exception as error:  # noqa: BLE001  # a plugin call ends here: whatever it raises is judged
                attempt += 1
                failure = Failure(stage, class_name(executing), error, name)
                if self._waits_for_retry(failure, subject, attempt, self._clock.monotonic() - began):
                    continue
                return self.failed(failure, subject)

    def failed(self, failure: Failure, subject: Subject) -> Skipped:
        """Report a failure; returns when it is tolerated. One that may never be is no record's fault, nor reported.

        Raises:
            ConnectError: ``errors.tolerance`` is ``none``, or the error is none that may be tolerated.
        """
        if not _is_tolerable(failure.error):
            raise ConnectError(
                f"{_operation(failure)} failed, for no fault of the record, which is therefore not skipped: "
                f"{failure.error}{f'. {_RETRY_HINT}' if _is_retriable(failure.error) else ''}"
            ) from failure.error
        for reporter in self._reporters:
            reporter.report(subject, failure)
        if judge(self._policy, failure.error) is Verdict.SKIP:
            return Skipped(failure)
        raise plugin_failure(
            f"Tolerance exceeded in error handler: {self._described(failure, subject)}. {_advice(failure.error)}",
            failure.error,
        ) from failure.error

    def _described(self, failure: Failure, subject: Subject) -> str:
        problem = str(failure.error).rstrip(".")
        return f"{_operation(failure)} failed for {self._place(subject)}: {problem}"

    def _waits_for_retry(self, failure: Failure, subject: Subject, attempt: int, elapsed_s: float) -> bool:
        if not _is_retriable(failure.error):
            return False
        wait_s = retry_wait_s(self._policy, attempt, elapsed_s, random.random())  # noqa: S311  # no secret
        if wait_s is None:
            return False
        if attempt == 1:  # else a task that waits looks like one that has nothing to do
            logger.warning("%s. It is tried again, as errors.retry.timeout says", self._described(failure, subject))
        return self._wait(wait_s)

    def _wait(self, wait_s: float) -> bool:
        until = self._clock.monotonic() + wait_s
        while (left_s := until - self._clock.monotonic()) > 0 and not self._is_cancelled():
            self._pause.wait(min(left_s, CANCEL_CHECK_S))
        return not self._is_cancelled()


def _operation(failure: Failure) -> str:
    named = "" if failure.name is None else f" {failure.name}"
    return f"{failure.stage.value}{named} with {failure.executing_class}"


def _is_retriable(error: Exception) -> bool:
    return bool(getattr(error, "retriable", False))


def _advice(error: Exception) -> str:
    if _is_retriable(error):
        return _RETRY_HINT
    return "Correct the record or the configuration, or skip such records with errors.tolerance=all"


def class_name(thing: object) -> str:
    """Full name of an object's class."""
    kind = thing if isinstance(thing, type) else type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"
