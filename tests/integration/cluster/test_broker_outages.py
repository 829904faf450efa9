"""Brokers go away: a cluster of workers goes on, or stops honestly, and is back by itself; nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient

from tests.integration.cluster.conftest import NewCluster
from tests.integration.cluster.load import CONNECTORS, check_nothing_is_lost, under_load
from tests.support.apache_kafka import ApacheKafka, ApacheKafkaCluster
from tests.support.brokers import Broker
from tests.support.worker_cluster import until

# With `make chaos` brokers also hang, which takes a client minutes to live through.
OUTAGES = ("kill", "pause") if "CONNECT_RUNTIME_CHAOS_KILLS" in os.environ else ("kill",)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_workers_without_brokers_say_so_and_stop_their_tasks_and_are_back_by_themselves(
    new_cluster: NewCluster, mortal_broker: Broker, topic: str
) -> None:
    cluster = new_cluster(mortal_broker.bootstrap_servers)
    cluster.add(2)
    under_load(cluster, topic)

    mortal_broker.kill()
    until(
        lambda: all(run.ended for run in cluster.sequences.runs()),
        lambda: f"{cluster.sequences.runs()}\n{cluster.log}",
    )
    for worker in cluster.workers:
        code, message = worker.health()
        assert code == 500
        assert "brokers cannot be used" in message or "has not been seen in its group" in message
    mortal_broker.start()
    cluster.await_settled(CONNECTORS)
    until(lambda: all(worker.health()[0] == 200 for worker in cluster.workers), lambda: cluster.log)
    check_nothing_is_lost(cluster, topic, disturbed=6)


def test_a_broker_killed_and_started_again_within_the_session_disturbs_no_task(
    new_cluster: NewCluster, mortal_kafka: ApacheKafka, topic: str
) -> None:
    if not mortal_kafka.is_running:
        mortal_kafka.start()
    cluster = new_cluster(mortal_kafka.bootstrap_servers, properties={"session.timeout.ms": "60000"})
    cluster.add(2)
    before = under_load(cluster, topic)
    starts = cluster.sequences.starts()
    mortal_kafka.kill()
    mortal_kafka.start()
    cluster.await_delivery(topic, cluster.sequences.got(topic) + 100)
    assert cluster.await_settled(CONNECTORS) == before
    assert cluster.sequences.starts() == starts
    cluster.create("later", cluster.sequences.source(topic, 1))
    cluster.await_settled({**CONNECTORS, "later": 1})
    cluster.call("DELETE", "/connectors/later")
    cluster.await_settled(CONNECTORS)
    check_nothing_is_lost(cluster, topic, disturbed=3)


def partition_leader(bootstrap_servers: str, topic: str, partition: int = 0) -> int:
    """Which broker leads a partition."""
    found = AdminClient({"bootstrap.servers": bootstrap_servers}).list_topics(topic, 30).topics[topic]
    return int(found.partitions[partition].leader)


def group_coordinator(bootstrap_servers: str, group_id: str) -> int:
    """Which broker coordinates a group: the leader of its partition, of three, of the offsets topic."""
    code = 0
    for letter in group_id:
        code = code * 31 + ord(letter) & 0xFFFFFFFF
    return partition_leader(bootstrap_servers, "__consumer_offsets", (code & 0x7FFFFFFF) % 3)


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_cluster_goes_on_while_one_broker_of_three_is_away_whichever_it_is(
    new_cluster: NewCluster, new_kafka_cluster: Callable[..., ApacheKafkaCluster], topic: str, outage: str
) -> None:
    brokers = new_kafka_cluster()
    brokers.start()
    # A client finds out that a broker hangs when an answer is due, by default after a minute.
    due = dict.fromkeys(("request.timeout.ms", "producer.request.timeout.ms", "consumer.request.timeout.ms"), "5000")
    cluster = new_cluster(
        brokers.bootstrap_servers, replication_factor=3, properties={"session.timeout.ms": "30000", **due}
    )
    cluster.add(2)
    before = under_load(cluster, topic)
    starts = cluster.sequences.starts()
    connectors = dict(CONNECTORS)
    finders: dict[str, Callable[[], int]] = {
        "first": lambda: group_coordinator(brokers.bootstrap_servers, cluster.group_id),
        "second": lambda: partition_leader(brokers.bootstrap_servers, f"{cluster.group_id}-config"),
    }
    for name, find in finders.items():
        victim = brokers.broker(find())
        {"kill": victim.kill, "pause": victim.pause}[outage]()
        cluster.await_delivery(topic, cluster.sequences.got(topic) + 300)
        cluster.call("PUT", f"/connectors/{name}/config", cluster.sequences.source(topic, 1), again_on=(409, 500))
        connectors[name] = 1
        cluster.await_settled(connectors)
        if outage == "kill":
            victim.start()
        else:
            victim.resume()
    after = cluster.await_settled(connectors)
    assert {who: after[who] for who in before} == before
    assert {who: cluster.sequences.starts()[who] for who in starts} == starts
    for name in finders:
        cluster.call("DELETE", f"/connectors/{name}")
    cluster.await_settled(CONNECTORS)
    check_nothing_is_lost(cluster, topic, disturbed=6)
