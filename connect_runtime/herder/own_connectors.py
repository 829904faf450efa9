"""The connectors that are this worker's to run: started, told target states, and followed until they have tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future

from connect_runtime.errors import ConnectError
from connect_runtime.herder.reconcile import Spec
from connect_runtime.herder.secrets_reload import SecretsReload
from connect_runtime.herder.statuses import ConnectorStatuses
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.storage.config_records import TargetState
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.tasks.lifecycle import IllegalTransitionError
from connect_runtime.worker import Worker

__all__ = ["OwnConnectors"]

logger = logging.getLogger(__name__)


class OwnConnectors:
    """Belongs to the herder's thread.

    Args:
        worker: Where they run.
        secrets: Puts values of config providers into configurations.
        statuses: Told of those that cannot be started.
        generate: Generates the tasks of a connector that has started; the future tells when they are stored.
    """

    def __init__(
        self,
        worker: Worker,
        secrets: SecretsReload,
        statuses: ConnectorStatuses,
        generate: Callable[[str], Future[None]],
    ) -> None:
        self._worker = worker
        self._secrets = secrets
        self._statuses = statuses
        self._generate = generate
        self._specs: dict[str, Spec] = {}
        self._ready: dict[str, Future[None]] = {}

    @property
    def specs(self) -> Mapping[str, Spec]:
        """What each was started with and told last, whether or not it could be made so."""
        return self._specs

    def wants_tasks(self, name: str, configs: ClusterConfigSnapshot) -> bool:
        """Whether a connector runs here under its newest configuration and is to be STARTED."""
        return self._specs.get(name) == Spec(configs.connector_revision(name), TargetState.STARTED)

    def ready(self, name: str) -> Future[None]:
        """Tells when a connector has reached its target state and, if that is STARTED, has its tasks.

        Raises:
            ConnectError: It does not run here.
        """
        ready = self._ready.get(name)
        if ready is None:
            raise ConnectError(f"Connector {name} does not run on this worker")
        return ready

    def start(self, name: str, configs: ClusterConfigSnapshot) -> Future[TargetState]:
        """Start an instance; the future tells when it has reached its target state, or why not."""
        spec = self._specs[name] = Spec(configs.connector_revision(name), configs.target_state(name))
        try:
            config = self._secrets.connector_config(name, configs.connector_config(name) or {})
        except Exception as error:
            logger.error("Connector %s cannot be started: %s", name, error, exc_info=stack_of_a_bug(error))
            self._statuses.on_failure(name, error, None)
            reached: Future[TargetState] = Future()
            reached.set_exception(error)
        else:
            reached = self._worker.start_connector(name, config, spec.target)
        self._follow(name, reached)
        return reached

    def restart(self, name: str, configs: ClusterConfigSnapshot) -> Future[TargetState]:
        """Replace an instance; the future tells when the new one has reached its target state."""
        self._worker.stop_connectors([name])
        return self.start(name, configs)

    def retarget(self, name: str, target: TargetState, configs: ClusterConfigSnapshot) -> None:
        """Tell an instance another target state."""
        reached = self._worker.set_connector_target(name, target)
        if reached is None:
            # It could not be made so far. What was in its way may be gone.
            self.start(name, configs)
            return
        self._specs[name] = Spec(configs.connector_revision(name), target)
        self._follow(name, reached)

    def stop(self, names: Collection[str]) -> None:
        """Stop instances that are not to run any more, at least not as they are."""
        self._worker.stop_connectors(names)
        for name in names:
            self._specs.pop(name, None)
            self._ready.pop(name, None)

    def _follow(self, name: str, reached: Future[TargetState]) -> None:
        """Generate tasks once the connector is started, and let `ready` know how it went."""
        ready = self._ready[name] = Future()

        def on_reached(future: Future[TargetState]) -> None:
            error = future.exception()
            if error is not None:
                if isinstance(error, IllegalTransitionError):
                    logger.warning("%s: %s", name, error)
                ready.set_exception(error)
            elif future.result() is TargetState.STARTED:
                self._generate(name).add_done_callback(on_generated)
            else:
                ready.set_result(None)

        def on_generated(future: Future[None]) -> None:
            error = future.exception()
            if error is None:
                ready.set_result(None)
            else:
                ready.set_exception(error)

        reached.add_done_callback(on_reached)
