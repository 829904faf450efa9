from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import confluent_kafka as ck
import pytest

from connect_runtime.cli.program import run
from tests.support.brokers import Broker

SINK = """\
name=orders-to-file
connector.class=FileStreamSink
topics=orders
file=/nowhere/out
value.converter=JsonConverter
value.converter.schemas.enable=false
key.converter=StringConverter
transforms=cast,mark
transforms.cast.type=CastValue
transforms.cast.spec=id:int32
transforms.mark.type=InsertHeader
transforms.mark.header=env
transforms.mark.value.literal=${file:SECRETS:env}
transforms.mark.predicate=old
predicates=old
predicates.old.type=TopicNameMatches
predicates.old.pattern=old.*
"""


@pytest.fixture
def connector(tmp_path: Path) -> Path:
    file = tmp_path / "orders.properties"
    file.write_text(SINK.replace("SECRETS", str(tmp_path / "secrets.properties")), encoding="utf-8")
    return file


def lines(tmp_path: Path, *samples: object) -> str:
    file = tmp_path / "samples.jsonl"
    file.write_text("".join(json.dumps(sample) + "\n" for sample in samples), encoding="utf-8")
    return str(file)


def test_each_step_is_shown_with_what_it_changed(
    connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = lines(tmp_path, {"key": "k", "value": {"id": "7"}}, {"id": "8"})
    assert run(["preview", str(connector), "--records", samples]) == 0
    assert (
        capsys.readouterr().out
        == """\
Record 1: passed
  converters
      topic         orders
      partition     0
      offset        0
    + key schema    string?
    - key           k
    + key           "k"
    - value         {"id":"7"}
    + value         {"id": "7"}
  cast  CastValue
    - value         {"id": "7"}
    + value         {"id": 7}
  mark  InsertHeader
    does not apply: TopicNameMatches is false
Record 2: passed
  converters
      topic         orders
      partition     0
      offset        1
    + key schema    string?
    - value         {"id":"8"}
    + value         {"id": "8"}
  cast  CastValue
    - value         {"id": "8"}
    + value         {"id": 8}
  mark  InsertHeader
    does not apply: TopicNameMatches is false
2 records, 0 failed
"""
    )


def test_a_record_that_fails_is_told_and_ends_the_command_with_1(
    connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["preview", str(connector), "--records", lines(tmp_path, {"id": "x"}, {"id": "1"})]) == 1
    shown = capsys.readouterr().out
    assert "Record 1: failed" in shown
    failed = "  cast failed (TRANSFORMATION, connect_runtime.transforms.cast.CastValue): Field id: The text is no"
    assert failed in shown
    assert "Record 2: passed" in shown
    assert "2 records, 1 failed" in shown


def test_a_record_that_fails_at_once_is_shown(
    connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["preview", str(connector), "--records", lines(tmp_path, {"key": "k", "value": "{oops"})]) == 1
    shown = capsys.readouterr().out
    assert "  value.converter failed (VALUE_CONVERTER" in shown
    assert "      offset        0\n      key           k\n      value         {oops\n" in shown
    assert "1 record, 1 failed" in shown


def test_secrets_are_used_and_not_shown(connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "secrets.properties").write_text("env=hunter2\n", encoding="utf-8")
    worker = tmp_path / "worker.properties"
    worker.write_text("bootstrap.servers=embedded\nconfig.providers=file\nconfig.providers.file.class=File\n", "utf-8")
    samples = lines(tmp_path, {"topic": "old-orders", "value": {"id": 1}})
    assert run(["preview", str(connector), "-c", str(worker), "--records", samples, "--json"]) == 0
    shown = capsys.readouterr().out
    header = json.loads(shown)["records"][0]["steps"][-1]["after"]["headers"][0]
    assert header["value"] == f"${{file:{tmp_path / 'secrets.properties'}:env}}"
    assert "hunter2" not in shown


def test_the_last_records_of_a_topic_are_taken(
    broker: Broker, connector: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = f"old-{uuid4()}"
    producer = ck.Producer({"bootstrap.servers": broker.bootstrap_servers})
    for number in range(5):
        producer.produce(topic, json.dumps({"id": str(number)}).encode())
    assert producer.flush(60) == 0
    command = ["preview", str(connector), "--topic", topic, "--last", "2", "-b", broker.bootstrap_servers, "--json"]
    assert run(command) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [record["steps"][1]["after"]["value"] for record in shown["records"]] == [{"id": 3}, {"id": 4}]
    assert shown["records"][0]["steps"][2]["predicate"]["applies"] is True


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "Say which records"),
        (["--records", "x", "--topic", "t"], "Say which records"),
        (["--records", "nowhere.jsonl"], "Cannot read nowhere.jsonl"),
        (["--records", "bad.jsonl"], "bad.jsonl, line 2 is not JSON"),
        (["--records", "bad.jsonl", "--last", "3"], "--last counts records of a --topic"),
    ],
)
def test_wrong_options_are_told(
    connector: Path,
    tmp_path: Path,
    options: list[str],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.jsonl").write_text("1\n{\n", encoding="utf-8")
    assert run(["preview", str(connector), *options]) == 1
    assert reason in capsys.readouterr().err


def test_a_bad_draft_is_refused_with_all_its_errors(
    connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connector.write_text(connector.read_text() + "tasks.max=many\n", encoding="utf-8")
    assert run(["preview", str(connector), "--records", lines(tmp_path, 1)]) == 1
    assert "Invalid value many for configuration tasks.max" in capsys.readouterr().err
