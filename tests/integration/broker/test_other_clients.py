"""Clients that are not librdkafka's Python binding: kcat, Java's own tools, aiokafka, kafka-python."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.broker.clients import consume, produce
from tests.integration.broker.java_tools import run, run_java_tool
from tests.support.brokers import Broker
from tests.support.embedded_broker import EmbeddedBrokerProcess
from tests.support.services import require_tool

NewTopic = Callable[..., str]


@pytest.fixture
def broker(embedded_broker: EmbeddedBrokerProcess) -> Broker:
    """The embedded one alone: that these clients work with Apache Kafka is known."""
    return embedded_broker


@pytest.fixture
def kcat(broker: Broker) -> Callable[..., str]:
    program = require_tool("kcat", "apt-get install kcat")
    return lambda *options, **more: run(program, "-b", broker.bootstrap_servers, *options, **more)


def test_kcat_lists_produces_and_consumes(kcat: Callable[..., str], new_topic: NewTopic) -> None:
    topic = new_topic(2)
    assert f'topic "{topic}" with 2 partitions' in kcat("-L")
    kcat("-P", "-t", topic, "-p", "1", "-z", "gzip", "-K:", stdin="k:one\nk:two\n")
    assert kcat("-C", "-t", topic, "-p", "1", "-o", "beginning", "-e", "-q", "-f", "%o %k %s\n") == "0 k one\n1 k two\n"
    assert kcat("-G", topic, topic, "-X", "auto.offset.reset=earliest", "-e", "-q") == "one\ntwo\n"


@pytest.fixture
def java(broker: Broker) -> Callable[..., str]:
    """Runs one of the tools by its class name."""

    return partial(run_java_tool, broker.bootstrap_servers)


def test_javas_topic_tool(java: Callable[..., str], new_name: str) -> None:
    topic = f"java-{new_name}"
    java("TopicCommand", "--create", "--topic", topic, "--partitions", "3", "--config", "cleanup.policy=compact")
    described = java("TopicCommand", "--describe", "--topic", topic)
    assert "PartitionCount: 3" in described
    assert "cleanup.policy=compact" in described
    java("TopicCommand", "--alter", "--topic", topic, "--partitions", "4")
    java("TopicCommand", "--delete", "--topic", topic)
    assert topic not in java("TopicCommand", "--list").split()


def test_javas_console_clients_and_group_tool(
    java: Callable[..., str], broker: Broker, new_topic: NewTopic, new_name: str
) -> None:
    topic = new_topic(2)
    lines = [f"line {number}" for number in range(200)]
    java("ConsoleProducer", "--topic", topic, "--compression-codec", "gzip", stdin="\n".join(lines) + "\n")
    group = f"java-{new_name}"
    reading = ("--topic", topic, "--from-beginning", "--max-messages", "200", "--timeout-ms", "20000")
    read = java("consumer.ConsoleConsumer", *reading, "--group", group)
    assert sorted(read.split("\n")[:-1]) == sorted(lines)
    described = java("consumer.group.ConsumerGroupCommand", "--describe", "--group", group)
    lags = [line.split()[5] for line in described.splitlines() if line.startswith(group)]
    assert lags == ["0", "0"]
    reset = ("--reset-offsets", "--to-earliest", "--execute", "--topic", topic, "--group", group)
    java("consumer.group.ConsumerGroupCommand", *reset)
    assert group in java("consumer.group.ConsumerGroupCommand", "--list").split()
    java("consumer.group.ConsumerGroupCommand", "--delete", "--group", group)
    ends = java("GetOffsetShell", "--topic", topic, "--time", "latest").split()
    assert sum(int(line.split(":")[2]) for line in ends) == 200


def test_javas_client_reads_committed_what_librdkafka_wrote(
    java: Callable[..., str], broker: Broker, new_topic: NewTopic, tmp_path: Path
) -> None:
    topic = new_topic()
    produce(broker.bootstrap_servers, topic, [b"%d" % number for number in range(50)], enable_idempotence=True)
    reading = ("--topic", topic, "--partition", "0", "--offset", "earliest", "--max-messages", "50")
    read = java("consumer.ConsoleConsumer", *reading, "--isolation-level", "read_committed", "--timeout-ms", "20000")
    assert read.split() == [str(number) for number in range(50)]


def test_aiokafka(broker: Broker, new_topic: NewTopic, new_name: str) -> None:
    aiokafka = pytest.importorskip("aiokafka", reason="aiokafka not found: pip install aiokafka")
    topic = new_topic(2)

    async def use() -> set[bytes]:
        settings: dict[str, Any] = {"bootstrap_servers": broker.bootstrap_servers}
        producer = aiokafka.AIOKafkaProducer(enable_idempotence=True, **settings)
        await producer.start()
        await asyncio.gather(*[producer.send_and_wait(topic, b"%d" % number) for number in range(100)])
        await producer.stop()
        reader = aiokafka.AIOKafkaConsumer(
            topic,
            group_id=f"aio-{new_name}",
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            **settings,
        )
        await reader.start()
        values = {(await asyncio.wait_for(reader.getone(), 20)).value for _ in range(100)}
        await reader.commit()
        await reader.stop()
        return values

    assert asyncio.run(use()) == {b"%d" % number for number in range(100)}


def test_kafka_python(broker: Broker, new_topic: NewTopic, new_name: str) -> None:
    kafka = pytest.importorskip("kafka", reason="kafka-python not found: pip install kafka-python")
    topic = new_topic(2)
    producer = kafka.KafkaProducer(bootstrap_servers=broker.bootstrap_servers, acks="all")
    for number in range(100):
        producer.send(topic, b"%d" % number)
    producer.flush(20)
    producer.close()
    reader = kafka.KafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap_servers,
        group_id=f"py-{new_name}",
        auto_offset_reset="earliest",
        consumer_timeout_ms=3000,
    )
    values = set()
    for message in reader:
        values.add(message.value)
        if len(values) == 100:
            break
    reader.commit()
    reader.close()
    assert values == {b"%d" % number for number in range(100)}


def test_what_one_client_writes_another_reads(kcat: Callable[..., str], broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic()
    kcat("-P", "-t", topic, "-z", "snappy", stdin="a\nb\n")
    assert [message.value() for message in consume(broker.bootstrap_servers, topic, 2)] == [b"a", b"b"]
