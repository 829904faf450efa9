"""A worker that cannot start ends with Connect's exit code and one message that names what to put right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.worker.processes import no_traceback, run_cli, worker_file
from tests.support.worker_process import WorkerProcess


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ["key.converter", "bootstrap.servers=embedded"]),
        ('{"bootstrap.servers": "embedded"}', ["is a Java properties or TOML file, but this is JSON"]),
        ("bootstrap.servers=C:\\users", ["line 1", "\\u takes four hexadecimal digits"]),
        (
            "bootstrap.servers=embedded:DIR\noffset.flush.interval.ms=soon",
            ["Invalid value soon", "offset.flush.interval.ms"],
        ),
        ("bootstrap.servers=embedded:DIR\nlisteners=127.0.0.1:8083", ["listeners", "http://localhost:8083"]),
        (
            "bootstrap.servers=embedded:DIR\nembedded.listen=nonsense",
            ["embedded.listen=nonsense", "give HOST:PORT"],
        ),
        (
            "bootstrap.servers=embedded:DIR\nembedded.listen=127.0.0.1:0\nkey.converter=JsonConvertor",
            ["Invalid value JsonConvertor for configuration key.converter", "Did you mean JsonConverter?"],
        ),
        (
            (
                "bootstrap.servers=embedded:DIR\nembedded.listen=127.0.0.1:0\nvalue.converter=AvroConverter\n"
                "value.converter.schema.registry.ur1=http://registry:8081"
            ),
            ["schema.registry.url", "'value.converter.schema.registry.ur1' has no effect: did you mean"],
        ),
    ],
)
def test_a_bad_worker_file_is_refused_with_the_key_at_fault(tmp_path: Path, content: str, said: list[str]) -> None:
    file = tmp_path / "worker.properties"
    file.write_text(content.replace("DIR", str(tmp_path / "broker")), encoding="utf-8")
    ended = run_cli("worker", file)
    assert ended.code == 2, ended.output
    assert all(part in ended.output for part in said), ended.output
    assert ended.output.count("\n") == 1, ended.output


def test_a_missing_worker_file_is_named(tmp_path: Path) -> None:
    ended = run_cli("worker", tmp_path / "nowhere.properties")
    assert ended.code == 2
    assert f"There is no worker configuration file {tmp_path / 'nowhere.properties'}" in ended.output
    assert no_traceback(ended.output)


def test_a_broker_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "broker"
    ended = run_cli("worker", worker_file(tmp_path, bootstrap_servers=f"embedded:{folder}"))
    assert ended.code == 2
    assert f"bootstrap.servers=embedded:{folder}" in ended.output
    assert "cannot be used: Not a directory" in ended.output
    assert no_traceback(ended.output)


def test_a_broker_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    # Root may write nearly everywhere else.
    ended = run_cli("worker", worker_file(tmp_path, bootstrap_servers="embedded:/proc/self/broker"))
    assert ended.code == 2
    assert "the broker folder /proc/self/broker cannot be used" in ended.output
    assert no_traceback(ended.output)


# -- a second worker ---------------------------------------------------------------------------------------------------


def test_a_second_worker_on_the_same_broker_folder_is_told_who_has_it(worker: WorkerProcess, tmp_path: Path) -> None:
    folder = worker.folder / "broker"
    ended = run_cli("worker", worker_file(tmp_path, bootstrap_servers=f"embedded:{folder}"))
    assert ended.code == 2
    assert f"the broker folder {folder} is in use by process {worker.broker_pid()}" in ended.output
    assert "give this one a folder of its own (bootstrap.servers=embedded:FOLDER)" in ended.output
    assert no_traceback(ended.output)


def test_a_broker_port_in_use_is_named_with_its_key(worker: WorkerProcess, tmp_path: Path) -> None:
    ended = run_cli("worker", worker_file(tmp_path, embedded_listen=worker.bootstrap_servers))
    assert ended.code == 2
    assert f"cannot listen on {worker.bootstrap_servers}: another process has this port" in ended.output
    assert "embedded.listen=127.0.0.1:PORT" in ended.output
    assert no_traceback(ended.output)


def test_a_rest_port_in_use_is_named_with_its_key(worker: WorkerProcess, tmp_path: Path) -> None:
    ended = run_cli("worker", worker_file(tmp_path, listeners=worker.url))
    assert ended.code == 2
    assert f"cannot listen on 127.0.0.1:{worker.rest_port}: the port is in use" in ended.output
    assert "set listeners to another port" in ended.output
    assert no_traceback(ended.output)


# -- standalone --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("connector.class=FileStreamSource\ntopic=t\n", "has no 'name', which every connector needs"),
        ("name=c\nconnector.class=FileStremSource\ntopic=t\n", "Did you mean FileStreamSource?"),
        ("name=c\nconnector.class=FileStreamSource\n", 'Missing required configuration "topic"'),
        (
            '{"name": "c", "config": {"connector.class": "FileStreamSource", "topic": "t"}, "initial_state": "IDLE"}',
            "initial_state is 'IDLE', but it must be one of RUNNING, PAUSED, STOPPED",
        ),
    ],
)
def test_a_bad_connector_file_ends_a_standalone_worker(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "connector.file"
    file.write_text(content, encoding="utf-8")
    ended = run_cli("standalone", worker_file(tmp_path), file)
    assert ended.code == 3, ended.output
    assert said in ended.output
    assert str(file) in ended.output
    assert no_traceback(ended.output)


def test_a_missing_connector_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    ended = run_cli("standalone", worker_file(tmp_path), tmp_path / "nowhere.json")
    assert ended.code == 3
    assert "There is no connector configuration file" in ended.output
    assert not (tmp_path / "broker").exists()
    assert no_traceback(ended.output)
