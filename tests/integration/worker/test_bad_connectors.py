"""Connectors that cannot do what they were asked: the answer, the status and the log say what to put right.

What is wrong is only in the user's configuration or data, so there must be no traceback in the log.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.worker.processes import no_traceback
from tests.support.postgres import PostgresDatabase
from tests.support.worker_process import WorkerProcess, free_port

CONNECT_ERROR = "connect_runtime.errors.ConnectError: "


def failure(worker: WorkerProcess, name: str) -> str:
    """First line of the trace of the connector's only task, once it has failed; the log must be fit to read."""
    deadline = time.monotonic() + 20.0
    status: dict[str, Any] | None = None
    while time.monotonic() < deadline:
        status = worker.status(name)
        if status is not None and [task["state"] for task in status["tasks"]] == ["FAILED"]:
            assert status["connector"]["state"] == "RUNNING"
            first = str(status["tasks"][0]["trace"]).splitlines()[0]
            assert f"Task {name}-0 failed and stays so until it is restarted: " in worker.log
            assert no_traceback(worker.log)
            return first
        time.sleep(0.02)
    raise AssertionError(f"the task of {name} has not failed: {status}\n{worker.log[-3000:]}")


def refusal(worker: WorkerProcess, config: dict[str, str]) -> str:
    """Message of the answer 400 to the creation of a connector."""
    answer = worker.http.post("/connectors", json={"name": "refused", "config": config})
    assert answer.status_code == 400, answer.text
    assert no_traceback(worker.log)
    return str(answer.json()["message"])


# -- configurations ----------------------------------------------------------------------------------------------------


def test_an_unknown_class_is_answered_with_a_suggestion(worker: WorkerProcess) -> None:
    assert "Did you mean FileStreamSource?" in refusal(worker, {"connector.class": "FileStremSource", "topic": "t"})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"connector.class": "FileStreamSource"}, 'Missing required configuration "topic"'),
        (
            {"connector.class": "FileStreamSource", "topic": "t", "format": "xml"},
            "Invalid value xml for configuration format: String must be one of: lines, csv, jsonl",
        ),
        (
            {"connector.class": "FileStreamSource", "topic": "t", "tasks.max": "two"},
            "Invalid value two for configuration tasks.max: Not a number of type INT",
        ),
        (
            {"connector.class": "JdbcSink", "topics": "t", "connection.url": "my database"},
            "Invalid value for configuration connection.url",
        ),
        (
            {"connector.class": "JdbcSink", "connection.url": "jdbc:sqlite:/tmp/x.db"},
            "topics",
        ),
    ],
)
def test_a_missing_or_malformed_key_is_named(worker: WorkerProcess, config: dict[str, str], said: str) -> None:
    assert said in refusal(worker, config)


# -- files -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_", "content", "said"),
    [
        (
            "csv",
            "id,name\n1,a\n2\n",
            "line 3: it has 1 fields where 2 are expected. Correct the line, or set bad.records",
        ),
        ("jsonl", '{"id": 1}\n{"id":\n', "line 2: it is not a JSON document"),
    ],
)
def test_an_unreadable_row_is_named_by_file_and_line(
    worker: WorkerProcess, name: str, tmp_path: Path, format_: str, content: str, said: str
) -> None:
    file = tmp_path / "rows"
    file.write_text(content, encoding="utf-8")
    worker.create(name, {"connector.class": "FileStreamSource", "topic": name, "file": str(file), "format": format_})
    trace = failure(worker, name)
    assert trace.startswith("connect_runtime.errors.DataError: ")
    assert f"{file}, {said}" in trace


def test_a_folder_in_place_of_a_file_is_named(worker: WorkerProcess, name: str, tmp_path: Path) -> None:
    worker.create(name, {"connector.class": "FileStreamSource", "topic": name, "file": str(tmp_path)})
    assert f"Cannot read {tmp_path}: it is not a regular file" in failure(worker, name)


def test_a_missing_file_is_waited_for(worker: WorkerProcess, name: str, tmp_path: Path) -> None:
    file = tmp_path / "later.txt"
    worker.create(name, {"connector.class": "FileStreamSource", "topic": name, "file": str(file)})
    worker.await_state(name, "RUNNING")
    assert f"{file} is not there yet: waiting for it to appear" in worker.log


