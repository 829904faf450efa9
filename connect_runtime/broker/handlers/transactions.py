"""InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn."""

from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.handlers.committed import Offsets, take_offsets
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.transactions.coordinator import Owner
from connect_runtime.broker.transactions.steps import TransactionStep
from connect_runtime.broker.transactions.transaction import NO_EPOCH, NO_PRODUCER_ID, Claim, Move, Transaction
from connect_runtime.broker.wire.codec import Answer

__all__ = ["add_offsets_to_txn", "add_partitions_to_txn", "end_txn", "init_producer_id", "txn_offset_commit"]

_INIT_PRODUCER_ID = 22
_FENCED_IS_KNOWN_FROM = 2
_FENCED_IS_KNOWN_TO_INIT_FROM = 4


async def init_producer_id(node: Node, request: Any, _client: Client) -> Answer:
    """A new producer id for an idempotent producer; for a transactional id, its producer id in a new epoch."""
    try:
        if request.transactional_id is not None:
            _check_timeout(node, request)
        fresh_id = await node.producer_ids.take(node.writer)
        if request.transactional_id is None:
            return {"producer_id": fresh_id, "producer_epoch": 0}
        granted = await _take(node, _initialization(node, request, fresh_id))
    except (ApiError, StorageError) as exc:
        code = _code(exc, request)
        return {"error_code": code, "producer_id": NO_PRODUCER_ID, "producer_epoch": NO_EPOCH}
    return {"producer_id": granted.producer_id, "producer_epoch": granted.epoch}


def _check_timeout(node: Node, request: Any) -> None:
    if not request.transactional_id:
        raise ApiError(ErrorCode.invalid_request)
    if not 0 < request.transaction_timeout.total_seconds() <= node.config.transaction_max_timeout_s:
        raise ApiError(ErrorCode.invalid_transaction_timeout)


def _initialization(node: Node, request: Any, fresh_id: int) -> TransactionStep:
    claim = None
    if getattr(request, "producer_id", NO_PRODUCER_ID) != NO_PRODUCER_ID:
        claim = Claim(request.producer_id, request.producer_epoch)
    timeout_ms = round(request.transaction_timeout.total_seconds() * 1000)
    return node.transactions.initialize(request.transactional_id, timeout_ms, claim, fresh_id)


async def add_partitions_to_txn(node: Node, request: Any, _client: Client) -> Answer:
    """Let records for these partitions come: all of them, or none."""
    asked = [(topic.name, number) for topic in request.v3_and_below_topics for number in topic.partitions]
    codes = {key: ErrorCode.none if _exists(node, *key) else ErrorCode.unknown_topic_or_partition for key in asked}
    if all(code is ErrorCode.none for code in codes.values()):
        owner = (
            request.v3_and_below_transactional_id,
            request.v3_and_below_producer_id,
            request.v3_and_below_producer_epoch,
        )
        try:
            await _take(node, node.transactions.add_partitions(owner, asked))
        except (ApiError, StorageError) as exc:
            codes = dict.fromkeys(asked, _code(exc, request))
    else:
        codes = {
            key: ErrorCode.operation_not_attempted if code is ErrorCode.none else code for key, code in codes.items()
        }
    topics = [
        {
            "name": topic.name,
            "results_by_partition": [
                {"partition_index": number, "partition_error_code": codes[topic.name, number]}
                for number in topic.partitions
            ],
        }
        for topic in request.v3_and_below_topics
    ]
    return {"results_by_topic_v3_and_below": topics}


def _exists(node: Node, name: str, number: int) -> bool:
    topic = node.catalog.by_name.get(name)
    return topic is not None and 0 <= number < len(topic.partitions)


async def add_offsets_to_txn(node: Node, request: Any, _client: Client) -> Answer:
    """Let offsets of a group come."""
    if not request.group_id:
        return {"error_code": ErrorCode.invalid_group_id}
    return await _outcome(node, request, node.transactions.add_group(_owner(request), request.group_id))


async def end_txn(node: Node, request: Any, _client: Client) -> Answer:
    """Commit or abort; answered when the markers are in the log and the offsets are committed."""
    move = Move.COMMIT if request.committed else Move.ABORT
    return await _outcome(node, request, node.transactions.end(_owner(request), move))


async def txn_offset_commit(node: Node, request: Any, _client: Client) -> Answer:
    """Keep offsets until the transaction ends; refused when the group's generation is another."""

    async def add(offsets: Offsets) -> ErrorCode:
        try:
            await _take(node, node.transactions.add_offsets(_owner(request), request.group_id, offsets))
        except (ApiError, StorageError) as exc:
            return _code(exc, request)
        return ErrorCode.none

    return await take_offsets(node, request, _check_membership(node, request), add)


def _check_membership(node: Node, request: Any) -> ErrorCode:
    generation, member_id = getattr(request, "generation_id", -1), getattr(request, "member_id", "")
    instance_id = getattr(request, "group_instance_id", None)
    group = node.coordinator.find(request.group_id)
    if not request.group_id:
        return ErrorCode.invalid_group_id
    if group is None:
        return ErrorCode.none if generation < 0 else ErrorCode.illegal_generation
    return group.check_transactional_commit(member_id, instance_id, generation)


def _owner(request: Any) -> Owner:
    return request.transactional_id, request.producer_id, request.producer_epoch


async def _outcome(node: Node, request: Any, step: TransactionStep) -> Answer:
    try:
        await _take(node, step)
    except (ApiError, StorageError) as exc:
        return {"error_code": _code(exc, request)}
    return {"error_code": ErrorCode.none}


async def _take(node: Node, step: TransactionStep) -> Transaction:
    await node.writer.submit(step)
    return step.result


def _code(exc: ApiError | StorageError, request: Any) -> ErrorCode:
    if isinstance(exc, StorageError):
        return ErrorCode.coordinator_not_available
    # Clients of older versions do not know PRODUCER_FENCED (KIP-360).
    is_init = request.__api_key__ == _INIT_PRODUCER_ID
    known_from = _FENCED_IS_KNOWN_TO_INIT_FROM if is_init else _FENCED_IS_KNOWN_FROM
    if exc.code is ErrorCode.producer_fenced and request.__version__ < known_from:
        return ErrorCode.invalid_producer_epoch
    return exc.code
