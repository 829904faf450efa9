"""Variables in a real worker: a secret that is rotated while a connector runs, and that nobody gets to see."""

from __future__ import annotations

import json
from pathlib import Path

import confluent_kafka as ck
import httpx

from tests.support.brokers import Broker
from tests.support.running_tasks import eventually
from tests.support.worker_process import WorkerProcess, on_broker

PATIENCE_S = 60.0


def rows(bootstrap_servers: str, topic: str) -> set[str]:
    consumer = ck.Consumer(
        {"bootstrap.servers": bootstrap_servers, "group.id": "look", "auto.offset.reset": "earliest"}
    )
    try:
        consumer.assign([ck.TopicPartition(topic, 0, ck.OFFSET_BEGINNING)])
        messages = consumer.consume(10, 1.0)
        return {(message.value() or b"").decode() for message in messages if message.error() is None}
    finally:
        consumer.close()


def test_a_rotated_secret_reaches_the_task_without_a_touch_of_the_connector(
    broker: Broker, tmp_path: Path, name: str
) -> None:
    servers = broker.bootstrap_servers
    secrets, file = tmp_path / "secrets.properties", tmp_path / "in.txt"
    secrets.write_text(f"topic={name}-old\n", encoding="utf-8")
    file.write_text("one\n", encoding="utf-8")
    keys = on_broker(servers, name) | {
        "config.providers": "file",
        "config.providers.file.class": "FileConfigProvider",
        "config.providers.file.param.allowed.paths": str(tmp_path),
        "config.providers.file.param.ttl.ms": "1000",
    }
    variable = f"${{file:{secrets}:topic}}"
    config = {
        "connector.class": "FileStreamSource",
        "file": str(file),
        "topic": variable,
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    }
    with WorkerProcess(tmp_path / "worker", keys) as worker:
        worker.create("c", config)
        eventually(lambda: rows(servers, f"{name}-old") == {"one"}, PATIENCE_S)
        (tmp_path / "next").write_text(f"topic={name}-new\n", encoding="utf-8")
        (tmp_path / "next").replace(secrets)
        eventually(lambda: "have changed: restarting it" in worker.log, PATIENCE_S)
        worker.await_state("c", "RUNNING", timeout_s=PATIENCE_S)
        with file.open("a", encoding="utf-8") as lines:
            lines.write("two\n")
        eventually(lambda: rows(servers, f"{name}-new") == {"two"}, PATIENCE_S)
        check = httpx.put(f"{worker.url}/connector-plugins/FileStreamSource/config/validate", json=config).json()
        shown = [httpx.get(f"{worker.url}/connectors/c{path}").text for path in ("", "/config", "/tasks", "/status")]
        assert variable in shown[0]
        assert variable in shown[2]
        everything = "".join([*shown, json.dumps(check), worker.log])
        assert f"{name}-old" not in everything
        assert f"{name}-new" not in everything
