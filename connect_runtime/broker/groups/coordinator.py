"""All groups of the broker, and the timers under them."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from connect_runtime.broker.groups.group import Group, GroupState
from connect_runtime.broker.groups.member import JoinRequest, JoinResult, SyncRequest, SyncResult

__all__ = ["GroupCoordinator"]

T = TypeVar("T")


class GroupCoordinator:
    """Finds groups by id and lets time pass for them. Owned by the loop's thread.

    Args:
        new_member_id: Makes a member id from the client's or instance's name.
        clock: Monotonic seconds.
        initial_delay_s: How long the first member of an empty group waits for others.
    """

    def __init__(self, new_member_id: Callable[[str], str], clock: Callable[[], float], initial_delay_s: float) -> None:
        self._new_member_id = new_member_id
        self._clock = clock
        self._initial_delay_s = initial_delay_s
        self._groups: dict[str, Group] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def groups(self) -> list[Group]:
        """Every group that ever had a member since the start."""
        return list(self._groups.values())

    def find(self, group_id: str) -> Group | None:
        """The group of that id, None when it never had a member since the start."""
        return self._groups.get(group_id)

    async def join(self, group_id: str, request: JoinRequest) -> JoinResult:
        """Join; returns when the generation is complete."""
        group = self._groups.get(group_id)
        if group is None:
            group = self._groups[group_id] = Group(group_id, self._new_member_id, self._initial_delay_s)
        done: asyncio.Future[JoinResult] = asyncio.get_running_loop().create_future()
        group.join(request, _reply_to(done), self._clock())
        self._set_timer(group)
        return await done

    async def sync(self, group: Group, request: SyncRequest) -> SyncResult:
        """Sync; returns when the leader has sent the assignment."""
        done: asyncio.Future[SyncResult] = asyncio.get_running_loop().create_future()
        group.sync(request, _reply_to(done), self._clock())
        self._set_timer(group)
        return await done

    def act(self, group: Group, action: Callable[[float], T]) -> T:
        """Call `action(now)` on the group and have its timer follow."""
        result = action(self._clock())
        self._set_timer(group)
        return result

    def delete(self, group: Group) -> None:
        """Forget a group."""
        group.kill()
        self._groups.pop(group.group_id, None)
        timer = self._timers.pop(group.group_id, None)
        if timer is not None:
            timer.cancel()

    def _set_timer(self, group: Group) -> None:
        deadline = group.next_deadline()
        timer = self._timers.get(group.group_id)
        loop = asyncio.get_running_loop()
        if deadline is None or group.state is GroupState.DEAD:
            return
        due = loop.time() + max(deadline - self._clock(), 0.0)
        # A timer that fires too early finds nothing to do and is set again: cheaper than moving it at every heartbeat.
        if timer is not None and not timer.cancelled() and timer.when() <= due:
            return
        if timer is not None:
            timer.cancel()
        self._timers[group.group_id] = loop.call_at(due, self._tick, group)

    def _tick(self, group: Group) -> None:
        self._timers.pop(group.group_id, None)
        group.tick(self._clock())
        self._set_timer(group)


def _reply_to(done: asyncio.Future[T]) -> Callable[[T], None]:
    def reply(result: T) -> None:
        if not done.done():
            done.set_result(result)

    return reply
