"""One worker: its parts, how they hang together, and in which order they start and stop."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api import (
    Forwarder,
    RestServer,
    advertised_url,
    client_tls,
    create_app,
    parse_listeners,
    server_tls,
    worker_client,
)
from connect_runtime import __version__
from connect_runtime.cli.cluster import ClusterParts
from connect_runtime.cli.execution import made_worker
from connect_runtime.cli.stores import Stores, open_stores
from connect_runtime.clock import SystemClock
from connect_runtime.config import ConfigResolver, ConnectorFile, WorkerConfig, WorkerMode
from connect_runtime.errors import (
    BadRequestError,
    ConnectError,
    ExitCode,
    PluginNotFoundError,
    RetriableError,
    StartupError,
    StorageError,
)
from connect_runtime.herder.api import InitialState, ServerInfo
from connect_runtime.herder.duties import LeaderDuties
from connect_runtime.herder.fencing import ZombieFencing
from connect_runtime.herder.herder import Herder
from connect_runtime.herder.membership import Membership
from connect_runtime.herder.peers import LeaderClient
from connect_runtime.herder.preview import Previewer
from connect_runtime.herder.publishing import ClusterTaskPublisher
from connect_runtime.herder.requests import RequestQueue
from connect_runtime.herder.service import HerderService
from connect_runtime.herder.session_keys import SessionKeySettings
from connect_runtime.herder.statuses import ConnectorStatuses, TaskStatuses
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.herder.validation_warnings import converter_warnings
from connect_runtime.kafka import ClientFactory
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import Loggers
from connect_runtime.pipeline.build import build_converters
from connect_runtime.plugins import PluginLoader, read_plugin_settings
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.exactly_once import StartChecks
from connect_runtime.tasks.thread import SerialExecutor

__all__ = ["WorkerNode"]

logger = logging.getLogger(__name__)
COMMIT = "unknown"
YOUNG_OBJECTS = 50_000
REST_STOP_S = 5.0
FENCING_RECORD_S = 90.0


class WorkerNode:
    """A worker that can be started once and stopped once.

    Args:
        config: The worker's configuration; ``bootstrap.servers`` names a running broker.
        resolver: Replaces provider variables in connector configurations.
        plugins_file: Says which plugin packages load; need not exist.
    """

    def __init__(self, config: WorkerConfig, resolver: ConfigResolver, plugins_file: Path) -> None:
        self._config = config
        self._resolver = resolver
        self._clock = SystemClock()
        self._plugins = PluginLoader(read_plugin_settings(plugins_file))
        self._clients = ClientFactory(config.originals)
        self._to_workers = worker_client(partial(client_tls, config.originals))
        self._loggers = Loggers(self._clock)
        self._url = ""
        self._cluster = ClusterParts(config, self._clients, lambda: self._url, self._clock)
        self._publishing = SerialExecutor("task-publisher")
        self._stores: Stores | None = None
        self._committer = Committer(config.offset_flush_interval_s, self._clock)
        self._herder: Herder | None = None
        self._membership: Membership | None = None
        self._leader: LeaderClient | None = None
        self._fencing: ZombieFencing | None = None
        self._service: HerderService | None = None
        self._rest: RestServer | None = None

    def start(self) -> None:
        """Read the internal topics, serve REST, run connectors. Blocks until REST answers.

        Raises:
            ConnectError: The broker cannot be reached, an internal topic is not as it must be, a port is taken, the
                worker's converters cannot be used.
        """
        self._check_converters()
        stores = self._stores = open_stores(self._config, self._clients, self._cluster.metadata)
        requests = RequestQueue(self._clock)
        membership = self._membership = self._cluster.membership(stores, requests.wake)
        leader = self._leader = self._leader_client(stores, membership)
        fencing = self._fencing = self._made_fencing(stores, requests)
        herder = self._herder = self._made_herder(stores, membership, requests, leader)
        self._service = self._made_service(herder, membership, stores, fencing)
        try:
            stores.start()
            herder.load()
        except StorageError as error:
            raise StartupError(str(error), exit_code=ExitCode.STARTUP) from error
        self._rest = self._made_rest(self._service)
        self._rest.start()
        self._url = self._advertised_url(self._rest)
        self._committer.start()
        self._publishing.start()
        _tune_garbage_collection()
        herder.start()
        logger.info("Worker %s is up; cluster id %s", self._own_id(), stores.cluster_id)

    def stop(self) -> None:
        """Take no more requests, stop connectors and tasks, commit, close. Blocks, for a bounded time."""
        with ExitStack() as steps:  # the last one comes first; each is taken whatever became of those before
            if self._stores is not None:
                steps.callback(self._stores.stop)
            steps.callback(self._committer.stop)
            steps.callback(self._to_workers.close)
            steps.callback(self._publishing.stop)
            if self._herder is not None:
                steps.callback(self._herder.stop)
            if self._rest is not None:
                steps.callback(self._rest.stop, REST_STOP_S)
            if self._herder is not None:
                # A request that waits for the herder would otherwise keep REST from stopping.
                self._herder.refuse_requests()

    @property
    def url(self) -> str:
        """Where others reach it; empty before it has started."""
        return self._url

    @property
    def failure(self) -> BaseException | None:
        """Why the worker cannot go on, ``None`` while it can."""
        return None if self._herder is None else self._herder.failure

    def create(self, connector: ConnectorFile, path: Path) -> None:
        """Create a connector of a file and wait until it has started; for a standalone worker.

        Args:
            connector: What the file says.
            path: The file, for messages.

        Raises:
            StartupError: The configuration is bad, the connector exists, or it does not start.
        """
        if self._service is None:
            raise StartupError("The worker has not started")
        try:
            self._service.create_connector(connector.name, connector.config, _initial_state(connector.initial_state))
        except ConnectError as error:
            raise StartupError(
                f"Connector {connector.name} of {path} cannot be started: {error}", exit_code=ExitCode.STARTUP
            ) from error
        logger.info("Created connector %s of %s", connector.name, path)

    def _check_converters(self) -> None:
        """Say at once what would otherwise fail every connector that has no converters of its own.

        Raises:
            StartupError: A converter class is not installed, or refuses its options.
        """
        plugins = self._plugins.registry()
        classes: dict[str, type[Any]] = {}
        for key, name in self._config.converters.items():
            find = plugins.find_header_converter if key == "header.converter" else plugins.find_converter
            try:
                classes[key] = find(name)
            except PluginNotFoundError as error:
                raise StartupError(f"Invalid value {name} for configuration {key}: {error}") from error
        misspelt = converter_warnings(self._config.originals, classes)
        try:
            build_converters({}, self._config.with_converters, plugins)
        except ConnectError as error:
            raise StartupError(" ".join([f"The worker's converters cannot be used: {error}", *misspelt])) from error
        for warning in misspelt:
            logger.warning("%s", warning)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _made_herder(
        self, stores: Stores, membership: Membership, requests: RequestQueue, leader: LeaderClient
    ) -> Herder:
        hide = self._resolver.hide
        connector_statuses = ConnectorStatuses(stores.statuses, self._own_id, lambda: membership.generation, hide)
        task_statuses = TaskStatuses(stores.statuses, self._own_id, lambda: membership.generation, hide)
        herder: Herder | None = None

        def reconfigure(name: str) -> None:
            if herder is not None:
                herder.request_reconfiguration(name)

        worker = made_worker(
            self._config,
            self._clients,
            self._plugins.registry,
            stores,
            self._committer,
            connector_statuses,
            task_statuses,
            StartChecks(self._fence, self._require_current),
            reconfigure,
            self._clock,
        )
        herder = Herder(
            stores.configs,
            stores.statuses,
            membership,
            worker,
            connector_statuses,
            task_statuses,
            requests,
            self._duties(stores, membership),
            ClusterTaskPublisher(membership, stores.configs, leader.publish_tasks, self._publishing),
            self._resolver,
            self._loggers.set_level,
        )
        return herder

    def _made_fencing(self, stores: Stores, requests: RequestQueue) -> ZombieFencing:
        def on_herder(work: Callable[[], None]) -> None:
            requests.call("recording that older tasks are fenced", work, FENCING_RECORD_S)

        return ZombieFencing(
            stores.configs, self._clients, self._plugins.registry, self._resolved, self._config.group_id, on_herder
        )

    def _fence(self, name: str) -> None:
        """Have older tasks of a connector fenced by whoever leads."""
        if self._fencing is None or self._leader is None or self._membership is None:
            raise RetriableError("The worker has not started")
        if self._membership.is_leader:
            self._fencing.fence(name)
        else:
            self._leader.fence(name)

    def _require_current(self, task_id: ConnectorTaskId) -> None:
        if self._herder is None:
            raise ConnectError("The worker has not started")
        self._herder.require_current(task_id)

    def _duties(self, stores: Stores, membership: Membership) -> LeaderDuties:
        session_keys = None if stores.leader is None else SessionKeySettings.of(self._config)
        return LeaderDuties(membership, stores.configs, stores.statuses, session_keys, self._clock)

    def _leader_client(self, stores: Stores, membership: Membership) -> LeaderClient:
        return LeaderClient(
            self._to_workers,
            membership.leader_url,
            lambda: stores.configs.snapshot().session_key,
            self._config.inter_worker_signature_algorithm,
        )

    def _made_service(
        self, herder: Herder, membership: Membership, stores: Stores, fencing: ZombieFencing
    ) -> HerderService:
        validator = ConfigValidator(self._plugins.registry, self._config, self._resolver)
        info = ServerInfo(__version__, COMMIT, stores.cluster_id)
        return HerderService(
            herder,
            stores.configs,
            stores.statuses,
            membership,
            validator,
            Previewer(validator, self._plugins.registry, self._config.with_converters, self._resolver, self._clients),
            self._plugins,
            self._loggers,
            info,
            fencing.fence,
            self._config.inter_worker_verification_algorithms,
            stores.problem,
            waits_for_start=self._config.mode is WorkerMode.STANDALONE,
        )

    def _made_rest(self, service: HerderService) -> RestServer:
        config = self._config
        listeners = parse_listeners(",".join(config.listeners))
        tls = server_tls(config.originals) if any(item.scheme == "https" for item in listeners) else None
        app = create_app(
            service,
            forwarder=Forwarder(self._to_workers),
            allow_origin=config.access_control_allow_origin,
            allow_methods=config.access_control_allow_methods,
            response_headers=config.response_http_headers_config,
        )
        return RestServer(app, listeners, tls=tls)

    def _advertised_url(self, rest: RestServer) -> str:
        return advertised_url(
            rest.listeners,
            scheme=self._config.rest_advertised_listener or "",
            host=self._config.rest_advertised_host_name or "",
            port=self._config.rest_advertised_port or 0,
        )

    def _own_id(self) -> str:
        return urlsplit(self._url).netloc

    def _resolved(self, config: Mapping[str, str | None]) -> dict[str, str]:
        """A connector's or task's configuration with variables replaced; keys without a value are left out."""
        return {key: value for key, value in self._resolver.resolve(config).config.items() if value is not None}


def _initial_state(name: str | None) -> InitialState | None:
    if name is None:
        return None
    try:
        return InitialState(name.strip().upper())
    except ValueError:
        allowed = ", ".join(state.value for state in InitialState)
        raise BadRequestError(f"initial_state is {name!r}, but it must be one of {allowed}") from None


def _tune_garbage_collection() -> None:
    """Batches hold tens of thousands of fresh objects that are all freed soon: looking through them is wasted time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)
