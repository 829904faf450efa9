"""Creation and checks of the internal topics at start."""

from __future__ import annotations

import pytest

from connect_runtime.errors import StartupError
from connect_runtime.kafka import TopicSpec, describe_topics, topic_configs, topic_exists
from connect_runtime.storage import ensure_internal_topics, internal_topic_specs
from tests.support.internal_topics import Cluster


def test_missing_topics_are_created_compacted(cluster: Cluster) -> None:
    ensure_internal_topics(cluster.admin, cluster.specs)
    cluster.await_topics(*cluster.specs.names)

    partitions = {topic.name: topic.partitions for topic in describe_topics(cluster.admin, cluster.specs.names)}
    assert [partitions[name] for name in cluster.specs.names] == [1, 25, 5]
    assert {topic_configs(cluster.admin, name)["cleanup.policy"] for name in cluster.specs.names} == {"compact"}


def test_topics_that_are_right_are_left_alone(cluster: Cluster) -> None:
    cluster.create(TopicSpec(cluster.specs.offset.name, 3, 1, {"cleanup.policy": "compact"}))

    ensure_internal_topics(cluster.admin, cluster.specs)
    ensure_internal_topics(cluster.admin, cluster.specs)

    assert describe_topics(cluster.admin, [cluster.specs.offset.name])[0].partitions == 3


def test_looking_a_topic_up_does_not_create_it(cluster: Cluster) -> None:
    assert not topic_exists(cluster.admin, cluster.specs.config.name)
    assert not topic_exists(cluster.admin, cluster.specs.config.name)


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_a_topic_that_deletes_records_is_refused_with_the_command_that_helps(cluster: Cluster, policy: str) -> None:
    name = cluster.specs.status.name
    cluster.create(TopicSpec(name, 5, 1, {"cleanup.policy": policy}))

    with pytest.raises(StartupError) as raised:
        ensure_internal_topics(cluster.admin, cluster.specs)

    text = str(raised.value)
    assert f"Topic {name}, named by status.storage.topic, has cleanup.policy={policy}" in text
    assert f"--entity-name {name} --add-config cleanup.policy=compact" in text


def test_a_config_topic_of_several_partitions_is_refused(cluster: Cluster) -> None:
    name = cluster.specs.config.name
    cluster.create(TopicSpec(name, 2, 1, {"cleanup.policy": "compact"}))

    with pytest.raises(StartupError, match=f"Topic {name}, named by config.storage.topic, has 2 partitions"):
        ensure_internal_topics(cluster.admin, cluster.specs)


def test_too_few_brokers_are_reported_with_the_key_to_set(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    specs = internal_topic_specs(cluster.worker)

    with pytest.raises(StartupError) as raised:
        ensure_internal_topics(cluster.admin, specs, patience_s=0.6)

    text = str(raised.value)
    assert f"Topic {specs.config.name} cannot be created with replication factor 3" in text
    assert "has 1 broker." in text
    assert "Set config.storage.replication.factor=1" in text
    assert [record.levelname for record in caplog.records] == ["WARNING"]
