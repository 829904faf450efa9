"""A worker's place in its consumer group: who the members are, and who leads.

Every worker subscribes to the one-partition config topic in group ``group.id``; whoever holds the partition leads.
Nothing is read through this consumer. It is for election, and for the group metadata that fences a leader's writes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Lock, get_ident
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, _AdminClientImpl

from connect_runtime.clock import Clock
from connect_runtime.errors import RetriableError
from connect_runtime.kafka import (
    ClientFactory,
    ClientSettings,
    ConnectionWatch,
    kafka_error,
    returned_within,
    translate,
)
from connect_runtime.tasks.thread import daemon

__all__ = ["GroupListing", "GroupSeat", "GroupWatch", "Member", "client_id", "parse_client_id"]

logger = logging.getLogger(__name__)
STABLE = "Stable"
CONSUMERS = "consumer"
LIST_S = 2.0
PAUSE_S = 0.5
HURRY_S = 0.1
LEAVE_S = 5.0
COORDINATOR = "GroupCoordinator"
IN_PLACE = "steady"
# Between the two in a client id, which is how members tell each other who they are; not allowed in a host name.
_SEPARATOR = "#"


class Member(msgspec.Struct, frozen=True):
    """A member of the group, as the broker lists it.

    Attributes:
        id: Member id, given by the broker; another one after a lost session.
        instance: Which process it is; the same as long as the process lives. Empty when it is none of ours.
        url: Where its REST API is.
    """

    id: str
    instance: str
    url: str


class GroupListing(msgspec.Struct, frozen=True):
    """The group at one moment.

    Attributes:
        asked_at: When the broker was asked, monotonic seconds.
        state: The broker's word: ``Stable`` when no member is about to join or leave.
        protocol_type: ``consumer``; ``connect`` when a cluster of Kafka Connect runs under this group id.
        members: Its members.
    """

    asked_at: float
    state: str = "Empty"
    protocol_type: str = ""
    members: tuple[Member, ...] = ()

    @property
    def is_stable(self) -> bool:
        """Whether the members are all there are."""
        return self.state == STABLE

    @property
    def is_foreign(self) -> bool:
        """Whether the group is one of another kind, which this worker cannot join."""
        return bool(self.members) and self.protocol_type != CONSUMERS

    def contains(self, member_id: str) -> bool:
        """Whether that member is in the group."""
        return any(member.id == member_id for member in self.members)


def client_id(url: str, instance: str) -> str:
    """How a worker calls itself in its group."""
    return f"{url}{_SEPARATOR}{instance}"


def parse_client_id(member_id: str, text: str) -> Member:
    """The member that calls itself so."""
    url, separator, instance = text.rpartition(_SEPARATOR)
    return Member(member_id, instance, url) if separator else Member(member_id, "", text)


class GroupWatch:
    """Asks the broker again and again who is in the group, on a thread of its own.

    The question goes to the brokers as ``ListGroups`` and ``DescribeGroups`` of the client's group API; calls of the
    admin API that look for a coordinator can crash the process while a broker is away.

    Args:
        clients: Makes the admin client.
        settings: Its settings.
        group_id: The group.
        clock: Tells when it was asked.
        on_change: Called, on the watch's thread, when a listing differs from the one before.
    """

    def __init__(
        self,
        clients: ClientFactory,
        settings: ClientSettings,
        group_id: str,
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._open: Callable[[], AdminClient] = lambda: clients.group_lister(settings)
        self._watch: ConnectionWatch = clients.watch(settings)
        self._group_id = group_id
        self._clock = clock
        self._on_change = on_change
        self._latest: GroupListing | None = None
        self._stopping = Event()
        self._thread = daemon("group-watch", self._run)

    @property
    def latest(self) -> GroupListing | None:
        """The newest listing, ``None`` before the first answer. It stays when brokers are away: look at its age."""
        return self._latest

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more. Blocks until a question under way is answered or given up."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(2 * LIST_S)

    def _run(self) -> None:
        client: AdminClient | None = None
        while not self._stopping.is_set():
            asked_at = self._clock.monotonic()
            try:
                client = client or self._open()
                listing = _listed(client, self._group_id, asked_at)
            except KafkaException as error:
                client = None
                self._watch.note_failure()
                logger.debug("The members of the group cannot be listed: %s", kafka_error(error).str())
            else:
                self._watch.note_success()
                self._take(listing)
            is_settled = self._latest is not None and self._latest.is_stable
            self._stopping.wait(PAUSE_S if is_settled else HURRY_S)

    def _take(self, listing: GroupListing) -> None:
        before, self._latest = self._latest, listing
        if before is None or (before.state, before.members) != (listing.state, listing.members):
            self._on_change()


def _listed(client: AdminClient, group_id: str, asked_at: float) -> GroupListing:
    # The method of the public class warns that it is deprecated; what replaces it asks coordinators.
    # The client's types say that a group's attributes are None.
    groups: list[Any] = list(_AdminClientImpl.list_groups(client, group=group_id, timeout=LIST_S))
    for group in groups:
        # Every broker answers, and all but one that they do not coordinate the group.
        if group.id == group_id and group.error is None:
            members = tuple(sorted((parse_client_id(m.id, m.client_id) for m in group.members), key=lambda m: m.id))
            return GroupListing(asked_at, group.state, group.protocol_type, members)
    return GroupListing(asked_at)


class _Group(msgspec.Struct):
    join_state: str = ""


class _Broker(msgspec.Struct):
    rxidle: int = -1


class Statistics(msgspec.Struct):
    """What counts here of librdkafka's STATISTICS.md: the member, and its connection to the group's coordinator."""

    cgrp: _Group = msgspec.field(default_factory=_Group)
    brokers: dict[str, _Broker] = {}


def silence_s(statistics: Statistics) -> float | None:
    """How long the coordinator has said nothing to a member in good standing, ``None`` for any other.

    All that a member asks over this connection once it has its place is whether it still has it.
    """
    coordinator = statistics.brokers.get(COORDINATOR)
    if coordinator is None or coordinator.rxidle < 0 or statistics.cgrp.join_state != IN_PLACE:
        return None
    return coordinator.rxidle / 1e6


class GroupSeat:
    """This worker's membership. Belongs to the thread that calls `join`, but for `metadata`.

    Args:
        clients: Makes the consumer.
        settings: Gives its settings, see `connect_runtime.kafka.member_settings`, when it is time to join.
        topic: The config topic.
        clock: Tells when the coordinator was heard of.
    """

    def __init__(
        self, clients: ClientFactory, settings: Callable[[], ClientSettings], topic: str, clock: Clock
    ) -> None:
        self._open: Callable[[], Consumer] = lambda: clients.consumer(settings(), on_statistics=self._on_statistics)
        self._topic = topic
        self._clock = clock
        self._polled_at = 0.0
        self._heard_at: float | None = None
        self._consumer: Consumer | None = None
        self._thread = 0
        self._lock = Lock()
        self._metadata: object = None
        self._holds_partition = False
        self._terms = 0
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why this worker is not a member, as far as a broker said so; ``None`` once it is one."""
        return self._problem

    @property
    def holds_partition(self) -> bool:
        """Whether this worker is to lead."""
        return self._holds_partition

    @property
    def terms(self) -> int:
        """How often it came to hold the partition; another number means that it lost it in between."""
        return self._terms

    @property
    def heard_at(self) -> float | None:
        """When the coordinator last answered a heartbeat, at the latest; monotonic seconds, ``None`` before it did."""
        return self._heard_at

    @property
    def member_id(self) -> str:
        """This member's id, empty before it has one."""
        return "" if self._consumer is None else self._consumer.memberid() or ""

    def join(self) -> None:
        """Become a member; that happens in the background, served by `poll`."""
        self._thread = get_ident()
        self._consumer = self._open()
        self._consumer.subscribe(
            [self._topic], on_assign=self._on_assign, on_revoke=self._on_gone, on_lost=self._on_gone
        )

    def poll(self) -> None:
        """Take part in what the group is doing: to be called several times a second. Returns at once."""
        if self._consumer is None:
            return
        message = self._consumer.poll(0)
        self._polled_at = self._clock.monotonic()
        error = None if message is None else message.error()
        if error is not None:
            self._note_problem(str(translate(error, "Joining the group")))
        with self._lock:
            self._metadata = self._consumer.consumer_group_metadata() if self._holds_partition else None

    def _note_problem(self, problem: str) -> None:
        """The client tries again by itself; a wrong setting or a missing right has to be seen all the same."""
        if problem != self._problem:
            self._problem = problem
            logger.warning("%s; tried again until it works", problem)

    def metadata(self) -> object:
        """What proves to the broker that this worker is still a member; ``None`` while it does not lead.

        Callable from any thread; as new as the last `poll`, and polls first on the seat's own thread.
        """
        if get_ident() == self._thread:
            self.poll()
        with self._lock:
            return self._metadata

    def leave(self) -> None:
        """Leave the group in order: the others hear of it at once. Blocks, for a bounded time."""
        consumer, self._consumer = self._consumer, None
        self._holds_partition = False
        if consumer is None:
            return

        def close() -> None:
            consumer.unsubscribe()  # close() alone would let the others wait out the session
            consumer.close()

        try:
            returned_within(LEAVE_S, "Leaving the group", close)
        except (RetriableError, KafkaException) as error:
            logger.warning("The group is not left in order, and will miss this worker after its session: %s", error)

    def _on_statistics(self, text: str) -> None:
        silent_s = silence_s(msgspec.json.decode(text, type=Statistics))
        if silent_s is not None:
            # They are at least as new as the poll before the one that hands them over.
            self._heard_at = max(self._heard_at or 0.0, self._polled_at - silent_s)

    def _on_assign(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._problem = None
        consumer.incremental_assign(list(partitions))
        consumer.pause(list(partitions))
        if partitions:
            self._holds_partition = True
            self._terms += 1

    def _on_gone(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        if partitions:
            self._holds_partition = False
            consumer.incremental_unassign(list(partitions))
