"""A group of workers without brokers: their memberships over one config log, under one clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from threading import Event

from connect_runtime.errors import ConflictError, RetriableError
from connect_runtime.herder.assignment import Share
from connect_runtime.herder.cluster import ClusterMembership, ClusterTimes
from connect_runtime.herder.group import GroupListing, Member
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import ConfigStore, KeyedRecord, LogRecord, RecordListener
from connect_runtime.storage.config_records import RestartRequest, SessionKey
from tests.support.clocks import FakeClock

__all__ = ["FakeGroup", "FakeWorker"]

SESSION_S = 10.0
DELAY_S = 60.0


class FakeGroup:
    """The broker's side: who is a member, who holds the partition, what is in the config topic.

    Attributes:
        clock: The time for all.
        records: What was written to the config topic.
        state: State of the group.
        protocol_type: Kind of the group.
        is_away: Whether brokers answer nobody.
        is_unlisted: Whether they do, but do not tell who is in the group.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.records: list[LogRecord] = []
        self.state = "Stable"
        self.protocol_type = "consumer"
        self.is_away = False
        self.is_unlisted = False
        self.members: dict[str, Member] = {}
        self.right: FakeWriter | None = None
        self._logs: list[SharedLog] = []
        self._ids = itertools.count(1)

    def worker(self, name: str, *, url: str | None = None) -> FakeWorker:
        """A worker that has not joined yet."""
        return FakeWorker(self, name, url or f"http://{name}:8083/")

    def log(self) -> SharedLog:
        """One worker's view of the config topic."""
        self._logs.append(SharedLog(self))
        return self._logs[-1]

    def append(self, records: Sequence[KeyedRecord]) -> None:
        """Write to the config topic; every worker reads it at once."""
        if self.is_away:
            raise RetriableError("no broker can be reached")
        for key, value in records:
            self.records.append(LogRecord(0, len(self.records), key, value, self.clock.epoch_ms()))
            for log in self._logs:
                log.deliver(self.records[-1])

    def join(self, name: str, url: str) -> str:
        """Add a member; its id."""
        member_id = f"member-{next(self._ids)}"
        self.members[member_id] = Member(member_id, name, url)
        return member_id

    def lose(self, name: str) -> None:
        """Count a worker out, as after its session."""
        self.members = {id_: member for id_, member in self.members.items() if member.instance != name}

    def holder(self) -> str | None:
        """Member that holds the partition: the longest-standing one."""
        return next(iter(self.members), None)

    def listing(self) -> GroupListing:
        """What a broker says."""
        return GroupListing(self.clock.monotonic(), self.state, self.protocol_type, tuple(self.members.values()))


