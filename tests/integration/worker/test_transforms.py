"""Transforms and predicates in a real worker: from a file through the chain into topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka as ck
import pytest

from tests.support.running_tasks import eventually
from tests.support.worker_process import WorkerProcess

ROOT = Path(__file__).parents[3]
LINES = [
    {"id": 1, "price": 12.5, "card": "4111"},
    {"id": 2, "price": 0, "card": "4112"},
    {"id": 3, "price": "dear"},
    {"id": 4, "price": 100, "card": None},
]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A worker that allows one function."""
    folder = tmp_path_factory.mktemp("worker")
    (folder / "plugins.toml").write_text('[functions]\nallow = ["acme_rules"]\n', encoding="utf-8")
    keys = {"plugins.file": str(folder / "plugins.toml")}
    with WorkerProcess(folder, keys, {"PYTHONPATH": str(ROOT / "docs" / "examples")}) as running:
        yield running


def source(file: Path, topic: str, **options: str) -> dict[str, str]:
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    plain = {
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
    }
    return {
        "connector.class": "FileStreamSource", "file": str(file), "topic": topic, "format": "jsonl", **plain, **options
    }  # fmt: skip


def values(worker: WorkerProcess, topic: str, count: int) -> list[dict[str, object]]:
    consumer = ck.Consumer(
        {"bootstrap.servers": worker.bootstrap_servers, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: list[dict[str, object]] = []

    def read() -> bool:
        found.extend(json.loads(m.value() or b"null") for m in consumer.consume(10, 0.2) if m.error() is None)
        return len(found) >= count

    try:
        eventually(read, 30.0)
    finally:
        consumer.close()
    return found


def test_records_go_through_the_chain_and_bad_ones_are_skipped(worker: WorkerProcess, tmp_path: Path) -> None:
    chain = {
        "transforms": "net,mask,route",
        "transforms.net.type": "PythonFunction",
        "transforms.net.function": "acme_rules:net_price",
        "transforms.mask.type": "org.apache.kafka.connect.transforms.MaskField$Value",
        "transforms.mask.fields": "card",
        "transforms.mask.replacement": "***",
        "transforms.mask.predicate": "cheap",
        "transforms.route.type": "RegexRouter",
        "transforms.route.regex": "(.*)",
        "transforms.route.replacement": "$1.clean",
        "predicates": "cheap",
        "predicates.cheap.type": "MatchesExpression",
        "predicates.cheap.expression": "value.price < `50`",
        "errors.tolerance": "all",
    }
    worker.create("chain", source(tmp_path / "orders.jsonl", "orders", **chain))
    worker.await_state("chain", "RUNNING")
    assert values(worker, "orders.clean", 2) == [
        {"id": 1, "price": 12.5, "card": "***", "net": 10.42},
        {"id": 4, "price": 100, "card": None, "net": 83.33},
    ]


def test_a_function_that_is_not_allowed_fails_the_task_and_says_what_to_do(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    chain = {"transforms": "f", "transforms.f.type": "PythonFunction", "transforms.f.function": "os:remove"}
    worker.create("refused", source(tmp_path / "orders.jsonl", "orders", **chain))

    def failed() -> bool:
        tasks = (worker.status("refused") or {}).get("tasks", [])
        return [task["state"] for task in tasks] == ["FAILED"]

    eventually(failed, 20.0)
    trace = json.dumps(worker.status("refused"))
    assert "Function os:remove is not allowed on this worker" in trace
    assert "plugins.toml" in trace


def test_bad_options_of_a_transform_are_refused_when_the_connector_is_created(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    chain = {"transforms": "c", "transforms.c.type": "CastValue", "transforms.c.spec": "a:int128"}
    config = source(tmp_path / "orders.jsonl", "orders", **chain)
    answer = worker.http.post("/connectors", json={"name": "bad", "config": config})
    assert answer.status_code == 400
    assert "Invalid type in spec: int128" in answer.json()["message"]
