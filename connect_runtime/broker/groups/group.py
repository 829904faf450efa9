"""One consumer group under the classic protocol, as a state machine without I/O: time comes in, answers go out.

The rules are those of Kafka's classic group coordinator (GroupMetadata, GroupCoordinator); static members as in
KIP-345, member ids before
joining as in KIP-394.

    EMPTY ──join──▶ PREPARING ──all joined, or time is up──▶ COMPLETING ──leader synced──▶ STABLE
      ▲                ▲  └── nobody left ──▶ EMPTY               │                          │
      └── nobody left ─┴────── a member joins, leaves, expires ───┴──────────────────────────┘
"""

from collections.abc import Callable, Mapping
from enum import Enum

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.groups.election import elected_protocol, is_compatible
from connect_runtime.broker.groups.member import JoinedMember, JoinRequest, JoinResult, Member, SyncRequest, SyncResult

__all__ = ["Group", "GroupState"]

_UNKNOWN_JOIN = JoinResult(error=ErrorCode.unknown_member_id)


class GroupState(Enum):
    """States of a group, by the names that the protocol has for them."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"
    DEAD = "Dead"


class Group:
    """A consumer group. Owned by the loop's thread.

    Args:
        group_id: Its id.
        new_member_id: Makes a member id from the client's or instance's name.
        initial_delay_s: How long the first member of an empty group waits for others.

    Attributes:
        group_id: Its id.
        state: Where it stands.
        generation: Number of its current generation.
        protocol_type: What kind of group it is, None before the first join.
        protocol: The protocol that the current generation agreed on.
        leader: Member id of the leader.
        members: Its members by id, in the order of their coming.
    """

    def __init__(self, group_id: str, new_member_id: Callable[[str], str], initial_delay_s: float = 0.0) -> None:
        self.group_id = group_id
        self.state = GroupState.EMPTY
        self.generation = 0
        self.protocol_type: str | None = None
        self.protocol: str | None = None
        self.leader: str | None = None
        self.members: dict[str, Member] = {}
        self._new_member_id = new_member_id
        self._initial_delay_s = initial_delay_s
        self._static: dict[str, str] = {}
        self._promised: dict[str, float] = {}
        self._rebalance_ends_at: float | None = None
        self._is_first_rebalance = False

    def join(self, request: JoinRequest, reply: Callable[[JoinResult], None], now: float) -> None:
        """Take a member into the next generation; `reply` is called once, now or when the generation is complete."""
        if not is_compatible(request, self.members.values(), self.protocol_type):
            reply(JoinResult(error=ErrorCode.inconsistent_group_protocol, member_id=request.member_id))
        elif request.member_id:
            self._join_again(request, reply, now)
        elif request.instance_id is not None and request.instance_id in self._static:
            self._replace_static(request, reply, now)
        else:
            self._join_anew(request, reply, now)

    def sync(self, request: SyncRequest, reply: Callable[[SyncResult], None], now: float) -> None:
        """Give a member its assignment; `reply` is called once, now or when the leader has sent it."""
        error = self.check_member(request.member_id, request.instance_id, request.generation)
        if error is not ErrorCode.none:
            return reply(SyncResult(error=error))
        if request.protocol_type not in (None, self.protocol_type) or request.protocol not in (None, self.protocol):
            return reply(SyncResult(error=ErrorCode.inconsistent_group_protocol))
        member = self.members[request.member_id]
        self._heard_of(member, now)
        if self.state is GroupState.PREPARING:
            return reply(SyncResult(error=ErrorCode.rebalance_in_progress))
        if self.state is GroupState.STABLE:
            return reply(self._sync_result(member))
        member.answer_sync(SyncResult(error=ErrorCode.rebalance_in_progress))
        member.reply_to_sync = reply
        if member.member_id == self.leader:
            self._become_stable(request.assignments, now)
        return None

    def heartbeat(self, member_id: str, instance_id: str | None, generation: int, now: float) -> ErrorCode:
        """Note that a member is alive; tells it when it has to join again."""
        error = self.check_member(member_id, instance_id, generation)
        if error is ErrorCode.none:
            self._heard_of(self.members[member_id], now)
            if self.state is GroupState.PREPARING:
                return ErrorCode.rebalance_in_progress
        return error

    def leave(self, member_id: str, instance_id: str | None, now: float) -> ErrorCode:
        """Take a member out, by its id or, with an empty id, by its instance id."""
        if instance_id is not None:
            current = self._static.get(instance_id)
            if current is None:
                return ErrorCode.unknown_member_id
            if member_id and member_id != current:
                return ErrorCode.fenced_instance_id
            member_id = current
        if self._promised.pop(member_id, None) is not None:
            self._maybe_complete_join(now)
            return ErrorCode.none
        member = self.members.get(member_id)
        if member is None:
            return ErrorCode.unknown_member_id
        self._remove(member, now)
        return ErrorCode.none

    def check_member(self, member_id: str, instance_id: str | None, generation: int) -> ErrorCode:
        """Why a request of this member cannot be served, NONE when it can."""
        if instance_id is not None:
            current = self._static.get(instance_id)
            if current is not None and current != member_id:
                return ErrorCode.fenced_instance_id
        if member_id not in self.members:
            return ErrorCode.unknown_member_id
        if generation != self.generation:
            return ErrorCode.illegal_generation
        return ErrorCode.none

    def check_commit(self, member_id: str, instance_id: str | None, generation: int, now: float) -> ErrorCode:
        """Why offsets cannot be committed under this membership, NONE when they can.

        A client that is no member (generation below 0) may commit while the group is empty.
        """
        if generation < 0 and not member_id and instance_id is None and not self.members:
            return ErrorCode.none
        error = self.check_member(member_id, instance_id, generation)
        if error is ErrorCode.none:
            self._heard_of(self.members[member_id], now)
            if self.state is GroupState.COMPLETING:
                return ErrorCode.rebalance_in_progress
        return error

    def check_transactional_commit(self, member_id: str, instance_id: str | None, generation: int) -> ErrorCode:
        """Why offsets cannot be sent to a transaction under this membership, NONE when they can.

        A producer that names no member is let in, as in Kafka: older clients do not know their group's generation.
        """
        is_without_member = generation < 0 and not member_id and instance_id is None
        if is_without_member or (generation < 0 and not self.members):
            return ErrorCode.none
        return self.check_member(member_id, instance_id, generation)

    def kill(self) -> None:
        """The group was deleted: whoever still waits is sent away."""
        for member in list(self.members.values()):
            self._dismiss(member, ErrorCode.unknown_member_id)
        self.members.clear()
        self.state = GroupState.DEAD

    def next_deadline(self) -> float | None:
        """When `tick` has something to do, None for never."""
        times = [member.expires_at for member in self.members.values() if not member.is_waiting]
        times.extend(self._promised.values())
        if self._rebalance_ends_at is not None:
            times.append(self._rebalance_ends_at)
        return min(times, default=None)

    def tick(self, now: float) -> None:
        """Do what is due: end sessions, end a rebalance that some did not join or sync in time."""
        for member_id in [member_id for member_id, due in self._promised.items() if due <= now]:
            del self._promised[member_id]
        for member in list(self.members.values()):
            if not member.is_waiting and member.expires_at <= now:
                self._remove(member, now)
        if self._rebalance_ends_at is None or self._rebalance_ends_at > now:
            self._maybe_complete_join(now)
        elif self.state is GroupState.PREPARING:
            self._complete_join(now)
        elif self.state is GroupState.COMPLETING:
            self._drop_unsynced(now)

    # -- joining -----------------------------------------------------------------------------------------------------

    def _join_anew(self, request: JoinRequest, reply: Callable[[JoinResult], None], now: float) -> None:
        member_id = self._new_member_id(request.instance_id or request.client_id)
        if request.instance_id is None and request.must_know_its_id:
            self._promised[member_id] = now + request.session_timeout_s
            reply(JoinResult(error=ErrorCode.member_id_required, member_id=member_id))
            return
        self._add(member_id, request, reply, now)

    def _join_again(self, request: JoinRequest, reply: Callable[[JoinResult], None], now: float) -> None:
        if self._promised.pop(request.member_id, None) is not None:
            self._add(request.member_id, request, reply, now)
            return
        if (
            request.instance_id is not None
            and self._static.get(request.instance_id, request.member_id) != request.member_id
        ):
            reply(JoinResult(error=ErrorCode.fenced_instance_id, member_id=request.member_id))
            return
        member = self.members.get(request.member_id)
        if member is None:
            reply(JoinResult(error=ErrorCode.unknown_member_id, member_id=request.member_id))
            return
        is_unchanged = member.request.protocols == request.protocols
        self._heard_of(member, now)
        if (is_unchanged and self.state is GroupState.COMPLETING) or (
            is_unchanged and self.state is GroupState.STABLE and member.member_id != self.leader
        ):
            reply(self._join_result(member))
        else:
            self._await_join(member, request, reply)
            self._rebalance(now)

    def _replace_static(self, request: JoinRequest, reply: Callable[[JoinResult], None], now: float) -> None:
        instance_id = request.instance_id or ""
        old = self.members.pop(self._static[instance_id])
        self._dismiss(old, ErrorCode.fenced_instance_id)
        member = Member(self._new_member_id(instance_id), request, 0.0, old.assignment)
        self.members[member.member_id] = member
        self._static[instance_id] = member.member_id
        self._heard_of(member, now)
        was_leader = self.leader == old.member_id
        if was_leader:
            self.leader = member.member_id
        if self.state is GroupState.STABLE and old.request.protocols == request.protocols:
            reply(self._result_for_returned(member, old.member_id, was_leader=was_leader))
            return
        self._await_join(member, request, reply)
        self._rebalance(now)

    def _result_for_returned(self, member: Member, old_id: str, *, was_leader: bool) -> JoinResult:
        # The generation goes on without a rebalance. A leader too old to be told so is made believe that somebody
        # else leads, so that it does not send an assignment nobody waits for.
        if not was_leader or member.request.may_skip_assignment:
            return self._join_result(member, skip_assignment=was_leader)
        result = self._join_result(member)
        return JoinResult(
            generation=result.generation,
            protocol_type=result.protocol_type,
            protocol=result.protocol,
            leader=old_id,
            member_id=member.member_id,
        )

    def _add(self, member_id: str, request: JoinRequest, reply: Callable[[JoinResult], None], now: float) -> None:
        member = Member(member_id, request, 0.0)
        self.members[member_id] = member
        if request.instance_id is not None:
            self._static[request.instance_id] = member_id
        if self.protocol_type is None or len(self.members) == 1:
            self.protocol_type = request.protocol_type
        self.leader = self.leader or member_id
        self._heard_of(member, now)
        self._await_join(member, request, reply)
        self._rebalance(now)

    def _await_join(self, member: Member, request: JoinRequest, reply: Callable[[JoinResult], None]) -> None:
        member.request = request
        member.answer_join(_UNKNOWN_JOIN)
        member.reply_to_join = reply

    # -- rebalancing -------------------------------------------------------------------------------------------------

    def _rebalance(self, now: float) -> None:
        if self.state is not GroupState.PREPARING:
            for member in self.members.values():
                member.answer_sync(SyncResult(error=ErrorCode.rebalance_in_progress))
            self._is_first_rebalance = self.state is GroupState.EMPTY and self._initial_delay_s > 0
            patience_s = self._initial_delay_s if self._is_first_rebalance else self._rebalance_timeout_s()
            self._rebalance_ends_at = now + patience_s
            self.state = GroupState.PREPARING
        self._maybe_complete_join(now)

    def _rebalance_timeout_s(self) -> float:
        return max((member.request.rebalance_timeout_s for member in self.members.values()), default=0.0)

    def _maybe_complete_join(self, now: float) -> None:
        if self.state is not GroupState.PREPARING or self._is_first_rebalance or self._promised:
            return
        if all(member.reply_to_join is not None for member in self.members.values()):
            self._complete_join(now)

    def _complete_join(self, now: float) -> None:
        self._is_first_rebalance = False
        for member in list(self.members.values()):
            if member.reply_to_join is None and member.request.instance_id is None:
                self._forget(member)
        self.generation += 1
        if not self.members:
            self._become_empty()
            return
        if self._joined_leader() is None:
            # Static members only, all of them away: wait for one to return or for their sessions to end.
            self._rebalance_ends_at = now + self._rebalance_timeout_s()
            return
        self.leader = self._joined_leader()
        self.protocol = elected_protocol(self.members.values())
        self.state = GroupState.COMPLETING
        self._rebalance_ends_at = now + self._rebalance_timeout_s()
        for member in self.members.values():
            member.assignment = b""
            self._heard_of(member, now)
            member.answer_join(self._join_result(member))

    def _joined_leader(self) -> str | None:
        joined = [member.member_id for member in self.members.values() if member.reply_to_join is not None]
        if self.leader in joined:
            return self.leader
        return joined[0] if joined else None

    def _join_result(self, member: Member, *, skip_assignment: bool = False) -> JoinResult:
        protocol = self.protocol or ""
        is_leader = member.member_id == self.leader
        return JoinResult(
            generation=self.generation,
            protocol_type=self.protocol_type,
            protocol=protocol,
            leader=self.leader or "",
            member_id=member.member_id,
            members=self._joined_members(protocol) if is_leader else (),
            skip_assignment=skip_assignment,
        )

    def _joined_members(self, protocol: str) -> tuple[JoinedMember, ...]:
        return tuple(
            JoinedMember(member.member_id, member.request.instance_id, member.metadata(protocol))
            for member in self.members.values()
        )

    def _become_stable(self, assignments: Mapping[str, bytes], now: float) -> None:
        self.state = GroupState.STABLE
        self._rebalance_ends_at = None
        for member in self.members.values():
            member.assignment = assignments.get(member.member_id, b"")
            if member.reply_to_sync is not None:
                self._heard_of(member, now)
            member.answer_sync(self._sync_result(member))

    def _sync_result(self, member: Member) -> SyncResult:
        return SyncResult(protocol_type=self.protocol_type, protocol=self.protocol, assignment=member.assignment)

    def _become_empty(self) -> None:
        self.state = GroupState.EMPTY
        self.protocol = None
        self.leader = None
        self._rebalance_ends_at = None

    # -- leaving -----------------------------------------------------------------------------------------------------

    def _drop_unsynced(self, now: float) -> None:
        for member in list(self.members.values()):
            if member.reply_to_sync is None:
                self._forget(member)
        self._rebalance(now)

    def _remove(self, member: Member, now: float) -> None:
        self._forget(member)
        if self.state in (GroupState.STABLE, GroupState.COMPLETING):
            self._rebalance(now)
        else:
            self._maybe_complete_join(now)

    def _forget(self, member: Member) -> None:
        self._dismiss(member, ErrorCode.unknown_member_id)
        del self.members[member.member_id]
        if member.request.instance_id is not None:
            self._static.pop(member.request.instance_id, None)
        if self.leader == member.member_id:
            self.leader = next(iter(self.members), None)

    def _dismiss(self, member: Member, error: ErrorCode) -> None:
        member.answer_join(JoinResult(error=error, member_id=member.member_id))
        member.answer_sync(SyncResult(error=error))

    def _heard_of(self, member: Member, now: float) -> None:
        member.expires_at = now + member.request.session_timeout_s
