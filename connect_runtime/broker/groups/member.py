"""Members of a group, and what they ask and are answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connect_runtime.broker._kio import ErrorCode

__all__ = ["JoinRequest", "JoinResult", "JoinedMember", "Member", "SyncRequest", "SyncResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """A wish to be in the group's next generation.

    Attributes:
        member_id: The member's id, empty for a newcomer.
        instance_id: The id a static member keeps over its restarts, None for a dynamic member.
        client_id: The client's name for itself.
        client_host: Where it connects from.
        session_timeout_s: Silence after which it is out.
        rebalance_timeout_s: How long a rebalance waits for it.
        protocol_type: What kind of group this is, for example `consumer`.
        protocols: What it can do, most wanted first: name and metadata.
        must_know_its_id: Whether a newcomer is sent away with an id first (JoinGroup v4 and later).
        may_skip_assignment: Whether it understands being leader without having to assign (JoinGroup v9).
    """

    member_id: str
    instance_id: str | None = None
    client_id: str = ""
    client_host: str = ""
    session_timeout_s: float = 10.0
    rebalance_timeout_s: float = 60.0
    protocol_type: str = "consumer"
    protocols: tuple[tuple[str, bytes], ...] = ()
    must_know_its_id: bool = False
    may_skip_assignment: bool = False


@dataclass(frozen=True, slots=True)
class JoinedMember:
    """A member as the leader sees it."""

    member_id: str
    instance_id: str | None
    metadata: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinResult:
    """Answer to a JoinRequest; `members` is filled for the leader only."""

    error: ErrorCode = ErrorCode.none
    generation: int = -1
    protocol_type: str | None = None
    protocol: str | None = None
    leader: str = ""
    member_id: str = ""
    members: tuple[JoinedMember, ...] = ()
    skip_assignment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """A member's question for its assignment.

    Attributes:
        member_id: The member's id.
        instance_id: Its instance id, None for a dynamic member.
        generation: The generation it has joined.
        protocol_type: What kind of group it takes this for, None when it does not say.
        protocol: The protocol it takes for agreed, None when it does not say.
        assignments: What each member shall do; the leader sends it, the others nothing.
    """

    member_id: str
    instance_id: str | None = None
    generation: int
    protocol_type: str | None = None
    protocol: str | None = None
    assignments: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """Answer to a sync: the member's assignment, or why there is none."""

    error: ErrorCode = ErrorCode.none
    protocol_type: str | None = None
    protocol: str | None = None
    assignment: bytes = b""


@dataclass(slots=True, eq=False)
class Member:
    """A member of a group. Owned by its group.

    Attributes:
        member_id: Its id.
        request: What it asked for when it joined last.
        expires_at: When its session ends unless it is heard of.
        assignment: What it was assigned in this generation.
        reply_to_join: How to answer its waiting join, None when none waits.
        reply_to_sync: How to answer its waiting sync, None when none waits.
    """

    member_id: str
    request: JoinRequest
    expires_at: float
    assignment: bytes = b""
    reply_to_join: Callable[[JoinResult], None] | None = None
    reply_to_sync: Callable[[SyncResult], None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether one of its requests is with us: it cannot send heartbeats meanwhile."""
        return self.reply_to_join is not None or self.reply_to_sync is not None

    def metadata(self, protocol: str) -> bytes:
        """What it said about a protocol."""
        return next((metadata for name, metadata in self.request.protocols if name == protocol), b"")

    def answer_join(self, result: JoinResult) -> None:
        """Answer the waiting join, if there is one."""
        reply, self.reply_to_join = self.reply_to_join, None
        if reply is not None:
            reply(result)

    def answer_sync(self, result: SyncResult) -> None:
        """Answer the waiting sync, if there is one."""
        reply, self.reply_to_sync = self.reply_to_sync, None
        if reply is not None:
            reply(result)
