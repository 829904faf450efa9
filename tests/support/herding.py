"""A worker within the test's process: all of its control plane, over memory instead of topics, and no broker.

Its connectors are the scripted ones of `tests.support.plugins`; tasks have Kafka clients that reach nobody.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from connect_runtime.clock import SystemClock
from connect_runtime.config import ConfigResolver, WorkerConfig, WorkerMode
from connect_runtime.herder.api import ServerInfo
from connect_runtime.herder.duties import LeaderDuties
from connect_runtime.herder.herder import Herder
from connect_runtime.herder.membership import Membership, SoloMembership
from connect_runtime.herder.preview import Previewer
from connect_runtime.herder.publishing import ClusterTaskPublisher
from connect_runtime.herder.requests import RequestQueue
from connect_runtime.herder.service import HerderService
from connect_runtime.herder.statuses import ConnectorStatuses, TaskStatuses
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.kafka import ClientFactory
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import Loggers
from connect_runtime.plugins import PluginLoader, PluginSettings
from connect_runtime.plugins.packages import BUILT_IN, Package
from connect_runtime.storage import ConfigStore, Log, MemoryLog, OffsetStore, StatusStore
from connect_runtime.tasks.build import ConnectorBuilder, TaskBuilder, TaskSettings
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.offset_stores import OffsetStores
from connect_runtime.tasks.thread import SerialExecutor
from connect_runtime.worker import Worker
from tests.support.running_tasks import eventually

__all__ = ["HerdedWorker", "journal"]

CLOCK = SystemClock()
SCRIPTED = "tests.support.plugins.scripted"
NOBODY = "127.0.0.1:1"
WORKER_ID = "here:8083"
States = tuple[str | None, list[str]]


class HerdedWorker:
    """One worker. Give two of them, one after the other, the same logs, and the second is the first started again.

    Args:
        folder: Where journals and gates are.
        configs: The config log.
        statuses: The status log.
        is_standalone: Whether creating a connector waits for its start.
        membership: What it is to run.
        problem: Why the brokers cannot be used.
        variables: Puts values in place of variables.
        stop_budget_s: Time for tasks, and for connectors, to stop, and for the herder to become free.
    """

    def __init__(
        self,
        folder: Path,
        *,
        configs: Log | None = None,
        statuses: Log | None = None,
        is_standalone: bool = False,
        membership: Membership | None = None,
        problem: Callable[[], str | None] = lambda: None,
        variables: ConfigResolver | None = None,
        stop_budget_s: float = 0.3,
    ) -> None:
        self.folder = folder
        self.gate = folder / "gate"
        self.fenced: list[str] = []
        self.asked_leader: list[tuple[str, list[dict[str, str]]]] = []
        self._publishing = SerialExecutor("task-publisher")
        self._journals = itertools.count()
        self.configs = ConfigStore(configs or MemoryLog(), write_timeout_s=1.0)
        self.statuses = StatusStore(statuses or MemoryLog())
        self._offsets = OffsetStore(MemoryLog())
        self._committer = Committer(0.2, CLOCK)
        self._variables = variables or ConfigResolver()
        mode = WorkerMode.STANDALONE if is_standalone else WorkerMode.DISTRIBUTED
        config = WorkerConfig.from_props({"bootstrap.servers": "embedded"}, mode).connected_to(NOBODY)
        packages = [*(Package(name, f"{name}.plugins") for name in BUILT_IN), Package("scripted", SCRIPTED)]
        plugins = PluginLoader(PluginSettings(), lambda: packages)
        hide = self._variables.hide
        connector_statuses = ConnectorStatuses(self.statuses, lambda: WORKER_ID, lambda: 0, hide)
        task_statuses = TaskStatuses(self.statuses, lambda: WORKER_ID, lambda: 0, hide)
        originals = {**config.originals, "header.converter": config.header_converter}
        settings = TaskSettings(originals, 0.2, 0.2, topic_creation_enable=False)
        clients = ClientFactory(config.originals)
        offsets = OffsetStores(self._offsets, clients, None)
        worker = Worker(
            ConnectorBuilder(plugins.registry, offsets, connector_statuses, self._reconfigure),
            TaskBuilder(
                plugins.registry,
                clients,
                offsets,
                self._committer,
                task_statuses,
                settings,
                CLOCK,
                lambda _task, _topics: None,
            ),
            connector_statuses,
            task_statuses,
            CLOCK,
            stop_budget_s,
            stop_budget_s,
        )
        loggers = Loggers(CLOCK)
        validator = ConfigValidator(plugins.registry, config, self._variables)
        membership = membership or SoloMembership()
        self.herder = Herder(
            self.configs,
            self.statuses,
            membership,
            worker,
            connector_statuses,
            task_statuses,
            RequestQueue(CLOCK),
            LeaderDuties(membership, self.configs, self.statuses, None, CLOCK),
            ClusterTaskPublisher(membership, self.configs, self._ask_leader, self._publishing),
            self._variables,
            loggers.set_level,
            busy_s=stop_budget_s,
        )
        self.service = HerderService(
            self.herder,
            self.configs,
            self.statuses,
            membership,
            validator,
            Previewer(validator, plugins.registry, config.with_converters, self._variables, clients),
            plugins,
            loggers,
            ServerInfo("1", "2", "3"),
            self.fenced.append,
            ["HmacSHA256"],
            problem,
            waits_for_start=is_standalone,
        )

    def __enter__(self) -> Self:
        self._offsets.start()
        self.statuses.start()
        self.herder.load()
        self._committer.start()
        self._publishing.start()
        self.herder.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.gate.touch()

    def stop(self) -> None:
        """End it in order; may be called again."""
        self.herder.stop()
        self._publishing.stop()
        self._committer.stop()

    def config(self, kind: str = "Source", **keys: str) -> dict[str, str | None]:
        """Configuration of a scripted connector with one task and a journal of its own.

        Args:
            kind: ``Source`` or ``Sink``.
            keys: Further keys, with ``_`` for ``.``.
        """
        journal = self.folder / f"journal-{next(self._journals)}"
        topics = {"topics": "t"} if kind == "Sink" else {}
        given = {name.replace("_", "."): value for name, value in keys.items()}
        return {
            "connector.class": f"Scripted{kind}Connector",
            "journal": str(journal),
            "gate": str(self.gate),
            **topics,
            **given,
        }

    def create(self, name: str, **keys: str) -> dict[str, str | None]:
        """Create a scripted source connector; its configuration."""
        config = self.config(**keys)
        self.service.create_connector(name, config, None)
        return config

    def states(self, name: str) -> States:
        """State of a connector, ``None`` when there is none, and of its tasks."""
        connector = self.statuses.connector(name)
        tasks = [status.state.value for status in self.statuses.tasks(name).values()]
        return (None if connector is None else connector.state.value), tasks

    def await_states(self, name: str, connector: str | None, tasks: list[str]) -> None:
        """Wait until a connector and its tasks have these states."""
        last: list[States] = []

        def reached() -> bool:
            last[:] = [self.states(name)]
            return last[0] == (connector, tasks)

        try:
            eventually(reached, 5.0)
        except AssertionError:
            raise AssertionError(f"{name} is {last[0]} instead of {(connector, tasks)}") from None

    def trace(self, name: str, task: int | None = None) -> str:
        """Why a connector, or one of its tasks, has failed; empty when it has not."""
        status = self.statuses.connector(name) if task is None else self.statuses.task(ConnectorTaskId(name, task))
        return (status.trace or "") if status is not None else ""

    def _ask_leader(self, name: str, tasks: Sequence[Mapping[str, str]]) -> None:
        self.asked_leader.append((name, [dict(task) for task in tasks]))

    def _reconfigure(self, name: str) -> None:
        self.herder.request_reconfiguration(name)


def journal(config: Mapping[str, str | None]) -> list[str]:
    """What a scripted connector and its tasks were called for so far, in order."""
    path = Path(config["journal"] or "")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
