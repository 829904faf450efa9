"""JoinGroup, SyncGroup, Heartbeat, LeaveGroup, ListGroups, DescribeGroups, DeleteGroups."""

from collections.abc import Mapping
from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import StorageError
from connect_runtime.broker.groups.group import Group, GroupState
from connect_runtime.broker.groups.member import JoinRequest, Member, SyncRequest
from connect_runtime.broker.groups.offsets import DeleteOffsets
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = [
    "delete_groups",
    "describe_groups",
    "heartbeat",
    "join_group",
    "leave_group",
    "list_groups",
    "sync_group",
]

_CLASSIC = "classic"
_MUST_KNOW_ITS_ID_FROM = 4
_MAY_SKIP_ASSIGNMENT_FROM = 9
_GROUP_ID_NOT_FOUND_FROM = 6


async def join_group(node: Node, request: Any, client: Client) -> Answer:
    """Join; the answer comes when the generation is complete."""
    session_timeout_s = request.session_timeout.total_seconds()
    shortest, longest = node.config.group_min_session_timeout_s, node.config.group_max_session_timeout_s
    if not request.group_id:
        return _join_refused(request, ErrorCode.invalid_group_id)
    if not shortest <= session_timeout_s <= longest:
        return _join_refused(request, ErrorCode.invalid_session_timeout)
    if request.member_id and node.coordinator.find(request.group_id) is None:
        return _join_refused(request, ErrorCode.unknown_member_id)
    result = await node.coordinator.join(request.group_id, _join_request(request, client))
    members = [
        {"member_id": member.member_id, "group_instance_id": member.instance_id, "metadata": member.metadata}
        for member in result.members
    ]
    # Versions before 7 cannot say that there is no protocol.
    return {
        "error_code": result.error,
        "generation_id": result.generation,
        "protocol_type": result.protocol_type,
        "protocol_name": result.protocol or "",
        "leader": result.leader,
        "skip_assignment": result.skip_assignment,
        "member_id": result.member_id,
        "members": members,
    }


def _join_request(request: Any, client: Client) -> JoinRequest:
    session_timeout_s = request.session_timeout.total_seconds()
    rebalance_timeout_s = getattr(request, "rebalance_timeout", request.session_timeout).total_seconds()
    return JoinRequest(
        member_id=request.member_id,
        instance_id=getattr(request, "group_instance_id", None),
        client_id=client.client_id,
        client_host=client.host,
        session_timeout_s=session_timeout_s,
        rebalance_timeout_s=rebalance_timeout_s if rebalance_timeout_s >= 0 else session_timeout_s,
        protocol_type=request.protocol_type,
        protocols=tuple((protocol.name, bytes(protocol.metadata)) for protocol in request.protocols),
        must_know_its_id=request.__version__ >= _MUST_KNOW_ITS_ID_FROM,
        may_skip_assignment=request.__version__ >= _MAY_SKIP_ASSIGNMENT_FROM,
    )


def _join_refused(request: Any, code: ErrorCode) -> Answer:
    return {"error_code": code, "protocol_name": "", "member_id": request.member_id}


async def sync_group(node: Node, request: Any, _client: Client) -> Answer:
    """Sync; the answer comes when the leader has sent the assignment."""
    group = node.coordinator.find(request.group_id)
    if group is None:
        return {"error_code": ErrorCode.unknown_member_id}
    sync = SyncRequest(
        member_id=request.member_id,
        instance_id=getattr(request, "group_instance_id", None),
        generation=request.generation_id,
        protocol_type=getattr(request, "protocol_type", None),
        protocol=getattr(request, "protocol_name", None),
        assignments={assigned.member_id: bytes(assigned.assignment) for assigned in request.assignments},
    )
    result = await node.coordinator.sync(group, sync)
    return {
        "error_code": result.error,
        "protocol_type": result.protocol_type,
        "protocol_name": result.protocol,
        "assignment": result.assignment,
    }


async def heartbeat(node: Node, request: Any, _client: Client) -> Answer:
    """Note that a member is alive."""
    group = node.coordinator.find(request.group_id)
    if group is None:
        return {"error_code": ErrorCode.unknown_member_id}
    instance_id = getattr(request, "group_instance_id", None)
    code = node.coordinator.act(
        group, lambda now: group.heartbeat(request.member_id, instance_id, request.generation_id, now)
    )
    return {"error_code": code}


