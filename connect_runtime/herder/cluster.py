"""A worker's place in a cluster: what it is to run, and the decisions of whoever leads.

The leader compares who is in the group with what is configured, and publishes what each worker is to run as one record
of the config topic. All workers follow that record, the leader too. A worker that has been out of touch with the
brokers for as long as they take to count it out runs nothing: others may have its work by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from connect_runtime.clock import Clock
from connect_runtime.errors import ConflictError, ConnectError, DataError
from connect_runtime.herder import assignment as assignments
from connect_runtime.herder.assignment import ClusterAssignment, Share, next_assignment, next_due_ms, next_tasks_until
from connect_runtime.herder.assignment_record import assignment_from_json, assignment_to_json
from connect_runtime.herder.cluster_parts import Seat, Watch, WriteRight
from connect_runtime.herder.group import GroupListing
from connect_runtime.herder.membership import configured_share
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import Applied
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.configs import ConfigStore

__all__ = ["ClusterMembership", "ClusterTimes"]

logger = logging.getLogger(__name__)
CLAIM_S = 10.0
CATCH_UP_S = 5.0
RETRY_S = 1.0
NOTHING = Share()


@dataclass(frozen=True, slots=True)
class ClusterTimes:
    """Durations that the members of a cluster agree on, in seconds.

    Attributes:
        session_timeout_s: After how long out of touch a worker counts as lost.
        max_delay_s: How long a lost worker's share is kept for it.
    """

    session_timeout_s: float
    max_delay_s: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a worker's share was computed from."""

    applied: Applied
    is_in_touch: bool


