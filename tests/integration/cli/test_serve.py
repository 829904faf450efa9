from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from connect_runtime.cli.program import run
from tests.support.worker_process import free_port

PATIENCE_S = 30.0


class Config:
    """A worker's file in a folder, with ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rest, self.broker = free_port(), free_port()
        self.file = self.write("worker.properties")

    def write(self, name: str, **changes: str) -> Path:
        keys = {
            "bootstrap.servers": f"embedded:{self.folder / 'broker'}",
            "embedded.listen": f"127.0.0.1:{self.broker}",
            "listeners": f"http://127.0.0.1:{self.rest}",
            "offset.storage.file.filename": str(self.folder / "offsets"),
            **{key.replace("_", "."): value for key, value in changes.items()},
        }
        file = self.folder / name
        file.write_text("".join(f"{key}={value}\n" for key, value in keys.items()))
        return file


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "connect_runtime.cli", *map(str, arguments)]


def ended(*arguments: object) -> tuple[int, str]:
    """Exit code of a command that ends by itself, and the last line it wrote to stderr."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip().splitlines()[-1]


@contextmanager
def running(config: Config, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL, text=True) as process:
        try:
            until(lambda: answers(config))
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def answers(config: Config) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{config.rest}/").is_success
    except httpx.TransportError:
        return False


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_standalone_worker_runs_connectors_of_files_until_a_signal(config: Config, number: signal.Signals) -> None:
    source, sink, out = config.folder / "source.json", config.folder / "sink.properties", config.folder / "out"
    (config.folder / "in").write_text("one\ntwo\n")
    plain = {"value.converter": "StringConverter"}
    read = {"connector.class": "FileStreamSource", "file": str(config.folder / "in"), "topic": "lines", **plain}
    source.write_text(json.dumps({"name": "source", "config": read}))
    write = {"name": "sink", "connector.class": "FileStreamSink", "file": str(out), "topics": "lines", **plain}
    sink.write_text("".join(f"{key}={value}\n" for key, value in write.items()))
    with running(config, "standalone", config.file, source, sink) as process:
        until(lambda: out.exists() and out.read_text() == "one\ntwo\n")
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
    assert b"position" in (config.folder / "offsets").read_bytes()


@pytest.mark.slow
def test_what_another_worker_holds_is_named(config: Config, tmp_path: Path) -> None:
    elsewhere = {"embedded_listen": "127.0.0.1:0"}
    same_port = config.write("port.properties", bootstrap_servers=f"embedded:{tmp_path / 'other'}", **elsewhere)
    same_folder = config.write("folder.properties", listeners=f"http://127.0.0.1:{free_port()}", **elsewhere)
    with running(config, "worker", config.file):
        code, message = ended("worker", same_port)
        assert code == 2
        assert message.startswith(f"Error: REST API cannot listen on 127.0.0.1:{config.rest}: the port is in use")
        code, message = ended("worker", same_folder)
        assert code == 2
        assert f"the broker folder {tmp_path / 'broker'} is in use by process " in message
        code, message = ended("broker", "--dir", tmp_path / "another", "--listen", f"127.0.0.1:{config.broker}")
        assert code == 1
        assert f"cannot listen on 127.0.0.1:{config.broker}: another process has this port" in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no connector configuration file "),
        ('{"name":"c","config":{"connector.class":"FileStreamSourc"}}', "Did you mean FileStreamSource?"),
        ('{"connector.class":"FileStreamSource"}', "it has no 'name', which every connector needs"),
        ('{"name":"c"', "at line 1, column "),
    ],
)
def test_a_bad_connector_file_ends_a_standalone_worker(config: Config, content: str | None, message: str) -> None:
    file = config.folder / "connector.json"
    if content is not None:
        file.write_text(content)
    code, said = ended("standalone", config.file, file)
    assert code == 3
    assert message in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bootstrap.servers=127.0.0.1:1\ngroup.id=g\n", 'Missing required configuration "key.converter"'),
        ("offset.flush.interval.ms=soon\nbootstrap.servers=embedded\n", "offset.flush.interval.ms"),
        ("{}", "but this is JSON"),
    ],
)
def test_a_bad_workers_file_names_the_key(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "worker.properties"
    file.write_text(text)
    code, said = ended("worker", file)
    assert code == 2
    assert message in said


def test_a_broker_without_a_folder_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["broker"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("usage: connect-runtime broker ")
    assert "the following arguments are required: --dir" in error


def test_plugins_lists_connectors_and_with_all_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins"]) == 0
    connectors = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert connectors[0] == ["TYPE", "NAME", "VERSION", "CLASS"]
    assert {line[0] for line in connectors[1:]} == {"sink", "source"}
    names = {line[1] for line in connectors[1:]}
    assert {"FileStreamSource", "FileStreamSink"} <= names
    assert run(["plugins", "--all"]) == 0
    everything = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["converter", "JsonConverter"] in [line[:2] for line in everything]


def test_a_plugin_package_that_cannot_be_imported_is_told_and_the_others_are_listed(tmp_path: Path) -> None:
    package = tmp_path / "broken_plugins-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugins\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[connect_runtime]\nbroken = broken_plugins\n")
    (tmp_path / "broken_plugins.py").write_text("import no_such_module\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command("plugins"), capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "FileStreamSource" in done.stdout
    assert "Not loaded: broken-plugins: " in done.stderr
    assert "no_such_module" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_plugins_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plugins.toml"
    file.write_text('load = "some"\n')
    assert run(["plugins", "--file", str(file)]) == 2
    assert "load is 'some', but must be" in capsys.readouterr().err
