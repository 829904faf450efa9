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

_REMINDER_S = 60.0

_LOST = frozenset({KafkaError._ALL_BROKERS_DOWN})
_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.SASL_AUTHENTICATION_FAILED})


class ConnectionWatch:
    """Whether a cluster can be reached, as its clients tell. Thread safe.

    Args:
        servers: The cluster's bootstrap servers, for the log.
        clock: Source of the time between reminders.
    """

    def __init__(self, servers: str, *, clock: Clock | None = None) -> None:
        self._servers = servers
        self._clock = clock if clock is not None else SystemClock()
        self._lock = Lock()
        self._problem: str | None = None
        self._detail: str | None = None
        self._silent_until = 0.0
        self._listeners: list[Callable[[str | None], None]] = []

    @property
    def problem(self) -> str | None:
        """Why the cluster cannot be reached, ``None`` when it can as far as is known."""
        with self._lock:
            return self._problem

    def on_change(self, listener: Callable[[str | None], None]) -> None:
        """Call `listener` with the new `problem` each time it comes or goes, on whichever thread notices."""
        with self._lock:
            self._listeners.append(listener)

    def note_error(self, error: KafkaError) -> None:
        """A client's ``error_cb``: brokers going away one by one is librdkafka's business, all of them gone is ours."""
        code = error.code()
        with self._lock:
            if code not in _LOST:
                # What says why; that all brokers are down only says that.
                self._detail = error.str()
            if code not in _LOST | _REFUSED:
                return
            is_news = self._problem is None
            self._problem = problem = self._detail or error.str()
            is_due = is_news or self._clock.monotonic() >= self._silent_until
            if is_due:
                self._silent_until = self._clock.monotonic() + _REMINDER_S
            listeners = list(self._listeners) if is_news else []
        if is_due and code in _REFUSED:
            _log.error(
                "The Kafka brokers refuse this client: check security.protocol, sasl.* and ssl.*",
                extra={"servers": self._servers, "error": problem},
            )
        elif is_due:
            _log.warning(
                "No Kafka broker can be reached; trying again until one answers",
                extra={"servers": self._servers, "error": problem},
            )
        for listener in listeners:
            listener(problem)

    def note_success(self) -> None:
        """A broker has answered."""
        with self._lock:
            if self._problem is None:
                return
            self._problem = self._detail = None
            listeners = list(self._listeners)
        _log.info("The Kafka brokers answer again", extra={"servers": self._servers})
        for listener in listeners:
            listener(None)
