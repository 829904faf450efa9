"""Who runs what: the assignment of the whole cluster, and the decision that leads from one to the next.

The leader publishes each assignment as one record, with all that the next decision needs: whoever leads then goes on
with the same history. The rules are those of Kafka Connect's incremental cooperative assignment, but for these:

- A new leader knows what was lost before it and keeps the delay. Lost is lost: the old leader itself is treated alike.
- A lost worker that is back before the delay ends has its items back at once, be it the same process that was cut off
  or another one that answers on the same URL. A restart makes nobody wait.
- When all workers are gone, whoever comes next has everything at once.
- When the delay ends, lost items go to those that have least. Who joined meanwhile without work comes first by that
  rule, and is not given more than its part.
- What was taken from a worker is given away when that one has acknowledged to have stopped it, no sooner. That goes for
  deleted items too, should some of the same name be created anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from connect_runtime.herder.balance import Balancing, deal, next_balancing, surplus
from connect_runtime.model import ConnectorTaskId

__all__ = [
    "ClusterAssignment",
    "Member",
    "Released",
    "Share",
    "WorkerShare",
    "next_assignment",
    "next_due_ms",
    "next_tasks_until",
]


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the cluster's connectors and tasks; the operators are those of sets."""

    connectors: frozenset[str] = frozenset()
    tasks: frozenset[ConnectorTaskId] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not (self.connectors or self.tasks)

    def __or__(self, other: Share) -> Share:
        return Share(self.connectors | other.connectors, self.tasks | other.tasks)

    def __and__(self, other: Share) -> Share:
        return Share(self.connectors & other.connectors, self.tasks & other.tasks)

    def __sub__(self, other: Share) -> Share:
        return Share(self.connectors - other.connectors, self.tasks - other.tasks)


@dataclass(frozen=True, slots=True)
class WorkerShare:
    """What one worker is to run.

    Attributes:
        url: Where it answers.
        share: Its connectors and tasks.
    """

    url: str
    share: Share = field(default_factory=Share)


@dataclass(frozen=True, slots=True)
class Released:
    """What was taken from a worker that may not have stopped it yet.

    Attributes:
        generation: Once the worker has acknowledged this one, all of it is stopped there.
        share: Connectors and tasks that nobody else may run until then.
    """

    generation: int
    share: Share


@dataclass(frozen=True, slots=True)
class ClusterAssignment:
    """What every worker is to run. No item stands in it twice; workers are named by their instance id.

    Attributes:
        generation: Grows by one with each change; 0 before the first.
        leader: Instance that decided, empty before the first decision.
        workers: The workers that are there.
        released: What was taken from workers that are there, and has not been acknowledged.
        lost: What workers had that are gone, held back in case they return.
        lost_until_ms: When it is given to others, epoch ms; ``None`` when nothing is held back.
        balancing: Whether balance may take work away again.
        tasks_until: Offset in the config topic up to which tasks run that were committed there: those of a later set
            wait until the ones that they replace are stopped on all workers.
    """

    generation: int = 0
    leader: str = ""
    workers: Mapping[str, WorkerShare] = field(default_factory=dict)
    released: Mapping[str, Released] = field(default_factory=dict)
    lost: Mapping[str, WorkerShare] = field(default_factory=dict)
    lost_until_ms: int | None = None
    balancing: Balancing = field(default_factory=Balancing)
    tasks_until: int = 0

    def share_of(self, instance: str) -> Share:
        """What a worker is to run: nothing when it is not known.

        While it is missed and its share is kept for it, that is its to run as long as it is in touch: nobody else has
        it.
        """
        worker = self.workers.get(instance) or self.lost.get(instance)
        return Share() if worker is None else worker.share


@dataclass(frozen=True, slots=True)
class Member:
    """A live worker, as the leader sees it.

    Attributes:
        instance: Its instance id: random, the same for as long as its process lives.
        url: Where it answers.
        applied: The highest generation that it acknowledged to have carried out, 0 for none.
    """

    instance: str
    url: str
    applied: int