class ClusterMembership:
    """Implements `connect_runtime.herder.membership.Membership` for workers that share a group.

    Args:
        seat: The worker's membership.
        watch: Who the members are.
        writer: The right to write the config topic.
        configs: The cluster's configuration; started before `tick` is called.
        instance: Id of this process among the workers.
        first_generation: Tells the generation to begin with when there is no assignment yet.
        clock: For time-outs and delays.
        times: Durations.
    """

    def __init__(
        self,
        seat: Seat,
        watch: Watch,
        writer: WriteRight,
        configs: ConfigStore,
        instance: str,
        first_generation: Callable[[], int],
        clock: Clock,
        times: ClusterTimes,
    ) -> None:
        self._seat = seat
        self._watch = watch
        self._writer = writer
        self._configs = configs
        self._instance = instance
        self._first_generation = first_generation
        self._clock = clock
        self._times = times
        self._in_touch_at: float | None = None
        self._claimed_term = 0
        self._claim_problem: str | None = None
        self._claim_not_before = 0.0
        self._record: Mapping[str, object] | None = None
        self._assignment = ClusterAssignment()
        self._decided: tuple[object, ...] = ()
        self._seen = _Seen(Applied(), is_in_touch=False)
        self._share = NOTHING
        self._has_stopped = False
        self._acknowledged = Applied()
        self._is_told_foreign = False

    # -- callable from any thread --------------------------------------------------------------------------------------

    @property
    def generation(self) -> int:
        """Of the newest assignment."""
        return self._assignment.generation

    @property
    def is_leader(self) -> bool:
        """Whether this worker holds the right to write the config topic, as far as it knows."""
        return self._writer.is_claimed and self._seat.holds_partition

    @property
    def problem(self) -> str | None:
        """Said when this worker was not counted among its group for too long, or cannot lead though it has to."""
        if self._in_touch_at is not None and not self._is_in_touch():
            return (
                "this worker has not been seen in its group for longer than session.timeout.ms, and has stopped its "
                "connectors and tasks until it is back"
            )
        if self._claim_problem is not None:
            return f"this worker is to lead its group and cannot yet: {self._claim_problem}"
        return None

    def owns(self, task_id: ConnectorTaskId, configs: ClusterConfigSnapshot) -> bool:
        """Whether a task is this worker's by the assignment of that snapshot, and its set may run."""
        record, assignment = configs.assignment, self._assignment
        if record is not None and record is not self._record:
            assignment = assignment_from_json(record)
        is_due = configs.committed_at(task_id.connector) <= assignment.tasks_until
        return is_due and self._is_in_touch() and task_id in assignment.share_of(self._instance).tasks

    def leader_url(self) -> str | None:
        """Where the leader answers, if it is another worker and still a member."""
        leader = self._assignment.leader
        worker = self._assignment.workers.get(leader)
        return None if worker is None or leader == self._instance or not self._is_member(leader) else worker.url

    def owner_url(self, item: str | ConnectorTaskId) -> str | None:
        """Where the worker of a connector or task answers, if it is still a member."""
        for instance, worker in self._assignment.workers.items():
            held: frozenset[str] | frozenset[ConnectorTaskId] = worker.share.tasks
            if isinstance(item, str):
                held = worker.share.connectors
            if item in held:
                return worker.url if self._is_member(instance) else None
        return None

    # -- the herder's thread -------------------------------------------------------------------------------------------

    @property
    def waiting_for(self) -> str | None:
        """What has to happen before this worker has a place."""
        listing = self._watch.latest
        if listing is not None and listing.is_foreign:
            return (
                "waiting for the workers of Kafka Connect to stop, which use the same group.id (the group's protocol "
                f"is {listing.protocol_type}, {len(listing.members)} members)"
            )
        if self._in_touch_at is None:
            return "joining the group" + (f", so far in vain: {self._seat.problem}" if self._seat.problem else "")
        if self._claim_problem is not None:
            return f"about to lead the group, so far in vain: {self._claim_problem}"
        if self._instance not in self._assignment.workers:
            return "waiting for the leader of the group to give this worker its share"
        return None

    def join(self) -> None:
        """Become a member, and begin to watch the others."""
        self._watch.start()
        self._seat.join()

    def tick(self) -> None:
        """Take part in the group, take in the newest assignment, and decide when leading."""
        self._seat.poll()
        self._writer.poll()
        self._note_heard(self._seat.heard_at)
        listing = self._watch.latest
        if listing is not None:
            self._keep_in_touch(listing)
        self._take_in(self._configs.snapshot())
        if not self._seat.holds_partition:
            self._claim_problem = None
            self._writer.release()
        elif self._is_in_touch() and self._claimed() and listing is not None:
            self._decide(listing)

    def share(self, configs: ClusterConfigSnapshot) -> Share:
        """This worker's part of what is configured; nothing while it is out of touch with the brokers."""
        self._take_in(configs)
        seen = _Seen(Applied(self._assignment.generation, configs.offset), is_in_touch=self._is_in_touch())
        if seen != self._seen:
            self._seen = seen
            own = self._assignment.share_of(self._instance) if seen.is_in_touch else NOTHING
            until = self._assignment.tasks_until
            tasks = frozenset(task for task in own.tasks if configs.committed_at(task.connector) <= until)
            self._share = Share(own.connectors, tasks) & configured_share(configs)
            self._has_stopped = tasks != own.tasks or self._instance in self._assignment.released
        return self._share

    def note_applied(self) -> None:
        """Tell the leader, if it waits for that, that what was taken from this worker or replaced is stopped."""
        if not self._has_stopped or self._acknowledged == self._seen.applied:
            return
        self._has_stopped = False
        self._acknowledged = self._seen.applied
        if not self.is_leader:
            self._configs.note_applied(self._instance, self._acknowledged)

    def leave(self) -> None:
        """Leave the group in order: another leads at once, if this one did."""
        self._writer.release()
        self._seat.leave()
        self._watch.stop()

    # -- who is there --------------------------------------------------------------------------------------------------

    def _keep_in_touch(self, listing: GroupListing) -> None:
        if listing.is_foreign and not self._is_told_foreign:
            self._is_told_foreign = True
            logger.warning("This worker cannot join its group yet: %s", self.waiting_for)
        if any(member.instance == self._instance for member in listing.members):
            self._note_heard(listing.asked_at)

    def _note_heard(self, at: float | None) -> None:
        """Either is enough: no list comes while any broker hangs, and no heartbeat is answered in a rebalance."""
        if at is not None and (self._in_touch_at is None or at > self._in_touch_at):
            self._in_touch_at = at

    def _is_in_touch(self) -> bool:
        at = self._in_touch_at
        return at is not None and self._clock.monotonic() - at < self._times.session_timeout_s

    def _is_member(self, instance: str) -> bool:
        listing = self._watch.latest
        return listing is not None and any(member.instance == instance for member in listing.members)

    def _take_in(self, configs: ClusterConfigSnapshot) -> None:
        if configs.assignment is self._record or configs.assignment is None:
            return
        self._record = configs.assignment
        try:
            self._assignment = assignment_from_json(configs.assignment)
        except DataError as error:
            logger.error("The assignment in the config topic cannot be read and is kept out: %s", error)

    # -- leading -------------------------------------------------------------------------------------------------------

    def _claimed(self) -> bool:
        """Whether this worker may write; takes the right if it is its turn."""
        if self._writer.is_claimed and self._claimed_term == self._seat.terms:
            return True
        if self._clock.monotonic() < self._claim_not_before:
            return False
        try:
            self._writer.claim(CLAIM_S)
            self._take_in(self._configs.refresh(CATCH_UP_S))
        except ConnectError as error:
            self._writer.release()
            self._claim_not_before = self._clock.monotonic() + RETRY_S
            self._note_claim_problem(str(error))
            return False
        self._claim_problem = None
        self._claimed_term = self._seat.terms
        self._decided = ()
        logger.info("This worker leads the group from now on")
        return True

    def _note_claim_problem(self, problem: str) -> None:
        if problem != self._claim_problem:
            self._claim_problem = problem
            logger.warning("This worker is to lead its group but cannot yet; tried again until it can: %s", problem)

    def _decide(self, listing: GroupListing) -> None:
        """Publish another assignment if who is there or what is configured asks for one."""
        if not listing.is_stable or not listing.contains(self._seat.member_id):
            return
        configs = self._configs.snapshot()
        now_ms = self._clock.epoch_ms()
        due_ms = next_due_ms(self._assignment)
        seen = (configs.offset, listing.members, self._acknowledged)
        if self._decided == seen and (due_ms is None or now_ms < due_ms):
            return
        applied = {**configs.applied, self._instance: self._acknowledged}
        members = {
            member.instance: assignments.Member(
                member.instance, member.url, applied.get(member.instance, Applied()).generation
            )
            for member in listing.members
            if member.instance
        }
        wanted = self._next(configs, members, {name: applied.get(name, Applied()).offset for name in members}, now_ms)
        if wanted is None:
            self._decided = seen
        else:
            self._publish(wanted, [name for name in configs.applied if name not in members])

    def _next(
        self,
        configs: ClusterConfigSnapshot,
        members: Mapping[str, assignments.Member],
        stopped_until: Mapping[str, int],
        now_ms: int,
    ) -> ClusterAssignment | None:
        """The assignment that has to follow the present one, ``None`` when that stays."""
        current = self._assignment
        if current.generation == 0:
            current = ClusterAssignment(generation=self._first_generation())
        max_delay_ms = round(self._times.max_delay_s * 1000)
        configured = configured_share(configs)
        wanted = next_assignment(current, list(members.values()), self._instance, configured, now_ms, max_delay_ms)
        committed_at = {name: configs.committed_at(name) for name in configured.connectors}
        tasks_until = next_tasks_until(current, stopped_until, committed_at)
        if wanted is current and tasks_until == current.tasks_until:
            return None
        return replace(wanted, generation=current.generation + 1, tasks_until=tasks_until)

    def _publish(self, wanted: ClusterAssignment, gone: list[str]) -> None:
        try:
            self._configs.put_assignment(assignment_to_json(wanted), gone)
        except ConflictError as error:
            logger.info("The assignment was not published: %s", error)
        except ConnectError as error:
            logger.warning("The assignment was not published and will be decided again: %s", error)
        else:
            self._take_in(self._configs.snapshot())
            _log_assignment(wanted)


def _log_assignment(assignment: ClusterAssignment) -> None:
    held = sum(len(worker.share.connectors) + len(worker.share.tasks) for worker in assignment.lost.values())
    logger.info(
        "Assignment %d: %s%s",
        assignment.generation,
        ", ".join(
            f"{worker.url} has {_shown(worker.share)}"
            for worker in sorted(assignment.workers.values(), key=lambda worker: worker.url)
        ),
        f"; {held} are kept for workers that are away" if held else "",
    )


def _shown(share: Share) -> str:
    counts = {"connector": len(share.connectors), "task": len(share.tasks)}
    return " and ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items())
