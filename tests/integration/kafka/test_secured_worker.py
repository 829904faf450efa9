"""A worker on a cluster that asks for a login and shows a certificate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.worker.processes import no_traceback, run_cli
from tests.support.apache_kafka import ApacheKafka
from tests.support.secured_kafka import WRONG_LOGIN, secured
from tests.support.worker_process import WorkerProcess

JSON = "org.apache.kafka.connect.json.JsonConverter"
LINES = {"connector.class": "FileStreamSource", "topic.creation.default.replication.factor": "1"}
STRINGS = {"value.converter": "org.apache.kafka.connect.storage.StringConverter"}
STATES_S = 60.0


def properties(broker: ApacheKafka, group: str) -> dict[str, str]:
    """A worker's file as of Kafka Connect: the login without prefix, and again for producers and consumers."""
    topics = {f"{kind}.storage.topic": f"{group}-{kind}" for kind in ("config", "offset", "status")}
    factors = {f"{kind}.storage.replication.factor": "1" for kind in ("config", "offset", "status")}
    return {
        "bootstrap.servers": broker.bootstrap_servers,
        "group.id": group,
        "offset.storage.partitions": "1",
        "status.storage.partitions": "1",
        "key.converter": JSON,
        "value.converter": JSON,
        **topics,
        **factors,
        **secured(),
        **secured("producer."),
        **secured("consumer."),
    }


@pytest.fixture(scope="module")
def worker(secured_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path_factory.mktemp("worker"), properties(secured_kafka, "secured")) as running:
        yield running


def trace_of_failed_task(worker: WorkerProcess, name: str, config: Mapping[str, str]) -> str:
    worker.create(name, config)
    deadline = time.monotonic() + STATES_S
    while time.monotonic() < deadline:
        status = worker.status(name)
        if status is not None and [task["state"] for task in status["tasks"]] == ["FAILED"]:
            worker.http.delete(f"/connectors/{name}")
            return str(status["tasks"][0]["trace"])
        time.sleep(0.05)
    raise AssertionError(f"the task of {name} does not fail: {status}\n{worker.log[-4000:]}")


