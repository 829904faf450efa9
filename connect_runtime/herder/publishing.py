"""Task configurations on their way into the config topic: written here, or by the leader on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from connect_runtime.herder.membership import Membership
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.tasks.thread import SerialExecutor

__all__ = ["ClusterTaskPublisher"]

Tasks = Sequence[Mapping[str, str]]


class ClusterTaskPublisher:
    """Implements `connect_runtime.herder.generation.TaskPublisher`.

    Args:
        membership: Tells whether this worker leads.
        configs: Where tasks are stored.
        ask_leader: Has the leader store a connector's tasks; blocks, and raises when that failed.
        executor: Thread to ask the leader on.
    """

    def __init__(
        self,
        membership: Membership,
        configs: ConfigStore,
        ask_leader: Callable[[str, Tasks], None],
        executor: SerialExecutor,
    ) -> None:
        self._membership = membership
        self._configs = configs
        self._ask_leader = ask_leader
        self._executor = executor

    def publish(self, name: str, tasks: Tasks) -> Future[None]:
        """Store the tasks of a connector; the future tells when they are, or why not."""
        if not self._membership.is_leader:
            return self._executor.submit(lambda: self._ask_leader(name, tasks))
        stored: Future[None] = Future()
        try:
            self._configs.put_task_configs(name, tasks)
        except Exception as error:  # noqa: BLE001  # whoever waits for the future gets it
            stored.set_exception(error)
        else:
            stored.set_result(None)
        return stored
