"""The answers to requests about transactions that come in the wrong order, too late, or from the wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from kio.schema.errors import ErrorCode

from tests.contract.broker.transactional_clients import await_stable, read
from tests.contract.broker.wire_producer import WireProducer, committed_offset
from tests.integration.broker.clients import wait_until
from tests.integration.broker.wire import Wire

NewTopic = Callable[..., str]
NewWire = Callable[[], Wire]


@pytest.fixture
def new_wire(servers: str) -> Iterator[NewWire]:
    with ExitStack() as stack:

        def connect() -> Wire:
            wire = Wire(servers)
            wire.socket.settimeout(30)
            stack.callback(wire.socket.close)
            return wire

        yield connect


@pytest.fixture
def producer(new_wire: NewWire, name: str) -> WireProducer:
    made = WireProducer(new_wire(), name)
    assert made.init() is ErrorCode.none
    return made


def test_there_is_nothing_to_end_before_something_began(producer: WireProducer) -> None:
    assert producer.end(is_committed=True) is ErrorCode.invalid_txn_state
    assert producer.end(is_committed=False) is ErrorCode.invalid_txn_state


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_end_may_be_repeated_but_not_turned_round(
    producer: WireProducer, new_topic: NewTopic, *, is_committed: bool
) -> None:
    topic = new_topic()
    assert producer.add_partition(topic) is ErrorCode.none
    assert producer.produce(topic, b"value") is ErrorCode.none
    assert producer.end(is_committed=is_committed) is ErrorCode.none
    assert producer.end(is_committed=is_committed) is ErrorCode.none
    assert producer.end(is_committed=not is_committed) is ErrorCode.invalid_txn_state


def test_records_need_a_partition_that_was_added(producer: WireProducer, new_topic: NewTopic) -> None:
    topic, other = new_topic(), new_topic()
    assert producer.produce(topic, b"value") is ErrorCode.invalid_txn_state
    assert producer.add_partition(topic) is ErrorCode.none
    assert producer.produce(other, b"value") is ErrorCode.invalid_txn_state
    assert producer.produce(topic, b"value") is ErrorCode.none
    assert producer.end(is_committed=True) is ErrorCode.none


def test_a_topic_that_is_not_there_cannot_be_added(producer: WireProducer, name: str) -> None:
    assert producer.add_partition(f"absent-{name}") is ErrorCode.unknown_topic_or_partition


def test_a_stranger_is_sent_away(new_wire: NewWire, producer: WireProducer, new_topic: NewTopic, name: str) -> None:
    topic = new_topic()
    stranger = WireProducer(new_wire(), f"{name}-other")
    stranger.producer_id, stranger.epoch = producer.producer_id, producer.epoch
    assert stranger.add_partition(topic) is ErrorCode.invalid_producer_id_mapping
    assert stranger.add_group(name) is ErrorCode.invalid_producer_id_mapping
    assert stranger.end(is_committed=True) is ErrorCode.invalid_producer_id_mapping
    assert stranger.produce(topic, b"value") is ErrorCode.invalid_producer_id_mapping


def test_every_request_of_a_fenced_producer_is_refused(
    new_wire: NewWire, producer: WireProducer, new_topic: NewTopic, name: str, servers: str
) -> None:
    topic = new_topic()
    assert producer.add_partition(topic) is ErrorCode.none
    assert producer.add_group(name) is ErrorCode.none
    assert producer.produce(topic, b"zombie") is ErrorCode.none
    successor = WireProducer(new_wire(), name)
    assert successor.init() is ErrorCode.none
    assert successor.producer_id == producer.producer_id
    assert successor.epoch > producer.epoch
    assert producer.add_partition(topic) is ErrorCode.producer_fenced
    assert producer.add_group(name) is ErrorCode.producer_fenced
    assert producer.end(is_committed=True) is ErrorCode.producer_fenced
    assert producer.produce(topic, b"zombie") is ErrorCode.invalid_producer_epoch
    assert producer.commit_offset(name, topic, 5) is ErrorCode.invalid_producer_epoch
    await_stable(servers, topic)
    assert read(servers, topic) == []


def test_offsets_need_a_group_that_was_added(
    new_wire: NewWire, producer: WireProducer, new_topic: NewTopic, name: str
) -> None:
    topic = new_topic()
    assert producer.add_partition(topic) is ErrorCode.none
    assert producer.commit_offset(name, topic, 5) is ErrorCode.invalid_txn_state
    assert producer.add_group(name) is ErrorCode.none
    assert producer.commit_offset(name, topic, 5) is ErrorCode.none
    assert producer.end(is_committed=True) is ErrorCode.none
    wire = new_wire()
    wait_until(lambda: committed_offset(wire, name, topic) == (ErrorCode.none, 5))


def test_a_member_that_the_group_does_not_know_cannot_send_offsets(
    producer: WireProducer, new_topic: NewTopic, name: str
) -> None:
    topic = new_topic()
    assert producer.add_group(name) is ErrorCode.none
    assert producer.commit_offset(name, topic, 5, generation=3, member_id="m") is ErrorCode.illegal_generation
    assert producer.end(is_committed=False) is ErrorCode.none


def test_a_timeout_above_what_the_broker_allows_is_refused(new_wire: NewWire, name: str) -> None:
    for timeout_s in (901.0, 0.0):
        assert WireProducer(new_wire(), name).init(timeout_s=timeout_s) is ErrorCode.invalid_transaction_timeout
    assert WireProducer(new_wire(), "").init() is ErrorCode.invalid_request
