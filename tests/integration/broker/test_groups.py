from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import NewTopic as Wanted

from tests.integration.broker.clients import code_of, consumer, produce, wait_until
from tests.support.brokers import Broker

NewTopic = Callable[..., str]


def _shares(*members: Consumer) -> list[int]:
    """How many partitions each has, after polling all once."""
    for member in members:
        member.poll(0.05)
    return [len(member.assignment()) for member in members]


@pytest.mark.parametrize("strategy", ["range", "roundrobin", "cooperative-sticky"])
def test_partitions_are_shared_and_taken_over(
    broker: Broker, new_topic: NewTopic, new_name: str, strategy: str
) -> None:
    topic = new_topic(6)
    members = [consumer(broker.bootstrap_servers, new_name, partition_assignment_strategy=strategy) for _ in range(2)]
    for member in members:
        member.subscribe([topic])
    wait_until(lambda: _shares(*members) == [3, 3])
    members[0].close()
    wait_until(lambda: _shares(members[1]) == [6])
    members[1].close()


def test_a_member_that_falls_silent_is_replaced(broker: Broker, new_topic: NewTopic, new_name: str) -> None:
    topic = new_topic(2)
    silent = consumer(
        broker.bootstrap_servers,
        new_name,
        session_timeout_ms=1500,
        max_poll_interval_ms=1500,
        heartbeat_interval_ms=300,
    )
    silent.subscribe([topic])
    wait_until(lambda: _shares(silent) == [2])
    other = consumer(broker.bootstrap_servers, new_name)
    other.subscribe([topic])
    wait_until(lambda: _shares(other) == [2])
    other.close()
    wait_until(lambda: code_of(silent.poll(0.05)) == KafkaError._MAX_POLL_EXCEEDED)
    silent.close()


def test_a_static_member_keeps_its_partitions_over_a_restart(
    broker: Broker, new_topic: NewTopic, new_name: str
) -> None:
    topic = new_topic(4)
    first, other, again = (
        consumer(broker.bootstrap_servers, new_name, group_instance_id=instance, session_timeout_ms=20_000)
        for instance in ("one", "two", "one")
    )
    rebalances: list[str] = []
    first.subscribe([topic])
    other.subscribe([topic])
    wait_until(lambda: _shares(first, other) == [2, 2])
    before = {partition.partition for partition in first.assignment()}
    other.subscribe([topic], on_revoke=lambda *_: rebalances.append("revoked"))
    _shares(other)
    rebalances.clear()
    first.close()
    again.subscribe([topic])
    wait_until(lambda: _shares(again, other)[0] == 2)
    assert {partition.partition for partition in again.assignment()} == before
    assert rebalances == []
    again.close()
    other.close()


def test_committed_offsets_survive_kill_9(mortal_broker: Broker, new_name: str) -> None:
    broker = mortal_broker
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    admin.create_topics([Wanted(new_name, 2)])[new_name].result(30)
    produce(broker.bootstrap_servers, new_name, [b"v"] * 10)
    member = consumer(broker.bootstrap_servers, new_name)
    member.subscribe([new_name])
    wait_until(lambda: len(member.consume(1, timeout=0.2)) == 1)
    member.commit(offsets=[TopicPartition(new_name, 0, 7, "a note")], asynchronous=False)
    broker.kill()
    broker.start()
    wait_until(lambda: _committed(member, new_name), 60)  # until then its coordinator is still loading
    committed, none = _committed(member, new_name)
    assert (committed.offset, committed.metadata) == (7, "a note")
    assert none.offset < 0
    produce(broker.bootstrap_servers, new_name, [b"after"])
    wait_until(lambda: any(message.value() == b"after" for message in member.consume(10, timeout=0.2)), 30)
    member.close()


def _committed(member: Consumer, topic: str) -> list[TopicPartition]:
    """What is committed of two partitions, empty while the coordinator cannot say."""
    with suppress(KafkaException):
        return list(member.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)], timeout=10))
    return []


def test_a_stranger_cannot_commit_for_a_group_with_members(broker: Broker, new_topic: NewTopic, new_name: str) -> None:
    topic = new_topic()
    member = consumer(broker.bootstrap_servers, new_name)
    member.subscribe([topic])
    wait_until(lambda: _shares(member) == [1])
    stranger = consumer(broker.bootstrap_servers, new_name)
    with pytest.raises(KafkaException, match="UNKNOWN_MEMBER_ID"):
        stranger.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    member.close()
    stranger.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    stranger.close()


def test_groups_are_listed_described_and_deleted(
    broker: Broker, admin: AdminClient, new_topic: NewTopic, new_name: str
) -> None:
    topic = new_topic()
    member = consumer(broker.bootstrap_servers, new_name, client_id="http://worker:8083")
    member.subscribe([topic])
    wait_until(lambda: _shares(member) == [1])
    listed = {group.group_id: group for group in admin.list_consumer_groups().result(10).valid}
    assert listed[new_name].state is ConsumerGroupState.STABLE
    described = admin.describe_consumer_groups([new_name])[new_name].result(10)
    assert [one.client_id for one in described.members] == ["http://worker:8083"]
    assert described.members[0].assignment.topic_partitions[0].topic == topic
    with pytest.raises(KafkaException, match="NON_EMPTY_GROUP"):
        admin.delete_consumer_groups([new_name])[new_name].result(10)
    member.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)
    member.close()
    empty = admin.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(10).valid
    assert new_name in {group.group_id for group in empty}
    admin.delete_consumer_groups([new_name])[new_name].result(10)
    with pytest.raises(KafkaException, match="GROUP_ID_NOT_FOUND"):
        admin.delete_consumer_groups([new_name])[new_name].result(10)


def test_the_deprecated_listing_that_the_worker_uses(
    broker: Broker, admin: AdminClient, new_topic: NewTopic, new_name: str
) -> None:
    topic = new_topic()
    member = consumer(
        broker.bootstrap_servers,
        new_name,
        client_id="http://ä:1",
        partition_assignment_strategy="cooperative-sticky",
    )
    member.subscribe([topic])
    wait_until(lambda: _shares(member) == [1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (group,) = admin.list_groups(group=new_name, timeout=5)
    described: Any = group
    assert (described.state, described.protocol_type, described.protocol) == (
        "Stable",
        "consumer",
        "cooperative-sticky",
    )
    assert [(one.id, one.client_id) for one in described.members] == [(member.memberid(), "http://ä:1")]
    member.unsubscribe()
    member.close()


def test_offsets_of_a_group_are_read_and_altered_by_an_admin(
    broker: Broker, admin: AdminClient, new_topic: NewTopic, new_name: str
) -> None:
    topic = new_topic(2)
    wanted = [TopicPartition(topic, 0, 5), TopicPartition(topic, 1, 6)]
    altered = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(new_name, wanted)])[new_name].result(10)
    assert [partition.error for partition in altered.topic_partitions] == [None, None]
    asked = ConsumerGroupTopicPartitions(new_name)
    found = admin.list_consumer_group_offsets([asked])[new_name].result(10)
    assert {(one.partition, one.offset) for one in found.topic_partitions} == {(0, 5), (1, 6)}


def test_a_rebalance_is_quick(broker: Broker, new_topic: NewTopic, new_name: str) -> None:
    topic = new_topic(1)
    started = time.monotonic()
    member = consumer(broker.bootstrap_servers, new_name)
    member.subscribe([topic])
    wait_until(lambda: _shares(member) == [1])
    assert time.monotonic() - started < 3
    member.close()
