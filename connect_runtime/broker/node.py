"""What the handlers of requests work with."""

from collections.abc import Callable
from dataclasses import dataclass

from connect_runtime.broker.config import BrokerConfig
from connect_runtime.broker.groups.coordinator import GroupCoordinator
from connect_runtime.broker.groups.offsets import CommitClock, CommittedOffsets
from connect_runtime.broker.log.catalog import Catalog
from connect_runtime.broker.log.producer_ids import ProducerIds
from connect_runtime.broker.log.reader import LogReader
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.storage.writer import Writer
from connect_runtime.broker.transactions.coordinator import TransactionCoordinator

__all__ = ["Client", "Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The one broker of this cluster: its parts, all owned by the loop's thread.

    Attributes:
        config: What it was told at the start.
        host: Host that clients are told to connect to.
        port: Port that clients are told to connect to.
        cluster_id: Id of the cluster, which is this folder.
        catalog: The topics.
        committed: The groups' committed offsets.
        coordinator: The groups.
        transactions: The transactions.
        producer_ids: Where idempotent producers get their ids.
        writer: Commits changes.
        reader: Reads from the database.
        tail: The newest batches.
        clock_ms: The time, milliseconds since 1970.
        commit_clock: The time of commits of offsets.
    """

    config: BrokerConfig
    host: str
    port: int
    cluster_id: str
    catalog: Catalog
    committed: CommittedOffsets
    coordinator: GroupCoordinator
    transactions: TransactionCoordinator
    producer_ids: ProducerIds
    writer: Writer
    reader: LogReader
    tail: TailCache
    clock_ms: Callable[[], int]
    commit_clock: CommitClock


@dataclass(frozen=True, slots=True)
class Client:
    """Who sent a request.

    Attributes:
        client_id: The client's name for itself, empty when it gave none.
        host: Address it connects from.
        software: Name and version of the client library, empty when it did not say.
    """

    client_id: str
    host: str
    software: str = ""
