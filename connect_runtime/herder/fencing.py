"""Fencing of zombie tasks: before new tasks of a connector write exactly once, old ones must be unable to.

A task's transactional id is ``<group.id>-<connector>-<number>``, so that a new task fences its predecessor of the same
number by itself. What is left are tasks that the new set has no number for, or whose source partitions went to other
numbers: their producers are fenced by the leader, before any task of the new set reads its offsets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from threading import Lock
from typing import assert_never, cast

import msgspec

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.errors import BadRequestError, ConflictError, ConnectError, NotFoundError, PluginNotFoundError
from connect_runtime.kafka import (
    ClientFactory,
    ClientSettings,
    admin_settings,
    transaction_timeout_s,
    transactional_producer_settings,
)
from connect_runtime.model import ConnectorTaskId
from connect_runtime.plugins import PluginRegistry
from connect_runtime.sdk import SourceConnector
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.tasks.build_commits import transactional_id
from connect_runtime.tasks.transactions import TransactionalClient, TransactionalProducer

__all__ = ["FencingStep", "ZombieFencing", "fencing_settings", "fencing_step"]

logger = logging.getLogger(__name__)

TIMEOUT_S = 90.0
AT_ONCE = 8
Resolve = Callable[[Mapping[str, str | None]], dict[str, str]]
OnHerder = Callable[[Callable[[], None]], None]
"""Runs a call on the thread that also writes task configurations, and waits for it."""


class FencingStep(Enum):
    """What has to happen before the tasks of a connector may start."""

    NOTHING = "nothing"
    RECORD = "record"
    FENCE = "fence"


def fencing_step(*, is_pending: bool, previous: int | None, current: int) -> FencingStep:
    """What has to happen before tasks may start.

    Args:
        is_pending: Whether tasks were committed since producers were fenced last.
        previous: How many tasks there were then, ``None`` when never.
        current: How many there are now.
    """
    if not is_pending:
        return FencingStep.NOTHING
    if previous is None or (previous, current) == (1, 1):
        return FencingStep.RECORD
    return FencingStep.FENCE


def fencing_settings(
    worker: Mapping[str, str], config: Mapping[str, str], name: str, producer_id: str
) -> ClientSettings:
    """Settings of the producer that fences all others of that transactional id: the tasks', and ``admin.*`` before all.

    Raises:
        ConfigError: A property has a value that no client accepts.
    """
    client_id = f"connector-worker-adminclient-{name}"
    settings = transactional_producer_settings(worker, config, client_id, producer_id)
    admin = admin_settings(worker, config, client_id)
    wished = {key: admin.conf[key] for key, origin in admin.origins.items() if origin.startswith("admin.")}
    return msgspec.structs.replace(settings, conf=settings.conf | wished)


class ZombieFencing:
    """The leader's rounds of fencing, one at a time for each connector. Thread safe.

    Args:
        configs: The cluster's configuration.
        clients: Makes Kafka clients.
        plugins: Gives the installed plugins as they are now.
        resolve: Replaces provider variables in a configuration.
        group_id: Begins every transactional id.
        on_herder: Keeps task configurations from changing between a look at them and the record that says so.
        clock: Source of deadlines.
        timeout_s: Limit for fencing the producers of one connector.
    """

    def __init__(
        self,
        configs: ConfigStore,
        clients: ClientFactory,
        plugins: Callable[[], PluginRegistry],
        resolve: Resolve,
        group_id: str,
        on_herder: OnHerder,
        *,
        clock: Clock | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._configs = configs
        self._clients = clients
        self._plugins = plugins
        self._resolve = resolve
        self._group_id = group_id
        self._on_herder = on_herder
        self._clock = clock if clock is not None else SystemClock()
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._rounds: dict[str, Future[None]] = {}

    def fence(self, name: str) -> None:
        """Return when no task of an older set of that connector can write any more. Blocks.

        A call while a round for the connector is under way waits for that round.

        Raises:
            NotFoundError: There is no such connector.
            BadRequestError: It is a sink.
            ConflictError: The connector got new tasks meanwhile.
            ConnectError: Brokers do not allow it, or did not answer in time.
        """
        while True:
            own: Future[None] = Future()
            with self._lock:
                running = self._rounds.setdefault(name, own)
            if running is own:
                return self._run(name, own)
            try:
                running.result()
            except ConflictError:
                # It was begun for the tasks before those that this call is about.
                continue
            if not self._configs.snapshot().is_fencing_pending(name):
                return None

    def _run(self, name: str, done: Future[None]) -> None:
        try:
            self._round(name)
        except BaseException as error:
            self._forget(name)
            done.set_exception(error)
            raise
        self._forget(name)
        done.set_result(None)

    def _forget(self, name: str) -> None:
        with self._lock:
            self._rounds.pop(name, None)

    def _round(self, name: str) -> None:
        configs = self._configs.refresh(self._timeout_s)
        self._require_source(name, configs)
        previous, current = configs.fencing_count(name), configs.task_count(name)
        is_pending = configs.is_fencing_pending(name)
        match fencing_step(is_pending=is_pending, previous=previous, current=current):
            case FencingStep.NOTHING:
                pass
            case FencingStep.RECORD:
                self._record(name, configs)
            case FencingStep.FENCE:
                self._fence_producers(name, previous or 0, configs)
                self._record(name, configs)
            case step:
                assert_never(step)

    def _require_source(self, name: str, configs: ClusterConfigSnapshot) -> None:
        config = configs.connector_config(name)
        if config is None:
            raise NotFoundError(f"Connector {name} not found")
        try:
            found = self._plugins().find_connector(config.get("connector.class") or "")
        except PluginNotFoundError:
            # A worker that runs its tasks knows it; only sources have tasks that ask.
            return
        if not issubclass(found, SourceConnector):
            raise BadRequestError(f"Connector {name} is a sink: only tasks of source connectors are fenced")

    def _record(self, name: str, configs: ClusterConfigSnapshot) -> None:
        def record() -> None:
            newest = self._configs.refresh(self._timeout_s)
            if _task_set(newest, name) != _task_set(configs, name):
                raise ConflictError(f"Connector {name} got new tasks while older ones were fenced; ask again")
            self._configs.put_fencing_count(name, newest.task_count(name))

        self._on_herder(record)

    def _fence_producers(self, name: str, count: int, configs: ClusterConfigSnapshot) -> None:
        config = self._resolve(configs.connector_config(name) or {})
        deadline = self._clock.monotonic() + self._timeout_s
        ids = [transactional_id(self._group_id, ConnectorTaskId(name, number)) for number in range(count)]
        logger.info("Fencing %d producers of older tasks of connector %s", count, name)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"fencing-{name}") as pool:
            rounds = [pool.submit(self._fence_producer, name, config, one, deadline) for one in ids]
        for done in rounds:
            try:
                done.result()
            except ConnectError as error:
                raise ConnectError(
                    f"Older tasks of connector {name} could not be fenced, so its tasks may not start: {error}"
                ) from error

    def _fence_producer(self, name: str, config: Mapping[str, str], producer_id: str, deadline: float) -> None:
        settings = fencing_settings(self._clients.worker, config, name, producer_id)
        client = cast("TransactionalClient", self._clients.producer(settings))
        producer = TransactionalProducer(client, producer_id, transaction_timeout_s(settings), self._clock)
        producer.initialize(lambda: self._clock.monotonic() >= deadline)


def _task_set(configs: ClusterConfigSnapshot, name: str) -> tuple[int, int, bool]:
    return configs.task_revision(name), configs.task_count(name), configs.is_inconsistent(name)
