"""Makes Kafka clients and sends what they say to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.kafka.admin import KafkaAdmin
from connect_runtime.kafka.client_reports import ConnectorClientReports
from connect_runtime.kafka.connection import ConnectionWatch
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.making import make_client

__all__ = ["ClientFactory"]

OnCommit = Callable[[KafkaError | None, list[TopicPartition]], None]
"""Told of the outcome of an asynchronous commit."""

# Facilities of librdkafka that repeat what `ConnectionWatch` says once, tell of a broker that starts, or of what a call
# in the same transaction raises.
_NOISE = frozenset({"FAIL", "ERROR", "METADATAUPDATE", "TXNERR"})


class ClientFactory:
    """Makes clients; all clients of one cluster share one `ConnectionWatch`. Thread safe.

    Args:
        worker: The worker's properties as given.
        clock: Source of time for the watches.
    """

    def __init__(self, worker: Mapping[str, str], *, clock: Clock | None = None) -> None:
        self.worker = worker
        self._clock = clock if clock is not None else SystemClock()
        self._lock = Lock()
        self._watches: dict[str, ConnectionWatch] = {}
        self._logger = logging.getLogger("connect_runtime.kafka.librdkafka")
        self._logger.addFilter(_is_news)

    def producer(self, settings: ClientSettings, *, on_error: Callable[[KafkaError], None] | None = None) -> Producer:
        """A producer; ``on_error`` hears of its connection problems, as the watch does. Raises: ConfigError.

        Where the settings say so, a call that serves it, ``poll`` and ``flush``, raises `ConnectError` when the brokers
        refuse the login. The same holds for consumers.
        """
        conf = self._reporting(settings)
        if on_error is not None:
            conf["error_cb"] = partial(_tell_both, conf["error_cb"], on_error)
        return make_client(Producer, conf, settings)

    def consumer(
        self,
        settings: ClientSettings,
        *,
        on_commit: OnCommit | None = None,
        on_statistics: Callable[[str], None] | None = None,
    ) -> Consumer:
        """A consumer; it belongs to the thread that polls it, which also runs the callbacks. Raises: ConfigError.

        Args:
            settings: Its settings.
            on_commit: Told what became of asynchronous commits.
            on_statistics: Given librdkafka's STATISTICS.md as JSON every ``statistics.interval.ms``.
        """
        given = {"on_commit": on_commit, "stats_cb": on_statistics}
        callbacks = {name: callback for name, callback in given.items() if callback is not None}
        return make_client(Consumer, {**self._reporting(settings), **callbacks}, settings)

    def silent_consumer(self, settings: ClientSettings) -> Consumer:
        """A consumer that reports nothing: for use now and then, while another client of the cluster keeps watch.

        Reports that nobody polls for would pile up inside the client while the brokers are away. Raises: ConfigError.
        """
        return make_client(Consumer, {**settings.conf, "log_level": "0"}, settings)

    def admin(self, settings: ClientSettings) -> KafkaAdmin:
        """Admin calls with these settings; connects for each call, so there is nothing to close."""
        return KafkaAdmin(partial(_open_admin, settings), self.watch(settings), settings, clock=self._clock)

    def group_lister(self, settings: ClientSettings) -> AdminClient:
        """An admin client to list groups with, again and again; it reports nothing. Raises: ConfigError."""
        return make_client(AdminClient, {**settings.conf, "log_level": "0"}, settings)

    def watch(self, settings: ClientSettings) -> ConnectionWatch:
        """The watch of the cluster that these settings lead to."""
        servers = settings.bootstrap_servers
        with self._lock:
            return self._watches.setdefault(servers, ConnectionWatch(servers, clock=self._clock))

    def _reporting(self, settings: ClientSettings) -> dict[str, Any]:
        watch = self.watch(settings)
        on_error = (
            ConnectorClientReports(settings, watch, self._clock) if settings.fails_if_refused else watch.note_error
        )
        return {**settings.conf, "error_cb": on_error, "logger": self._logger}


def _open_admin(settings: ClientSettings, on_error: Callable[[KafkaError], None]) -> AdminClient:
    return make_client(AdminClient, {**settings.conf, "log_level": "0", "error_cb": on_error}, settings)


def _tell_both(first: Callable[[KafkaError], None], second: Callable[[KafkaError], None], error: KafkaError) -> None:
    second(error)
    first(error)


def _is_news(record: logging.LogRecord) -> bool:
    # confluent-kafka logs "%s [%s] %s" with facility, client name and text.
    facility = record.args[0] if isinstance(record.args, tuple) and record.args else None
    return facility not in _NOISE
