"""The three stores of a worker, over internal topics, or over memory and a file for a standalone one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connect_runtime.clock import SystemClock
from connect_runtime.config import WorkerConfig, WorkerMode
from connect_runtime.errors import ConnectError, StartupError
from connect_runtime.kafka import (
    ClientFactory,
    check_worker_settings,
    cluster_id,
    internal_admin_settings,
    leader_producer_settings,
)
from connect_runtime.storage import (
    ConfigStore,
    FileLog,
    InternalTopics,
    LeaderWriter,
    MemoryLog,
    OffsetStore,
    StatusStore,
    ensure_internal_topics,
    internal_topic_specs,
)

__all__ = ["Stores", "open_stores"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """What a worker remembers, and where.

    Attributes:
        configs: The cluster's configuration; the herder starts it.
        offsets: Source offsets.
        statuses: Statuses.
        cluster_id: Identity of the Kafka cluster.
        problem: Tells why the stores cannot be read or written now, ``None`` while they can.
        close: Releases the Kafka clients.
        leader: The right to write the config topic; ``None`` for a standalone worker, who has it always.
    """

    configs: ConfigStore
    offsets: OffsetStore
    statuses: StatusStore
    cluster_id: str
    problem: Callable[[], str | None]
    close: Callable[[], None]
    leader: LeaderWriter | None = None

    def start(self) -> None:
        """Read offsets and statuses to their ends. Blocks. Raises: StorageError."""
        self.offsets.start()
        self.statuses.start()

    def stop(self) -> None:
        """Write no more, and release everything."""
        self.configs.stop()
        self.statuses.stop()
        self.offsets.stop()
        self.close()


def open_stores(config: WorkerConfig, clients: ClientFactory, metadata: Callable[[], object]) -> Stores:
    """The stores that a worker's configuration asks for; internal topics are created and checked. Blocks.

    Args:
        config: The worker's configuration.
        clients: Makes Kafka clients.
        metadata: Gives the group metadata of this worker while it leads, else ``None``.

    Raises:
        StartupError: The broker cannot be reached, or an internal topic is not as it must be.
        ConfigError: A Kafka client's property has a value that no client accepts.
    """
    for warning in check_worker_settings(config.originals):
        logger.warning("%s", warning)
    ids = _client_id_base(config)
    admin = clients.admin(internal_admin_settings(config.originals, f"{ids}shared-admin"))
    try:
        cluster = cluster_id(admin)
        if config.mode is WorkerMode.STANDALONE:
            return _standalone(config, cluster)
        specs = internal_topic_specs(config.originals)
        for warning in specs.warnings:
            logger.warning("%s", warning)
        ensure_internal_topics(admin, specs)
    except ConnectError as error:
        raise StartupError(str(error)) from error
    names = (config.offset_storage_topic, config.status_storage_topic, config.config_storage_topic)
    topics = InternalTopics(clients, names, client_id=f"{ids}internal")
    offsets, statuses, configs = (topics.log(name) for name in names)
    leader = LeaderWriter(
        clients,
        leader_producer_settings(
            config.originals, f"{config.group_id}-configs-leader", f"connect-cluster-{config.group_id}"
        ),
        config.config_storage_topic,
        metadata,
        topics.note_end,
        SystemClock(),
        plain=configs if config.exactly_once_source_support.lower() == "disabled" else None,
    )

    def close() -> None:
        leader.release()
        topics.stop()

    return Stores(
        ConfigStore(configs, leader),
        OffsetStore(offsets),
        StatusStore(statuses),
        cluster,
        lambda: topics.problem,
        close,
        leader,
    )


def _client_id_base(config: WorkerConfig) -> str:
    """How the ids of the worker's own clients begin, by which a broker's log and quotas tell them apart."""
    group = config.group_id if config.mode is WorkerMode.DISTRIBUTED else "connect"
    named = config.originals.get("client.id", "").strip()
    return f"{group}-{named}-" if named else f"{group}-"


def _standalone(config: WorkerConfig, cluster: str) -> Stores:
    file = config.offset_storage_file_filename or str((config.embedded_dir or Path()) / "offsets.json")
    return Stores(
        ConfigStore(MemoryLog()),
        OffsetStore(FileLog(Path(file))),
        StatusStore(MemoryLog()),
        cluster,
        _no_problem,
        _nothing,
    )


def _no_problem() -> None:
    """Memory and a file have none that lasts."""


def _nothing() -> None:
    """Nothing to release."""
