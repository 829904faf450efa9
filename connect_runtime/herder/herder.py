"""The herder: one thread that compares what is wanted with what runs and acts on the difference.

Everything here but `notify_*` and the calls that go through `requests` runs on the herder's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Event

from connect_runtime.config import ConfigResolver
from connect_runtime.errors import ConnectError
from connect_runtime.herder.assignment import Share
from connect_runtime.herder.duties import LeaderDuties
from connect_runtime.herder.forgetting import forget_connector
from connect_runtime.herder.generation import TaskGeneration, TaskPublisher
from connect_runtime.herder.membership import Membership
from connect_runtime.herder.own_connectors import OwnConnectors
from connect_runtime.herder.reconcile import Plan, Spec, reconcile
from connect_runtime.herder.requests import RequestQueue
from connect_runtime.herder.restart import CombinedRestarts, RestartPlan
from connect_runtime.herder.secrets_reload import SecretsReload
from connect_runtime.herder.statuses import ConnectorStatuses, TaskStatuses
from connect_runtime.herder.task_configs import check_task_count
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.storage.config_records import RestartRequest, SessionKey, TargetState
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.storage.status import StatusStore
from connect_runtime.tasks.thread import daemon
from connect_runtime.worker import TaskSetUp, Worker

__all__ = ["Herder"]

logger = logging.getLogger(__name__)
TICK_S = 0.2
JOINING_TICK_S = 0.05
BUSY_S = 5.0
READ_S = 30.0
SHOWN_NAMES = 5


class Herder:
    """Runs this worker's share of the cluster.

    Attributes:
        requests: Work for its thread.
        refusing: Done once requests are refused.
        restarts: Combined restarts that were asked for.
        secrets: Puts values of config providers into configurations, and out of texts.

    Args:
        configs: The cluster's configuration.
        statuses: Statuses; started before the herder.
        membership: What this worker is to run.
        worker: What runs here.
        connector_statuses: Writes statuses of connectors that restart.
        task_statuses: Writes statuses of tasks that restart.
        requests: Work for the herder's thread.
        duties: What falls to the leader.
        publisher: Stores the tasks that this worker's connectors generate.
        resolver: Replaces provider variables in configurations.
        on_logger_level: Called, from another thread, when a logger's level is set for the whole cluster.
        busy_s: How long to wait, when everything is to stop, for a thread that is busy.
    """

    def __init__(
        self,
        configs: ConfigStore,
        statuses: StatusStore,
        membership: Membership,
        worker: Worker,
        connector_statuses: ConnectorStatuses,
        task_statuses: TaskStatuses,
        requests: RequestQueue,
        duties: LeaderDuties,
        publisher: TaskPublisher,
        resolver: ConfigResolver,
        on_logger_level: Callable[[str, str], object],
        *,
        busy_s: float = BUSY_S,
    ) -> None:
        self.requests = requests
        self.refusing: Future[None] = Future()
        self.restarts = CombinedRestarts(statuses)
        self.secrets = SecretsReload(resolver, requests, self._restart, self._runs)
        self._configs = configs
        self._statuses = statuses
        self._membership = membership
        self._worker = worker
        self._connector_statuses = connector_statuses
        self._task_statuses = task_statuses
        self._duties = duties
        self._on_logger_level = on_logger_level
        self._busy_s = busy_s
        self._connectors = OwnConnectors(worker, self.secrets, connector_statuses, self._generate_tasks)
        self._tasks_of = TaskGeneration(requests, configs, publisher, worker, self._connectors.wants_tasks)
        self._running_tasks: dict[ConnectorTaskId, Spec] = {}
        self._reconciled: tuple[ClusterConfigSnapshot, Share] | None = None
        self._started_up = Event()
        self._stopping = Event()
        self._left_loop = Event()
        self._failure: BaseException | None = None
        self._thread = daemon("herder-tick-thread", self._run)

    # -- from other threads --------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the cluster's configuration. Blocks.

        Raises:
            StorageError: It cannot be read.
        """
        self._configs.start(self)

    def start(self) -> None:
        """Start the thread, after `load`; returns at once."""
        self._thread.start()

    def refuse_requests(self) -> None:
        """Let requests that wait, and all to come, fail at once; what runs goes on."""
        self.requests.close()
        with suppress(InvalidStateError):  # they are refused already
            self.refusing.set_result(None)

    def stop(self) -> None:
        """Stop everything that runs here, then the thread. Blocks for as long as tasks and connectors may take.

        A thread that hangs in a plugin's ``task_configs`` or waits for a broker is left behind.
        """
        self._stopping.set()
        self.refuse_requests()
        if self._thread.ident is None:
            return
        if self._left_loop.wait(self._busy_s):
            self._thread.join()
            return
        logger.error("The herder does not end and is left behind. %s", self.requests.stage)
        self._worker.stop()

    @property
    def has_started_up(self) -> bool:
        """Whether the internal topics were read and the first round is done."""
        return self._started_up.is_set()

    @property
    def failure(self) -> BaseException | None:
        """Why the herder ended by itself, ``None`` while it has not."""
        return self._failure

    def on_config_change(self) -> None:
        """The configuration changed: compare anew."""
        self.requests.wake()

    def on_restart_request(self, request: RestartRequest) -> None:
        """A combined restart was asked for."""
        self.restarts.add(request)
        self.requests.wake()

    def on_logger_level(self, namespace: str, level: str) -> None:
        """A logger's level was set for the whole cluster."""
        self._on_logger_level(namespace, level)

    def on_session_key(self, key: SessionKey) -> None:
        """Whoever signs or verifies takes the key from the newest snapshot."""

    def request_reconfiguration(self, name: str) -> None:
        """A connector wants new task configurations."""
        self._generate_tasks(name)

    def _generate_tasks(self, name: str) -> Future[None]:
        return self._tasks_of.request(name)

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._membership.join()
            while not self._stopping.is_set():
                self._membership.tick()
                self._duties.tick()
                self._restart_requested()
                self.reconcile()
                self._serve_requests()
        except BaseException as error:
            logger.exception("The herder ended")
            self._failure = error
        finally:
            self.requests.close()
            self._left_loop.set()
            self._worker.stop()
            self._membership.leave()

    def _serve_requests(self) -> None:
        """Let requests wait until this worker has found its place; after that nothing holds them up."""
        waiting_for = None if self._started_up.is_set() else self._membership.waiting_for
        if waiting_for is None:
            self._started_up.set()
            self.requests.run_due(TICK_S)
        else:
            with self.requests.doing(waiting_for):
                self.requests.idle(JOINING_TICK_S)

    def reconcile(self) -> None:
        """Compare what is wanted with what runs, and act on the difference."""
        configs = self._configs.snapshot()
        share = self._membership.share(configs)
        if self._reconciled is not None and self._reconciled[0] is configs and self._reconciled[1] is share:
            return
        wanted_connectors = {
            name: Spec(configs.connector_revision(name), configs.target_state(name)) for name in share.connectors
        }
        wanted_tasks = {
            id_: Spec(configs.task_revision(id_.connector), configs.target_state(id_.connector)) for id_ in share.tasks
        }
        plan = reconcile(wanted_connectors, self._connectors.specs, wanted_tasks, self._running_tasks)
        if not plan.is_empty:
            with self.requests.doing(f"starting and stopping what changed of {_shown(plan.names)}"):
                self._carry_out(plan, configs)
        self._reconciled = configs, share
        self._membership.note_applied()
        self.requests.wake()  # a leader may have waited for just that

    def _carry_out(self, plan: Plan, configs: ClusterConfigSnapshot) -> None:
        self._worker.stop_tasks(plan.stop_tasks)
        for id_ in plan.stop_tasks:
            self._running_tasks.pop(id_, None)
        self._connectors.stop(plan.stop_connectors)
        self._forget_deleted(plan, configs)
        for name, target in plan.retarget_connectors.items():
            self._connectors.retarget(name, target, configs)
        for id_, target in plan.retarget_tasks.items():
            self._running_tasks[id_] = Spec(self._running_tasks[id_].revision, target)
            self._worker.set_task_target(id_, target)
        for name in plan.start_connectors:
            self._connectors.start(name, configs)
        for id_, spec in plan.start_tasks.items():
            self._start_task(id_, spec, configs)

    def _forget_deleted(self, plan: Plan, configs: ClusterConfigSnapshot) -> None:
        """Statuses of what no longer exists are taken away, by whoever leads."""
        if not self._membership.is_leader:
            return
        for id_ in plan.stop_tasks:
            if id_.task >= configs.task_count(id_.connector):
                self._statuses.remove_task(id_)
        for name in plan.stop_connectors:
            if not configs.contains(name):
                forget_connector(self._statuses, name)

    # -- connectors ----------------------------------------------------------------------------------------------------

    def runs_connector(self, name: str) -> bool:
        """Whether a connector is this worker's to run."""
        return name in self._connectors.specs

    def runs_task(self, task_id: ConnectorTaskId) -> bool:
        """Whether a task is this worker's to run."""
        return task_id in self._running_tasks

    def _runs(self, instance: str | ConnectorTaskId) -> bool:
        return instance in self._connectors.specs or instance in self._running_tasks

    def ready(self, name: str) -> Future[None]:
        """Tells when a connector has reached its target state and, if that is STARTED, has its tasks.

        Raises:
            ConnectError: It does not run here.
        """
        return self._connectors.ready(name)

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def _start_task(self, task_id: ConnectorTaskId, spec: Spec, configs: ClusterConfigSnapshot) -> bool:
        self._running_tasks[task_id] = spec
        try:
            connector_config, task_config = self.secrets.task_configs(
                task_id, configs.connector_config(task_id.connector) or {}, configs.task_config(task_id) or {}
            )
            check_task_count(task_id.connector, configs.task_count(task_id.connector), connector_config)
        except Exception as error:
            logger.error("Task %s cannot be started: %s", task_id, error, exc_info=stack_of_a_bug(error))
            self._task_statuses.on_failure(task_id, error, None)
            return False
        return self._worker.start_task(task_id, TaskSetUp(connector_config, task_config, spec.target))

    def require_current(self, task_id: ConnectorTaskId) -> None:
        """Make sure that a task which starts is still to run here, as it is. For its own thread; blocks.

        Raises:
            ConnectError: It is not, or the config topic cannot be read.
        """
        configs = self._configs.refresh(READ_S)
        spec = self._running_tasks.get(task_id)
        is_wanted = self._membership.owns(task_id, configs)
        if spec is None or not is_wanted or spec.revision != configs.task_revision(task_id.connector):
            raise ConnectError(f"Task {task_id} was reconfigured or moved while it started; its successor takes over")

    # -- restarts ------------------------------------------------------------------------------------------------------

    def restart_connector(self, name: str) -> Future[TargetState]:
        """Replace the instance of a connector; the future tells when the new one has reached its target state."""
        return self._connectors.restart(name, self._configs.snapshot())

    def restart_task(self, task_id: ConnectorTaskId) -> bool:
        """Replace a task by a new one; whether that could be made."""
        configs = self._configs.snapshot()
        self._worker.stop_tasks([task_id])
        spec = Spec(configs.task_revision(task_id.connector), configs.target_state(task_id.connector))
        return self._start_task(task_id, spec, configs)

    def _restart_requested(self) -> None:
        for name, plan in self.restarts.take(self._configs.snapshot()).items():
            self._restart(name, plan)

    def _restart(self, name: str, plan: RestartPlan) -> None:
        configs = self._configs.snapshot()
        tasks = sorted(id_ for id_ in plan.tasks if id_ in self._running_tasks)
        restarts_connector = plan.restart_connector and name in self._connectors.specs
        self._worker.stop_tasks(tasks)
        if restarts_connector:
            self._worker.stop_connectors([name])
            self._connector_statuses.on_restart(name)
        for id_ in tasks:
            self._task_statuses.on_restart(id_)
        if restarts_connector:
            self._connectors.start(name, configs)
        for id_ in tasks:
            self._start_task(id_, Spec(configs.task_revision(name), configs.target_state(name)), configs)


def _shown(names: list[str]) -> str:
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
