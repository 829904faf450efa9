from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.config import ConnectorFile, read_connector_file
from connect_runtime.config.files import environment_overrides, read_worker_file
from connect_runtime.errors import ExitCode, StartupError


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_java_properties_are_read_as_java_reads_them(tmp_path: Path) -> None:
    text = "# comment\n! too\nname = é\\u00e9\nlong=a,\\\n  b\nname2:x \nbare\n"
    assert read_worker_file(written(tmp_path, "w.properties", text)) == {
        "name": "éé",
        "long": "a,b",
        "name2": "x ",
        "bare": "",
    }


def test_toml_tables_become_dotted_keys(tmp_path: Path) -> None:
    text = 'bootstrap.servers = ["a:1", "b:2"]\n[topic]\ncreation.enable = true\n[offset.flush]\ninterval.ms = 1000\n'
    assert read_worker_file(written(tmp_path, "w.toml", text)) == {
        "bootstrap.servers": "a:1,b:2",
        "topic.creation.enable": "true",
        "offset.flush.interval.ms": "1000",
    }


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("w.toml", "a = 1\nb = \n", "line 2"),
        ("w.toml", "key.converter = 'J'\nkey.converter.schemas.enable = false", 'needs quotes, e.g. "key.converter'),
        ("w.toml", '"a.b" = 1\na.b = 2', "key 'a.b' is there twice"),
        ("w.properties", "a=1\npath=C:\\users\n", r"line 2 has '\\users'"),
        ("w.properties", '{"a": 1}', "but this is JSON"),
    ],
)
def test_a_bad_worker_file_is_refused_with_the_place(tmp_path: Path, name: str, text: str, problem: str) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(StartupError) as caught:
        read_worker_file(path)
    assert str(caught.value).startswith(f"Cannot use {path}: ")
    assert problem in str(caught.value)
    assert caught.value.exit_code is ExitCode.BAD_WORKER


def test_a_missing_file_is_named_with_the_folder_it_was_looked_for_in(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=f"no worker configuration file .*looked in {tmp_path}"):
        read_worker_file(tmp_path / "none.properties")
    with pytest.raises(StartupError) as caught:
        read_connector_file(tmp_path / "none.json")
    assert caught.value.exit_code is ExitCode.STARTUP


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="Cannot read worker configuration file"):
        read_worker_file(tmp_path)


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "w.properties"
    path.write_bytes("a=1\nb=é".encode("latin-1"))
    with pytest.raises(StartupError, match="line 2 is not UTF-8"):
        read_worker_file(path)


CONFIG = {"name": "c", "connector.class": "FileStreamSource", "tasks.max": "2", "x": "1.10"}
TOML = "connector.class = 'FileStreamSource'\ntasks.max = 2\nx = '1.10'"
NESTED = """\ufeff{"name": "c", "initial_state": "STOPPED", "tasks": [],
 "config": {"connector.class": "FileStreamSource", "tasks.max": 2, "x": 1.10}}"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "any.txt",
            '{"name": "c", "connector.class": "FileStreamSource", "tasks.max": 2, "x": 1.10}',
            ConnectorFile("c", CONFIG),
        ),
        (
            "c.json",
            NESTED,
            ConnectorFile("c", CONFIG, "STOPPED"),
        ),
        (
            "c.json",
            "name=c\nconnector.class=FileStreamSource\ntasks.max=2\nx=1.10\n",
            ConnectorFile("c", CONFIG),
        ),
        (
            "c.toml",
            f"name = 'c'\n{TOML}\nconfig.action.reload = 'none'",
            ConnectorFile("c", {**CONFIG, "config.action.reload": "none"}),
        ),
        (
            "c.toml",
            f"name = 'c'\ninitial_state = 'PAUSED'\n[config]\n{TOML}",
            ConnectorFile("c", CONFIG, "PAUSED"),
        ),
    ],
)
def test_a_connector_file_is_read_by_what_is_in_it(
    tmp_path: Path, name: str, text: str, expected: ConnectorFile
) -> None:
    assert read_connector_file(written(tmp_path, name, text)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("connector.class=X\n", "it has no 'name'"),
        ('{"connector.class": "X"}', "it has no 'name'"),
        ('{"name": "a", "config": {"name": "b"}}', "'name' is 'a' but config.name is 'b'"),
        ('{"config": {"name": "b"}}', "'name' is None but config.name is 'b'"),
        ('{"name": "a",\n "x" 1}', "Expecting ':' delimiter at line 2, column 6"),
        ('{"name": "a", "x": {"y": 1}}', "the value of 'x' must be a text"),
        ('{"name": "a", "config": {"x": [1]}}', "the value of 'x' must be a text"),
        ('{"name": "a", "x": null}', "key 'x' has no value"),
    ],
)
def test_a_bad_connector_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(StartupError) as caught:
        read_connector_file(written(tmp_path, "c.json", text))
    assert problem in str(caught.value)
    assert caught.value.exit_code is ExitCode.STARTUP


def test_environment_variables_name_keys_as_in_container_images() -> None:
    environ = {
        "CONNECT_BOOTSTRAP_SERVERS": "k:9092",
        "CONNECT_PRODUCER_COMPRESSION_TYPE": "lz4",
        "CONNECT_CONFIG_PROVIDERS_MY__FILE_CLASS": "F",
        "CONNECT_A___B": "dash",
        "CONNECT_LOG4J_ROOT_LOGLEVEL": "INFO",
        "CONNECT_": "",
        "OTHER": "x",
    }
    assert environment_overrides(environ) == {
        "bootstrap.servers": "k:9092",
        "producer.compression.type": "lz4",
        "config.providers.my_file.class": "F",
        "a-b": "dash",
    }
