"""ListOffsets and OffsetForLeaderEpoch: where logs begin and end."""

import sqlite3
from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.handlers.epochs import check_leader_epoch
from connect_runtime.broker.log.batch import LEADER_EPOCH
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.records import find_by_timestamp
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.storage.database import row_key
from connect_runtime.broker.wire.codec import Answer

__all__ = ["list_offsets", "offset_for_leader_epoch"]

_LATEST = -1
_EARLIEST = -2
_MAX_TIMESTAMP = -3
_EARLIEST_LOCAL = -4
_LATEST_TIERED = -5
_READ_COMMITTED = 1
_NOT_FOUND = (-1, -1)

_BY_TIME = "SELECT data FROM batch WHERE key >= ? AND key < ? AND last_offset >= ? AND max_timestamp >= ? ORDER BY key"
_NEWEST = (
    "SELECT data FROM batch WHERE key >= ? AND key < ? AND last_offset >= ? ORDER BY max_timestamp DESC, key LIMIT 1"
)


async def list_offsets(node: Node, request: Any, _client: Client) -> Answer:
    """The earliest or latest offset, or the first one at or after a time."""
    is_committed_only = getattr(request, "isolation_level", 0) == _READ_COMMITTED
    topics = []
    for asked in request.topics:
        partitions = [
            await _offset_of(node, asked.name, part, is_committed_only=is_committed_only) for part in asked.partitions
        ]
        topics.append({"name": asked.name, "partitions": partitions})
    return {"topics": topics}


async def _offset_of(node: Node, name: str, part: Any, *, is_committed_only: bool) -> Answer:
    try:
        partition = node.catalog.partition(node.catalog.topic(name), part.partition_index)
        check_leader_epoch(getattr(part, "current_leader_epoch", -1))
        end = partition.last_stable_offset if is_committed_only else partition.high_watermark
        offset, timestamp = await _find(node, partition, part.timestamp, end)
    except ApiError as refusal:
        return {"partition_index": part.partition_index, "error_code": refusal.code}
    return {
        "partition_index": part.partition_index,
        "offset": offset,
        "timestamp": timestamp,
        "leader_epoch": LEADER_EPOCH if offset >= 0 else -1,
    }


async def _find(node: Node, partition: PartitionLog, timestamp: int, end: int) -> tuple[int, int]:
    match timestamp:
        case _ if timestamp == _LATEST:
            return end, -1
        case _ if timestamp in (_EARLIEST, _EARLIEST_LOCAL):
            return partition.log_start, -1
        case _ if timestamp == _LATEST_TIERED:
            return _NOT_FOUND
        case _ if timestamp == _MAX_TIMESTAMP:
            return await node.reader.run(_newest, partition.id, partition.log_start, end)
        case _ if timestamp < 0:
            raise ApiError(ErrorCode.unsupported_version)
        case _:
            return await node.reader.run(_at_time, partition.id, partition.log_start, end, timestamp)


def _at_time(
    connection: sqlite3.Connection, partition_id: int, start: int, end: int, timestamp: int
) -> tuple[int, int]:
    bounds = (row_key(partition_id, 0), row_key(partition_id, end), start, timestamp)
    for (data,) in connection.execute(_BY_TIME, bounds):
        found = find_by_timestamp(data, timestamp)
        if found is not None:
            return max(found[0], start), found[1]
    return _NOT_FOUND


def _newest(connection: sqlite3.Connection, partition_id: int, start: int, end: int) -> tuple[int, int]:
    row = connection.execute(_NEWEST, (row_key(partition_id, 0), row_key(partition_id, end), start)).fetchone()
    if row is None:
        return _NOT_FOUND
    newest = int.from_bytes(row[0][35:43], "big", signed=True)
    return find_by_timestamp(row[0], newest) or _NOT_FOUND


async def offset_for_leader_epoch(node: Node, request: Any, _client: Client) -> Answer:
    """Where an epoch ended: the one epoch there is has not."""
    topics = [
        {"topic": asked.topic, "partitions": [_end_of_epoch(node, asked.topic, part) for part in asked.partitions]}
        for asked in request.topics
    ]
    return {"topics": topics}


def _end_of_epoch(node: Node, name: str, part: Any) -> Answer:
    try:
        partition = node.catalog.partition(node.catalog.topic(name), part.partition)
        check_leader_epoch(part.current_leader_epoch)
    except ApiError as refusal:
        return {"partition": part.partition, "error_code": refusal.code}
    if part.leader_epoch != LEADER_EPOCH:
        return {"partition": part.partition}
    return {"partition": part.partition, "leader_epoch": LEADER_EPOCH, "end_offset": partition.high_watermark}
