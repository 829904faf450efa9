from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from signal import SIGINT
from uuid import uuid4

import orjson
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from connect_runtime.cli.program import run
from tests.support.brokers import Broker


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    return broker.bootstrap_servers


@pytest.fixture
def topic() -> str:
    return f"topic-{uuid4()}"


def write(bootstrap: str, topic: str, lines: Path, *options: str) -> None:
    assert run(["topics", "write", topic, str(lines), "-b", bootstrap, *options]) == 0


@pytest.fixture
def five(bootstrap: str, topic: str, tmp_path: Path) -> str:
    """A topic with five records, keys k0 to k4."""
    lines = tmp_path / "lines"
    lines.write_text("".join(f'k{n}:{{"n":{n}}}\n' for n in range(5)))
    write(bootstrap, topic, lines, "--create", "--key-separator", ":", "--header", "origin=test")
    return topic


def test_what_is_written_is_listed_and_described(bootstrap: str, five: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "list", "-b", bootstrap]) == 0
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert listed[0] == ["TOPIC", "PARTITIONS", "ROWS"]
    assert [five, "1", "5"] in listed
    assert run(["topics", "describe", five, "-b", bootstrap]) == 0
    described = capsys.readouterr().out
    assert f"{five}: 1 partition, 5 rows" in described
    assert ["0", "1", "0", "5", "5"] in [line.split() for line in described.splitlines()]
    assert "All settings have their defaults." in described


@pytest.mark.parametrize(
    ("options", "offsets"),
    [
        ([], [0, 1, 2, 3, 4]),
        (["--from-beginning", "--max", "2"], [0, 1]),
        (["--offset", "3"], [3, 4]),
        (["--offset", "5"], []),
        (["--last", "2"], [3, 4]),
        (["--last", "0"], []),
        (["--partition", "0", "-n", "1"], [4]),
        (["--max", "0"], []),
    ],
)
def test_options_say_which_records_are_read(
    bootstrap: str, five: str, options: list[str], offsets: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["topics", "read", five, "-b", bootstrap, "--format", "json", *options]) == 0
    records = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["offset"] for record in records] == offsets
    assert all(record["key"] == f"k{record['offset']}" for record in records)
    assert all(record["value"] == {"n": record["offset"]} for record in records)
    assert all(record["headers"] == [["origin", "test"]] for record in records)


def test_the_newest_of_several_partitions_are_the_newest_of_all(
    bootstrap: str, topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 3)])[topic].result(10)
    for number in range(6):
        lines = tmp_path / f"lines-{number}"
        lines.write_text(f"{number}\n")
        write(bootstrap, topic, lines, "--partition", str(number % 3))
    assert f"{topic}-2: 1 written, offsets 1 to 1" in capsys.readouterr().err
    assert run(["topics", "read", topic, "-b", bootstrap, "--last", "4", "--format", "json"]) == 0
    assert [orjson.loads(line)["value"] for line in capsys.readouterr().out.splitlines()] == [2, 3, 4, 5]


def test_following_shows_new_records_until_it_is_interrupted(bootstrap: str, five: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "connect_runtime.cli",
        "topics",
        "read",
        five,
        "-b",
        bootstrap,
        "--follow",
        "-n",
        "1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("0:4 ")
        lines = tmp_path / "more"
        lines.write_text("more:1\n")
        write(bootstrap, five, lines, "--key-separator", ":")
        assert process.stdout.readline().startswith("0:5 ")
        process.send_signal(SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_a_reader_that_has_enough_ends_the_command_quietly(bootstrap: str, five: str) -> None:
    command = f"{sys.executable} -m connect_runtime.cli topics read {five} -b {bootstrap} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("0:0 ")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["topics", "read", "{five}x"], "Error: There is no topic '{five}x' on {bootstrap}. Did you mean {five}"),
        (["topics", "describe", "nothing-like-it"], "Error: There is no topic 'nothing-like-it' on {bootstrap}. List"),
        (["topics", "write", "nothing-like-it"], "on {bootstrap}; --create makes it"),
        (
            ["topics", "read", "{five}", "-p", "7"],
            "Error: Topic '{five}' has no partition 7; its",
        ),
        (["topics", "read", "{five}", "--offset", "6"], "Error: Offset 6 is past the end of '{five}', which is 5"),
        (["topics", "write", "{five}", "/no/file"], "Error: Cannot read /no/file: No such file or directory"),
        (["topics", "write", "{five}", "-H", "x"], "Error: --header wants NAME=VALUE; this is 'x'"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    bootstrap: str, five: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run([argument.format(five=five) for argument in arguments] + ["-b", bootstrap]) == 1
    error = capsys.readouterr().err
    assert message.format(five=five, bootstrap=bootstrap) in error
    assert error.count("\n") == 1


def test_a_line_without_the_key_separator_is_shown(
    bootstrap: str, five: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "bad"
    lines.write_text("a:1\nno key here\n")
    assert run(["topics", "write", five, str(lines), "-b", bootstrap, "--key-separator", ":"]) == 1
    assert "Error: Line 2 has no key separator ':': no key here" in capsys.readouterr().err


def test_a_broker_that_is_not_there_is_named_within_five_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "list", "-b", "127.0.0.1:1"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("Error: No Kafka broker answered at 127.0.0.1:1 within 5 s (")
    assert "connect-runtime broker --dir DIR" in error
