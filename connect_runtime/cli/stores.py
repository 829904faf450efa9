"""The three stores of a worker, over internal topics, or over memory and a file for a standalone one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connect_runtime.config import WorkerConfig, WorkerMode
from connect_runtime.errors import ConnectError, StartupError
from connect_runtime.kafka import ClientFactory, cluster_id, internal_admin_settings
from connect_runtime.storage import (
    ConfigStore,
    FileLog,
    InternalTopics,
    Log,
    MemoryLog,
    OffsetStore,
    StatusStore,
    ensure_internal_topics,
)

__all__ = ["Stores", "open_stores"]


@dataclass(frozen=True, slots=True)
class Stores:
    """What a worker remembers, and where.

    Attributes:
        configs: The cluster's configuration; the herder starts it.
        offsets: Source offsets.
        statuses: Statuses.
        cluster_id: Identity of the Kafka cluster.
        close: Releases the Kafka clients.
    """

    configs: ConfigStore
    offsets: OffsetStore
    statuses: StatusStore
    cluster_id: str
    close: Callable[[], None]

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
