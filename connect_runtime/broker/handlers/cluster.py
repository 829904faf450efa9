"""DescribeCluster, DescribeLogDirs, FindCoordinator: questions about the broker itself."""

import shutil
import sqlite3
from collections.abc import Sequence
from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.log.reader import partition_bounds
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["describe_cluster", "describe_log_dirs", "find_coordinator", "this_broker"]

_KEY_TYPES = {0: "group", 1: "transaction"}
_SIZE = "SELECT coalesce(sum(size), 0) FROM batch WHERE key >= ? AND key < ?"
_BROKERS = 1


def this_broker(node: Node) -> Answer:
    """The one broker, as metadata names it."""
    return {"node_id": node.config.node_id, "host": node.host, "port": node.port, "rack": None}


async def describe_cluster(node: Node, request: Any, _client: Client) -> Answer:
    """Who is there."""
    if getattr(request, "endpoint_type", _BROKERS) != _BROKERS:
        return {"error_code": ErrorCode.unsupported_endpoint_type, "error_message": "there are brokers only"}
    broker = {"broker_id": node.config.node_id, "host": node.host, "port": node.port}
    return {"cluster_id": node.cluster_id, "controller_id": node.config.node_id, "brokers": [broker]}


async def describe_log_dirs(node: Node, request: Any, _client: Client) -> Answer:
    """How much each partition holds, and what is free on the disk."""
    wanted = None if request.topics is None else {topic.topic: set(topic.partitions) for topic in request.topics}
    topics = []
    for topic in list(node.catalog.by_name.values()):
        numbers = range(len(topic.partitions)) if wanted is None else wanted.get(topic.name, set())
        found = [partition for partition in topic.partitions if partition.number in numbers]
        if not found:
            continue
        sizes = await node.reader.run(_sizes, [partition.id for partition in found])
        partitions = [
            {"partition_index": partition.number, "partition_size": size}
            for partition, size in zip(found, sizes, strict=True)
        ]
        topics.append({"name": topic.name, "partitions": partitions})
    disk = shutil.disk_usage(node.config.dir)
    folder = {
        "log_dir": str(node.config.dir.absolute()),
        "topics": topics,
        "total_bytes": disk.total,
        "usable_bytes": disk.free,
    }
    return {"results": [folder]}


def _sizes(connection: sqlite3.Connection, partition_ids: Sequence[int]) -> list[int]:
    return [connection.execute(_SIZE, partition_bounds(partition_id)).fetchone()[0] for partition_id in partition_ids]


async def find_coordinator(node: Node, request: Any, _client: Client) -> Answer:
    """This broker, for every group and every transactional id."""
    keys = getattr(request, "coordinator_keys", None)
    found = {"node_id": node.config.node_id, "host": node.host, "port": node.port, "error_message": None}
    if getattr(request, "key_type", 0) not in _KEY_TYPES:
        found = {
            "error_code": ErrorCode.invalid_request,
            "error_message": "there are coordinators of groups and of transactions only",
            "node_id": -1,
            "host": "",
            "port": -1,
        }
    if keys is None:
        return found
    return {"coordinators": [{"key": key, **found} for key in keys]}
