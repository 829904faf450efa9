"""The stores over real topics: bytes and places as Kafka Connect has them, several workers, compaction."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from threading import Event
from time import monotonic

from confluent_kafka import Consumer, Producer, murmur2
from confluent_kafka import TopicPartition as KafkaTopicPartition

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import (
    ConfigStore,
    ConnectorStatusRecord,
    OffsetStore,
    RestartRequest,
    SessionKey,
    State,
    StatusStore,
    StoredOffsetReader,
    TargetState,
    TaskStatusRecord,
)
from tests.support.internal_topics import Cluster

TIMEOUT_S = 10.0


class Heard:
    """A listener that queues what it hears."""

    def __init__(self) -> None:
        self.said: Queue[object] = Queue()

    def on_config_change(self) -> None:
        self.said.put("change")

    def on_restart_request(self, request: RestartRequest) -> None:
        self.said.put(request)

    def on_logger_level(self, namespace: str, level: str) -> None:
        self.said.put((namespace, level))

    def on_session_key(self, key: SessionKey) -> None:
        self.said.put(key)


class Worker:
    """The three stores of one worker, started."""

    def __init__(self, cluster: Cluster) -> None:
        topics = cluster.open()
        config, offset, status = (topics.log(name) for name in cluster.specs.names)
        self.configs, self.offsets, self.statuses = ConfigStore(config), OffsetStore(offset), StatusStore(status)
        self.heard = Heard()
        self.offsets.start()
        self.statuses.start()
        self.configs.start(self.heard)


def records(cluster: Cluster, topic: str, partitions: int) -> list[tuple[int, bytes | None, bytes | None]]:
    """Everything in a topic as partition, key and value."""
    consumer = Consumer(
        {
            "bootstrap.servers": cluster.worker["bootstrap.servers"],
            "group.id": "look",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 20,
        }
    )
    consumer.assign([KafkaTopicPartition(topic, number, 0) for number in range(partitions)])
    found, ends = [], 0
    while ends < partitions:
        message = consumer.poll(TIMEOUT_S)
        assert message is not None
        if message.error():
            ends += 1
        else:
            found.append((message.partition() or 0, message.key(), message.value()))
    consumer.close()
    return found


def wait_until(claim: Callable[[], bool]) -> None:
    deadline, pause = monotonic() + TIMEOUT_S, Event()
    while not claim():
        assert monotonic() < deadline
        pause.wait(0.02)


def test_a_connector_s_life_leaves_the_records_that_kafka_connect_leaves(cluster: Cluster) -> None:
    cluster.worker["config.storage.min.compaction.lag.ms"] = "600000"  # all of them are to be seen
    worker = Worker(cluster)
    worker.configs.put_connector("inv-src", {"name": "inv-src", "k": "é😀"}, TargetState.PAUSED)
    worker.configs.put_task_configs("inv-src", [{"file": "/data/a.txt"}])
    worker.configs.put_target_state("inv-src", TargetState.STOPPED)
    worker.configs.put_restart_request(RestartRequest("inv-src", include_tasks=True, only_failed=False))
    worker.configs.remove_connector("inv-src")

    assert [record[1:] for record in records(cluster, cluster.specs.config.name, 1)] == [
        (b"target-state-inv-src", b'{"state":"PAUSED","state.v2":"PAUSED"}'),
        (b"connector-inv-src", '{"properties":{"name":"inv-src","k":"é\\uD83D\\uDE00"}}'.encode()),
        (b"task-inv-src-0", b'{"properties":{"file":"/data/a.txt"}}'),
        (b"commit-inv-src", b'{"tasks":1}'),
        (b"target-state-inv-src", b'{"state":"PAUSED","state.v2":"STOPPED"}'),
        (b"restart-connector-inv-src", b'{"include-tasks":true,"only-failed":false}'),
        (b"connector-inv-src", None),
        (b"target-state-inv-src", None),
    ]


def test_offsets_and_statuses_lie_where_java_s_partitioner_puts_them(cluster: Cluster) -> None:
    worker = Worker(cluster)
    worker.offsets.write("c", [({"f": str(n)}, {"p": n}) for n in range(20)], timeout_s=TIMEOUT_S)
    for number in range(20):
        worker.statuses.put_task(ConnectorTaskId("c", number), TaskStatusRecord(State.RUNNING, "me:1", 1))
    wait_until(lambda: len(records(cluster, cluster.specs.status.name, 5)) == 20)

    offsets = records(cluster, cluster.specs.offset.name, 25)
    statuses = records(cluster, cluster.specs.status.name, 5)
    assert sorted(key or b"" for _, key, _ in offsets) == sorted(b'["c",{"f":"%d"}]' % n for n in range(20))
    assert [number for number, key, _ in offsets] == [murmur2(key or b"", 25) for _, key, _ in offsets]
    assert [number for number, key, _ in statuses] == [murmur2(key or b"", 5) for _, key, _ in statuses]


def test_a_worker_takes_over_what_kafka_connect_has_written(cluster: Cluster) -> None:
    cluster.open()
    producer = Producer({"bootstrap.servers": cluster.worker["bootstrap.servers"], "partitioner": "murmur2_random"})
    config, offset, status = cluster.specs.names
    for topic, key, value in (
        (config, b"session-key", b'{"key":"a2V5","algorithm":"HmacSHA256","creation-timestamp":1729411200000}'),
        (config, b"connector-c", b'{"properties":{"tasks.max":"1","name":"c"}}'),
        (config, b"task-c-0", b'{"properties":{"task.class":"T"}}'),
        (config, b"commit-c", b'{"tasks":1}'),
        (config, b"restart-connector-c", b'{"include-tasks":true,"only-failed":true}'),
        (offset, b'["c",{"b":1,"a":"x"}]', b'{"position":418}'),
        (status, b"status-connector-c", b'{"state":"RUNNING","trace":null,"worker_id":"java:8083","generation":7}'),
        (
            status,
            b"status-topic-t:connector-c",
            b'{"topic":{"name":"t","connector":"c","task":0,"discoverTimestamp":9}}',
        ),
    ):
        producer.produce(topic, value, key)
    producer.flush()

    worker = Worker(cluster)
    snapshot = worker.configs.snapshot()

    assert snapshot.connector_config("c") == {"tasks.max": "1", "name": "c"}
    assert snapshot.all_task_configs("c") == [{"task.class": "T"}]
    assert snapshot.session_key == SessionKey("a2V5", "HmacSHA256", 1729411200000)
    assert worker.heard.said.empty()
    assert StoredOffsetReader(worker.offsets, "c").offset({"a": "x", "b": 1}) == {"position": 418}
    assert worker.statuses.connector("c") == ConnectorStatusRecord(State.RUNNING, "java:8083", 7)
    assert [topic.topic for topic in worker.statuses.topics("c")] == ["t"]


def test_what_one_worker_writes_the_other_hears(cluster: Cluster) -> None:
    one, other = Worker(cluster), Worker(cluster)

    one.configs.put_connector("c", {"k": "v"})
    assert other.heard.said.get(timeout=TIMEOUT_S) == "change"
    assert other.configs.snapshot().connector_config("c") == {"k": "v"}
    request = RestartRequest("c", include_tasks=False, only_failed=True)
    one.configs.put_restart_request(request)
    assert other.heard.said.get(timeout=TIMEOUT_S) == request

    one.statuses.put_connector("c", ConnectorStatusRecord(State.RUNNING, "one:1", 2))
    wait_until(lambda: other.statuses.connector("c") is not None)
    other.statuses.put_connector_safe("c", ConnectorStatusRecord(State.UNASSIGNED, "other:1", 1))
    assert other.statuses.connector("c") == ConnectorStatusRecord(State.RUNNING, "one:1", 2)


def test_an_offset_that_was_written_is_read_at_once_by_any_worker(cluster: Cluster) -> None:
    one, other = Worker(cluster), Worker(cluster)

    for position in range(20):
        one.offsets.write("c", [({"f": "x"}, {"position": position})], timeout_s=TIMEOUT_S)
        assert other.offsets.read("c", [{"f": "x"}]) == [{"position": position}]
    one.offsets.write("c", [({"f": "x"}, None)], timeout_s=TIMEOUT_S)

    assert other.offsets.read("c", [{"f": "x"}]) == [None]
    assert other.offsets.read_all("c") == []


def test_compaction_changes_nothing_for_workers_that_run_or_start(cluster: Cluster) -> None:
    running = Worker(cluster)
    for name in cluster.specs.names:
        cluster.set_topic(name, min_cleanable_dirty_ratio="0.01", segment_ms="10")
    for round_ in range(15):
        running.configs.put_connector("c", {"round": str(round_)})
        running.configs.put_task_configs("c", [{"n": str(n), "round": str(round_)} for n in range(3)])
        running.configs.put_connector("gone", {})
        running.configs.remove_connector("gone")
        running.offsets.write("c", [({"f": str(n)}, {"p": round_}) for n in range(10)], timeout_s=TIMEOUT_S)
    written = 15 * (1 + 4 + 1 + 2)
    wait_until(lambda: len(records(cluster, cluster.specs.config.name, 1)) < written / 2)

    started = Worker(cluster)
    for worker in (running, started):
        snapshot = worker.configs.refresh(TIMEOUT_S)
        assert snapshot.connectors() == {"c"}
        assert snapshot.all_task_configs("c") == [{"n": str(n), "round": "14"} for n in range(3)]
        assert snapshot.offset == written
        assert sorted(offset["p"] for _, offset in worker.offsets.read_all("c")) == [14] * 10
