"""Throughput of the embedded broker with librdkafka as its client, and how soon a waiting fetch is answered.

python bench/broker.py [--records 2000000] [--set KEY=VALUE ...]
"""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.embedded_broker import EmbeddedBrokerProcess

_RECORD = json.dumps({"id": 12345678, "name": "x" * 60, "amount": 12.5, "at": "2024-01-01T00:00:00Z"}).encode()
_RECORD += b" " * (142 - len(_RECORD))


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="broker-bench-") as folder:
        started = time.perf_counter()
        settings = [part for pair in options.set for part in ("--set", pair)]
        with EmbeddedBrokerProcess(Path(folder) / "data", *settings) as broker:
            print(f"start to ready       {time.perf_counter() - started:8.2f} s")
            print(f"memory when idle     {_rss_mib(broker.pid):8.0f} MiB")
            for partitions in (1, 4):
                _throughput(broker, f"bench-{partitions}", partitions, options.records)
            _latency(broker)
            print(f"memory after         {_rss_mib(broker.pid):8.0f} MiB")


def _throughput(broker: EmbeddedBrokerProcess, topic: str, partitions: int, records: int) -> None:
    _create(broker, topic, partitions)
    cpu = _cpu_s(broker.pid)
    seconds, refused = _produce(broker, topic, partitions, records)
    cpu_in = _cpu_s(broker.pid) - cpu
    print(
        f"in,  {partitions} partition(s)   {records / seconds:10,.0f} records/s"
        f"   broker {cpu_in / seconds:4.0%} of a core, {records / cpu_in:10,.0f} records per CPU second"
        f", {refused} refused"
    )
    cpu = _cpu_s(broker.pid)
    seconds = _consume(broker, topic, partitions, records)
    cpu_out = _cpu_s(broker.pid) - cpu
    print(
        f"out, {partitions} partition(s)   {records / seconds:10,.0f} records/s"
        f"   broker {cpu_out / seconds:4.0%} of a core, {records / cpu_out:10,.0f} records per CPU second"
    )


def _produce(broker: EmbeddedBrokerProcess, topic: str, partitions: int, records: int) -> tuple[float, int]:
    producer = Producer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "linger.ms": 10,
            "acks": "all",
            "enable.idempotence": True,
            "queue.buffering.max.messages": 2_000_000,
            "queue.buffering.max.kbytes": 512_000,
        }
    )
    messages = [{"value": _RECORD}] * 10_000
    started = time.perf_counter()
    refused = 0
    for number in range(records // len(messages)):
        while len(producer) > 400_000:
            producer.poll(0.01)
        refused += len(messages) - producer.produce_batch(topic, messages, partition=number % partitions)
        producer.poll(0)
    producer.flush(60)
    return time.perf_counter() - started, refused


def _consume(broker: EmbeddedBrokerProcess, topic: str, partitions: int, records: int) -> float:
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "group.id": "bench",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 5,
            "queued.max.messages.kbytes": 65_536,
        }
    )
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    left = records
    started = 0.0
    while left > 0:
        messages = consumer.consume(10_000, timeout=5)
        if not messages:
            raise RuntimeError(f"{left} records did not come")
        started = started or time.perf_counter()
        left -= len(messages)
    seconds = time.perf_counter() - started
    consumer.close()
    return seconds


def _latency(broker: EmbeddedBrokerProcess) -> None:
    _create(broker, "latency", 1)
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 0, "acks": "all"})
    consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "l", "fetch.wait.max.ms": 500})
    consumer.assign([TopicPartition("latency", 0, 0)])
    acked: list[float] = []
    seen: list[float] = []
    for _ in range(300):
        time.sleep(0.005)
        started = time.perf_counter()
        producer.produce("latency", b"x", on_delivery=lambda *_, s=started: acked.append(time.perf_counter() - s))
        while consumer.poll(1) is None:
            pass
        seen.append(time.perf_counter() - started)
        producer.flush(5)
    for name, times in (("produce to consume", seen[20:]), ("produce to ack", acked[20:])):
        ordered = sorted(times)
        print(
            f"{name:20} p50 {statistics.median(ordered) * 1000:6.2f} ms   "
            f"p99 {ordered[int(len(ordered) * 0.99)] * 1000:6.2f} ms"
        )
    consumer.close()


def _create(broker: EmbeddedBrokerProcess, topic: str, partitions: int) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(10)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
