"""What the worker's properties say about the internal topics."""

from __future__ import annotations

import pytest

from connect_runtime.errors import ConfigError
from connect_runtime.kafka import TopicSpec
from connect_runtime.storage import internal_topic_specs

WORKER = {"config.storage.topic": "configs", "offset.storage.topic": "offsets", "status.storage.topic": "statuses"}


def test_partitions_and_replication_are_those_of_kafka_connect() -> None:
    specs = internal_topic_specs(WORKER)

    assert specs.config == TopicSpec("configs", 1, 3, {"cleanup.policy": "compact"})
    assert specs.offset == TopicSpec("offsets", 25, 3, {"cleanup.policy": "compact"})
    assert specs.status == TopicSpec("statuses", 5, 3, {"cleanup.policy": "compact"})
    assert specs.names == ("configs", "offsets", "statuses")
    assert specs.warnings == ()


def test_the_default_of_the_replication_factor_can_be_given() -> None:
    worker = {**WORKER, "status.storage.replication.factor": "2"}
    specs = internal_topic_specs(worker, default_replication_factor=1)

    assert [spec.replication_factor for spec in (specs.config, specs.offset, specs.status)] == [1, 1, 2]


def test_everything_else_with_the_prefix_is_a_topic_setting() -> None:
    specs = internal_topic_specs(
        {
            **WORKER,
            "offset.storage.partitions": "-1",
            "offset.storage.min.insync.replicas": "2",
            "offset.storage.file.filename": "/standalone",
            "status.storage.compression.type": "zstd",
        }
    )

    assert specs.offset.partitions == -1
    assert specs.offset.configs == {"min.insync.replicas": "2", "cleanup.policy": "compact"}
    assert specs.status.configs == {"compression.type": "zstd", "cleanup.policy": "compact"}


def test_settings_that_must_not_change_are_ignored_with_a_warning() -> None:
    specs = internal_topic_specs(
        {**WORKER, "config.storage.partitions": "3", "status.storage.cleanup.policy": "delete"}
    )

    assert specs.config.partitions == 1
    assert specs.status.configs["cleanup.policy"] == "compact"
    assert specs.warnings == (
        "config.storage.partitions=3 has no effect: the topic has one partition",
        "status.storage.cleanup.policy=delete has no effect: the topic has to be compacted",
    )


@pytest.mark.parametrize("missing", list(WORKER))
def test_each_topic_must_be_named(missing: str) -> None:
    worker = {key: value for key, value in WORKER.items() if key != missing}

    with pytest.raises(ConfigError, match=f'Missing required configuration "{missing}"'):
        internal_topic_specs(worker)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("offset.storage.partitions", "many"),
        ("offset.storage.partitions", "0"),
        ("status.storage.replication.factor", "-2"),
    ],
)
def test_numbers_must_be_positive_or_left_to_the_broker(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"Invalid value {value} for configuration {key}"):
        internal_topic_specs({**WORKER, key: value})


def test_one_topic_cannot_serve_two_purposes() -> None:
    with pytest.raises(ConfigError, match="name the topic configs; each needs a topic of its own"):
        internal_topic_specs({**WORKER, "status.storage.topic": "configs"})
