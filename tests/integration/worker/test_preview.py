"""Previews by a real worker, over REST: of samples, and of what is in a topic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import confluent_kafka as ck
import httpx
from confluent_kafka.admin import AdminClient

from tests.support.worker_process import WorkerProcess

MASK = {
    "transforms": "mask",
    "transforms.mask.type": "org.apache.kafka.connect.transforms.MaskField$Value",
    "transforms.mask.fields": "card",
}
PLAIN = {"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}


def sink(topic: str, **keys: str) -> dict[str, str]:
    return {"connector.class": "FileStreamSink", "file": "/nowhere/out", "topics": topic, **PLAIN, **MASK, **keys}


def preview(worker: WorkerProcess, **body: Any) -> httpx.Response:
    return httpx.post(f"{worker.url}/connector-plugins/preview", json=body, timeout=60)


def fill(worker: WorkerProcess, topic: str, values: list[bytes]) -> None:
    producer = ck.Producer({"bootstrap.servers": worker.bootstrap_servers})
    for value in values:
        producer.produce(topic, value, key=b"k", headers=[("h", b"1")])
    assert producer.flush(60) == 0


def groups(worker: WorkerProcess) -> set[str]:
    admin = AdminClient({"bootstrap.servers": worker.bootstrap_servers})
    return {group.group_id for group in admin.list_consumer_groups(request_timeout=30).result().valid}


def topics(worker: WorkerProcess) -> set[str]:
    """All but the brokers' own, which appear when anybody first needs them."""
    listed = AdminClient({"bootstrap.servers": worker.bootstrap_servers}).list_topics(timeout=30).topics
    return {topic for topic in listed if not topic.startswith("__")}


def test_the_last_records_of_a_topic_are_shown_as_a_sink_would_get_them(
    either_worker: WorkerProcess, name: str
) -> None:
    fill(either_worker, name, [b'{"card":1}', b"no json", b'{"card":"4111"}'])
    before = topics(either_worker)
    answer = preview(either_worker, config=sink(name, **{"key.converter": "StringConverter"}), topic=name, last=2)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["type"], shown["failed"]) == ("sink", 1)
    bad, good = shown["records"]
    assert (bad["outcome"], bad["error"]["name"]) == ("failed", "value.converter")
    assert [step["name"] for step in good["steps"]] == ["converters", "mask"]
    assert good["steps"][0]["before"]["value"] == '{"card":"4111"}'
    assert good["steps"][0]["before"]["offset"] == 2
    assert good["steps"][1]["after"]["value"] == {"card": ""}
    assert good["steps"][1]["after"]["key"] == "k"
    assert "connect-preview" not in groups(either_worker)
    assert topics(either_worker) == before
    assert either_worker.status(name) is None


def test_a_topic_that_is_not_there_is_not_found_and_not_created(either_worker: WorkerProcess, name: str) -> None:
    answer = preview(either_worker, config=sink(name), topic=name)
    assert (answer.status_code, name in answer.json()["message"]) == (404, True)
    assert name not in topics(either_worker)


def test_an_empty_topic_has_nothing_to_show(either_worker: WorkerProcess, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": either_worker.bootstrap_servers})
    admin.create_topics([ck.admin.NewTopic(name, 2)])[name].result(30)
    answer = preview(either_worker, config=sink(name), topic=name)
    assert (answer.status_code, answer.json()) == (200, {"type": "sink", "failed": 0, "records": []})


def test_samples_of_a_source_end_as_messages(worker: WorkerProcess, tmp_path: Path) -> None:
    config = {"connector.class": "FileStreamSource", "file": str(tmp_path / "in"), "topic": "orders", **PLAIN, **MASK}
    shown = preview(worker, config=config, records=[{"card": "4111", "price": 1.5}]).json()
    assert (shown["type"], shown["failed"]) == ("source", 0)
    assert shown["records"][0]["steps"][-1]["after"]["value"] == '{"card":"","price":1.5}'
    assert shown["records"][0]["steps"][-1]["after"]["topic"] == "orders"


def test_a_draft_with_errors_is_refused_as_when_it_is_created(worker: WorkerProcess) -> None:
    config = sink("t", **{"tasks.max": "many"})
    answer = preview(worker, config=config, records=[1])
    created = httpx.put(f"{worker.url}/connectors/draft/config", json=config)
    assert (answer.status_code, answer.json()) == (400, created.json())


def test_what_only_shows_when_a_task_starts_is_refused_too(worker: WorkerProcess) -> None:
    config = sink("t", **{"transforms.mask.predicate": "p"})
    answer = preview(worker, config=config, records=[1])
    assert answer.status_code == 400
    assert "names the predicate p" in answer.json()["message"]


def test_a_preview_says_which_records(worker: WorkerProcess) -> None:
    wrong: dict[str, Any]
    for wrong in ({}, {"records": [], "topic": "t"}, {"records": []}, {"topic": "t", "last": 0}):
        assert preview(worker, config=sink("t"), **wrong).status_code == 400
    source = {"connector.class": "FileStreamSource", "topic": "t"}
    assert "reads no topic" in preview(worker, config=source, topic="t").json()["message"]
