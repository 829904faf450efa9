"""Metadata, CreateTopics, DeleteTopics, CreatePartitions, DeleteRecords."""

import re
import secrets
from typing import Any
from uuid import UUID

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.handlers.cluster import this_broker
from connect_runtime.broker.log.catalog import Topic
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.topic_changes import AddPartitions, CreateTopic, DeleteTopic, MoveLogStart
from connect_runtime.broker.log.topic_config import TOPIC_KEYS, check_topic_config
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.storage.writer import Change
from connect_runtime.broker.wire.codec import Answer

__all__ = ["create_partitions", "create_topics", "delete_records", "delete_topics", "metadata"]

_LEGAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_MAX_PARTITIONS = 10_000
_DEFAULT_SOURCE = 5
_TOPIC_SOURCE = 1
_HIGH_WATERMARK = -1


async def metadata(node: Node, request: Any, _client: Client) -> Answer:
    """Describe topics, creating those that are asked for by name when that is wanted and allowed."""
    if request.topics is None or (request.__version__ == 0 and not request.topics):
        topics = [_described(node, topic) for topic in node.catalog.by_name.values()]
    else:
        may_create = node.config.auto_create_topics and getattr(request, "allow_auto_topic_creation", True)
        topics = [await _found(node, asked, may_create=may_create) for asked in request.topics]
    return {
        "brokers": [this_broker(node)],
        "cluster_id": node.cluster_id,
        "controller_id": node.config.node_id,
        "topics": topics,
    }


async def _found(node: Node, asked: Any, *, may_create: bool) -> Answer:
    uuid = getattr(asked, "topic_id", None)
    try:
        if may_create and asked.name and asked.name not in node.catalog.by_name:
            await _create_if_missing(node, asked.name)
        return _described(node, node.catalog.topic(asked.name, uuid))
    except (ApiError, StorageError) as exc:
        return {"error_code": _code(exc), "name": asked.name, "topic_id": uuid, "partitions": ()}


async def _create_if_missing(node: Node, name: str) -> None:
    try:
        await _create(node, name, node.config.num_partitions, {})
    except ApiError as refusal:
        # Somebody else asked for it at the same moment: both are served.
        if refusal.code is not ErrorCode.topic_already_exists:
            raise


def _described(node: Node, topic: Topic) -> Answer:
    replicas = (node.config.node_id,)
    partitions = [
        {
            "partition_index": partition.number,
            "leader_id": node.config.node_id,
            "leader_epoch": 0,
            "replica_nodes": replicas,
            "isr_nodes": replicas,
        }
        for partition in topic.partitions
    ]
    return {"name": topic.name, "topic_id": topic.uuid, "partitions": partitions}


async def create_topics(node: Node, request: Any, _client: Client) -> Answer:
    """Create topics, each judged by itself."""
    names = [wanted.name for wanted in request.topics]
    answers = []
    for wanted in request.topics:
        try:
            _check_unique(wanted.name, names)
            answers.append(await _create_wanted(node, wanted, is_only_checked=request.validate_only))
        except (ApiError, StorageError) as exc:
            answers.append({"name": wanted.name, **_error(exc)})
    return {"topics": answers}


def _check_unique(name: str, names: list[str]) -> None:
    if names.count(name) > 1:
        raise ApiError(ErrorCode.invalid_request, "the request names this topic more than once")


async def _create_wanted(node: Node, wanted: Any, *, is_only_checked: bool) -> Answer:
    settings = {config.name: config.value for config in wanted.configs if config.value is not None}
    count = _wanted_partitions(node, wanted)
    if is_only_checked:
        _check_new_topic(wanted.name, count, settings)
        if wanted.name in node.catalog.by_name:
            raise ApiError(ErrorCode.topic_already_exists, f"Topic '{wanted.name}' already exists.")
        uuid = None
    else:
        uuid = (await _create(node, wanted.name, count, settings)).uuid
    configs = [
        {
            "name": name,
            "value": settings.get(name, key.default),
            "config_source": _TOPIC_SOURCE if name in settings else _DEFAULT_SOURCE,
        }
        for name, key in TOPIC_KEYS.items()
    ]
    return {
        "name": wanted.name,
        "topic_id": uuid,
        "num_partitions": count,
        "replication_factor": 1,
        "configs": configs,
    }