def next_assignment(
    current: ClusterAssignment,
    members: Collection[Member],
    leader: str,
    configured: Share,
    now_ms: int,
    max_delay_ms: int,
) -> ClusterAssignment:
    """The assignment that follows from who is there and what is configured.

    Args:
        current: The one that was published last.
        members: The live workers.
        leader: Instance that decides.
        configured: All connectors and tasks that there are.
        now_ms: The time, epoch ms; leaders' clocks may differ a little.
        max_delay_ms: How long a lost worker's items are held back; 0 gives them to others at once.

    Returns:
        ``current`` itself when nothing changes, else one of the next generation.
    """
    live = {member.instance: member for member in sorted(members, key=lambda member: member.instance)}
    generation = current.generation + 1
    workers, away = _seat(current, live)
    if not any(instance in live for instance in current.workers):
        max_delay_ms = 0  # a whole cluster is not waited for
    lost, lost_until_ms = _hold(current, away, configured, now_ms, max_delay_ms)

    deleted = {instance: worker.share - configured for instance, worker in workers.items()}
    released = _release(_unacknowledged(current, live), deleted, generation)
    workers = _without(workers, deleted)

    excess = _excess(workers, configured)
    if lost:
        balancing = replace(current.balancing, has_revoked=False, not_before_ms=None)
    else:
        balancing = next_balancing(
            current.balancing,
            is_needed=bool(excess),
            is_settled=not released,
            now_ms=now_ms,
            max_delay_ms=max_delay_ms,
        )
    if not lost and balancing.allows_revocation:
        released = _release(released, excess, generation)
        workers = _without(workers, excess)

    workers = _give(workers, configured, [*_shares(lost), *(each.share for each in released.values())])
    changed = replace(
        current,
        leader=leader,
        workers=workers,
        released=released,
        lost=lost,
        lost_until_ms=lost_until_ms,
        balancing=balancing,
    )
    return current if changed == current else replace(changed, generation=generation)


def next_tasks_until(
    current: ClusterAssignment, stopped_until: Mapping[str, int], committed_at: Mapping[str, int]
) -> int:
    """Up to which offset of the config topic tasks may run that were committed there.

    A new set of tasks may share out its work otherwise than the old one did. So none of it begins while a task of the
    old set runs anywhere.

    Args:
        current: Who runs what.
        stopped_until: For each live worker, the offset up to which it has stopped what was replaced.
        committed_at: Where the tasks of each connector were committed.
    """
    waiting = {name: offset for name, offset in committed_at.items() if offset > current.tasks_until}
    for instance, offset in stopped_until.items():
        released = current.released.get(instance)
        held = current.share_of(instance).tasks | (released.share.tasks if released is not None else frozenset())
        if any(waiting.get(task.connector, 0) > offset for task in held):
            return current.tasks_until
    return max(waiting.values(), default=current.tasks_until)


def next_due_ms(assignment: ClusterAssignment) -> int | None:
    """When the leader has to decide again even if nothing happens, epoch ms; ``None`` for never."""
    return min(
        (ms for ms in (assignment.lost_until_ms, assignment.balancing.not_before_ms) if ms is not None), default=None
    )


def _seat(
    current: ClusterAssignment, live: Mapping[str, Member]
) -> tuple[dict[str, WorkerShare], dict[str, WorkerShare]]:
    """The workers that are there with what they have or get back, and what those had that are away."""
    gone = {name: each for name, each in current.workers.items() if name not in live and not each.share.is_empty}
    away = {**current.lost, **gone}
    workers: dict[str, WorkerShare] = {}
    for instance, member in live.items():
        kept = current.share_of(instance) | _taken_back(away, member)
        workers[instance] = WorkerShare(member.url, kept)
    return workers, away


