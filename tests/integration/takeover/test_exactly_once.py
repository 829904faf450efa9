"""Exactly-once sources of a cluster that goes over to this runtime and back, when no worker ends in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from tests.integration.takeover.kept import read_topic
from tests.integration.takeover.lines import Lines
from tests.support.apache_kafka import ApacheKafka
from tests.support.connect_rest import ConnectRest
from tests.support.java_connect import JavaConnectWorker
from tests.support.worker_process import WorkerProcess

EXACT = {"exactly_once_source_support": "enabled", "session_timeout_ms": "6000", "heartbeat_interval_ms": "1500"}
ENOUGH = 500  # lines of each worker, so that it is killed in the middle of its work
PAUSE_S = 0.02


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_read_committed_consumer_sees_every_line_once_whoever_is_killed(
    tmp_path: Path,
    apache_kafka: ApacheKafka,
    properties: dict[str, str],
    new_java: Callable[..., JavaConnectWorker],
    new_ours: Callable[..., WorkerProcess],
) -> None:
    broker = apache_kafka.bootstrap_servers
    lines = Lines(tmp_path, "exact", f"{properties['group.id']}-lines", broker)
    java, ours = new_java(**EXACT), new_ours(**EXACT)

    def written() -> Counter[str]:
        return Counter(value.decode() for _, value in read_topic(broker, lines.topic) if value is not None)

    with appending(lines):
        java.start()
        lines.create_source(java.rest)
        java.rest.wait("lines of Java", written, lambda found: found.total() > ENOUGH)
        java.kill()
        at_hand = written().total()

        ours.start()
        rest = ConnectRest(ours.url)
        rest.wait("lines of ours", written, lambda found: found.total() > at_hand + ENOUGH)
        rest.close()
        ours.kill()
        await_no_member(broker, properties["group.id"], java.rest)
        at_hand = written().total()

        java.start()
        java.rest.wait("lines of Java again", written, lambda found: found.total() > at_hand + ENOUGH)
    wanted = lines.counts()[0]
    java.rest.wait("all lines", written, lambda found: found.total() >= wanted.total())
    assert written() == wanted


@contextmanager
def appending(lines: Lines) -> Iterator[None]:
    """Append lines all the time."""
    ended = Event()

    def append() -> None:
        number = 0
        while not ended.wait(PAUSE_S):
            lines.append(f"batch {number}", 10)
            number += 1

    thread = Thread(target=append, name="appending")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def await_no_member(bootstrap_servers: str, group_id: str, rest: ConnectRest) -> None:
    """Wait until the brokers have missed all members of a group."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})

    def is_empty() -> bool:
        group = admin.describe_consumer_groups([group_id])[group_id].result(60)
        return bool(group.state is ConsumerGroupState.EMPTY)

    rest.wait("an empty group", is_empty, bool)
