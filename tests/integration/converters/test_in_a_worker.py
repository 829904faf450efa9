"""Avro in a real worker with a real registry: from a table of texts into a topic, and past bad records into a file."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

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


def test_a_registry_url_that_is_missing_is_refused_before_anything_starts(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    config = {"connector.class": "FileStreamSource", "file": str(tmp_path / "x"), "topic": "t"}

    answer = worker.http.post(
        "/connectors", json={"name": "bad", "config": config | {"value.converter": "AvroConverter"}}
    )

    assert answer.status_code == 400
    assert "schema.registry.url" in answer.text
