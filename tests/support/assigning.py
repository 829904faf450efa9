"""A leader that decides, and workers that carry out what it published when they are told to."""

from __future__ import annotations

from connect_runtime.herder.assignment import ClusterAssignment, Member, Share, next_assignment, next_due_ms
from connect_runtime.model import ConnectorTaskId

DELAY_MS = 300_000


def connector(name: str, tasks: int = 0) -> Share:
    return Share(frozenset({name}), frozenset(ConnectorTaskId(name, n) for n in range(tasks)))


def union(*shares: Share) -> Share:
    joined = Share()
    for share in shares:
        joined |= share
    return joined


class Cluster:
    """Time stands still but for `pass_ms` and `settle`."""

    def __init__(self, *connectors: Share, max_delay_ms: int = DELAY_MS) -> None:
        self.assignment = ClusterAssignment()
        self.configured = union(*connectors)
        self.members: dict[str, Member] = {}
        self.leader = "leader"
        self.now_ms = 1_000_000
        self.max_delay_ms = max_delay_ms
        self._seen: dict[str, list[tuple[int, Share]]] = {}

    def share(self, instance: str) -> Share:
        return self.assignment.share_of(instance)

    def may_run(self, instance: str) -> Share:
        """What a worker was to run under any assignment since the one that it acknowledged."""
        return union(*(share for _, share in self._seen[instance]))

    def join(self, *instances: str, url: str | None = None) -> None:
        for instance in instances:
            self.members[instance] = Member(instance, url or f"http://{instance}", 0)
            self._seen[instance] = []

    def leave(self, *instances: str) -> dict[str, Member]:
        """A worker that is no member runs nothing."""
        for instance in instances:
            del self._seen[instance]
        return {instance: self.members.pop(instance) for instance in instances}

    def come_back(self, gone: dict[str, Member]) -> None:
        self.members |= gone
        self._seen |= {instance: [] for instance in gone}

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms

    def next(self) -> ClusterAssignment:
        members = list(reversed(self.members.values()))
        return next_assignment(self.assignment, members, self.leader, self.configured, self.now_ms, self.max_delay_ms)

    def decide(self) -> bool:
        """Whether there is a new assignment."""
        before, self.assignment = self.assignment, self.next()
        if self.assignment is before:
            return False
        for instance, seen in self._seen.items():
            seen.append((self.assignment.generation, self.share(instance)))
        return True

    def acknowledge(self, *instances: str, assignments_behind: int = 0) -> None:
        """Workers carry out what was published, but not the newest if they are behind."""
        for instance in instances:
            seen = self._seen[instance]
            if seen:
                del seen[: max(0, len(seen) - 1 - assignments_behind)]
                url = self.members[instance].url
                self.members[instance] = Member(instance, url, max(seen[0][0], self.members[instance].applied))

    def decide_and_acknowledge(self) -> None:
        """Until nothing changes any more. Time stands still."""
        for _ in range(20):
            self.acknowledge(*self.members)
            if not self.decide():
                return
        raise AssertionError(f"the cluster does not come to rest: {self.assignment}")

    def settle(self) -> None:
        """Until nothing changes any more and no delay runs."""
        for _ in range(20):
            self.decide_and_acknowledge()
            due_ms = next_due_ms(self.assignment)
            if due_ms is None:
                return
            assert due_ms > self.now_ms
            self.now_ms = due_ms
        raise AssertionError(f"the cluster does not come to rest: {self.assignment}")
