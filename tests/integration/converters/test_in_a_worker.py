"""Avro in a real worker with a real registry: from a table of texts into a topic, and past bad records into a file."""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import confluent_kafka as ck
import pytest

from tests.support.running_tasks import eventually
from tests.support.schema_registry import ApicurioRegistry
from tests.support.worker_process import WorkerProcess

ROWS = "id,name,day\n1,Ann,2024-02-29\n2,,2024-03-01\n3,Bob,NA\n"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path_factory.mktemp("worker")) as running:
        yield running


def converter(registry: ApicurioRegistry, name: str, **options: str) -> dict[str, str]:
    given = {"schema.registry.url": registry.url, **options}
    return {"value.converter": name} | {f"value.converter.{key}": value for key, value in given.items()}


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def traces(worker: WorkerProcess, name: str) -> list[str]:
    """Why tasks of a connector failed."""
    status = worker.status(name) or {"tasks": []}
    return [task["trace"] for task in status["tasks"] if task["state"] == "FAILED"]


@pytest.mark.parametrize(
    "name",
    [
        "io.confluent.connect.avro.AvroConverter",
        "io.confluent.connect.protobuf.ProtobufConverter",
        "io.confluent.connect.json.JsonSchemaConverter",
    ],
)
def test_records_go_through_a_topic_and_what_is_no_message_of_the_registry_is_skipped(
    worker: WorkerProcess, registry: ApicurioRegistry, tmp_path: Path, name: str
) -> None:
    short = name.rpartition(".")[2]
    topic, out = f"people-{short}", tmp_path / "out.jsonl"
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    options = {"optional.for.nullables": "true"} if short == "ProtobufConverter" else {}
    conversion = converter(registry, name, **options)
    source = {"connector.class": "FileStreamSource", "file": str(tmp_path / "people.csv"), "topic": topic}
    types = {"format": "csv", "csv.types": "id:int32,name:string,day:date"}
    worker.create(f"in-{short}", source | types | conversion)
    worker.await_state(f"in-{short}", "RUNNING")
    sink = {"connector.class": "FileStreamSink", "file": str(out), "topics": topic, "format": "json"}
    producer = ck.Producer({"bootstrap.servers": worker.bootstrap_servers})

    worker.create(f"out-{short}", sink | conversion | {"errors.tolerance": "all"})
    eventually(lambda: len(lines(out)) == 3, 40.0)
    producer.produce(topic, b"no message of a registry")
    producer.flush(20.0)
    with (tmp_path / "people.csv").open("a", encoding="utf-8") as rows:
        rows.write("4,Zoe,2024-03-02\n")
    eventually(lambda: len(lines(out)) == 4, 40.0)

    days = (dt.date(2024, 2, 29), dt.date(2024, 3, 1), None, dt.date(2024, 3, 2))
    read = [json.loads(line) for line in lines(out)]
    assert [(row["id"], row["name"]) for row in read] == [(1, "Ann"), (2, None), (3, "Bob"), (4, "Zoe")]
    assert [row["day"] is None for row in read] == [day is None for day in days]


class Guarded(BaseHTTPRequestHandler):
    """Answers of a registry with one schema, to those who bring the right password."""

    def do_GET(self) -> None:
        is_known = self.headers["authorization"] == f"Basic {b64encode(b'me:right').decode()}"
        answer: object = {"message": "who are you"}
        if is_known:
            answer = [] if "versions" in self.path else {"schema": '"string"'}
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def guarded() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(20.0)


def test_refused_credentials_fail_the_task_and_cost_no_record_though_all_is_tolerated(
    worker: WorkerProcess, guarded: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.txt"
    access = {"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "me:wrong"}
    options = {f"value.converter.{key}": value for key, value in ({"schema.registry.url": guarded} | access).items()}
    sink = {"connector.class": "FileStreamSink", "file": str(out), "topics": "guarded", "errors.tolerance": "all"}
    producer = ck.Producer({"bootstrap.servers": worker.bootstrap_servers})
    producer.produce("guarded", b"\x00\x00\x00\x00\x01\x06Ann")
    producer.flush(20.0)

    worker.create("guarded", sink | {"value.converter": "AvroConverter"} | options)
    eventually(lambda: bool(traces(worker, "guarded")), 40.0)
    (trace,) = traces(worker, "guarded")
    assert f"{guarded}/ refused user 'me'" in trace
    assert "basic.auth.user.info" in trace
    assert "wrong" not in trace

    right = {"value.converter.basic.auth.user.info": "me:right"}
    answer = worker.http.put(
        "/connectors/guarded/config", json=sink | {"value.converter": "AvroConverter"} | options | right
    )
    assert answer.is_success, answer.text
    eventually(lambda: lines(out) == ["Ann"], 40.0)


def test_a_registry_url_that_is_missing_is_refused_before_anything_starts(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    config = {"connector.class": "FileStreamSource", "file": str(tmp_path / "x"), "topic": "t"}

    answer = worker.http.post(
        "/connectors", json={"name": "bad", "config": config | {"value.converter": "AvroConverter"}}
    )

    assert answer.status_code == 400
    assert "schema.registry.url" in answer.text
