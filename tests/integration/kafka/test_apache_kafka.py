"""That the Apache Kafka of the tests is what they take it for: `tests.support.apache_kafka`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.apache_kafka import ApacheKafka, ApacheKafkaCluster, kafka_class_path
from tests.support.kafka_security import SaslSsl

NewKafka = Callable[..., ApacheKafka]


Settings = dict[str, str | int | float | bool]


def write(settings: Settings, topic: str, value: bytes) -> None:
    errors: list[KafkaError | None] = []
    producer = Producer({**settings, "acks": "all", "delivery.timeout.ms": "60000"})
    producer.produce(topic, value, on_delivery=lambda error, _message: errors.append(error))
    assert producer.flush(60) == 0
    assert errors == [None]


def first(settings: Settings, topic: str) -> bytes:
    consumer = Consumer({**settings, "group.id": f"reads-{topic}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    (message,) = consumer.consume(1, timeout=60)
    consumer.close()
    assert message.error() is None
    value = message.value()
    assert value is not None
    return value


def test_what_was_written_outlives_a_crash(new_apache_kafka: NewKafka) -> None:
    broker = new_apache_kafka().start()
    settings: Settings = {"bootstrap.servers": broker.bootstrap_servers}
    write(settings, "topic", b"kept")
    broker.kill()
    broker.start()
    assert first(settings, "topic") == b"kept"


def test_a_paused_broker_answers_when_it_goes_on(new_apache_kafka: NewKafka) -> None:
    broker = new_apache_kafka({"num.partitions": "3"}).start()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    broker.pause()
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=0.5)
    broker.resume()
    (made,) = admin.create_topics([NewTopic("topic")]).values()
    made.result(60)
    assert len(admin.list_topics("topic", timeout=60).topics["topic"].partitions) == 3


def test_without_java_a_test_that_needs_it_is_skipped_and_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    kafka_class_path.cache_clear()
    with pytest.raises(pytest.skip.Exception, match="java is missing; get it with: apt-get install openjdk"):
        kafka_class_path()


def test_settings_that_kafka_refuses_are_shown(new_apache_kafka: NewKafka) -> None:
    with pytest.raises(RuntimeError, match=r"num\.network\.threads"):
        new_apache_kafka({"num.network.threads": "-1"}).start()


def test_it_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    script = f"""
import pathlib, time
from tests.support.apache_kafka import ApacheKafka
broker = ApacheKafka(pathlib.Path({str(tmp_path / "data")!r}))
broker.launch()
print(broker.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        broker = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
    deadline = time.monotonic() + 60
    while _runs(broker):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.close(broker)


def _runs(pidfd: int) -> bool:
    try:
        signal.pidfd_send_signal(pidfd, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_cluster_goes_on_without_one_of_its_brokers(new_kafka_cluster: Callable[..., ApacheKafkaCluster]) -> None:
    cluster = new_kafka_cluster().start()
    settings: Settings = {"bootstrap.servers": cluster.bootstrap_servers}
    admin = AdminClient(settings)
    (made,) = admin.create_topics([NewTopic("topic", 1)]).values()
    made.result(60)
    partition = admin.list_topics("topic", timeout=60).topics["topic"].partitions[0]
    assert sorted(partition.replicas) == [1, 2, 3]
    cluster.broker(partition.leader).kill()
    write(settings, "topic", b"by two")
    cluster.broker(partition.leader).start()
    assert first(settings, "topic") == b"by two"


def test_users_and_rights_are_asked_for(new_apache_kafka: NewKafka) -> None:
    security = SaslSsl({"admin": "a-secret", "alice": "b-secret"}, super_users=["admin"])
    broker = new_apache_kafka(listener=security.listener()).start()
    servers: Settings = {"bootstrap.servers": broker.bootstrap_servers}
    write({**servers, **security.client("admin")}, "topic", b"by admin")
    alice = AdminClient({**servers, **security.client("alice")})
    (refused,) = alice.create_topics([NewTopic("of-alice")]).values()
    with pytest.raises(KafkaException) as raised:
        refused.result(60)
    assert raised.value.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
    errors: list[KafkaError] = []
    login: dict[str, Any] = {**servers, **security.client("alice", "wrong"), "error_cb": errors.append}
    stranger = AdminClient(login)
    deadline = time.monotonic() + 60
    while KafkaError._AUTHENTICATION not in [error.code() for error in errors]:
        assert time.monotonic() < deadline
        stranger.poll(1)
