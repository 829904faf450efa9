"""Which protocol a group agrees on."""

from collections import Counter
from collections.abc import Iterable

from connect_runtime.broker.groups.member import JoinRequest, Member

__all__ = ["elected_protocol", "is_compatible"]


def is_compatible(request: JoinRequest, members: Iterable[Member], protocol_type: str | None) -> bool:
    """Whether a member could take part beside the others: same type, and a protocol that all of them can."""
    if not request.protocols or not request.protocol_type:
        return False
    others = [_names(member) for member in members if member.member_id != request.member_id]
    if not others:
        return True
    common = set(others[0]).intersection(*others[1:])
    return request.protocol_type == protocol_type and any(name in common for name, _ in request.protocols)


def elected_protocol(members: Iterable[Member]) -> str:
    """Of the protocols that all can, the one that most want first. There is at least one member."""
    wanted = [_names(member) for member in members]
    common = set(wanted[0]).intersection(*wanted[1:])
    votes = Counter(next(name for name in names if name in common) for names in wanted)
    return votes.most_common(1)[0][0]


def _names(member: Member) -> list[str]:
    return [name for name, _ in member.request.protocols]
