"""A cluster goes over from Kafka Connect to this runtime and back, with all that it was doing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.integration.takeover.kept import Kept
from tests.integration.takeover.lines import Lines, Seen, seen
from tests.support.apache_kafka import ApacheKafka
from tests.support.connect_rest import ConnectRest
from tests.support.java_connect import JavaConnectWorker
from tests.support.worker_process import WorkerProcess

EITHERS = "session-key"  # whoever starts may write a new one
OURS = (EITHERS, "assignment", "applied-")  # with the keys of the config topic that only this runtime writes


@pytest.fixture
def kept(properties: dict[str, str]) -> Kept:
    return Kept(properties)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_cluster_goes_over_to_this_runtime_and_back(
    tmp_path: Path,
    apache_kafka: ApacheKafka,
    properties: dict[str, str],
    kept: Kept,
    new_java: Callable[..., JavaConnectWorker],
    new_ours: Callable[..., WorkerProcess],
) -> None:
    running, paused, stopped = all_lines = [
        Lines(tmp_path, name, f"{properties['group.id']}-{number}", apache_kafka.bootstrap_servers)
        for number, name in enumerate(("Größe 😀 1-2", "paused", "stopped"))
    ]
    java, ours = new_java(isolation_level="read_committed"), new_ours()

    append(all_lines, "Java, first")
    java.start()
    for lines in all_lines:
        lines.create(java.rest)
        lines.await_all(java.rest)
    java.rest.change("PUT", paused.source, "pause")
    java.rest.change("PUT", paused.sink, "pause")
    java.rest.change("PUT", stopped.source, "stop")
    java.rest.await_states(paused.source, "PAUSED", ["PAUSED"])
    java.rest.await_states(paused.sink, "PAUSED", ["PAUSED"] * 2)
    java.rest.await_states(stopped.source, "STOPPED", [])
    append(all_lines, "Java, then")
    running.await_all(java.rest)
    before = seen(java.rest)
    java.stop()
    keys, partitions, topics = kept.config_keys(), kept.positions().keys(), kept.used_topics()
    assert all(lines.is_all_committed() for lines in all_lines)

    append(all_lines, "nobody")
    with ours:
        rest = ConnectRest(ours.url)
        await_states(rest, before)
        running.await_all(rest)
        append(all_lines, "ours")
        running.await_all(rest)
        assert seen(rest) == before
        rest.close()
    # What Kafka Connect wrote holds as it is: nothing was written again.
    added = kept.config_keys()[len(keys) :]
    assert "assignment" in added
    assert [key for key in added if not key.startswith(OURS)] == []
    assert all(lines.is_all_committed() for lines in all_lines)
    keys = kept.config_keys()

    append(all_lines, "nobody again")
    java.start()
    await_states(java.rest, before)
    running.await_all(java.rest)
    assert seen(java.rest) == before
    assert [key for key in kept.config_keys()[len(keys) :] if key != EITHERS] == []
    assert "isolation.level = read_committed" in java.log  # of its internal topics: sinks have settings of their own
    assert "Discarding config update record with invalid key: assignment" in java.log

    for name in (paused.source, paused.sink, stopped.source):
        java.rest.change("PUT", name, "resume")
    append(all_lines, "Java, last")
    for lines in all_lines:
        lines.await_all(java.rest)
    java.stop()
    assert sorted(kept.positions().values()) == sorted(lines.size for lines in all_lines)
    assert (kept.positions().keys(), kept.used_topics()) == (partitions, topics)


def append(all_lines: list[Lines], text: str) -> None:
    """Append lines to every file."""
    for lines in all_lines:
        lines.append(text)


def await_states(rest: ConnectRest, wanted: Mapping[str, Seen]) -> None:
    """Wait until all connectors and tasks have the states they had."""
    for name, connector in wanted.items():
        assert connector.states is not None
        rest.await_states(name, *connector.states)
