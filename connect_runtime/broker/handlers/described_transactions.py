"""ListTransactions, DescribeTransactions, DescribeProducers: for those who look after a cluster."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.markers import COORDINATOR_EPOCH
from connect_runtime.broker.log.partition import PartitionLog
from connect_runtime.broker.log.sequence import ProducerState
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.transactions.transaction import Transaction, TransactionState
from connect_runtime.broker.wire.codec import Answer

__all__ = ["describe_producers", "describe_transactions", "list_transactions"]

_OTHER_STATES = {"PrepareCommit", "PrepareAbort", "Dead", "PrepareEpochFence"}
"""States that Kafka has and this broker does not: asking for them finds nothing, and is no mistake."""


async def list_transactions(node: Node, request: Any, _client: Client) -> Answer:
    """Transactional ids, filtered as asked."""
    known = {state.value for state in TransactionState}
    unknown = [name for name in request.state_filters if name not in known | _OTHER_STATES]
    try:
        is_wanted = _filter(request, node.clock_ms())
    except re.error:
        return {"error_code": ErrorCode.invalid_regular_expression}
    found = [
        {
            "transactional_id": transaction.transactional_id,
            "producer_id": transaction.producer_id,
            "transaction_state": transaction.state.value,
        }
        for transaction in node.transactions.registry
        if is_wanted(transaction)
    ]
    return {"error_code": ErrorCode.none, "unknown_state_filters": unknown, "transaction_states": found}


def _filter(request: Any, now_ms: int) -> Callable[[Transaction], bool]:
    states, producer_ids = set(request.state_filters), set(request.producer_id_filters)
    shortest_ms = getattr(request, "duration_filter", -1)
    pattern = getattr(request, "transactional_id_pattern", None)
    compiled = re.compile(pattern) if pattern else None

    def is_wanted(transaction: Transaction) -> bool:
        started_ms = now_ms if transaction.started_ms is None else transaction.started_ms
        return (
            (not states or transaction.state.value in states)
            and (not producer_ids or transaction.producer_id in producer_ids)
            and (shortest_ms < 0 or now_ms - started_ms > shortest_ms)
            and (compiled is None or compiled.fullmatch(transaction.transactional_id) is not None)
        )

    return is_wanted


async def describe_transactions(node: Node, request: Any, _client: Client) -> Answer:
    """What is known under transactional ids."""
    return {
        "transaction_states": [_described(node, transactional_id) for transactional_id in request.transactional_ids]
    }


def _described(node: Node, transactional_id: str) -> Answer:
    transaction = node.transactions.registry.find(transactional_id)
    if transaction is None:
        code = ErrorCode.transactional_id_not_found
        return {
            "error_code": code,
            "transactional_id": transactional_id,
            "transaction_start_time": _at(-1),
            "producer_id": -1,
            "producer_epoch": -1,
        }
    topics: dict[str, list[int]] = {}
    for name, number in sorted(transaction.partitions):
        topics.setdefault(name, []).append(number)
    return {
        "error_code": ErrorCode.none,
        "transactional_id": transactional_id,
        "transaction_state": transaction.state.value,
        "transaction_timeout": timedelta(milliseconds=transaction.timeout_ms),
        "transaction_start_time": _at(-1 if transaction.started_ms is None else transaction.started_ms),
        "producer_id": transaction.producer_id,
        "producer_epoch": transaction.epoch,
        "topics": [{"topic": name, "partitions": tuple(numbers)} for name, numbers in topics.items()],
    }


def _at(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


async def describe_producers(node: Node, request: Any, _client: Client) -> Answer:
    """Who wrote to partitions lately with a producer id, and since where they have a transaction open."""
    topics = [
        {
            "name": topic.name,
            "partitions": [_partition_producers(node, topic.name, number) for number in topic.partition_indexes],
        }
        for topic in request.topics
    ]
    return {"topics": topics}


def _partition_producers(node: Node, name: str, number: int) -> Answer:
    try:
        partition: PartitionLog = node.catalog.partition(node.catalog.topic(name), number)
    except ApiError as refusal:
        return {"partition_index": number, "error_code": refusal.code, "error_message": refusal.message}
    producers = [_producer(producer_id, state) for producer_id, state in partition.producers.items()]
    return {"partition_index": number, "error_code": ErrorCode.none, "active_producers": producers}


def _producer(producer_id: int, state: ProducerState) -> Answer:
    return {
        "producer_id": producer_id,
        "producer_epoch": state.epoch,
        "last_sequence": state.batches[-1].last_sequence if state.batches else -1,
        "last_timestamp": state.updated_ms,
        "coordinator_epoch": COORDINATOR_EPOCH,
        "current_txn_start_offset": -1 if state.transaction_start is None else state.transaction_start,
    }
