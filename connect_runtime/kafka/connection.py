"""One log line when the brokers go away and one when they are back, for all clients of a cluster together."""
# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from confluent_kafka import KafkaError

from connect_runtime.clock import Clock, SystemClock

__all__ = ["ConnectionWatch"]

_log = logging.getLogger(__name__)

# A client may report what was true a while ago, and a broker that restarts is gone for a moment only.
_GRACE_S = 1.0
_REMINDER_S = 60.0

_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.SASL_AUTHENTICATION_FAILED})


class ConnectionWatch:
    """Whether a cluster can be reached, as its clients tell. Thread safe.

    A client that has lost all brokers makes the cluster *suspected*; when for a second nobody has had an answer, the
    cluster counts as away. A refused login counts at once.

    Args:
        servers: The cluster's bootstrap servers, for the log.
        clock: Source of the times between reports.
    """

    def __init__(self, servers: str, *, clock: Clock | None = None) -> None:
        self._servers = servers
        self._clock = clock if clock is not None else SystemClock()
        self._lock = Lock()
        self._suspected_since: float | None = None
        self._detail: str | None = None
        self._problem: str | None = None
        self._silent_until = 0.0
        self._listeners: list[Callable[[str | None], None]] = []

    @property
    def problem(self) -> str | None:
        """Why the cluster cannot be reached, ``None`` when it can as far as is known."""
        with self._lock:
            return self._problem

    @property
    def is_suspected(self) -> bool:
        """Whether somebody should ask the brokers anything, and tell the watch how that went."""
        with self._lock:
            return self._suspected_since is not None

    def on_change(self, listener: Callable[[str | None], None]) -> None:
        """Call `listener` with the new `problem` each time it comes or goes, on whichever thread notices."""
        with self._lock:
            self._listeners.append(listener)

    def note_error(self, error: KafkaError) -> None:
        """A client's ``error_cb``. Single brokers going away are librdkafka's business, all of them gone is ours."""
        is_refusal = error.code() in _REFUSED
        with self._lock:
            if error.code() == KafkaError._ALL_BROKERS_DOWN:
                self._suspect()
            else:
                # That all brokers are down does not say why; this does.
                self._detail = error.str()
        if is_refusal:
            self._declare(
                logging.ERROR, "The Kafka brokers refuse this client: check security.protocol, sasl.* and ssl.*"
            )
        else:
            self.note_failure()

    def note_failure(self) -> None:
        """Somebody asked in vain."""
        with self._lock:
            since = self._suspected_since
        if since is not None and self._clock.monotonic() - since >= _GRACE_S:
            self._declare(logging.WARNING, "No Kafka broker can be reached; trying again until one answers")

    def note_success(self) -> None:
        """A broker has answered."""
        with self._lock:
            was_away = self._problem is not None
            self._suspected_since = self._detail = self._problem = None
            listeners = list(self._listeners) if was_away else []
        if was_away:
            _log.info("The Kafka brokers answer again", extra={"servers": self._servers})
        for listener in listeners:
            listener(None)

    def _suspect(self) -> None:
        if self._suspected_since is None:
            self._suspected_since = self._clock.monotonic()

    def _declare(self, level: int, message: str) -> None:
        now = self._clock.monotonic()
        with self._lock:
            self._suspect()
            is_news = self._problem is None
            self._problem = problem = self._detail or "all brokers are down"
            is_due = is_news or now >= self._silent_until
            if is_due:
                self._silent_until = now + _REMINDER_S
            listeners = list(self._listeners) if is_news else []
        if is_due:
            _log.log(level, message, extra={"servers": self._servers, "error": problem})
        for listener in listeners:
            listener(problem)
