"""What the clients of connectors report: they may log in otherwise than the worker, and be the only ones in trouble."""
# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore

from __future__ import annotations

import logging
from threading import get_ident

from confluent_kafka import KafkaError

from connect_runtime.clock import Clock
from connect_runtime.kafka.connection import ConnectionWatch
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.refusals import refusal_of

__all__ = ["ConnectorClientReports"]

_log = logging.getLogger(__name__)

# A client that reconnects says at least this often that it is in vain; what is further apart are different outages.
_APART_S = 5.0
_ALONE_S = 10.0


class ConnectorClientReports:
    """An ``error_cb``: lets the call fail during which a refused login comes to light, and tells the watch the rest.

    Each thread that serves the client hears of a refusal once: whichever of them is the task's then fails, and what it
    calls to close the client does not fail again. librdkafka calls this in one thread at a time.

    Args:
        settings: What the client is made of.
        watch: That of its cluster.
        clock: Source of the times between reports.
    """

    def __init__(self, settings: ClientSettings, watch: ConnectionWatch, clock: Clock) -> None:
        self._settings = settings
        self._watch = watch
        self._clock = clock
        self._told: set[int] = set()
        self._down_since = self._last_down = float("-inf")
        self._has_warned = False

    def __call__(self, error: KafkaError) -> None:
        """Take a report. Raises: ConnectError."""
        refusal = refusal_of(self._settings, error)
        if refusal is None:
            if error.code() == KafkaError._ALL_BROKERS_DOWN:
                self._note_down()
            self._watch.note_error(error)
        elif get_ident() not in self._told:
            self._told.add(get_ident())
            raise refusal

    def _note_down(self) -> None:
        """Say so when this client finds no broker for long and others do: a wrong protocol looks like that."""
        now = self._clock.monotonic()
        if now - self._last_down > _APART_S:
            self._down_since, self._has_warned = now, False
        self._last_down = now
        is_alone = now - self._down_since >= _ALONE_S and not self._watch.is_suspected
        if is_alone and not self._has_warned:
            self._has_warned = True
            _log.warning(
                "The Kafka %s %s gets no answer from %s with security.protocol %s, though the worker does. It takes no "
                "security settings from the worker: check the worker's %s.* and the connector's %s.override.*",
                self._settings.role.value,
                self._settings.conf["client.id"],
                self._settings.bootstrap_servers,
                self._settings.conf.get("security.protocol", "plaintext").upper(),
                self._settings.role.value,
                self._settings.role.value,
            )
