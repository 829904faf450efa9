from __future__ import annotations

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    OffsetSpec,
)
from confluent_kafka.admin import NewTopic as Wanted

from tests.integration.broker.clients import consume, produce, wait_until
from tests.support.brokers import Broker

NewTopic = Callable[..., str]


def _config(admin: AdminClient, topic: str) -> dict[str, ConfigEntry]:
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    return dict(admin.describe_configs([resource])[resource].result(10))


def _alter(admin: AdminClient, topic: str, operation: AlterConfigOpType, name: str, value: str | None) -> None:
    entry = ConfigEntry(name, value, incremental_operation=operation)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(10)


def _refusal(future: object) -> int:
    with pytest.raises(KafkaException) as refused:
        future.result(10)  # type: ignore[attr-defined]
    return int(refused.value.args[0].code())


def test_a_topic_is_described_as_it_was_created(admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic(3, cleanup_policy="compact")
    metadata = admin.list_topics(topic, timeout=5).topics[topic]
    assert sorted(metadata.partitions) == [0, 1, 2]
    assert metadata.partitions[0].replicas == metadata.partitions[0].isrs == [1]
    config = _config(admin, topic)
    sources = {name: int(str(entry.source)) for name, entry in config.items()}
    assert config["cleanup.policy"].value == "compact"
    assert sources["cleanup.policy"] == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    assert sources["retention.ms"] == ConfigSource.DEFAULT_CONFIG.value
    assert config["retention.ms"].is_default


def test_settings_are_set_appended_and_reset(admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic()
    _alter(admin, topic, AlterConfigOpType.SET, "retention.ms", "1000000")
    _alter(admin, topic, AlterConfigOpType.APPEND, "cleanup.policy", "compact")
    config = _config(admin, topic)
    assert (config["retention.ms"].value, config["cleanup.policy"].value) == ("1000000", "delete,compact")
    _alter(admin, topic, AlterConfigOpType.DELETE, "retention.ms", None)
    assert _config(admin, topic)["retention.ms"].value == "604800000"


@pytest.mark.parametrize(("name", "value"), [("no.such", "1"), ("retention.ms", "soon"), ("cleanup.policy", "burn")])
def test_settings_that_make_no_sense_are_refused(
    admin: AdminClient, new_topic: NewTopic, name: str, value: str
) -> None:
    topic = new_topic()
    with pytest.raises(KafkaException) as refused:
        _alter(admin, topic, AlterConfigOpType.SET, name, value)
    assert refused.value.args[0].code() == KafkaError.INVALID_CONFIG
    wanted = Wanted(f"{topic}-2", 1, 1, config={name: value})
    assert _refusal(admin.create_topics([wanted])[wanted.topic]) == KafkaError.INVALID_CONFIG


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("a/b", 1, 1), KafkaError.TOPIC_EXCEPTION),
        (Wanted("x" * 250, 1, 1), KafkaError.TOPIC_EXCEPTION),
        (Wanted("zero", 0, 1), KafkaError.INVALID_PARTITIONS),
        (Wanted("three-replicas", 1, 3), KafkaError.INVALID_REPLICATION_FACTOR),
    ],
)
def test_topics_that_cannot_be_are_refused(admin: AdminClient, wanted: Wanted, code: int) -> None:
    assert _refusal(admin.create_topics([wanted])[wanted.topic]) == code


def test_a_topic_exists_once(admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic()
    assert _refusal(admin.create_topics([Wanted(topic, 1, 1)])[topic]) == KafkaError.TOPIC_ALREADY_EXISTS


def test_the_brokers_defaults_are_taken_where_nothing_is_said(admin: AdminClient, new_name: str) -> None:
    admin.create_topics([Wanted(new_name)])[new_name].result(10)
    assert len(admin.list_topics(new_name, timeout=5).topics[new_name].partitions) == 1


def test_partitions_are_added(broker: Broker, admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic(2)
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(10)
    assert len(admin.list_topics(topic, timeout=5).topics[topic].partitions) == 5
    assert _refusal(admin.create_partitions([NewPartitions(topic, 5)])[topic]) == KafkaError.INVALID_PARTITIONS


def test_a_deleted_topic_can_be_made_again_and_is_empty(
    broker: Broker, admin: AdminClient, new_topic: NewTopic
) -> None:
    topic = new_topic()
    produce(broker.bootstrap_servers, topic, [b"old"] * 5)
    admin.delete_topics([topic])[topic].result(10)
    assert _refusal(admin.delete_topics([topic])[topic]) == KafkaError.UNKNOWN_TOPIC_OR_PART
    admin.create_topics([Wanted(topic, 1, 1)])[topic].result(10)
    produce(broker.bootstrap_servers, topic, [b"new"])
    (message,) = consume(broker.bootstrap_servers, topic, 1)
    assert (message.offset(), message.value()) == (0, b"new")


def test_an_admin_lists_offsets(broker: Broker, admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic()
    produce(broker.bootstrap_servers, topic, [b"a", b"b", b"c"])
    partition = TopicPartition(topic, 0)

    def offset(spec: OffsetSpec) -> int:
        return int(admin.list_offsets({partition: spec})[partition].result(10).offset)

    assert offset(OffsetSpec.earliest()) == 0
    assert offset(OffsetSpec.latest()) == 3
    assert 0 <= offset(OffsetSpec.max_timestamp()) <= 2


def test_the_cluster_is_described(broker: Broker, admin: AdminClient) -> None:
    cluster = admin.describe_cluster().result(10)
    assert [f"{node.host}:{node.port}" for node in cluster.nodes] == [broker.bootstrap_servers]
    assert cluster.controller.id == 1
    resource = ConfigResource(ConfigResource.Type.BROKER, "1")
    assert admin.describe_configs([resource])[resource].result(10)["num.partitions"].value == "1"


def test_old_records_go_in_the_background(broker: Broker, admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic(retention_ms="300")
    produce(broker.bootstrap_servers, topic, [b"old"] * 3)
    partition = TopicPartition(topic, 0)

    def earliest() -> int:
        return int(admin.list_offsets({partition: OffsetSpec.earliest()})[partition].result(10).offset)

    wait_until(lambda: earliest() == 3)


def test_large_logs_are_cut_in_the_background(broker: Broker, admin: AdminClient, new_topic: NewTopic) -> None:
    topic = new_topic(retention_bytes="2000000", segment_bytes="1048576")
    for _ in range(10):
        produce(broker.bootstrap_servers, topic, [b"x" * 100_000] * 5)
    partition = TopicPartition(topic, 0)

    def kept() -> int:
        return 50 - int(admin.list_offsets({partition: OffsetSpec.earliest()})[partition].result(10).offset)

    # What lies between is up to how the log is cut: by whole batches or by whole segments.
    wait_until(lambda: 20 <= kept() <= 31)


def test_superseded_records_go_in_the_background(broker: Broker, new_topic: NewTopic) -> None:
    topic = new_topic(cleanup_policy="compact", min_cleanable_dirty_ratio="0.01", segment_ms="100")
    for number in range(20):
        produce(broker.bootstrap_servers, topic, [b"key-%d %d" % (key, number) for key in range(3)])

    def is_compacted() -> bool:
        # Apache Kafka compacts what lies before the newest segment, and begins one when a record comes.
        produce(broker.bootstrap_servers, topic, [b"key-3 new"])
        first = [message.value() for message in consume(broker.bootstrap_servers, topic, 4)[:4]]
        return first == [b"key-0 19", b"key-1 19", b"key-2 19", b"key-3 new"]

    wait_until(is_compacted)
