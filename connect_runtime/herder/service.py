"""The herder as REST sees it: checks requests, hands them to the herder's thread, answers from the stores.

Callable from any thread. Validation runs on the caller's thread, so that a plugin that hangs there delays its own
request only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import Any, TypeVar

from connect_runtime.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConflictError,
    ConnectError,
    NotFoundError,
    NotHereError,
    RequestTimeoutError,
)
from connect_runtime.herder.answers import LocalAnswers
from connect_runtime.herder.api import (
    ConnectorStatus,
    ConnectorType,
    Created,
    Health,
    HealthState,
    InitialState,
    RawConfig,
    ServerInfo,
)
from connect_runtime.herder.herder import Herder
from connect_runtime.herder.membership import Membership
from connect_runtime.herder.preview import Previewer
from connect_runtime.herder.signatures import verify
from connect_runtime.herder.status_views import restarting, restarting_task
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import Loggers, level_number
from connect_runtime.plugins import PluginLoader
from connect_runtime.storage.config_records import RestartRequest, TargetState
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.storage.status import StatusStore

__all__ = ["HerderService"]

logger = logging.getLogger(__name__)
REQUEST_TIMEOUT_S = 90.0
HEALTH_TIMEOUT_S = 10.0
# Each one in vain is a change by somebody else that was made.
PATCH_ATTEMPTS = 100
UNHEALTHY = "Worker is unable to handle this request at the moment."
Result = TypeVar("Result")
_INITIAL = {
    InitialState.RUNNING: TargetState.STARTED,
    InitialState.PAUSED: TargetState.PAUSED,
    InitialState.STOPPED: TargetState.STOPPED,
}


class HerderService(LocalAnswers):
    """Implements `connect_runtime.herder.api.HerderApi`: what changes the cluster, beside the answers it inherits.

    Args:
        herder: The control loop.
        configs: The cluster's configuration.
        statuses: Statuses.
        membership: Tells who leads and who runs what.
        validator: Checks connector configurations.
        previewer: Shows what they do to records.
        plugins: Installed plugins.
        loggers: The process's loggers.
        info: Answer to ``GET /``.
        fence: Shuts out the producers of a source connector's earlier tasks.
        accepted_signatures: Algorithms with which other workers may sign requests.
        problem: Tells why the internal topics cannot be read or written now, ``None`` while they can.
        waits_for_start: Answer creates and changes only when the connector has started and has its tasks, as a
            standalone worker does; else when they are stored.
    """

    def __init__(
        self,
        herder: Herder,
        configs: ConfigStore,
        statuses: StatusStore,
        membership: Membership,
        validator: ConfigValidator,
        previewer: Previewer,
        plugins: PluginLoader,
        loggers: Loggers,
        info: ServerInfo,
        fence: Callable[[str], None],
        accepted_signatures: Collection[str],
        problem: Callable[[], str | None],
        *,
        waits_for_start: bool,
    ) -> None:
        super().__init__(configs, statuses, validator, previewer, plugins, loggers, info)
        self._herder = herder
        self._membership = membership
        self._fence = fence
        self._accepted_signatures = accepted_signatures
        self._problem = problem
        self._waits_for_start = waits_for_start

    # -- the worker ----------------------------------------------------------------------------------------------------

    def health(self) -> Health:
        """Whether the herder still works; waits up to 10 s for it."""
        try:
            self._herder.requests.call("answering a health check", lambda: None, HEALTH_TIMEOUT_S)
        except RequestTimeoutError as error:
            if not self._herder.has_started_up:
                stage = self._herder.requests.stage
                return Health(HealthState.STARTING, " ".join(filter(None, ["Worker is still starting up.", stage])))
            return Health(HealthState.UNHEALTHY, " ".join(filter(None, [UNHEALTHY, self._of_brokers(), str(error)])))
        of_brokers = self._of_brokers()
        if of_brokers is not None:
            return Health(HealthState.UNHEALTHY, f"{UNHEALTHY} {of_brokers}")
        if self._membership.problem is not None:
            return Health(HealthState.UNHEALTHY, f"{UNHEALTHY} Because {self._membership.problem}.")
        return Health(HealthState.HEALTHY, "Worker has completed startup and is ready to handle requests.")

    def _of_brokers(self) -> str | None:
        problem = self._problem()
        return None if problem is None else f"The Kafka brokers cannot be used: {problem}."

    def set_cluster_logger_level(self, namespace: str, level: str) -> None:
        """Set the level on every worker that is up: each of them, this one too, reads it from the config topic."""
        level_number(level)  # refused here rather than by every worker
        self._configs.put_logger_level(namespace, level)

    # -- creating and changing -----------------------------------------------------------------------------------------

    def create_connector(self, name: str, config: RawConfig, initial_state: InitialState | None) -> Created:
        """Validate and create."""
        named = self._checked(name, config)

        def create() -> Created:
            if self._configs.snapshot().contains(name):
                raise AlreadyExistsError(f"Connector {name} already exists")
            target = None if initial_state is None else _INITIAL[initial_state]
            self._configs.put_connector(name, named, target)
            return Created(created=True, info=self.connector_info(name))

        return self._started(self._lead(f"creating connector {name}", create))

    def put_connector_config(self, name: str, config: RawConfig) -> Created:
        """Validate and create or replace."""
        named = self._checked(name, config)

        def put() -> Created:
            created = not self._configs.snapshot().contains(name)
            self._configs.put_connector(name, named)
            return Created(created=created, info=self.connector_info(name))

        return self._started(self._lead(f"configuring connector {name}", put))

    def patch_connector_config(self, name: str, patch: RawConfig) -> Created:
        """Merge into the raw config, then as `put_connector_config`.

        Checking takes as long as the plugin likes and is done on the request's thread: when the configuration was
        changed meanwhile, the patch is merged into that and checked again.
        """
        for _ in range(PATCH_ATTEMPTS):
            self._require_leader()
            configs = self._configs.refresh(REQUEST_TIMEOUT_S)
            current, revision = configs.connector_config(name), configs.connector_revision(name)
            if current is None:
                raise NotFoundError(f"Connector {name} not found")
            checked = self._checked(name, _patched(current, patch))
            created = self._lead(f"configuring connector {name}", partial(self._replace, name, revision, checked))
            if created is not None:
                return self._started(created)
        raise ConflictError(f"Connector {name} is changed again and again by other requests; ask again")

    def _replace(self, name: str, revision: int, config: RawConfig) -> Created | None:
        """Store a configuration, unless the connector is no longer as it was at that revision."""
        if self._configs.snapshot().connector_revision(name) != revision:
            return None
        self._configs.put_connector(name, config)
        return Created(created=False, info=self.connector_info(name))

    def delete_connector(self, name: str) -> None:
        """Delete."""

        def delete() -> None:
            self._require(name, f"Connector {name} not found")
            self._configs.remove_connector(name)
            if self._waits_for_start:
                self._herder.reconcile()

        self._lead(f"deleting connector {name}", delete)

    def pause_connector(self, name: str) -> None:
        """Ask for the PAUSED state."""
        self._set_target(name, TargetState.PAUSED)

    def resume_connector(self, name: str) -> None:
        """Ask for the STARTED state."""
        self._set_target(name, TargetState.STARTED)

    def stop_connector(self, name: str) -> None:
        """Empty the task set and ask for the STOPPED state."""

        def stop() -> None:
            self._require(name, f"Unknown connector {name}")
            self._configs.stop_connector(name)

        self._lead(f"stopping connector {name}", stop)

    # -- restarting ----------------------------------------------------------------------------------------------------

    def restart_connector(self, name: str) -> None:
        """Restart the connector instance only, and wait for it."""

        def restart() -> Future[TargetState]:
            self._require(name, f"Unknown connector: {name}")
            if not self._herder.runs_connector(name):
                raise NotHereError(self._membership.owner_url(name))
            return self._herder.restart_connector(name)

        self._await_start(name, self._call(f"restarting connector {name}", restart))

    def restart_connector_and_tasks(self, name: str, *, include_tasks: bool, only_failed: bool) -> ConnectorStatus:
        """Begin a combined restart."""
        request = RestartRequest(name, include_tasks, only_failed)

        def restart() -> ConnectorStatus:
            self._require(name, f"Unknown connector: {name}")
            plan = self._herder.restarts.plan(request, self._configs.snapshot())
            if plan is None:
                raise NotFoundError(f"Status for connector {name} not found")
            status = self.connector_status(name)
            self._configs.put_restart_request(request)
            connector = restarting(status.connector) if plan.restart_connector else status.connector
            tasks = [
                restarting_task(task) if ConnectorTaskId(name, task.id) in plan.tasks else task for task in status.tasks
            ]
            return ConnectorStatus(name, connector, tasks, status.type)

        return self._lead(f"restarting connector {name} and tasks", restart)

    def restart_task(self, task_id: ConnectorTaskId) -> None:
        """Restart one task."""

        def restart() -> None:
            self._require(task_id.connector, f"Unknown connector: {task_id.connector}")
            if task_id not in self._configs.snapshot().task_ids(task_id.connector):
                raise NotFoundError(f"Unknown task: {task_id}")
            if not self._herder.runs_task(task_id):
                raise NotHereError(self._membership.owner_url(task_id))
            if not self._herder.restart_task(task_id):
                raise ConnectError(f"Failed to start task: {task_id}. Its status has the reason")

        self._call(f"restarting task {task_id}", restart)

    # -- for other workers ---------------------------------------------------------------------------------------------

    def verify_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check that a worker of the cluster sent a request."""
        if self._waits_for_start:
            raise ConnectError("A standalone worker is not part of a cluster: no other worker has requests for it")
        verify(headers, body, self._configs.snapshot().session_key, self._accepted_signatures)

    def put_task_configs(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Replace a connector's tasks by those it generated."""

        def put() -> None:
            self._require(name, f"Connector {name} not found")
            if configs and self._configs.snapshot().target_state(name) is TargetState.STOPPED:
                raise BadRequestError(f"Connector {name} is stopped and can be given no tasks: resume it first")
            self._configs.put_task_configs(name, configs)

        self._lead(f"storing the tasks of connector {name}", put)

    def fence_zombies(self, name: str) -> None:
        """Shut out producers of earlier tasks."""
        self._require_leader()
        if self.connector_info(name).type is not ConnectorType.SOURCE:
            raise BadRequestError(f"Connector {name} is no source connector: it has no producers to fence")
        self._fence(name)

    # -- shared --------------------------------------------------------------------------------------------------------

    def _call(self, doing: str, work: Callable[[], Result]) -> Result:
        return self._herder.requests.call(doing, work, REQUEST_TIMEOUT_S)

    def _lead(self, doing: str, work: Callable[[], Result]) -> Result:
        """As `_call`, for what only the leader may do."""

        def lead() -> Result:
            self._require_leader()
            return work()

        return self._call(doing, lead)

    def _require_leader(self) -> None:
        if not self._membership.is_leader:
            raise NotHereError(self._membership.leader_url())

    def _started(self, created: Created) -> Created:
        """The same once the connector has started, with its tasks, where that is waited for."""
        if not self._waits_for_start:
            return created
        name = created.info.name

        def settle() -> Future[None]:
            self._herder.reconcile()
            return self._herder.ready(name)

        self._await_start(name, self._call(f"starting connector {name}", settle))
        return Created(created=created.created, info=self.connector_info(name))

    def _await_start(self, name: str, reached: Future[Any]) -> None:
        """Wait until a connector has started, or the worker stops."""
        wait([reached, self._herder.refusing], REQUEST_TIMEOUT_S, FIRST_COMPLETED)
        if reached.done():
            error = reached.exception()
            if error is not None:
                raise ConnectError(self._herder.secrets.hide(f"Failed to start connector: {name}: {error}")) from error
        elif self._herder.refusing.done():
            raise RequestTimeoutError("Worker is shutting down")
        else:
            raise RequestTimeoutError(f"Request timed out. Connector {name} has not started yet")

    def _checked(self, name: str, config: RawConfig) -> dict[str, str | None]:
        named = dict(config)
        if named.get("name") is None:
            named["name"] = name
        elif named["name"] != name:
            raise BadRequestError(
                f"Connector name configuration ({named['name']}) doesn't match connector name in the request ({name})"
            )
        self._validator.require_valid(named)
        return named

    def _set_target(self, name: str, target: TargetState) -> None:
        self._require(name, f"Unknown connector {name}")
        self._configs.put_target_state(name, target)

    def _require(self, name: str, message: str) -> None:
        if not self._configs.snapshot().contains(name):
            raise NotFoundError(message)


def _patched(config: RawConfig, patch: RawConfig) -> dict[str, str | None]:
    kept = {key: value for key, value in config.items() if key not in patch}
    return kept | {key: value for key, value in patch.items() if value is not None}
