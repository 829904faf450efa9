"""What a client does wrong is answered with the protocol's own codes, or ends its connection and no other."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Producer
from kio.schema.api_versions.v4.request import ApiVersionsRequest
from kio.schema.errors import ErrorCode
from kio.schema.fetch.v12.request import FetchPartition, FetchRequest, FetchTopic
from kio.schema.metadata.v12.request import MetadataRequest, MetadataRequestTopic
from kio.schema.produce.v9.request import PartitionProduceData, ProduceRequest, TopicProduceData

from tests.integration.broker.clients import consume, produce, wait_until
from tests.integration.broker.wire import Wire
from tests.support.brokers import Broker
from tests.unit.broker.batches import record_batch as record_batch_at

NewTopic = Callable[..., str]


def record_batch(records: list[tuple[bytes, bytes]]) -> bytes:
    """A batch of now: retention, which this broker looks after all the time, would take an old one away."""
    return record_batch_at(records, base_timestamp=time.time_ns() // 1_000_000)


@pytest.fixture
def wire(broker: Broker) -> Iterator[Wire]:
    connection = Wire(broker.bootstrap_servers)
    yield connection
    connection.socket.close()


def _produce_request(topic: str, records: bytes | None, *, acks: int = -1, transactional_id: str | None = None) -> Any:
    part: Any = {"index": 0, "records": records}
    data: Any = {"name": topic, "partition_data": (PartitionProduceData(**part),)}
    fields: Any = {"transactional_id": transactional_id, "acks": acks, "timeout": timedelta(seconds=1)}
    return ProduceRequest(topic_data=(TopicProduceData(**data),), **fields)


def _fetch_request(topic: str, wait_ms: int) -> Any:
    part: Any = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1000}
    data: Any = {"topic": topic, "partitions": (FetchPartition(**part),)}
    waits: Any = {"max_wait": timedelta(milliseconds=wait_ms), "min_bytes": 1}
    return FetchRequest(topics=(FetchTopic(**data),), forgotten_topics_data=(), **waits)


def _outcome(wire: Wire, *request: Any, **fields: Any) -> ErrorCode:
    code: ErrorCode = wire.ask(_produce_request(*request, **fields)).responses[0].partition_responses[0].error_code
    return code


def test_batches_that_cannot_be_taken_get_the_protocols_codes(wire: Wire, new_topic: NewTopic) -> None:
    topic = new_topic(max_message_bytes="1000")
    good = record_batch([(b"k", b"v")])
    damaged = good[:-1] + bytes([good[-1] ^ 1])
    assert _outcome(wire, topic, damaged) is ErrorCode.corrupt_message
    assert _outcome(wire, topic, record_batch([(b"k", b"v" * 2000)])) is ErrorCode.message_too_large
    assert _outcome(wire, "absent-topic", good) is ErrorCode.unknown_topic_or_partition
    assert _outcome(wire, topic, good[:16] + b"\1" + good[17:]) is ErrorCode.invalid_record
    assert _outcome(wire, topic, good, acks=5) is ErrorCode.invalid_required_acks
    assert _outcome(wire, topic, good) is ErrorCode.none


def test_transactional_records_outside_of_a_transaction_get_the_protocols_codes(
    broker: Broker, wire: Wire, new_topic: NewTopic, new_name: str
) -> None:
    topic = new_topic()
    batch = record_batch_at([(b"k", b"v")], attributes=0x10, producer_id=999_999, epoch=0, sequence=0)
    assert _outcome(wire, topic, batch) is ErrorCode.transactional_id_authorization_failed
    outcomes: list[ErrorCode] = []

    def is_judged() -> bool:
        # Apache Kafka answers this as long as its coordinator cannot be asked, as when its topic was never used.
        outcomes.append(_outcome(wire, topic, batch, transactional_id=new_name))
        return outcomes[-1] is not ErrorCode.not_enough_replicas

    coordinated = Producer({"bootstrap.servers": broker.bootstrap_servers, "transactional.id": f"{new_name}-other"})
    coordinated.init_transactions(60)
    wait_until(is_judged)
    assert outcomes[-1] is ErrorCode.invalid_producer_id_mapping


def test_a_producer_without_acknowledgement_learns_of_a_refusal_by_a_closed_connection(
    wire: Wire, new_topic: NewTopic
) -> None:
    topic = new_topic()
    wire.send_request(_produce_request(topic, record_batch([(b"k", b"v")]), acks=0))
    assert _outcome(wire, topic, record_batch([(b"k", b"v")])) is ErrorCode.none
    wire.send_request(_produce_request(topic, b"garbage", acks=0))
    assert wire.is_closed()


def test_every_fetch_of_nothing_is_answered_when_its_wait_is_over(wire: Wire, new_topic: NewTopic) -> None:
    topic = new_topic()
    for number in range(200):
        answer = wire.ask(_fetch_request(topic, wait_ms=number % 7))
        assert answer.responses[0].partitions[0].error_code is ErrorCode.none


def test_answers_come_in_the_order_of_the_requests(wire: Wire, new_topic: NewTopic) -> None:
    topic = new_topic()
    fetch = _fetch_request(topic, wait_ms=200)
    append = _produce_request(topic, record_batch([(b"k", b"v")]))
    wire.send_request(fetch, 1)
    for number in range(2, 100):
        wire.send_request(append, number)
    assert [struct.unpack_from(">i", wire.receive())[0] for _ in range(99)] == list(range(1, 100))


def test_a_client_from_the_future_is_told_what_there_is(wire: Wire) -> None:
    wire.send(struct.pack(">hhih", 18, 99, 7, -1) + b"\0\0\0")
    answer = wire.receive()
    code, count, api, oldest, newest = struct.unpack_from(">hihhh", answer, 4)
    assert (code, count, api, oldest) == (ErrorCode.unsupported_version, 1, ApiVersionsRequest.__api_key__, 0)
    assert newest >= ApiVersionsRequest.__version__
    request: Any = {"client_software_name": "test", "client_software_version": "1"}
    assert len(wire.ask(ApiVersionsRequest(**request)).api_keys) > 20


def test_an_unknown_topic_is_named_in_metadata(wire: Wire) -> None:
    topic: Any = {"name": "absent-topic", "topic_id": None}
    request: Any = {"topics": (MetadataRequestTopic(**topic),), "allow_auto_topic_creation": False}
    answer = wire.ask(MetadataRequest(include_topic_authorized_operations=False, **request))
    assert answer.topics[0].error_code is ErrorCode.unknown_topic_or_partition


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        struct.pack(">i", -1),
        struct.pack(">i", 0),
        struct.pack(">i", 2**31 - 1),
        struct.pack(">i", 3) + b"abc",
        struct.pack(">ihhih", 10, 3, 12, 1, 100),
        struct.pack(">ihhih", 14, 3, 1, 1, -1) + struct.pack(">i", 2**30),
        struct.pack(">ihhih", 10, 999, 0, 1, -1),
        struct.pack(">ihhih", 10, 0, 99, 1, -1),
        struct.pack(">ihhih", 10, 1, 2, 1, -1),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 600,
    ],
    ids=["http", "negative", "zero", "huge", "short", "client-id", "array", "api", "version", "old-version", "tls"],
)
def test_garbage_ends_its_own_connection_only(broker: Broker, wire: Wire, new_topic: NewTopic, garbage: bytes) -> None:
    topic = new_topic()
    other = Wire(broker.bootstrap_servers)
    assert _outcome(other, topic, record_batch([(b"k", b"v")])) is ErrorCode.none
    wire.socket.sendall(garbage)
    assert wire.is_closed()
    assert _outcome(other, topic, record_batch([(b"k", b"v")])) is ErrorCode.none
    other.socket.close()
    assert len(consume(broker.bootstrap_servers, topic, 2)) == 2


def test_a_client_that_goes_away_in_a_request_harms_nobody(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    for _ in range(20):
        connection = Wire(broker.bootstrap_servers)
        connection.socket.sendall(struct.pack(">i", 5_000_000) + b"x" * 1000)
        connection.socket.close()
    assert produce(broker.bootstrap_servers, topic, [b"v"]) == [None]
