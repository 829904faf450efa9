"""From a running connector to its stored tasks: asked, compared, written; tried again until it works."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from connect_runtime.errors import ConnectError
from connect_runtime.herder.requests import RequestQueue
from connect_runtime.herder.task_configs import (
    TooManyTasksError,
    check_task_count,
    differs_from_stored,
    stored_form,
)
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.worker import Worker

__all__ = ["TaskGeneration"]

logger = logging.getLogger(__name__)
FIRST_BACKOFF_S = 0.25
LONGEST_BACKOFF_S = 60.0


class TaskGeneration:
    """Generates the tasks of this worker's connectors. Belongs to the herder's thread, but for `request`.

    Args:
        requests: The herder's thread.
        configs: Where tasks are stored.
        worker: Where connectors run.
        is_wanted: Whether a connector runs under its newest configuration and is to be STARTED.
    """

    def __init__(
        self,
        requests: RequestQueue,
        configs: ConfigStore,
        worker: Worker,
        is_wanted: Callable[[str, ClusterConfigSnapshot], bool],
    ) -> None:
        self._requests = requests
        self._configs = configs
        self._worker = worker
        self._is_wanted = is_wanted
        self._tickets = itertools.count()
        self._newest: dict[str, int] = {}

    def request(self, name: str) -> Future[None]:
        """Generate a connector's tasks soon. From any thread.

        Returns:
            Told the outcome of the first attempt; later ones follow by themselves, after a pause that doubles.
        """
        return self._requests.submit(f"generating the tasks of {name}", lambda: self._begin(name))

    def _begin(self, name: str) -> None:
        # A later request takes over from the retries of an earlier one: they would do the same again.
        ticket = self._newest[name] = next(self._tickets)
        self._attempt(name, ticket, FIRST_BACKOFF_S)

    def _attempt(self, name: str, ticket: int, backoff_s: float) -> None:
        if self._newest.get(name) != ticket:
            return
        try:
            self._publish(name)
        except TooManyTasksError as error:
            self._fail(name, error)
            raise
        except BaseException as error:  # a plugin call ends here
            self._retry(name, ticket, backoff_s, error)
            raise
        del self._newest[name]

    def _publish(self, name: str) -> None:
        configs = self._configs.snapshot()
        raw = configs.connector_config(name)
        connector = self._worker.connector(name)
        if raw is None or connector is None or not connector.is_running or not self._is_wanted(name, configs):
            return
        generated = connector.plugin.task_configs(int(connector.config.get("tasks.max", "1")))
        warning = check_task_count(name, len(generated), connector.config)
        if warning is not None:
            logger.warning("%s", warning)
        tasks = stored_form(generated, connector.plugin.task_class_name(), connector.config, raw)
        if differs_from_stored(name, tasks, configs):
            self._configs.put_task_configs(name, tasks)
            logger.info("Connector %s has %d task%s", name, len(tasks), "" if len(tasks) == 1 else "s")

    def _fail(self, name: str, error: TooManyTasksError) -> None:
        del self._newest[name]
        connector = self._worker.connector(name)
        if connector is not None:
            with suppress(ConnectError):  # it is being shut down: nobody asks for its tasks any more
                connector.raise_error(error)

    def _retry(self, name: str, ticket: int, backoff_s: float, error: BaseException) -> None:
        logger.warning(
            "The tasks of connector %s could not be generated or stored; tried again in %.2f s: %s",
            name,
            backoff_s,
            error,
            exc_info=stack_of_a_bug(error),
        )
        longer_s = min(backoff_s * 2, LONGEST_BACKOFF_S)
        self._requests.submit(
            f"generating the tasks of {name}", lambda: self._attempt(name, ticket, longer_s), delay_s=backoff_s
        )
