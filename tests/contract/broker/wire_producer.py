"""A transactional producer by hand: every request when the test wants it, also those that no client library sends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kio.schema.add_offsets_to_txn.v3.request import AddOffsetsToTxnRequest
from kio.schema.add_partitions_to_txn.v3.request import AddPartitionsToTxnRequest, AddPartitionsToTxnTopic
from kio.schema.end_txn.v3.request import EndTxnRequest
from kio.schema.errors import ErrorCode
from kio.schema.find_coordinator.v3.request import FindCoordinatorRequest
from kio.schema.init_producer_id.v4.request import InitProducerIdRequest
from kio.schema.offset_fetch.v7.request import OffsetFetchRequest, OffsetFetchRequestTopic
from kio.schema.produce.v9.request import PartitionProduceData, ProduceRequest, TopicProduceData
from kio.schema.txn_offset_commit.v3.request import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)

from tests.integration.broker.wire import Wire
from tests.unit.broker.batches import record_batch

__all__ = ["WireProducer", "committed_offset"]

_PATIENCE_S = 60.0
_TRANSACTIONAL = 0x10
_OF_GROUPS, _OF_TRANSACTIONS = 0, 1
_COME_AGAIN = frozenset(
    {
        ErrorCode.concurrent_transactions,
        ErrorCode.coordinator_load_in_progress,
        ErrorCode.coordinator_not_available,
        ErrorCode.not_coordinator,
        ErrorCode.not_leader_or_follower,
        ErrorCode.not_enough_replicas,
    }
)


class WireProducer:
    """Speaks for one transactional id. Every method returns the broker's answer code.

    Args:
        wire: A connection of its own.
        transactional_id: The id.
    """

    def __init__(self, wire: Wire, transactional_id: str) -> None:
        self.producer_id = -1
        self.epoch = -1
        self._wire = wire
        self._transactional_id = transactional_id
        self._sequences: dict[tuple[str, int], int] = {}

    def init(self, *, timeout_s: float = 60.0) -> ErrorCode:
        """Take the transactional id over, in the next epoch."""
        self._find_coordinator(self._transactional_id, _OF_TRANSACTIONS)
        answer = self._ask(
            InitProducerIdRequest,
            transactional_id=self._transactional_id,
            transaction_timeout=timedelta(seconds=timeout_s),
        )
        self.producer_id, self.epoch = answer.producer_id, answer.producer_epoch
        self._sequences.clear()
        return _code(answer)

    def add_partition(self, topic: str, partition: int = 0) -> ErrorCode:
        """Have the partition in the transaction."""
        added: Any = {"name": topic, "partitions": (partition,)}
        answer = self._ask(
            AddPartitionsToTxnRequest,
            v3_and_below_transactional_id=self._transactional_id,
            v3_and_below_producer_id=self.producer_id,
            v3_and_below_producer_epoch=self.epoch,
            v3_and_below_topics=(AddPartitionsToTxnTopic(**added),),
        )
        return _code(answer)

    def produce(self, topic: str, value: bytes, partition: int = 0) -> ErrorCode:
        """Send one record."""
        sequence = self._sequences.get((topic, partition), 0)
        batch = record_batch(
            [(b"key", value)],
            base_timestamp=time.time_ns() // 1_000_000,
            producer_id=self.producer_id,
            epoch=self.epoch,
            sequence=sequence,
            attributes=_TRANSACTIONAL,
        )
        part: Any = {"index": partition, "records": batch}
        data: Any = {"name": topic, "partition_data": (PartitionProduceData(**part),)}
        answer = self._ask(
            ProduceRequest,
            transactional_id=self._transactional_id,
            acks=-1,
            timeout=timedelta(seconds=30),
            topic_data=(TopicProduceData(**data),),
        )
        code = _code(answer)
        if code is ErrorCode.none:
            self._sequences[topic, partition] = sequence + 1
        return code

    def add_group(self, group: str) -> ErrorCode:
        """Have offsets of the group in the transaction."""
        self._find_coordinator(group, _OF_GROUPS)
        return _code(self._ask(AddOffsetsToTxnRequest, **self._owner(), group_id=group))

    def commit_offset(
        self, group: str, topic: str, offset: int, *, generation: int = -1, member_id: str = ""
    ) -> ErrorCode:
        """Send an offset of partition 0."""
        self._find_coordinator(group, _OF_GROUPS)
        part: Any = {"partition_index": 0, "committed_offset": offset, "committed_metadata": ""}
        of_topic: Any = {"name": topic, "partitions": (TxnOffsetCommitRequestPartition(**part),)}
        answer = self._ask(
            TxnOffsetCommitRequest,
            **self._owner(),
            group_id=group,
            generation_id=generation,
            member_id=member_id,
            topics=(TxnOffsetCommitRequestTopic(**of_topic),),
        )
        return _code(answer)

    def end(self, *, is_committed: bool) -> ErrorCode:
        """Commit or abort."""
        return _code(self._ask(EndTxnRequest, **self._owner(), committed=is_committed))

    def send_end(self, *, is_committed: bool) -> None:
        """Ask for the end and do not wait for the answer."""
        fields: Any = {**self._owner(), "committed": is_committed}
        self._wire.send_request(EndTxnRequest(**fields))

    def reconnect(self, wire: Wire) -> None:
        """Go on over another connection."""
        self._wire = wire

    def _owner(self) -> Mapping[str, Any]:
        return {
            "transactional_id": self._transactional_id,
            "producer_id": self.producer_id,
            "producer_epoch": self.epoch,
        }

    def _find_coordinator(self, key: str, key_type: int) -> None:
        self._ask(FindCoordinatorRequest, key=key, key_type=key_type)

    def _ask(self, request_type: Any, **fields: Any) -> Any:
        return _ask_patiently(self._wire, request_type(**fields))


def committed_offset(wire: Wire, group: str, topic: str) -> tuple[ErrorCode, int]:
    """What a group has committed of partition 0 (-1 for nothing), as told to who wants nothing that may change."""
    asked: Any = {"name": topic, "partition_indexes": (0,)}
    fields: Any = {"group_id": group, "topics": (OffsetFetchRequestTopic(**asked),), "require_stable": True}
    answer = _ask_patiently(wire, OffsetFetchRequest(**fields))
    (part,) = answer.topics[0].partitions
    return part.error_code, part.committed_offset


def _ask_patiently(wire: Wire, request: Any) -> Any:
    """The answer, once it is not that one should come again: Apache Kafka writes markers after it has answered."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        answer = wire.ask(request)
        if _code(answer) not in _COME_AGAIN:
            return answer
        assert time.monotonic() < deadline, f"{_code(answer)} again and again"
        time.sleep(0.01)


def _code(answer: Any) -> ErrorCode:
    """The first error code in an answer about one thing."""
    for field in ("error_code", "partition_error_code"):
        code = getattr(answer, field, None)
        if code is not None and (code is not ErrorCode.none or not _nested(answer)):
            found: ErrorCode = code
            return found
    nested = _nested(answer)
    return _code(nested[0]) if nested else ErrorCode.none


def _nested(answer: Any) -> Any:
    for field in ("results_by_topic_v3_and_below", "results_by_partition", "responses", "partition_responses"):
        if getattr(answer, field, None):
            return getattr(answer, field)
    for field in ("topics", "partitions"):
        if getattr(answer, field, None):
            return getattr(answer, field)
    return ()
