"""Makes Kafka clients and sends what they say to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.errors import ConfigError
from connect_runtime.kafka.admin import KafkaAdmin
from connect_runtime.kafka.connection import ConnectionWatch
from connect_runtime.kafka.errors import kafka_error
from connect_runtime.kafka.settings import ClientSettings

__all__ = ["ClientFactory"]

OnCommit = Callable[[KafkaError | None, list[TopicPartition]], None]
"""Told of the outcome of an asynchronous commit."""

_ClientT = TypeVar("_ClientT")

# Facilities of librdkafka that repeat what `ConnectionWatch` says once, or tell of a broker that starts.
_NOISE = frozenset({"FAIL", "ERROR", "METADATAUPDATE"})


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

    def producer(self, settings: ClientSettings) -> Producer:
        """A producer. Raises: ConfigError."""
        return _make(Producer, self._reporting(settings), settings)

    def consumer(self, settings: ClientSettings, *, on_commit: OnCommit | None = None) -> Consumer:
        """A consumer; it belongs to the thread that polls it, which also runs `on_commit`. Raises: ConfigError."""
        callbacks = {} if on_commit is None else {"on_commit": on_commit}
        return _make(Consumer, {**self._reporting(settings), **callbacks}, settings)

    def silent_consumer(self, settings: ClientSettings) -> Consumer:
        """A consumer that reports nothing: for use now and then, while another client of the cluster keeps watch.

        Reports that nobody polls for would pile up inside the client while the brokers are away. Raises: ConfigError.
        """
        return _make(Consumer, {**settings.conf, "log_level": "0"}, settings)

    def admin(self, settings: ClientSettings) -> KafkaAdmin:
        """Admin calls with these settings; connects for each call, so there is nothing to close."""
        return KafkaAdmin(
            partial(_open_admin, settings), self.watch(settings), settings.bootstrap_servers, clock=self._clock
        )

    def watch(self, settings: ClientSettings) -> ConnectionWatch:
        """The watch of the cluster that these settings lead to."""
        servers = settings.bootstrap_servers
        with self._lock:
            return self._watches.setdefault(servers, ConnectionWatch(servers, clock=self._clock))

    def _reporting(self, settings: ClientSettings) -> dict[str, Any]:
        return {**settings.conf, "error_cb": self.watch(settings).note_error, "logger": self._logger}


def _open_admin(settings: ClientSettings, on_error: Callable[[KafkaError], None]) -> AdminClient:
    return _make(AdminClient, {**settings.conf, "log_level": "0", "error_cb": on_error}, settings)


def _make(kind: Callable[[dict[str, Any]], _ClientT], conf: dict[str, Any], settings: ClientSettings) -> _ClientT:
    try:
        return kind(conf)
    except KafkaException as exc:
        said = kafka_error(exc).str()
        # librdkafka names the property as it knows it; the user may have written it otherwise.
        key = next((key for name, key in settings.origins.items() if f'"{name}"' in said or f"`{name}`" in said), None)
        where = f" ({key})" if key is not None else ""
        raise ConfigError(
            f"The settings of the Kafka {settings.role.value} {settings.conf['client.id']} are not accepted: {said}"
            f"{where}",
            key=key,
        ) from exc


def _is_news(record: logging.LogRecord) -> bool:
    # confluent-kafka logs "%s [%s] %s" with facility, client name and text.
    facility = record.args[0] if isinstance(record.args, tuple) and record.args else None
    return facility not in _NOISE