class SharedLog:
    """Implements `connect_runtime.storage.Log` over a group's records."""

    def __init__(self, group: FakeGroup) -> None:
        self._group = group
        self._on_record: RecordListener | None = None

    def deliver(self, record: LogRecord) -> None:
        if self._on_record is not None:
            self._on_record(record)

    def start(self, on_record: RecordListener) -> None:
        for record in self._group.records:
            on_record(record)
        self._on_record = on_record

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        self._group.append(records)

    def send_soon(self, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        self._group.append([(key, value)])

    def read_to_end(self, *, timeout_s: float, give_up: Event | None = None) -> None:
        if self._group.is_away:
            raise RetriableError("no broker can be reached")

    def stop(self) -> None:
        self._on_record = None


class FakeSeat:
    """Implements `connect_runtime.herder.cluster_parts.Seat`: what the group says reaches it with the next poll.

    Attributes:
        is_absent: Whether it takes no part in the group for now.
    """

    def __init__(self, group: FakeGroup, name: str, url: str) -> None:
        self._group, self._name, self._url = group, name, url
        self.holds_partition = False
        self.terms = 0
        self.member_id = ""
        self.problem: str | None = None
        self.heard_at: float | None = None
        self.is_absent = False

    def join(self) -> None:
        self.member_id = self._group.join(self._name, self._url)

    def poll(self) -> None:
        if self._group.is_away or self.is_absent:
            return
        if self.member_id not in self._group.members:
            self.holds_partition = False
            self.join()
        holds = self._group.holder() == self.member_id
        self.terms += holds and not self.holds_partition
        self.holds_partition = holds
        self.heard_at = self._group.clock.monotonic()

    def leave(self) -> None:
        self.holds_partition = False
        self._group.members.pop(self.member_id, None)


class FakeWatch:
    """Implements `connect_runtime.herder.cluster_parts.Watch`."""

    def __init__(self, group: FakeGroup) -> None:
        self._group = group
        self._latest: GroupListing | None = None

    @property
    def latest(self) -> GroupListing | None:
        if not (self._group.is_away or self._group.is_unlisted):
            self._latest = self._group.listing()
        return self._latest

    def start(self) -> None: ...

    def stop(self) -> None: ...


class FakeWriter:
    """Implements `connect_runtime.herder.cluster_parts.WriteRight`, and is what the leader writes with.

    Attributes:
        attempts: How often it was to take the right to write.
    """

    def __init__(self, group: FakeGroup, seat: FakeSeat) -> None:
        self._group, self._seat = group, seat
        self._has_claimed = False
        self.attempts = 0

    @property
    def is_claimed(self) -> bool:
        return self._has_claimed

    def poll(self) -> None:
        self._has_claimed = self._has_claimed and not self._group.is_away

    def claim(self, timeout_s: float) -> None:
        self.attempts += 1
        if self._group.is_away:
            raise RetriableError("no broker can be reached")
        self._group.right = self
        self._has_claimed = True

    def release(self) -> None:
        self._has_claimed = False

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        if self._group.right is not self or self._seat.member_id not in self._group.members:
            self._has_claimed = False
            raise ConflictError("another worker leads by now")
        self._group.append(records)


class FakeWorker:
    """One worker of a group; `tick` does what its herder would.

    Attributes:
        runs: What it runs.
        sets: The same tasks, with where the set was committed that each is of.
        starts: How often each connector and task was started.
        is_slow: Whether it is too busy to start and stop anything.
    """

    def __init__(self, group: FakeGroup, name: str, url: str) -> None:
        self.name, self.url = name, url
        self.seat = FakeSeat(group, name, url)
        self.writer = FakeWriter(group, self.seat)
        self.configs = ConfigStore(group.log(), self.writer, clock=group.clock)
        self.configs.start(_Deaf())
        self.membership = ClusterMembership(
            self.seat,
            FakeWatch(group),
            self.writer,
            self.configs,
            name,
            lambda: 0,
            group.clock,
            ClusterTimes(SESSION_S, DELAY_S),
        )
        self.runs = Share()
        self.sets: dict[ConnectorTaskId, int] = {}
        self.is_slow = False
        self.starts: dict[str, int] = {}

    def join(self) -> FakeWorker:
        self.membership.join()
        return self

    def tick(self) -> None:
        """One round; a slow worker does not get round to stop what is taken from it."""
        self.membership.tick()
        configs = self.configs.snapshot()
        share = self.membership.share(configs)
        if self.is_slow:
            return
        wanted = {task: configs.committed_at(task.connector) for task in share.tasks}
        for task, committed_at in wanted.items():
            if self.sets.get(task) != committed_at:
                self.starts[str(task)] = self.starts.get(str(task), 0) + 1
        for name in share.connectors - self.runs.connectors:
            self.starts[name] = self.starts.get(name, 0) + 1
        self.runs, self.sets = share, wanted
        self.membership.note_applied()


class _Deaf:
    def on_config_change(self) -> None: ...

    def on_restart_request(self, request: RestartRequest) -> None: ...

    def on_logger_level(self, namespace: str, level: str) -> None: ...

    def on_session_key(self, key: SessionKey) -> None: ...
