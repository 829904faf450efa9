"""The group's rules, with a clock that the test holds."""

import itertools

import pytest

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.groups.group import Group, GroupState
from connect_runtime.broker.groups.member import JoinRequest, JoinResult, SyncRequest, SyncResult

_RANGE = (("range", b"r"),)


class World:
    """A group and everybody who talks to it."""

    def __init__(self, initial_delay_s: float = 0.0) -> None:
        numbers = itertools.count(1)
        self.now = 0.0
        self.group = Group("g", lambda name: f"{name}-{next(numbers)}", initial_delay_s)

    def join(
        self,
        member_id: str = "",
        *,
        instance: str | None = None,
        protocols: tuple[tuple[str, bytes], ...] = _RANGE,
        must_know: bool = False,
        kind: str = "consumer",
        may_skip: bool = False,
    ) -> list[JoinResult]:
        answers: list[JoinResult] = []
        request = JoinRequest(
            member_id=member_id,
            instance_id=instance,
            client_id="c",
            session_timeout_s=10.0,
            rebalance_timeout_s=60.0,
            protocol_type=kind,
            protocols=protocols,
            must_know_its_id=must_know,
            may_skip_assignment=may_skip,
        )
        self.group.join(request, answers.append, self.now)
        return answers

    def sync(self, member_id: str, generation: int, **assignments: bytes) -> list[SyncResult]:
        answers: list[SyncResult] = []
        by_id = {name.replace("_", "-"): content for name, content in assignments.items()}
        request = SyncRequest(member_id=member_id, generation=generation, assignments=by_id)
        self.group.sync(request, answers.append, self.now)
        return answers

    def beat(self, member_id: str, generation: int) -> ErrorCode:
        return self.group.heartbeat(member_id, None, generation, self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.group.tick(self.now)

    def stable_with_two(self) -> tuple[str, str]:
        (first,) = self.join()
        second = self.join()
        again = self.join(first.member_id)
        self.sync(first.member_id, 2, **{first.member_id.replace("-", "_"): b"A"})
        self.sync(second[0].member_id, 2)
        assert again[0].leader == first.member_id
        assert self.group.state is GroupState.STABLE
        return first.member_id, second[0].member_id


def test_a_lone_member_leads_the_first_generation() -> None:
    world = World()
    (joined,) = world.join()
    assert (joined.error, joined.generation, joined.leader) == (ErrorCode.none, 1, joined.member_id)
    assert [member.member_id for member in joined.members] == [joined.member_id]
    (synced,) = world.sync(joined.member_id, 1, c_1=b"all")
    assert synced.assignment == b"all"
    assert world.group.state is GroupState.STABLE


def test_a_newcomer_is_sent_away_with_its_id_first() -> None:
    world = World()
    (sent_away,) = world.join(must_know=True)
    assert sent_away.error is ErrorCode.member_id_required
    (joined,) = world.join(sent_away.member_id, must_know=True)
    assert (joined.error, joined.member_id) == (ErrorCode.none, sent_away.member_id)


def test_a_promised_id_expires() -> None:
    world = World()
    (sent_away,) = world.join(must_know=True)
    world.pass_time(11)
    (refused,) = world.join(sent_away.member_id, must_know=True)
    assert refused.error is ErrorCode.unknown_member_id


def test_a_second_member_starts_a_rebalance_that_waits_for_the_first() -> None:
    world = World()
    (first,) = world.join()
    world.sync(first.member_id, 1)
    waiting = world.join()
    assert waiting == []
    assert world.beat(first.member_id, 1) is ErrorCode.rebalance_in_progress
    again = world.join(first.member_id)
    assert (again[0].generation, waiting[0].generation) == (2, 2)
    assert len(again[0].members) == 2
    assert waiting[0].members == ()


def test_followers_wait_for_the_leader_to_sync() -> None:
    world = World()
    (first,) = world.join()
    second = world.join()
    world.join(first.member_id)
    waiting = world.sync(second[0].member_id, 2)
    assert waiting == []
    world.sync(first.member_id, 2, c_1=b"one", c_2=b"two")
    assert waiting[0].assignment == b"two"


def test_a_silent_member_is_out_after_its_session() -> None:
    world = World()
    first, second = world.stable_with_two()
    world.pass_time(6)
    assert world.beat(first, 2) is ErrorCode.none
    world.pass_time(6)
    assert second not in world.group.members
    assert world.beat(second, 2) is ErrorCode.unknown_member_id
    assert world.beat(first, 2) is ErrorCode.rebalance_in_progress


def test_a_member_that_does_not_rejoin_is_dropped_when_the_rebalance_ends() -> None:
    world = World()
    first, second = world.stable_with_two()
    again = world.join(first)
    for _ in range(7):
        world.pass_time(9)
        world.beat(second, 2)
    assert again[0].generation == 3
    assert list(world.group.members) == [first]


def test_waiting_members_do_not_expire() -> None:
    world = World()
    first, second = world.stable_with_two()
    again = world.join(first)
    world.pass_time(9)
    world.beat(second, 2)
    world.pass_time(9)
    assert first in world.group.members
    world.join(second)
    assert again[0].generation == 3


def test_members_that_do_not_sync_are_dropped() -> None:
    world = World()
    (first,) = world.join()
    second = world.join()
    world.join(first.member_id)
    waiting = world.sync(second[0].member_id, 2)
    for _ in range(7):
        world.pass_time(9)
        world.group.heartbeat(first.member_id, None, 2, world.now)
    assert waiting[0].error is ErrorCode.rebalance_in_progress
    assert first.member_id not in world.group.members


def test_leaving_starts_a_rebalance_at_once() -> None:
    world = World()
    first, second = world.stable_with_two()
    assert world.group.leave(first, None, world.now) is ErrorCode.none
    assert world.beat(second, 2) is ErrorCode.rebalance_in_progress
    (alone,) = world.join(second)
    assert (alone.leader, alone.generation) == (second, 3)


def test_a_group_that_all_have_left_is_empty() -> None:
    world = World()
    (joined,) = world.join()
    world.sync(joined.member_id, 1)
    world.group.leave(joined.member_id, None, world.now)
    assert world.group.state is GroupState.EMPTY
    assert world.group.check_commit("", None, -1, world.now) is ErrorCode.none


def test_a_follower_that_joins_again_unchanged_gets_its_generation_back() -> None:
    world = World()
    first, second = world.stable_with_two()
    (same,) = world.join(second)
    assert same.generation == 2
    assert world.beat(first, 2) is ErrorCode.none
    assert world.join(first) == []
    assert world.beat(second, 2) is ErrorCode.rebalance_in_progress


def test_members_without_a_common_protocol_are_refused() -> None:
    world = World()
    world.join()
    (refused,) = world.join(protocols=(("sticky", b""),))
    assert refused.error is ErrorCode.inconsistent_group_protocol
    (other_kind,) = world.join(kind="connect")
    assert other_kind.error is ErrorCode.inconsistent_group_protocol


def test_the_protocol_that_most_members_prefer_is_taken() -> None:
    world = World()
    both = (("sticky", b"s"), ("range", b"r"))
    (first,) = world.join(protocols=(("range", b"r"), ("sticky", b"s")))
    second = world.join(protocols=both)
    third = world.join(protocols=both)
    world.join(first.member_id, protocols=(("range", b"r"), ("sticky", b"s")))
    assert second[0].protocol == third[0].protocol == "sticky"


def test_a_wrong_generation_is_told_so() -> None:
    world = World()
    first, _ = world.stable_with_two()
    assert world.beat(first, 1) is ErrorCode.illegal_generation
    assert world.group.check_commit(first, None, 1, world.now) is ErrorCode.illegal_generation
    assert world.group.check_commit("", None, -1, world.now) is ErrorCode.unknown_member_id


def test_a_static_member_comes_back_without_a_rebalance() -> None:
    world = World()
    (before,) = world.join(instance="i")
    world.sync(before.member_id, 1, **{before.member_id.replace("-", "_"): b"mine"})
    (after,) = world.join(instance="i", may_skip=True)
    assert after.member_id != before.member_id
    assert (after.generation, after.skip_assignment) == (1, True)
    (synced,) = world.sync(after.member_id, 1)
    assert synced.assignment == b"mine"


def test_the_old_self_of_a_static_member_is_fenced() -> None:
    world = World()
    (before,) = world.join(instance="i")
    world.join(instance="i")
    assert world.group.heartbeat(before.member_id, "i", 1, world.now) is ErrorCode.fenced_instance_id
    (refused,) = world.join(before.member_id, instance="i")
    assert refused.error is ErrorCode.fenced_instance_id


def test_a_static_member_can_be_removed_by_its_instance() -> None:
    world = World()
    world.join(instance="i")
    assert world.group.leave("", "unknown", world.now) is ErrorCode.unknown_member_id
    assert world.group.leave("", "i", world.now) is ErrorCode.none
    assert world.group.members == {}


def test_the_first_rebalance_of_an_empty_group_can_be_delayed() -> None:
    world = World(initial_delay_s=3.0)
    first, second = world.join(), world.join()
    assert (first, second) == ([], [])
    world.pass_time(2.9)
    assert first == []
    world.pass_time(0.2)
    assert first[0].generation == second[0].generation == 1


@pytest.mark.parametrize("state", ["joining", "stable"])
def test_the_deadline_is_never_missed(state: str) -> None:
    world = World()
    first, _ = world.stable_with_two()
    if state == "joining":
        world.join(first)
    deadline = world.group.next_deadline()
    assert deadline is not None
    assert deadline > world.now
    before = world.group.generation, len(world.group.members)
    world.pass_time(deadline - world.now)
    assert (world.group.generation, len(world.group.members)) != before