def test_a_topic_that_the_broker_refuses_is_named(worker: WorkerProcess, name: str, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("a\n", encoding="utf-8")
    worker.create(name, {"connector.class": "FileStreamSource", "topic": "no/topic", "file": str(file)})
    assert "Writing to topic no/topic failed: Broker: Invalid topic" in failure(worker, name)


# -- records -----------------------------------------------------------------------------------------------------------


def test_a_record_that_a_transform_refuses_is_named_with_the_transform(
    worker: WorkerProcess, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": "1"}\n{"id": "x"}\n', encoding="utf-8")
    source = {"connector.class": "FileStreamSource", "topic": name, "file": str(file), "format": "jsonl"}
    worker.create(
        name, source | {"transforms": "num", "transforms.num.type": "CastValue", "transforms.num.spec": "id:int32"}
    )
    trace = failure(worker, name)
    assert (
        "TRANSFORMATION num with connect_runtime.transforms.cast.CastValue failed for the record at offset "
        '{"position":24,'
    ) in trace
    assert f'}} of {{"filename":"{file}"}}: Field id: The text is no integer' in trace


def test_a_dead_letter_queue_with_more_copies_than_brokers_is_told_which_key_to_change(
    worker: WorkerProcess, rows: str, name: str, tmp_path: Path
) -> None:
    dead = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": f"{name}-dead"}
    worker.create(name, {"connector.class": "FileStreamSink", "topics": rows, "file": str(tmp_path / "out"), **dead})
    trace = failure(worker, name)
    assert f"dead letter queue topic {name}-dead is missing and cannot be created" in trace
    assert trace.endswith(
        "errors.deadletterqueue.topic.replication.factor, which is 3, to at most the number of brokers"
    )


# -- databases ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def rows(worker: WorkerProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A topic with rows in it."""
    file = tmp_path_factory.mktemp("rows") / "rows.csv"
    file.write_text("id,name\n1,a\n", encoding="utf-8")
    worker.create("rows", {"connector.class": "FileStreamSource", "topic": "rows", "file": str(file), "format": "csv"})
    worker.await_state("rows", "RUNNING")
    return "rows"


def sink(worker: WorkerProcess, name: str, topic: str, url: str, **keys: str) -> None:
    given = {key.replace("_", "."): value for key, value in keys.items()}
    worker.create(
        name,
        {
            "connector.class": "JdbcSink",
            "topics": topic,
            "connection.url": url,
            "connection.attempts": "1",
            **given,
        },
    )


def test_a_database_that_cannot_be_reached_is_named(worker: WorkerProcess, rows: str, name: str) -> None:
    port = free_port()
    sink(worker, name, rows, f"postgresql://127.0.0.1:{port}/db", connection_user="u", connection_password="hunter2")
    trace = failure(worker, name)
    assert trace.startswith(f"{CONNECT_ERROR}Cannot connect 127.0.0.1:{port}/db")
    assert "Connection refused" in trace
    assert "connection.url" in trace
    assert "hunter2" not in worker.log


def test_a_wrong_password_is_told_without_showing_it(
    worker: WorkerProcess, rows: str, name: str, postgres: PostgresDatabase
) -> None:
    sink(worker, name, rows, postgres.jdbc_url, connection_user=postgres.user, connection_password="wrong-hunter2")
    trace = failure(worker, name)
    assert "password authentication failed" in trace
    assert "connection.user" in trace
    assert "connection.password" in trace
    assert "wrong-hunter2" not in worker.log


def test_an_unknown_database_is_named(worker: WorkerProcess, rows: str, name: str, postgres: PostgresDatabase) -> None:
    url = postgres.jdbc_url.replace(postgres.name, "nowhere")
    sink(worker, name, rows, url, connection_user=postgres.user, connection_password=postgres.password)
    trace = failure(worker, name)
    assert 'database "nowhere" does not exist' in trace
    assert "connection.url" in trace


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere/rows.db", "Check that the folder exists and may be written to"),
        ("no-database.txt", "The file is no SQLite database: check connection.url"),
    ],
)
def test_a_database_file_that_cannot_be_used_is_named(
    worker: WorkerProcess, rows: str, name: str, tmp_path: Path, path: str, said: str
) -> None:
    (tmp_path / "no-database.txt").write_text("just some text, long enough to be looked at\n" * 20)
    sink(worker, name, rows, f"jdbc:sqlite:{tmp_path / path}", auto_create="true")
    trace = failure(worker, name)
    assert str(tmp_path / path) in trace
    assert said in trace


def test_a_missing_table_is_named_with_the_keys_to_change(
    worker: WorkerProcess, rows: str, name: str, tmp_path: Path
) -> None:
    sink(worker, name, rows, f"jdbc:sqlite:{tmp_path / 'rows.db'}", table_name_format="nowhere")
    trace = failure(worker, name)
    assert "Table nowhere does not exist, and auto.create=false" in trace
    assert "set auto.create=true" in trace