def _taken_back(away: dict[str, WorkerShare], member: Member) -> Share:
    """What a worker had before it was away, or whoever answered on its URL before."""
    names = [name for name, worker in away.items() if name == member.instance or worker.url == member.url]
    return _union([away.pop(name).share for name in names])


def _hold(
    current: ClusterAssignment,
    away: Mapping[str, WorkerShare],
    configured: Share,
    now_ms: int,
    max_delay_ms: int,
) -> tuple[dict[str, WorkerShare], int | None]:
    """What is held back for workers that are away, and until when.

    All wait for the delay that the first loss began. Only who is found missing after it has ended begins another.
    """
    until_ms = now_ms + max_delay_ms
    if current.lost_until_ms is not None:
        if current.lost_until_ms <= now_ms:
            away = {name: worker for name, worker in away.items() if name not in current.lost}
        else:
            until_ms = min(until_ms, current.lost_until_ms)
    if max_delay_ms <= 0:
        return {}, None
    lost = {name: _configured_part(worker, configured) for name, worker in sorted(away.items())}
    lost = {name: worker for name, worker in lost.items() if not worker.share.is_empty}
    return lost, until_ms if lost else None


def _configured_part(worker: WorkerShare, configured: Share) -> WorkerShare:
    return WorkerShare(worker.url, worker.share & configured)


def _excess(workers: Mapping[str, WorkerShare], configured: Share) -> dict[str, Share]:
    connectors = surplus(_connectors(workers), len(configured.connectors))
    tasks = surplus(_tasks(workers), len(configured.tasks))
    return _by_instance(connectors, tasks)


def _give(workers: Mapping[str, WorkerShare], configured: Share, withheld: Iterable[Share]) -> dict[str, WorkerShare]:
    """The workers, with what nobody has and may be had."""
    free = configured - _union([*_shares(workers), *withheld])
    given = _by_instance(deal(free.connectors, _connectors(workers)), deal(free.tasks, _tasks(workers)))
    return {
        name: WorkerShare(worker.url, worker.share | given[name]) if name in given else worker
        for name, worker in workers.items()
    }


def _without(workers: Mapping[str, WorkerShare], taken: Mapping[str, Share]) -> dict[str, WorkerShare]:
    return {
        name: worker
        if name not in taken or taken[name].is_empty
        else WorkerShare(worker.url, worker.share - taken[name])
        for name, worker in workers.items()
    }


def _unacknowledged(current: ClusterAssignment, live: Mapping[str, Member]) -> dict[str, Released]:
    return {
        instance: released
        for instance, released in current.released.items()
        if instance in live and live[instance].applied < released.generation
    }


def _release(released: Mapping[str, Released], taken: Mapping[str, Share], generation: int) -> dict[str, Released]:
    """What is released when more is taken: all of it waits for the newer generation."""
    more = {
        instance: Released(generation, released[instance].share | share if instance in released else share)
        for instance, share in taken.items()
        if not share.is_empty
    }
    return {**released, **more}


def _by_instance(
    connectors: Mapping[str, frozenset[str]], tasks: Mapping[str, frozenset[ConnectorTaskId]]
) -> dict[str, Share]:
    names = {**connectors, **tasks}
    return {name: Share(connectors.get(name, frozenset()), tasks.get(name, frozenset())) for name in names}


def _connectors(workers: Mapping[str, WorkerShare]) -> dict[str, frozenset[str]]:
    return {name: worker.share.connectors for name, worker in workers.items()}


def _tasks(workers: Mapping[str, WorkerShare]) -> dict[str, frozenset[ConnectorTaskId]]:
    return {name: worker.share.tasks for name, worker in workers.items()}


def _shares(workers: Mapping[str, WorkerShare]) -> list[Share]:
    return [worker.share for worker in workers.values()]


def _union(shares: Collection[Share]) -> Share:
    connectors = frozenset().union(*(share.connectors for share in shares))
    return Share(connectors, frozenset().union(*(share.tasks for share in shares)))
