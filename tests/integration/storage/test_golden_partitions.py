"""Our records go to the partitions of the internal topics to which Kafka Connect sent those of the same keys."""

from __future__ import annotations

import pytest

from connect_runtime.storage import LogRecord
from tests.support.golden import InternalTopic, Run, read_records
from tests.support.internal_topics import Cluster


@pytest.mark.parametrize("topic", [InternalTopic.OFFSET, InternalTopic.STATUS])
def test_a_key_has_the_partition_that_kafka_connect_chose(cluster: Cluster, topic: InternalTopic) -> None:
    golden = {record.key: record.partition for run in Run for record in read_records(run, topic)}
    log = cluster.open().log(cluster.worker[f"{topic.value}.storage.topic"])
    found: list[LogRecord] = []
    log.start(found.append)
    log.send([(key, b"{}") for key in golden], timeout_s=30.0)
    log.read_to_end(timeout_s=30.0)
    assert {record.key: record.partition for record in found} == golden
