"""Chooses how a source task commits: at least once, or exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, cast

from connect_runtime.clock import Clock
from connect_runtime.kafka import (
    ClientFactory,
    producer_settings,
    transaction_timeout_s,
    transactional_producer_settings,
)
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.offsets import OffsetLookup
from connect_runtime.tasks.at_least_once import AtLeastOnce
from connect_runtime.tasks.boundaries import boundary_of
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.exactly_once import ExactlyOnce, StartChecks
from connect_runtime.tasks.kafka_clients import logged
from connect_runtime.tasks.offset_stores import OffsetStores
from connect_runtime.tasks.sender import ProducerLike
from connect_runtime.tasks.source_commits import SourceCommits
from connect_runtime.tasks.transactions import TransactionalClient, TransactionalProducer

__all__ = ["CommitParts", "CommitsBuilder", "ExactlyOnceSettings", "transactional_id"]

Config = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExactlyOnceSettings:
    """What the worker says about exactly-once delivery.

    Attributes:
        group_id: Begins every transactional id.
        checks: Made before a task's first transaction.
    """

    group_id: str
    checks: StartChecks


class CommitParts(NamedTuple):
    """What a source task delivers and commits with."""

    producer: ProducerLike
    commits: SourceCommits
    offsets: OffsetLookup


@dataclass(frozen=True, slots=True)
class CommitsBuilder:
    """Makes the producer of a source task and its way to commit.

    Attributes:
        worker: The worker's configuration as given.
        clients: Makes Kafka clients.
        offsets: Finds committed source offsets.
        committer: Calls for commits of tasks that deliver at least once.
        flush_interval_s: Length of a transaction where an interval is asked for without one.
        flush_timeout_s: Limit for one commit.
        clock: The time.
        on_topics: Told of the topics that a task uses.
    """

    worker: Config
    clients: ClientFactory
    offsets: OffsetStores
    committer: Committer
    flush_interval_s: float
    flush_timeout_s: float
    clock: Clock
    on_topics: Callable[[ConnectorTaskId, frozenset[str]], None]

    def at_least_once(self, task_id: ConnectorTaskId, config: Config) -> CommitParts:
        """For a task whose offsets follow its records. Raises: ConfigError."""
        own = self.offsets.own(task_id.connector, config)
        store = own or self.offsets.shared
        commits = AtLeastOnce(
            task_id,
            store,
            self.committer,
            self.flush_timeout_s,
            lambda topics: self.on_topics(task_id, topics),
            own=own,
        )
        settings = logged(producer_settings(self.worker, config, f"connector-producer-{task_id}"))
        # The client's types name no protocol: what is used of it stands in ProducerLike.
        return CommitParts(cast("ProducerLike", self.clients.producer(settings)), commits, store)

    def exactly_once(self, settings: ExactlyOnceSettings, task_id: ConnectorTaskId, config: Config) -> CommitParts:
        """For a task whose offsets are written in the transactions of its records. Raises: ConfigError."""
        producer_id = transactional_id(settings.group_id, task_id)
        client_settings = logged(
            transactional_producer_settings(self.worker, config, f"connector-producer-{task_id}", producer_id)
        )
        boundary = boundary_of(config, self.flush_interval_s, self.clock)
        store = self.offsets.transactional(task_id, config)
        client = cast("TransactionalClient", self.clients.producer(client_settings))
        producer = TransactionalProducer(client, producer_id, transaction_timeout_s(client_settings), self.clock)
        commits = ExactlyOnce(
            task_id,
            producer,
            store,
            self.offsets.topic_of(config),
            boundary,
            settings.checks,
            self.clock,
            self.flush_timeout_s,
            lambda topics: self.on_topics(task_id, topics),
        )
        return CommitParts(producer, commits, store)


def transactional_id(group_id: str, task_id: ConnectorTaskId) -> str:
    """The transactional id of a task's producer; the same whichever worker the task runs on."""
    return f"{group_id}-{task_id}"
