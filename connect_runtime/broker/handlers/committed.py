"""OffsetCommit, OffsetFetch, OffsetDelete."""

import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.groups.group import Group, GroupState
from connect_runtime.broker.groups.offsets import CommitOffsets, CommittedOffset, DeleteOffsets, TopicPartition
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["Offsets", "offset_commit", "offset_delete", "offset_fetch", "take_offsets"]

_MAX_METADATA_BYTES = 4096
_MANY_GROUPS_FROM = 8
Offsets = Mapping[TopicPartition, CommittedOffset]


async def offset_commit(node: Node, request: Any, _client: Client) -> Answer:
    """Commit offsets; answered when they are durable."""

    async def commit(offsets: Offsets) -> ErrorCode:
        try:
            await node.writer.submit(CommitOffsets(node.committed, request.group_id, offsets))
        except StorageError:
            return ErrorCode.coordinator_not_available
        return ErrorCode.none

    return await take_offsets(node, request, _check_commit(node, request), commit)


def _check_commit(node: Node, request: Any) -> ErrorCode:
    group = node.coordinator.find(request.group_id)
    generation, member_id = request.generation_id_or_member_epoch, request.member_id
    instance_id = getattr(request, "group_instance_id", None)
    if not request.group_id:
        return ErrorCode.invalid_group_id
    if group is None:
        return ErrorCode.none if generation < 0 and not member_id else ErrorCode.illegal_generation
    return node.coordinator.act(group, lambda now: group.check_commit(member_id, instance_id, generation, now))


async def take_offsets(
    node: Node, request: Any, refusal: ErrorCode, keep: Callable[[Offsets], Awaitable[ErrorCode]]
) -> Answer:
    """Keep those offsets of a commit that can be taken, and answer for each.

    Args:
        node: The broker.
        request: An OffsetCommit or TxnOffsetCommit.
        refusal: Why none of them can be taken, NONE when they can.
        keep: Keeps offsets; gives what all of them are answered.
    """
    offsets: dict[TopicPartition, CommittedOffset] = {}
    codes: dict[TopicPartition, ErrorCode] = {}
    for topic in request.topics:
        for part in topic.partitions:
            key = (topic.name, part.partition_index)
            codes[key] = refusal if refusal is not ErrorCode.none else _check_offset(node, key, part)
            if codes[key] is ErrorCode.none:
                offsets[key] = _committed_offset(node, part)
    if offsets:
        codes.update(dict.fromkeys(offsets, await keep(offsets)))
    return {"topics": _offset_answers(request, codes)}


def _check_offset(node: Node, key: TopicPartition, part: Any) -> ErrorCode:
    try:
        node.catalog.partition(node.catalog.topic(key[0]), key[1])
    except ApiError as refusal:
        return refusal.code
    if len(part.committed_metadata or "") > _MAX_METADATA_BYTES:
        return ErrorCode.offset_metadata_too_large
    return ErrorCode.none


def _committed_offset(node: Node, part: Any) -> CommittedOffset:
    leader_epoch = getattr(part, "committed_leader_epoch", -1)
    return CommittedOffset(
        part.committed_offset, leader_epoch, part.committed_metadata or "", node.commit_clock.now_ms()
    )


def _offset_answers(request: Any, codes: Mapping[TopicPartition, ErrorCode]) -> list[Answer]:
    return [
        {
            "name": topic.name,
            "partitions": [
                {"partition_index": part.partition_index, "error_code": codes[topic.name, part.partition_index]}
                for part in topic.partitions
            ],
        }
        for topic in request.topics
    ]


async def offset_fetch(node: Node, request: Any, _client: Client) -> Answer:
    """The committed offsets of one group or, from version 8 on, of several."""
    is_stable_only = getattr(request, "require_stable", False)
    if request.__version__ >= _MANY_GROUPS_FROM:
        groups = [
            {
                "group_id": asked.group_id,
                "topics": _fetched(node, asked.group_id, asked.topics, is_stable_only=is_stable_only),
            }
            for asked in request.groups
        ]
        return {"groups": groups}
    return {"topics": _fetched(node, request.group_id, request.topics, is_stable_only=is_stable_only)}


def _fetched(node: Node, group_id: str, asked: Iterable[Any] | None, *, is_stable_only: bool) -> list[Answer]:
    committed = node.committed.get(group_id, {})
    unstable = node.transactions.registry.unstable(group_id) if is_stable_only else set()
    wanted: dict[str, list[int]] = {}
    if asked is None:
        for name, number in committed:
            wanted.setdefault(name, []).append(number)
    else:
        for topic in asked:
            wanted.setdefault(topic.name, []).extend(topic.partition_indexes)
    return [
        {
            "name": name,
            "partitions": [
                _offset(number, committed.get((name, number)), is_unstable=(name, number) in unstable)
                for number in numbers
            ],
        }
        for name, numbers in wanted.items()
    ]


def _offset(number: int, committed: CommittedOffset | None, *, is_unstable: bool) -> Answer:
    if is_unstable:
        code = ErrorCode.unstable_offset_commit
        return {"partition_index": number, "committed_offset": -1, "metadata": "", "error_code": code}
    if committed is None:
        return {"partition_index": number, "committed_offset": -1, "metadata": ""}
    return {
        "partition_index": number,
        "committed_offset": committed.offset,
        "committed_leader_epoch": committed.leader_epoch,
        "metadata": committed.metadata,
    }


async def offset_delete(node: Node, request: Any, _client: Client) -> Answer:
    """Forget committed offsets, except of topics that members of the group read."""
    group = node.coordinator.find(request.group_id)
    committed = node.committed.get(request.group_id, {})
    if group is None and not committed:
        return {"error_code": ErrorCode.group_id_not_found}
    if group is not None and group.members and group.protocol_type != "consumer":
        return {"error_code": ErrorCode.non_empty_group}
    subscribed = _subscribed_topics(group)
    doomed = [
        (topic.name, part.partition_index)
        for topic in request.topics
        for part in topic.partitions
        if topic.name not in subscribed
    ]
    try:
        await node.writer.submit(DeleteOffsets(node.committed, {request.group_id: doomed}))
    except StorageError:
        return {"error_code": ErrorCode.coordinator_not_available}
    topics = []
    for topic in request.topics:
        code = ErrorCode.group_subscribed_to_topic if topic.name in subscribed else ErrorCode.none
        partitions = [{"partition_index": part.partition_index, "error_code": code} for part in topic.partitions]
        topics.append({"name": topic.name, "partitions": partitions})
    return {"topics": topics}


def _subscribed_topics(group: Group | None) -> set[str]:
    if group is None or group.state is GroupState.EMPTY:
        return set()
    topics: set[str] = set()
    for member in group.members.values():
        for _, metadata in member.request.protocols:
            topics.update(_read_subscription(metadata))
    return topics


def _read_subscription(metadata: bytes) -> list[str]:
    """Topics of a ConsumerProtocolSubscription: version, then an array of names."""
    try:
        (count,) = struct.unpack_from(">i", metadata, 2)
        at, topics = 6, []
        for _ in range(count):
            (size,) = struct.unpack_from(">h", metadata, at)
            topics.append(metadata[at + 2 : at + 2 + size].decode())
            at += 2 + size
    except (struct.error, UnicodeDecodeError):
        return []
    return topics
