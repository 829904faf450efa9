"""Produce."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.log.append import Append, AppendResult, NewBatch
from connect_runtime.broker.log.batch import TRANSACTIONAL, BatchHeader, check_batch
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.records import check_keys
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["ProduceRefusedError", "produce"]

_ACKS = (-1, 0, 1)
_ABORTABLE_IS_KNOWN_FROM = 11


class ProduceRefusedError(Exception):
    """A producer that waits for no answer was refused: closing the connection is all that can tell it."""


async def produce(node: Node, request: Any, _client: Client) -> Answer | None:
    """Append the batches, answer when they are durable; None for a producer that wants no answer (acks 0)."""
    new: list[NewBatch] = []
    outcomes: list[list[tuple[int, NewBatch | ApiError]]] = []
    for topic_data in request.topic_data:
        outcome = [(data.index, _checked(node, request, topic_data, data)) for data in topic_data.partition_data]
        new.extend(batch for _, batch in outcome if isinstance(batch, NewBatch))
        outcomes.append(outcome)
    results = await _append(node, new)
    answers = [
        _topic_answer(topic_data, outcome, results)
        for topic_data, outcome in zip(request.topic_data, outcomes, strict=True)
    ]
    if request.acks == 0:
        _check_unanswered(answers)
        return None
    return {"responses": answers}


def _checked(node: Node, request: Any, topic_data: Any, data: Any) -> NewBatch | ApiError:
    try:
        _check_request(request)
        topic = node.catalog.topic(*_name_and_uuid(topic_data))
        partition = node.catalog.partition(topic, data.index)
        header = check_batch(data.records, topic.config.max_message_bytes)
        if topic.config.is_compacted:
            check_keys(data.records, header)
        check = _transaction_check(node, request, partition, header) if header.attributes & TRANSACTIONAL else None
    except ApiError as refusal:
        return refusal
    return NewBatch(partition, header, data.records, topic.config.uses_append_time, check)


def _check_request(request: Any) -> None:
    if request.acks not in _ACKS:
        raise ApiError(ErrorCode.invalid_required_acks)


def _transaction_check(node: Node, request: Any, partition: PartitionLog, header: BatchHeader) -> Callable[[], None]:
    if request.transactional_id is None:
        raise ApiError(ErrorCode.transactional_id_authorization_failed, "transactional records need a transactional id")
    owner = (request.transactional_id, header.producer_id, header.producer_epoch)
    check = node.transactions.write_check(owner, (partition.topic, partition.number))
    return partial(_abortable, check) if request.__version__ >= _ABORTABLE_IS_KNOWN_FROM else check


def _abortable(check: Callable[[], None]) -> None:
    """Newer clients are told what to do about a transaction that they cannot write to: abort it (KIP-890)."""
    try:
        check()
    except ApiError as refusal:
        if refusal.code is ErrorCode.invalid_txn_state:
            raise ApiError(ErrorCode.transaction_abortable, refusal.message) from refusal
        raise


async def _append(node: Node, new: list[NewBatch]) -> dict[int, AppendResult]:
    """Results by the identity of the batch."""
    if not new:
        return {}
    append = Append(new, node.tail, node.clock_ms)
    try:
        await node.writer.submit(append)
    except StorageError as exc:
        refusal = ApiError(ErrorCode.kafka_storage_error, f"the log cannot be written: {exc}")
        return {id(batch): AppendResult(-1, refusal=refusal) for batch in new}
    return {id(batch): result for batch, result in zip(new, append.results, strict=True)}


def _topic_answer(
    topic_data: Any, outcome: list[tuple[int, NewBatch | ApiError]], results: dict[int, AppendResult]
) -> Answer:
    name, uuid = _name_and_uuid(topic_data)
    return {
        "name": name,
        "topic_id": uuid,
        "partition_responses": [_partition_answer(index, batch, results) for index, batch in outcome],
    }


def _partition_answer(index: int, batch: NewBatch | ApiError, results: dict[int, AppendResult]) -> Answer:
    result = AppendResult(-1, refusal=batch) if isinstance(batch, ApiError) else results[id(batch)]
    if result.refusal is not None:
        return {
            "index": index,
            "error_code": result.refusal.code,
            "error_message": result.refusal.message,
            "base_offset": -1,
        }
    append_time = None
    if result.append_time_ms is not None:
        append_time = datetime.fromtimestamp(result.append_time_ms / 1000, UTC)
    return {
        "index": index,
        "error_code": ErrorCode.none,
        "base_offset": result.base_offset,
        "log_append_time": append_time,
        "log_start_offset": batch.partition.log_start if isinstance(batch, NewBatch) else -1,
    }


def _name_and_uuid(topic_data: Any) -> tuple[str | None, UUID | None]:
    return getattr(topic_data, "name", None), getattr(topic_data, "topic_id", None)


def _check_unanswered(answers: list[Answer]) -> None:
    for answer in answers:
        for partition in answer["partition_responses"]:
            if partition["error_code"] is not ErrorCode.none:
                raise ProduceRefusedError(f"{answer['name']}: {partition['error_code'].name}")
