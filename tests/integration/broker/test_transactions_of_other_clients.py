"""Transactions of clients that are not librdkafka, on the embedded broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.broker.transactional_clients import await_stable, ends, new_producer, read, write
from tests.integration.broker.java_tools import run_java_tool
from tests.support.embedded_broker import EmbeddedBrokerProcess

NewTopic = Callable[..., str]


@pytest.fixture
def broker(embedded_broker: EmbeddedBrokerProcess) -> EmbeddedBrokerProcess:
    """The embedded one alone: that these clients work with Apache Kafka is known."""
    return embedded_broker


@pytest.fixture
def servers(broker: EmbeddedBrokerProcess) -> str:
    return broker.bootstrap_servers


def test_javas_producer_commits(servers: str, new_topic: NewTopic, new_name: str) -> None:
    topic = new_topic()
    load = ("--num-records", "2000", "--record-size", "100", "--throughput", "-1", "--transaction-duration-ms", "20")
    sent = run_java_tool(servers, "ProducerPerformance", "--topic", topic, *load, "--transactional-id", new_name)
    assert "2000 records sent" in sent
    assert len(read(servers, topic)) == 2000
    stable, end = ends(servers, topic)
    assert stable == end > 2000


def test_javas_consumer_leaves_out_what_was_aborted(servers: str, new_topic: NewTopic, new_name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, new_name)
    for number in range(10):
        producer.begin_transaction()
        write(producer, topic, b"%d" % number)
        if number % 2:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    reading = ("--topic", topic, "--partition", "0", "--offset", "earliest", "--max-messages", "5")
    options = ("--isolation-level", "read_committed", "--timeout-ms", "20000")
    assert run_java_tool(servers, "consumer.ConsoleConsumer", *reading, *options).split() == ["0", "2", "4", "6", "8"]


def test_javas_tool_shows_transactions(servers: str, new_topic: NewTopic, new_name: str) -> None:
    topic, producer = new_topic(), new_producer(servers, new_name)
    producer.begin_transaction()
    write(producer, topic, b"value")
    listed = run_java_tool(servers, "TransactionsCommand", "list")
    assert [line.split()[3] for line in listed.splitlines() if line.startswith(new_name)] == ["Ongoing"]
    described = run_java_tool(servers, "TransactionsCommand", "describe", "--transactional-id", new_name)
    assert f"{topic}-0" in described
    producers = run_java_tool(
        servers, "TransactionsCommand", "describe-producers", "--topic", topic, "--partition", "0"
    )
    assert producers.splitlines()[1].split()[-1] == "0"
    producer.abort_transaction()


def test_aiokafka(servers: str, new_topic: NewTopic, new_name: str) -> None:
    aiokafka = pytest.importorskip("aiokafka", reason="aiokafka not found: pip install aiokafka")
    topic, group = new_topic(), f"aio-{new_name}"

    async def use() -> tuple[list[bytes], int]:
        settings: dict[str, Any] = {"bootstrap_servers": servers}
        producer = aiokafka.AIOKafkaProducer(transactional_id=new_name, **settings)
        await producer.start()
        partition = aiokafka.TopicPartition(topic, 0)
        for number in range(6):
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"%d" % number, partition=0)
            await producer.send_offsets_to_transaction({partition: number}, group)
            await (producer.abort_transaction() if number % 2 else producer.commit_transaction())
        await producer.stop()
        reader = aiokafka.AIOKafkaConsumer(isolation_level="read_committed", group_id=group, **settings)
        await reader.start()
        reader.assign([partition])
        committed = await reader.committed(partition)
        await reader.seek_to_beginning()
        values = [(await asyncio.wait_for(reader.getone(), 20)).value for _ in range(3)]
        await reader.stop()
        return values, committed

    assert asyncio.run(use()) == ([b"0", b"2", b"4"], 4)


def test_a_zombie_of_aiokafka_is_fenced(servers: str, new_topic: NewTopic, new_name: str) -> None:
    aiokafka = pytest.importorskip("aiokafka", reason="aiokafka not found: pip install aiokafka")
    topic = new_topic()

    async def use() -> None:
        zombie = aiokafka.AIOKafkaProducer(transactional_id=new_name, bootstrap_servers=servers)
        await zombie.start()
        await zombie.begin_transaction()
        await zombie.send_and_wait(topic, b"zombie", partition=0)
        successor = await asyncio.to_thread(new_producer, servers, new_name)
        with pytest.raises(aiokafka.errors.ProducerFenced):
            await zombie.commit_transaction()
        await zombie.stop()
        successor.begin_transaction()
        await asyncio.to_thread(write, successor, topic, b"good")
        successor.commit_transaction()

    asyncio.run(use())
    await_stable(servers, topic)
    assert read(servers, topic) == [b"good"]


def test_kafka_python(servers: str, new_topic: NewTopic, new_name: str) -> None:
    kafka = pytest.importorskip("kafka", reason="kafka-python not found: pip install kafka-python")
    topic = new_topic()
    producer = kafka.KafkaProducer(bootstrap_servers=servers, transactional_id=new_name)
    producer.init_transactions()
    for number in range(6):
        producer.begin_transaction()
        producer.send(topic, b"%d" % number, partition=0).get(20)
        if number % 2:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    producer.close()
    reader = kafka.KafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed", consumer_timeout_ms=3000)
    partition = kafka.TopicPartition(topic, 0)
    reader.assign([partition])
    reader.seek_to_beginning(partition)
    assert [message.value for message in reader] == [b"0", b"2", b"4"]
    reader.close()
