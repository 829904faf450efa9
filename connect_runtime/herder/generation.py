"""From a running connector to its stored tasks: asked, compared, written; tried again until it works."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol

from connect_runtime.errors import ConnectError, SignatureRefusedError
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

__all__ = ["TaskGeneration", "TaskPublisher"]

logger = logging.getLogger(__name__)
FIRST_BACKOFF_S = 0.25
LONGEST_BACKOFF_S = 60.0
# Sum of the pauses before it: a minute.
KEY_ROTATION_S = 32.0


class TaskPublisher(Protocol):
    """Stores task configurations, or has the leader do it."""

    def publish(self, name: str, tasks: Sequence[Mapping[str, str]]) -> Future[None]:
        """Store the tasks of a connector; the future tells when they are, or why not. Called on the herder's thread."""
        ...


class TaskGeneration:
    """Generates the tasks of this worker's connectors. Belongs to the herder's thread, but for `request`.

    Args:
        requests: The herder's thread.
        configs: The cluster's configuration.
        publisher: Stores the tasks.
        worker: Where connectors run.
        is_wanted: Whether a connector runs under its newest configuration and is to be STARTED.
    """

    def __init__(
        self,
        requests: RequestQueue,
        configs: ConfigStore,
        publisher: TaskPublisher,
        worker: Worker,
        is_wanted: Callable[[str, ClusterConfigSnapshot], bool],
    ) -> None:
        self._requests = requests
        self._configs = configs
        self._publisher = publisher
        self._worker = worker
        self._is_wanted = is_wanted
        self._tickets = itertools.count()
        self._newest: dict[str, int] = {}

    def request(self, name: str) -> Future[None]:
        """Generate a connector's tasks soon. From any thread.

        Returns:
            Told the outcome of the first attempt; later ones follow by themselves, after a pause that doubles.
        """
        outcome: Future[None] = Future()
        begun = self._requests.submit(f"generating the tasks of {name}", lambda: self._begin(name, outcome))
        begun.add_done_callback(lambda future: _pass_error(future, outcome))
        return outcome

    def _begin(self, name: str, outcome: Future[None]) -> None:
        # A later request takes over from the retries of an earlier one: they would do the same again.
        ticket = self._newest[name] = next(self._tickets)
        self._attempt(name, ticket, FIRST_BACKOFF_S, outcome)

    def _attempt(self, name: str, ticket: int, backoff_s: float, outcome: Future[None]) -> None:
        if self._newest.get(name) != ticket:
            return
        try:
            stored = self._publish(name)
        except TooManyTasksError as error:
            self._fail(name, error)
            _settle(outcome, error)
        except BaseException as error:  # noqa: BLE001  # a plugin call ends here
            self._retry(name, ticket, backoff_s, error)
            _settle(outcome, error)
        else:
            stored.add_done_callback(lambda future: self._on_stored(name, ticket, backoff_s, future, outcome))

    def _on_stored(self, name: str, ticket: int, backoff_s: float, stored: Future[None], outcome: Future[None]) -> None:
        """Callable from any thread."""
        error = stored.exception()
        if error is not None:
            self._requests.submit(
                f"generating the tasks of {name}", lambda: self._retry(name, ticket, backoff_s, error)
            )
        _settle(outcome, error)

    def _publish(self, name: str) -> Future[None]:
        configs = self._configs.snapshot()
        raw = configs.connector_config(name)
        connector = self._worker.connector(name)
        if raw is None or connector is None or not connector.is_running or not self._is_wanted(name, configs):
            return _done()
        generated = connector.plugin.task_configs(int(connector.config.get("tasks.max", "1")))
        warning = check_task_count(name, len(generated), connector.config)
        if warning is not None:
            logger.warning("%s", warning)
        tasks = stored_form(generated, connector.plugin.task_class_name(), connector.config, raw)
        if not differs_from_stored(name, tasks, configs):
            return _done()
        logger.info("Connector %s has %d task%s", name, len(tasks), "" if len(tasks) == 1 else "s")
        return self._publisher.publish(name, tasks)

    def _fail(self, name: str, error: TooManyTasksError) -> None:
        del self._newest[name]
        connector = self._worker.connector(name)
        if connector is not None:
            with suppress(ConnectError):  # it is being shut down: nobody asks for its tasks any more
                connector.raise_error(error)

    def _retry(self, name: str, ticket: int, backoff_s: float, error: BaseException) -> None:
        if self._newest.get(name) != ticket:
            return
        # A key that was replaced just now is on its way to this worker: nothing to trouble anybody with.
        level = (
            logging.DEBUG
            if isinstance(error, SignatureRefusedError) and backoff_s < KEY_ROTATION_S
            else logging.WARNING
        )
        logger.log(
            level,
            "The tasks of connector %s could not be generated or stored; tried again in %.2f s: %s",
            name,
            backoff_s,
            error,
            exc_info=stack_of_a_bug(error),
        )
        longer_s = min(backoff_s * 2, LONGEST_BACKOFF_S)
        self._requests.submit(
            f"generating the tasks of {name}",
            lambda: self._attempt(name, ticket, longer_s, Future()),
            delay_s=backoff_s,
        )


def _done() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done


def _settle(outcome: Future[None], error: BaseException | None) -> None:
    if error is None:
        outcome.set_result(None)
    else:
        outcome.set_exception(error)


def _pass_error(begun: Future[None], outcome: Future[None]) -> None:
    """A call that was never taken up has no other way to say so."""
    error = begun.exception()
    if error is not None and not outcome.done():
        outcome.set_exception(error)
