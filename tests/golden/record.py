"""``python -m tests.golden.record``: let a real Kafka Connect live, and keep what it wrote to its internal topics.

Run it by hand for another version of Kafka; it takes about a minute and replaces ``tests/data/golden``. Ids, addresses,
times and keys are another run's each time: they are recorded facts, not to be compared.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from tests.golden.lives import Life, live_at_least_once, live_exactly_once
from tests.support.apache_kafka import ApacheKafka
from tests.support.connect_rest import ConnectRest, of_connector
from tests.support.golden import GoldenRecord, InternalTopic, Run, write_records, write_view
from tests.support.java_connect import JavaConnectWorker, cluster_properties

_PROPERTIES: dict[Run, dict[str, str]] = {
    Run.AT_LEAST_ONCE: {},
    Run.EXACTLY_ONCE: {"exactly.once.source.support": "enabled"},
}
_LIVES = {Run.AT_LEAST_ONCE: live_at_least_once, Run.EXACTLY_ONCE: live_exactly_once}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="golden-") as name, ApacheKafka(Path(name) / "kafka" / "data") as broker:
        for run in Run:
            _record(run, broker, Path(name) / run.value)


def _record(run: Run, broker: ApacheKafka, folder: Path) -> None:
    properties = {**cluster_properties(broker.bootstrap_servers, f"golden-{run.value}"), **_PROPERTIES[run]}
    with JavaConnectWorker(folder, properties) as worker:
        life = Life(worker.rest, folder, broker.bootstrap_servers)
        _LIVES[run](life)
        worker.stop()
        worker.start()
        life.await_all()
        view = {"worker": worker.rest.get("/"), "requests": life.requests, "connectors": _connectors(worker.rest)}
        records = [record for topic in InternalTopic for record in _dump(properties, topic)]
    header = {
        "kafka": view["worker"]["version"],
        "properties": {k: v for k, v in properties.items() if k != "bootstrap.servers"},
    }
    for path in (write_records(run, header, records), write_view(run, view)):
        sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")


def _connectors(rest: ConnectRest) -> dict[str, Any]:
    what = ("config", "tasks", "status", "offsets", "topics")
    return {name: {item: rest.get(of_connector(name, item)) for item in what} for name in rest.connectors()}


def _dump(properties: dict[str, str], topic: InternalTopic) -> list[GoldenRecord]:
    """All committed records of a topic, by partition and offset."""
    name = properties[f"{topic.value}.storage.topic"]
    consumer = Consumer(
        {
            "bootstrap.servers": properties["bootstrap.servers"],
            "group.id": "golden",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    partitions = sorted(consumer.list_topics(name, timeout=30).topics[name].partitions)
    consumer.assign([TopicPartition(name, number, 0) for number in partitions])
    records: list[GoldenRecord] = []
    at_end: set[int] = set()
    while len(at_end) < len(partitions):
        for message in consumer.consume(500, timeout=1):
            error = message.error()
            if error is None:
                records.append(_golden(topic, message))
            elif error.code() == error._PARTITION_EOF:
                at_end.add(message.partition() or 0)
            else:
                raise KafkaException(error)
    consumer.close()
    return sorted(records, key=lambda record: (record.partition, record.offset))


def _golden(topic: InternalTopic, message: Message) -> GoldenRecord:
    key, partition, offset = message.key(), message.partition(), message.offset()
    if not isinstance(key, bytes) or partition is None or offset is None or message.headers():
        raise ValueError(f"a record of another kind than expected: {message}")
    return GoldenRecord(topic, partition, offset, message.timestamp()[1], key, message.value())


if __name__ == "__main__":
    main()