async def leave_group(node: Node, request: Any, _client: Client) -> Answer:
    """Take members out."""
    group = node.coordinator.find(request.group_id)
    if not hasattr(request, "members"):
        return {"error_code": _leave(node, group, request.member_id, None)}
    members = [
        {
            "member_id": leaver.member_id,
            "group_instance_id": leaver.group_instance_id,
            "error_code": _leave(node, group, leaver.member_id, leaver.group_instance_id),
        }
        for leaver in request.members
    ]
    return {"members": members}


def _leave(node: Node, group: Group | None, member_id: str, instance_id: str | None) -> ErrorCode:
    if group is None:
        return ErrorCode.unknown_member_id
    return node.coordinator.act(group, lambda now: group.leave(member_id, instance_id, now))


async def list_groups(node: Node, request: Any, _client: Client) -> Answer:
    """Groups that have members, or had some lately, or have committed offsets."""
    states = {state.lower() for state in getattr(request, "states_filter", ())}
    types = {kind.lower() for kind in getattr(request, "types_filter", ())}
    groups = [
        {
            "group_id": group_id,
            "protocol_type": "" if group is None else group.protocol_type or "",
            "group_state": _state(group).value,
            "group_type": _CLASSIC,
        }
        for group_id, group in _all_groups(node).items()
        if (not states or _state(group).value.lower() in states) and (not types or _CLASSIC in types)
    ]
    return {"groups": groups}


def _all_groups(node: Node) -> Mapping[str, Group | None]:
    known: dict[str, Group | None] = dict.fromkeys(node.committed)
    known.update({group.group_id: group for group in node.coordinator.groups()})
    return known


def _state(group: Group | None) -> GroupState:
    return GroupState.EMPTY if group is None else group.state


async def describe_groups(node: Node, request: Any, _client: Client) -> Answer:
    """Describe groups and their members."""
    known = _all_groups(node)
    answers = []
    for group_id in request.groups:
        if group_id in known:
            answers.append(_described(group_id, known[group_id]))
        else:
            answers.append(_described_as_dead(group_id, request.__version__))
    return {"groups": answers}


def _described_as_dead(group_id: str, version: int) -> Answer:
    answer = {"group_id": group_id, "group_state": GroupState.DEAD.value, "members": ()}
    if version >= _GROUP_ID_NOT_FOUND_FROM:
        return {
            **answer,
            "error_code": ErrorCode.group_id_not_found,
            "error_message": f"Group {group_id} not found.",
        }
    return answer


def _described(group_id: str, group: Group | None) -> Answer:
    if group is None:
        return {"group_id": group_id, "group_state": GroupState.EMPTY.value, "members": ()}
    return {
        "group_id": group_id,
        "group_state": group.state.value,
        "protocol_type": group.protocol_type or "",
        "protocol_data": (group.protocol or "") if group.state is GroupState.STABLE else "",
        "members": [_described_member(group, member) for member in group.members.values()],
    }


def _described_member(group: Group, member: Member) -> Answer:
    is_stable = group.state is GroupState.STABLE
    return {
        "member_id": member.member_id,
        "group_instance_id": member.request.instance_id,
        "client_id": member.request.client_id,
        "client_host": f"/{member.request.client_host}",
        "member_metadata": member.metadata(group.protocol or "") if is_stable else b"",
        "member_assignment": member.assignment if is_stable else b"",
    }


async def delete_groups(node: Node, request: Any, _client: Client) -> Answer:
    """Delete groups without members, with their offsets."""
    return {"results": [await _delete(node, group_id) for group_id in request.groups_names]}


async def _delete(node: Node, group_id: str) -> Answer:
    group = node.coordinator.find(group_id)
    if group is None and group_id not in node.committed:
        return {"group_id": group_id, "error_code": ErrorCode.group_id_not_found}
    if group is not None and group.members:
        return {"group_id": group_id, "error_code": ErrorCode.non_empty_group}
    try:
        await node.writer.submit(DeleteOffsets(node.committed, {group_id: list(node.committed.get(group_id, ()))}))
    except StorageError:
        return {"group_id": group_id, "error_code": ErrorCode.coordinator_not_available}
    if group is not None:
        node.coordinator.delete(group)
    return {"group_id": group_id}