def test_records_go_from_a_source_through_a_sink_and_bad_ones_to_the_dead_letters(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    lines, out = tmp_path / "in.txt", tmp_path / "out.txt"
    lines.write_text('{"a": 1}\nno JSON\n{"a": 2}\n', encoding="utf-8")
    default = {"topic.creation.default.partitions": "1"}
    worker.create("source", {**LINES, **STRINGS, **default, "file": str(lines), "topic": "lines"})
    sink = {
        "connector.class": "FileStreamSink",
        "topics": "lines",
        "file": str(out),
        "value.converter.schemas.enable": "false",
        "value.converter": JSON,
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": "dead-lines",
        "errors.deadletterqueue.topic.replication.factor": "1",
    }
    worker.create("sink", sink)
    dead = tmp_path / "dead.txt"
    worker.create("dead", {"connector.class": "FileStreamSink", **STRINGS, "topics": "dead-lines", "file": str(dead)})
    deadline = time.monotonic() + STATES_S
    while not (_lines(out) == 2 and _lines(dead) == 1):
        assert time.monotonic() < deadline, worker.log[-4000:]
        time.sleep(0.05)
    assert dead.read_text(encoding="utf-8") == "no JSON\n"


def test_a_producer_s_wrong_password_fails_the_task_with_the_key_to_look_at(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("line\n", encoding="utf-8")
    config = {**LINES, **STRINGS, "file": str(tmp_path / "in.txt"), "topic": "nobody-s"}
    override = {"producer.override.sasl.jaas.config": WRONG_LOGIN}
    trace = trace_of_failed_task(
        worker, "bad-producer", {**config, **override, "topic.creation.default.partitions": "1"}
    )
    assert "producer connector-producer-bad-producer-0 cannot log in" in trace
    assert "SASL_SSL, mechanism PLAIN, user admin: the brokers refuse user or password" in trace
    assert "producer.override.sasl.jaas.config" in trace


def test_a_consumer_s_unknown_authority_fails_the_task_with_the_key_to_look_at(
    worker: WorkerProcess, tmp_path: Path, other_ca: Path
) -> None:
    config = {"connector.class": "FileStreamSink", "topics": "lines", "file": str(tmp_path / "out.txt")}
    override = {"consumer.override.ssl.truststore.location": str(other_ca)}
    trace = trace_of_failed_task(worker, "bad-consumer", {**config, **override})
    assert "consumer connector-consumer-bad-consumer-0 cannot log in" in trace
    assert "put that authority's into consumer.override.ssl.truststore.location" in trace


def test_an_admin_client_s_wrong_password_fails_the_task_with_the_key_to_look_at(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("line\n", encoding="utf-8")
    config = {**LINES, **STRINGS, "file": str(tmp_path / "in.txt"), "topic": "nobody-s-either"}
    override = {"admin.override.sasl.jaas.config": WRONG_LOGIN, "topic.creation.default.partitions": "1"}
    trace = trace_of_failed_task(worker, "bad-admin", {**config, **override})
    assert "admin client connector-adminclient-bad-admin-0 cannot log in" in trace
    assert "admin.override.sasl.jaas.config" in trace


def test_a_dead_letter_producer_s_wrong_password_is_in_the_log_for_each_letter(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("no JSON\n", encoding="utf-8")
    source = {**LINES, **STRINGS, "file": str(tmp_path / "in.txt"), "topic": "bad-lines"}
    worker.create("bad-lines", {**source, "topic.creation.default.partitions": "1"})
    sink = {
        "connector.class": "FileStreamSink",
        "topics": "bad-lines",
        "file": str(tmp_path / "out.txt"),
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": "dead-bad-lines",
        "errors.deadletterqueue.topic.replication.factor": "1",
        "producer.override.sasl.jaas.config": WRONG_LOGIN,
    }
    worker.create("bad-letters", sink)
    said = "record to the dead letter queue: The Kafka producer connector-dlq-producer-bad-letters-0 cannot log in"
    deadline = time.monotonic() + STATES_S
    while said not in worker.log:
        assert time.monotonic() < deadline, worker.log[-4000:]
        time.sleep(0.05)


def test_a_worker_that_is_refused_says_so_in_one_message(
    secured_kafka: ApacheKafka, tmp_path: Path, other_ca: Path
) -> None:
    keys = {**properties(secured_kafka, "refused"), "listeners": "http://127.0.0.1:0"}
    for change, said in (
        ({"sasl.jaas.config": WRONG_LOGIN}, "mechanism PLAIN, user admin: the brokers refuse user or password"),
        ({"ssl.truststore.location": str(other_ca)}, "put that authority's into ssl.truststore.location"),
    ):
        file = tmp_path / "worker.properties"
        file.write_text("".join(f"{key}={value}\n" for key, value in {**keys, **change}.items()), encoding="utf-8")
        ended = run_cli("worker", file, timeout_s=60)
        assert ended.code == 2, ended.output
        assert "The Kafka admin client refused-shared-admin cannot log in" in ended.output
        assert said in ended.output
        assert ended.output.count("cannot log in") == 1
        assert no_traceback(ended.output)


def test_a_worker_whose_connectors_would_come_without_a_login_says_so(
    secured_kafka: ApacheKafka, tmp_path: Path
) -> None:
    keys = {key: text for key, text in properties(secured_kafka, "bare").items() if not key.startswith("producer.")}
    with WorkerProcess(tmp_path, keys) as worker:
        assert "producer.security.protocol is not set: producers of connectors take no security settings" in worker.log
        assert "consumer.security.protocol is not set" not in worker.log


def _lines(file: Path) -> int:
    return file.read_text(encoding="utf-8").count("\n") if file.exists() else 0