def _wanted_partitions(node: Node, wanted: Any) -> int:
    if wanted.assignments:
        if any(tuple(replica.broker_ids) != (node.config.node_id,) for replica in wanted.assignments):
            raise ApiError(ErrorCode.invalid_replica_assignment, f"there is one broker, {node.config.node_id}")
        return len(wanted.assignments)
    if wanted.replication_factor not in (-1, 1):
        raise ApiError(
            ErrorCode.invalid_replication_factor,
            f"Unable to replicate the partition {wanted.replication_factor} time(s): there is one broker.",
        )
    return int(node.config.num_partitions if wanted.num_partitions == -1 else wanted.num_partitions)


def _check_new_topic(name: str, count: int, settings: dict[str, str]) -> None:
    if name in (".", "..") or not _LEGAL_NAME.fullmatch(name):
        raise ApiError(
            ErrorCode.invalid_topic_exception,
            f"Topic name '{name}' is illegal: 1 to 249 of the characters a-z A-Z 0-9 . _ - are allowed.",
        )
    _check_count(count)
    check_topic_config(settings)


def _check_count(count: int) -> None:
    if not 0 < count <= _MAX_PARTITIONS:
        raise ApiError(ErrorCode.invalid_partitions, f"a topic has 1 to {_MAX_PARTITIONS} partitions, not {count}")


async def _create(node: Node, name: str, count: int, settings: dict[str, str]) -> Topic:
    _check_new_topic(name, count, settings)
    uuid = UUID(bytes=secrets.token_bytes(16), version=4)
    await node.writer.submit(CreateTopic(node.catalog, name, uuid, count, settings))
    return node.catalog.topic(name)


async def delete_topics(node: Node, request: Any, _client: Client) -> Answer:
    """Delete topics by name or by id."""
    wanted = [(name, None) for name in getattr(request, "topic_names", ())]
    wanted += [(topic.name, topic.topic_id) for topic in getattr(request, "topics", ())]
    answers = []
    for name, uuid in wanted:
        try:
            topic = node.catalog.topic(name, uuid)
            await node.writer.submit(DeleteTopic(node.catalog, topic, node.committed))
            for partition in topic.partitions:
                node.tail.forget(partition.id)
            answers.append({"name": topic.name, "topic_id": topic.uuid})
        except (ApiError, StorageError) as exc:
            answers.append({"name": name, "topic_id": uuid, **_error(exc)})
    return {"responses": answers}


async def create_partitions(node: Node, request: Any, _client: Client) -> Answer:
    """Give topics more partitions."""
    answers = []
    for wanted in request.topics:
        try:
            topic = node.catalog.topic(wanted.name)
            _check_count(wanted.count)
            await _change(node, AddPartitions(node.catalog, topic, wanted.count), is_only_checked=request.validate_only)
            answers.append({"name": wanted.name})
        except (ApiError, StorageError) as exc:
            answers.append({"name": wanted.name, **_error(exc)})
    return {"results": answers}


async def delete_records(node: Node, request: Any, _client: Client) -> Answer:
    """Move the start of logs forward; offset -1 means to their end."""
    topics = []
    for asked in request.topics:
        partitions = [await _delete_before(node, asked.name, part) for part in asked.partitions]
        topics.append({"name": asked.name, "partitions": partitions})
    return {"topics": topics}


async def _delete_before(node: Node, name: str, part: Any) -> Answer:
    try:
        partition = _deletable_partition(node, node.catalog.topic(name), part.partition_index)
        start = _new_start(partition, part.offset)
        await node.writer.submit(MoveLogStart([(partition, start)], node.tail))
    except (ApiError, StorageError) as exc:
        return {"partition_index": part.partition_index, "low_watermark": -1, "error_code": _code(exc)}
    return {"partition_index": part.partition_index, "low_watermark": partition.log_start}


def _deletable_partition(node: Node, topic: Topic, index: int) -> PartitionLog:
    if not topic.config.is_deleted_by_age:
        raise ApiError(ErrorCode.policy_violation)  # as in Kafka: compaction alone says what goes
    return node.catalog.partition(topic, index)


def _new_start(partition: PartitionLog, offset: int) -> int:
    start = partition.high_watermark if offset == _HIGH_WATERMARK else offset
    if not 0 <= start <= partition.high_watermark:
        raise ApiError(ErrorCode.offset_out_of_range)
    return start


async def _change(node: Node, change: Change, *, is_only_checked: bool) -> None:
    if is_only_checked:
        change.stage()
        change.revert()
    else:
        await node.writer.submit(change)


def _code(exc: ApiError | StorageError) -> ErrorCode:
    return exc.code if isinstance(exc, ApiError) else ErrorCode.kafka_storage_error


def _error(exc: ApiError | StorageError) -> dict[str, Any]:
    message = exc.message if isinstance(exc, ApiError) else f"the change cannot be written: {exc}"
    return {"error_code": _code(exc), "error_message": message}
