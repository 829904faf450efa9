from __future__ import annotations

from collections.abc import Sequence

import pytest

from connect_runtime.cli.topics.cluster import Cluster, Partition, Watermarks
from connect_runtime.cli.topics.listing import print_topic, print_topics
from connect_runtime.errors import ConnectError
from connect_runtime.model import TopicPartition


class HalfCluster(Cluster):
    """A cluster that lost the broker of one partition."""

    def __init__(self) -> None:
        pass  # it has no clients

    def topics(self) -> dict[str, list[Partition]]:
        return {"half": [Partition(0, 1), Partition(1, -1)], "whole": [Partition(0, 1)]}

    def watermarks(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Watermarks]:
        assert TopicPartition("half", 1) not in partitions
        return dict.fromkeys(partitions, Watermarks(2, 9))

    def topic_settings(self, topic: str) -> dict[str, str]:
        return {"cleanup.policy": "compact"}


def test_a_partition_without_leader_does_not_keep_topics_from_being_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_topics(HalfCluster(), internal=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["TOPIC", "PARTITIONS", "ROWS"], ["half", "2", "?"], ["whole", "1", "7"]]


def test_a_partition_without_leader_is_described_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    print_topic(HalfCluster(), "half")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["0", "1", "2", "9", "7"] in lines
    assert ["1", "none", "?", "?", "?"] in lines
    assert ["cleanup.policy", "compact"] in lines


def test_reading_tells_which_partition_has_no_leader() -> None:
    assert HalfCluster().choose_partitions("half", 0) == [0]
    with pytest.raises(ConnectError, match="Partition 1 of topic 'half' has no leader"):
        HalfCluster().choose_partitions("half", None)
