"""Assignments under whatever happens to a cluster."""

from __future__ import annotations

import itertools
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connect_runtime.herder.assignment import Member, Released, Share
from connect_runtime.herder.assignment_record import assignment_from_json, assignment_to_json
from tests.support.assigning import DELAY_MS, Cluster, connector, union


def sizes(shares: list[Share]) -> list[tuple[int, int]]:
    return [(len(share.connectors), len(share.tasks)) for share in shares]


def is_balanced(shares: list[Share]) -> bool:
    return all(max(counts) - min(counts) <= 1 for counts in zip(*sizes(shares), strict=True))


class AnyHistory(RuleBasedStateMachine):
    """Every rule is followed by a decision, unless the leader is too slow for it."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Cluster()
        self.cluster.join("i0")
        self.ids = itertools.count(1)
        self.gone: dict[str, Member] = {}

    def live(self, choice: int) -> str:
        return sorted(self.cluster.members)[choice % len(self.cluster.members)]

    @rule(decides=st.booleans())
    def a_worker_joins(self, decides: bool) -> None:
        self.cluster.join(f"i{next(self.ids)}")
        self.decide(decides)

    @precondition(lambda self: self.cluster.members)
    @rule(choice=st.integers(0, 9), decides=st.booleans())
    def a_worker_goes_away(self, choice: int, decides: bool) -> None:
        self.gone |= self.cluster.leave(self.live(choice))
        self.decide(decides)

    @precondition(lambda self: self.gone)
    @rule(choice=st.integers(0, 9))
    def a_worker_comes_back(self, choice: int) -> None:
        instance = sorted(self.gone)[choice % len(self.gone)]
        self.cluster.come_back({instance: self.gone.pop(instance)})
        held = self.cluster.assignment.lost.get(instance)
        before = self.cluster.assignment.workers.get(instance, held)
        self.cluster.decide()
        if before is not None:
            taken = self.cluster.assignment.released.get(instance, Released(0, Share()))
            assert (before.share & self.cluster.configured) - self.cluster.share(instance) - taken.share == Share()

    @precondition(lambda self: self.gone)
    @rule(choice=st.integers(0, 9))
    def a_worker_is_restarted(self, choice: int) -> None:
        instance = sorted(self.gone)[choice % len(self.gone)]
        self.cluster.join(f"i{next(self.ids)}", url=self.gone.pop(instance).url)
        self.cluster.decide()

    @precondition(lambda self: self.cluster.members)
    @rule(choice=st.integers(0, 9), behind=st.integers(0, 2), decides=st.booleans())
    def a_worker_acknowledges(self, choice: int, behind: int, decides: bool) -> None:
        self.cluster.acknowledge(self.live(choice), assignments_behind=behind)
        self.decide(decides)

    @rule(name=st.sampled_from("abcdefgh"), tasks=st.integers(0, 5), decides=st.booleans())
    def a_connector_is_put(self, name: str, tasks: int, decides: bool) -> None:
        self.cluster.configured -= connector(name, tasks=9)
        self.cluster.configured |= connector(name, tasks)
        self.decide(decides)

    @rule(name=st.sampled_from("abcdefgh"))
    def a_connector_is_deleted(self, name: str) -> None:
        self.cluster.configured -= connector(name, tasks=9)
        self.cluster.decide()

    @rule(ms=st.sampled_from([-5000, 40, 1600, 64_000, DELAY_MS // 2, DELAY_MS, 3 * DELAY_MS]))
    def time_passes(self, ms: int) -> None:
        self.cluster.pass_ms(ms)
        self.cluster.decide()

    @rule(max_delay_ms=st.sampled_from([0, 1000, DELAY_MS]), leader=st.sampled_from("xyz"))
    def another_leader_takes_over(self, max_delay_ms: int, leader: str) -> None:
        self.cluster.assignment = assignment_from_json(
            json.loads(json.dumps(assignment_to_json(self.cluster.assignment)))
        )
        self.cluster.leader, self.cluster.max_delay_ms = leader, max_delay_ms
        self.cluster.decide()

    def decide(self, decides: bool) -> None:
        if decides:
            self.cluster.decide()

    @invariant()
    def nothing_runs_twice(self) -> None:
        running = [self.cluster.may_run(instance) for instance in self.cluster.members]
        whole = union(*running)
        assert sum(len(share.connectors) for share in running) == len(whole.connectors)
        assert sum(len(share.tasks) for share in running) == len(whole.tasks)

    @invariant()
    def the_next_assignment_accounts_for_everything_once(self) -> None:
        following = self.cluster.next()
        owned = union(*(worker.share for worker in following.workers.values()))
        lost = union(*(worker.share for worker in following.lost.values()))
        released = union(*(released.share for released in following.released.values()))
        assert set(following.workers) == set(self.cluster.members)
        assert owned - self.cluster.configured == Share()
        assert (owned & lost) | (owned & released) | (lost & released) == Share()
        if following.workers:
            assert self.cluster.configured - owned - lost - released == Share()
        assert (following.lost_until_ms is None) == (not following.lost)

    @invariant()
    def deciding_again_changes_nothing(self) -> None:
        published = self.cluster.assignment
        following = self.cluster.next()
        assert following.generation == published.generation + (following is not published)
        self.cluster.assignment = following
        assert self.cluster.next() is following
        self.cluster.assignment = published

    @invariant()
    def the_record_says_it_all(self) -> None:
        assert assignment_from_json(assignment_to_json(self.cluster.assignment)) == self.cluster.assignment

    def teardown(self) -> None:
        self.cluster.join("last")
        self.cluster.settle()
        shares = [worker.share for worker in self.cluster.assignment.workers.values()]
        assert union(*shares) == self.cluster.configured
        assert is_balanced(shares)
        assert self.cluster.assignment.released == {}


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


@given(st.lists(st.integers(0, 4), max_size=12), st.integers(1, 6))
def test_a_worker_that_joins_moves_its_part_and_nothing_else(tasks: list[int], workers: int) -> None:
    cluster = Cluster(*(connector(f"c{n}", count) for n, count in enumerate(tasks)))
    cluster.join(*(f"w{n}" for n in range(workers)))
    cluster.decide_and_acknowledge()
    before = {name: worker.share for name, worker in cluster.assignment.workers.items()}
    cluster.join("new")
    cluster.decide_and_acknowledge()
    taken = union(*(share - cluster.share(name) for name, share in before.items()))
    assert all(cluster.share(name) - share == Share() for name, share in before.items())
    assert cluster.share("new") == taken
    assert len(taken.connectors) == len(cluster.configured.connectors) // (workers + 1)
    assert len(taken.tasks) == len(cluster.configured.tasks) // (workers + 1)
    assert is_balanced([cluster.share(name) for name in cluster.members])


@given(st.lists(st.integers(0, 4), max_size=12), st.integers(2, 6), st.integers(0, 5))
def test_a_worker_that_is_lost_moves_what_it_had_and_nothing_else(tasks: list[int], workers: int, lost: int) -> None:
    cluster = Cluster(*(connector(f"c{n}", count) for n, count in enumerate(tasks)))
    cluster.join(*(f"w{n}" for n in range(workers)))
    cluster.decide_and_acknowledge()
    before = {name: worker.share for name, worker in cluster.assignment.workers.items()}
    cluster.leave(f"w{lost % workers}")
    cluster.settle()
    assert all(before[name] - cluster.share(name) == Share() for name in cluster.members)
    assert union(*(cluster.share(name) for name in cluster.members)) == cluster.configured
    assert is_balanced([cluster.share(name) for name in cluster.members])
